"""Incidents in the database: rows to domain objects and back, nothing decided here."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.dedup import Neighbour
from dispatch.domain.incident import Duplicate, Incident
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.place import Place
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.errors import NotFound, StaleVersion
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import incident
from dispatch.storage.transaction import Tx

JSON_COLUMNS: dict[str, Any] = {
    "also_types": tuple[str, ...], "agencies": tuple[str, ...], "place": Place, "duplicates": tuple[Duplicate, ...],
}
TIME_COLUMNS = frozenset(
    f"{name}_at" for name in ("opened", "updated", "seen", "triaged", "dispatched", "on_scene", "resolved", "closed")
) | {"held_until"}
FLAG_COLUMNS = frozenset({"life_threat", "unsure", "callback_due"})
NAMES = tuple(f.name for f in fields(Incident))
_decoders = {name: msgspec.json.Decoder(kind) for name, kind in JSON_COLUMNS.items()}
_encode = msgspec.json.encode

MAX_MERGES = 20
"""Merges of merges that are followed; a longer chain ends where it is."""

C = incident.c
BY_ID = Statement(select(incident).where(C.centre == bindparam("centre"), C.id == bindparam("id")))
BY_NUMBER = Statement(
    select(incident)
    .where(C.centre == bindparam("centre"), C.number == bindparam("number"))
    .order_by(C.opened_at.desc())
    .limit(1)
)
RECENT_OF_CALLER = Statement(
    select(incident)
    .where(C.centre == bindparam("centre"), C.caller == bindparam("caller"))
    # "+ 0", and no limit on the time here: or SQLite walks all open or all recent incidents instead of finding the
    # caller's few.
    .order_by((C.is_open + 0).desc(), (C.opened_at + 0).desc())
    .limit(5)
)
"""The open ones first; a merged one leads to its survivor."""
OPEN_NEAR = Statement(
    select(C.id, C.number, C.type, C.also_types, C.place, C.opened_at)
    .where(C.centre == bindparam("centre"), C.place_code == bindparam("place_code"), C.is_open == 1)
    .where(C.opened_at >= bindparam("since"))
    .order_by(C.opened_at.desc())
    .limit(8)
)
"""The newest few of the same village are enough: in a surge they are all one event, or the operator folds them."""


def incident_of(row: Row) -> Incident:
    """Build the domain object of a stored row (all columns)."""
    values = {name: row[name] for name in NAMES}
    for name, decoder in _decoders.items():
        values[name] = decoder.decode(values[name])
    for name in TIME_COLUMNS:
        values[name] = None if values[name] is None else from_ms(values[name])
    for name in FLAG_COLUMNS:
        values[name] = bool(values[name])
    values["status"] = IncidentStatus(values["status"])
    values["severity"] = Severity(values["severity"]) if values["severity"] else None
    return Incident(**values)


def neighbours(tx: Tx, place_code: str, since_ms: int) -> list[Neighbour]:
    """Open incidents with this place code, newest first; code '' are those known by coordinates at most."""
    return [
        Neighbour(
            row["id"], row["number"], (row["type"], *_decoders["also_types"].decode(row["also_types"])),
            _decoders["place"].decode(row["place"]), from_ms(row["opened_at"]),
        )
        for row in tx.all(OPEN_NEAR, place_code=place_code, since=since_ms)
    ]


def _stored(name: str, value: Any) -> Any:
    if name in JSON_COLUMNS:
        return _encode(value).decode()
    if isinstance(value, datetime):
        return to_ms(value)
    if isinstance(value, bool):
        return int(value)
    return value.value if isinstance(value, (IncidentStatus, Severity)) else value


def _derived(values: dict[str, Any], item: Incident) -> dict[str, Any]:
    """Columns that only exist to be searched by."""
    if "place" in values:
        values |= {"place_code": item.place.code, "kecamatan": item.place.kecamatan}
    if "status" in values:
        values["is_open"] = int(item.is_open)
    return values


def insert_incident(tx: Tx, item: Incident, decision: dict[str, Any]) -> None:
    """Store a new incident with the trace of the decision that made it."""
    values = {name: _stored(name, getattr(item, name)) for name in NAMES}
    tx.insert(incident, **_derived(values, item), decision=_encode(decision).decode())


def save_incident(
    tx: Tx, before: Incident, actor: str, decision: dict[str, Any] | None = None, **changes: Any
) -> Incident:
    """Write the changed fields, one version further. Nothing changed = nothing written."""
    changes = {name: value for name, value in changes.items() if getattr(before, name) != value}
    if not changes and decision is None:
        return before
    after = replace(before, **changes, version=before.version + 1, updated_at=tx.now, last_actor=actor)
    names = {*changes, "version", "updated_at", "last_actor"}
    values = _derived({name: _stored(name, getattr(after, name)) for name in sorted(names)}, after)
    if decision is not None:
        values["decision"] = _encode(decision).decode()
    tx.update(incident, {"id": before.id}, **values)
    return after


def fetch_incident(tx: Tx, incident_id: int) -> Incident:
    """By row id; its absence is a programmer error."""
    row = tx.first(BY_ID, id=incident_id)
    if row is None:
        raise LookupError(f"incident {incident_id} does not exist")
    return incident_of(row)


def surviving(tx: Tx, item: Incident) -> Incident:
    """Where a merged incident ended up; any other is itself."""
    for _ in range(MAX_MERGES):
        if item.merged_into is None:
            break
        item = fetch_incident(tx, item.merged_into)
    return item


def find_incident(tx: Tx, number: int, expected_version: int | None = None) -> Incident:
    """By spoken number. Raises NotFound, or StaleVersion when somebody was first."""
    row = tx.first(BY_NUMBER, number=number)
    if row is None:
        raise NotFound("no_incident", f"no incident {number}", number=number)
    found = incident_of(row)
    if expected_version is not None and expected_version != found.version:
        raise StaleVersion(number, expected=expected_version, actual=found.version, who=found.last_actor or "system")
    return found


def touch(item: Incident) -> str:
    """The feed key of an incident."""
    return f"incident:{item.id}"
