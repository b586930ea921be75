"""Incidents in the database: rows to domain objects and back, nothing decided here."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select
from sqlalchemy import text as sql_text

from dispatch.domain.fold import Sighting
from dispatch.domain.incident import Duplicate, Incident
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.place import Place
from dispatch.domain.rush import DISTRICT_LENGTH
from dispatch.domain.scene import Scene
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.errors import NotFound, StaleVersion
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import incident, report
from dispatch.storage.transaction import Tx

JSON_COLUMNS: dict[str, Any] = {
    "also_types": tuple[str, ...], "agencies": tuple[str, ...], "place": Place, "duplicates": tuple[Duplicate, ...],
    "scene": Scene,
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
RECENT_OF_SENDER = Statement(
    select(report.c.incident_id)
    .where(report.c.centre == bindparam("centre"), report.c.sender == bindparam("sender"))
    .where(report.c.received_at >= bindparam("since"))
    .order_by(report.c.received_at.desc())
    .limit(20)
)
"""Incidents a sender reported, the latest first, also those their report only joined."""
NEAR_LIMIT = 8
COMPARED = (
    C.id, C.number, C.type, C.also_types, C.subtype, C.life_threat, C.place, C.opened_at, C.summary, C.status,
    C.reports,
)
OPEN_NEAR = Statement(
    select(*COMPARED)
    .where(C.centre == bindparam("centre"), C.place_code == bindparam("place_code"), C.is_open == 1)
    .where(C.opened_at >= bindparam("since"))
    .order_by(C.opened_at.desc())
    .limit(NEAR_LIMIT)
)
OPEN_MANY = Statement(
    select(*COMPARED)
    .where(C.centre == bindparam("centre"), C.place_code == bindparam("place_code"))
    .where(C.opened_at >= bindparam("since"), sql_text("reports >= 3 AND is_open = 1"))
    .order_by(C.opened_at.desc())
    .limit(NEAR_LIMIT)
)
"""Those that many reported: in a surge they lie behind the newest few. Worded as its partial index is."""


NEWEST_OPEN = 200
"""Asked in a rush, when there may be thousands: no report waits for a look at all of them."""
_newest = (
    select(*COMPARED, C.place_code)
    .where(C.centre == bindparam("centre"), C.is_open == 1, C.opened_at >= bindparam("since"))
    .order_by(C.opened_at.desc())
    .limit(NEWEST_OPEN)
    .subquery()
)
OPEN_IN_DISTRICT = Statement(
    select(*(_newest.c[column.name] for column in COMPARED))
    .where(func.substr(_newest.c.place_code, 1, DISTRICT_LENGTH) == bindparam("district"))
    .where(_newest.c.type == bindparam("type"))
    .order_by(_newest.c.opened_at.desc())
    .limit(NEAR_LIMIT)
)
OPENED_LATELY = Statement(
    select(C.opened_at)
    .where(C.centre == bindparam("centre"), C.opened_at > bindparam("since"), C.severity.is_not(None))
    .order_by(C.opened_at.desc())
    .limit(bindparam("most"))
)
"""Whether a rush lasts; what has no severity is no emergency that anybody waits with."""


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


@lru_cache(maxsize=4096)
def _place_of(stored: str) -> Place:
    """The same few places are compared with in every report of a surge."""
    place: Place = _decoders["place"].decode(stored)
    return place


def neighbours(tx: Tx, place_code: str, since_ms: int) -> list[Sighting]:
    """Open incidents with this place code, the newest few and those of many reports; code '' are those known by
    coordinates at most."""
    rows = {row["id"]: row for row in tx.all(OPEN_NEAR, place_code=place_code, since=since_ms)}
    if len(rows) == NEAR_LIMIT:
        rows |= {row["id"]: row for row in tx.all(OPEN_MANY, place_code=place_code, since=since_ms)}
    return [_sighting(row) for row in rows.values()]


def of_its_kind(tx: Tx, kind: str, district: str, since_ms: int) -> list[Sighting]:
    """Of the newest open incidents, a few of a type anywhere in a district (its code, '33.28.10')."""
    return [_sighting(row) for row in tx.all(OPEN_IN_DISTRICT, type=kind, district=district, since=since_ms)]


def opened_lately(tx: Tx, since_ms: int, most: int) -> list[datetime]:
    """When the newest incidents with a severity were opened, at most ``most`` of them."""
    return [from_ms(row["opened_at"]) for row in tx.all(OPENED_LATELY, since=since_ms, most=most)]


def _sighting(row: Row) -> Sighting:
    return Sighting(
        from_ms(row["opened_at"]), _types_of(row), _place_of(row["place"]), row["summary"], row["subtype"],
        bool(row["life_threat"]),
        id=row["id"], number=row["number"], status=IncidentStatus(row["status"]), reports=row["reports"],
    )


def _types_of(row: Row) -> tuple[str, ...]:
    also = row["also_types"]
    return (row["type"],) if also == "[]" else (row["type"], *_decoders["also_types"].decode(also))


def incidents_of_sender(tx: Tx, sender: str, since_ms: int) -> list[Incident]:
    """The open incidents a sender's reports belong to, the latest report's first; a merged one is its survivor."""
    rows = tx.all(RECENT_OF_SENDER, sender=sender, since=since_ms)
    ids = dict.fromkeys(row["incident_id"] for row in rows if row["incident_id"] is not None)
    found = {item.id: item for item in (surviving(tx, fetch_incident(tx, one)) for one in ids)}
    return [item for item in found.values() if item.is_open]


def count_report(tx: Tx, item: Incident) -> Incident:
    """One more voice and nothing else: no new version, so that an operator's command under way stays valid."""
    after = replace(item, reports=item.reports + 1)
    tx.update(incident, {"id": item.id}, reports=after.reports)
    return after


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
