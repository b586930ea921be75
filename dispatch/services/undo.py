"""Undo: an operator's own last command is compensated within 60 seconds, never erased.

Before an undoable command, the rows it may change are kept; undo puts them back as new versions, ends
what the command created, and tells the crews. The log keeps both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.transitions import AssignmentStatus
from dispatch.errors import NotFound, StaleVersion
from dispatch.services.knowledge import Knowledge
from dispatch.services.notices import notify_withdrawal
from dispatch.services.units import refresh_unit
from dispatch.storage import assignments as stored_assignments
from dispatch.storage import clocks as stored_clocks
from dispatch.storage import incidents as stored_incidents
from dispatch.storage.assignments import assignment_of, save_assignment
from dispatch.storage.incidents import incident_of
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment, clock, command_log, incident, unit
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit

UNDO_S = 60
C = command_log.c
LAST_OF = Statement(
    select(command_log)
    .where(C.centre == bindparam("centre"), C.actor == bindparam("actor"), C.at >= bindparam("since"))
    .where(C.undone_at.is_(None), C.undo != "{}")
    .order_by(C.at.desc())
    .limit(1)
)
KEPT_INCIDENT = frozenset({"centre", "id", "number", "version", "updated_at", "last_actor", "reports", "decision"})
"""Columns undo leaves alone: identity, the version (it only grows), and what callers added meanwhile."""


@dataclass
class Before:
    """Rows as they were before a command; ``after`` maps incident id to its version after it."""

    incidents: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    clocks: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)
    after: dict[str, int] = field(default_factory=dict)


def remember(tx: Tx, incident_ids: list[int], call_signs: list[str]) -> Before:
    """Keep the rows a command on these incidents and units may change."""
    before = Before()
    for incident_id in dict.fromkeys(incident_ids):
        row = tx.first(stored_incidents.BY_ID, id=incident_id)
        if row is not None:
            before.incidents.append(row)
            before.assignments += tx.all(stored_assignments.OF_INCIDENT, incident_id=incident_id)
            before.clocks += tx.all(stored_clocks.OF_INCIDENT, incident_id=incident_id)
    before.units = [row for sign in dict.fromkeys(call_signs) if (row := find_unit(tx, sign)) is not None]
    return before


def undo_record(tx: Tx, before: Before) -> str:
    """JSON to store beside the command, with the versions it left behind."""
    for row in before.incidents:
        current = tx.first(stored_incidents.BY_ID, id=row["id"])
        before.after[str(row["id"])] = current["version"] if current else 0
    return msgspec.json.encode(before).decode()


def undo_last(tx: Tx, actor: str, knowledge: Knowledge) -> tuple[Row, list[str]]:
    """Compensate the actor's last undoable command of the last 60 s. Returns its row and the feed keys.

    Raises NotFound when there is none, StaleVersion when somebody changed the incident since.
    """
    row = tx.first(LAST_OF, actor=actor, since=tx.now_ms - UNDO_S * 1000)
    if row is None:
        raise NotFound("nothing_to_undo", "nothing of yours to undo in the last 60 seconds")
    before = msgspec.json.decode(row["undo"], type=Before)
    for kept in before.incidents:
        _require_untouched(tx, kept, before)
    touched = _put_back(tx, before, actor, knowledge)
    tx.update(command_log, {"key": row["key"]}, undone_at=tx.now_ms)
    tx.emit(
        "command.undone", actor, incident_id=before.incidents[0]["id"] if before.incidents else None,
        touched=touched, command=row["command"],
    )
    return row, touched


def _require_untouched(tx: Tx, kept: Row, before: Before) -> None:
    current = tx.first(stored_incidents.BY_ID, id=kept["id"])
    expected = before.after[str(kept["id"])]
    if current is not None and current["version"] != expected:
        raise StaleVersion(
            current["number"], expected=expected, actual=current["version"], who=current["last_actor"] or "system"
        )


def _put_back(tx: Tx, before: Before, actor: str, knowledge: Knowledge) -> list[str]:
    signs = {row["call_sign"] for row in before.units}
    for kept in before.incidents:
        signs |= _end_created(tx, kept, before, knowledge)
        values = {name: value for name, value in kept.items() if name not in KEPT_INCIDENT}
        version = before.after[str(kept["id"])] + 1
        tx.update(incident, {"id": kept["id"]}, **values, version=version, updated_at=tx.now_ms, last_actor=actor)
    for row in before.assignments:
        signs |= {row["unit"]} if row["unit"] else set()
        tx.update(assignment, {"id": row["id"]}, **_without_keys(row, "id"))
    for row in before.clocks:
        tx.update(clock, {"id": row["id"]}, **_without_keys(row, "id"))
    for row in before.units:
        flags = {name: row[name] for name in ("out_of_service", "no_contact", "note", "crew")}
        tx.update(unit, {"call_sign": row["call_sign"]}, **flags)
    for sign in sorted(signs):
        refresh_unit(tx, sign)
    tx.wake("clocks")
    return [*(f"incident:{row['id']}" for row in before.incidents), *(f"unit:{sign}" for sign in sorted(signs))]


def _without_keys(row: Row, key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("centre", key)}


def _end_created(tx: Tx, kept: Row, before: Before, knowledge: Knowledge) -> set[str]:
    """End the assignments and clocks the command made; their crews are told that they are stood down."""
    old_assignments = {row["id"] for row in before.assignments}
    old_clocks = {row["id"] for row in before.clocks}
    signs: set[str] = set()
    for row in tx.all(stored_assignments.OF_INCIDENT, incident_id=kept["id"]):
        if row["id"] not in old_assignments and row["is_live"]:
            item = save_assignment(
                tx, assignment_of(row), status=AssignmentStatus.WITHDRAWN,
                times={**assignment_of(row).times, AssignmentStatus.WITHDRAWN.value: tx.now},
            )
            notify_withdrawal(tx, incident_of(kept), item, knowledge)
            signs |= {item.unit} if item.unit else set()
    for row in tx.all(stored_clocks.OF_INCIDENT, incident_id=kept["id"]):
        if row["id"] not in old_clocks and row["stopped_at"] is None:
            tx.update(clock, {"id": row["id"]}, stopped_at=tx.now_ms, next_at=None, outcome="cancelled")
    return signs
