"""Assignments in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.assignment import Assignment
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.transitions import AssignmentStatus
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment
from dispatch.storage.transaction import Tx

C = assignment.c
OF_INCIDENT = Statement(
    select(assignment)
    .where(C.centre == bindparam("centre"), C.incident_id == bindparam("incident_id"))
    .order_by(C.id)
)
BY_ID = Statement(select(assignment).where(C.centre == bindparam("centre"), C.id == bindparam("id")))
LIVE_OF_UNIT = Statement(
    select(assignment)
    .where(C.centre == bindparam("centre"), C.is_live == 1, C.unit == bindparam("unit"))
    .order_by(C.id.desc())
)


def _times(stored: str) -> dict[str, datetime]:
    return {status: from_ms(ms) for status, ms in msgspec.json.decode(stored).items()}


def _stored_times(times: dict[str, datetime]) -> str:
    return msgspec.json.encode({status: to_ms(moment) for status, moment in times.items()}).decode()


def assignment_of(row: Row) -> Assignment:
    """Build the domain object of a stored row."""
    return Assignment(
        id=row["id"], incident_id=row["incident_id"], unit=row["unit"], agency=row["agency"],
        status=AssignmentStatus(row["status"]), assigned_at=from_ms(row["assigned_at"]),
        updated_at=from_ms(row["updated_at"]), times=_times(row["times"]), note=row["note"],
    )


def insert_assignment(tx: Tx, item: Assignment) -> None:
    tx.insert(
        assignment, id=item.id, incident_id=item.incident_id, unit=item.unit, agency=item.agency,
        status=item.status.value, is_live=int(item.is_live), assigned_at=to_ms(item.assigned_at),
        updated_at=to_ms(item.updated_at), times=_stored_times(item.times), note=item.note,
    )


def save_assignment(tx: Tx, before: Assignment, **changes: Any) -> Assignment:
    """Write status, times and note."""
    after = replace(before, updated_at=tx.now, **changes)
    tx.update(
        assignment, {"id": before.id}, status=after.status.value, is_live=int(after.is_live),
        updated_at=tx.now_ms, times=_stored_times(after.times), note=after.note,
    )
    return after


def assignments_of(tx: Tx, incident_id: int) -> list[Assignment]:
    """All assignments of an incident, oldest first."""
    return [assignment_of(row) for row in tx.all(OF_INCIDENT, incident_id=incident_id)]


def fetch_assignment(tx: Tx, assignment_id: int) -> Assignment:
    """By id; its absence is a programmer error."""
    row = tx.first(BY_ID, id=assignment_id)
    if row is None:
        raise LookupError(f"assignment {assignment_id} does not exist")
    return assignment_of(row)


def live_assignments_of(tx: Tx, unit: str) -> list[Assignment]:
    """What a unit is on right now, newest first."""
    return [assignment_of(row) for row in tx.all(LIVE_OF_UNIT, unit=unit)]
