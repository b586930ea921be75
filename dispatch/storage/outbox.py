"""Outgoing messages in the database: rows in, rows out, nothing decided here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select

from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, assignment, clock, incident, outbox
from dispatch.storage.transaction import Tx

C = outbox.c
BY_ID = Statement(select(outbox).where(C.centre == bindparam("centre"), C.id == bindparam("id")))
BY_KEY = Statement(select(C.id).where(C.centre == bindparam("centre"), C.dedupe_key == bindparam("dedupe_key")))
BY_PROVIDER_ID = Statement(
    select(outbox).where(C.centre == bindparam("centre"), C.provider_id == bindparam("provider_id")).limit(1)
)
DUE = Statement(
    select(outbox)
    .where(C.centre == bindparam("centre"), C.critical == bindparam("critical"), C.next_at <= bindparam("now"))
    # Not also by id: a backlog that became due in one millisecond would be sorted whole at every claim.
    .order_by(C.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""Also finds leases that ran out: a leased row's ``next_at`` is the end of its lease. SKIP LOCKED lets
several nodes claim side by side on PostgreSQL."""
NEXT_DUE = Statement(
    select(func.min(C.next_at).label("next_at"))
    .where(C.centre == bindparam("centre"), C.critical == bindparam("critical"))
)
ASSIGNMENT_STATUS = Statement(
    select(assignment.c.status).where(assignment.c.centre == bindparam("centre"), assignment.c.id == bindparam("id"))
)
INCIDENT_STATUS = Statement(
    select(incident.c.status, incident.c.on_scene_at)
    .where(incident.c.centre == bindparam("centre"), incident.c.id == bindparam("id"))
)
CLOCK_STATE = Statement(
    select(clock.c.stopped_at, alarm.c.acknowledged_by)
    .select_from(clock.outerjoin(
        alarm, (alarm.c.centre == clock.c.centre) & (alarm.c.cause == bindparam("cause")) & (alarm.c.is_open == 1)
    ))
    .where(clock.c.centre == bindparam("centre"), clock.c.id == bindparam("id"))
)
FAILED_ALARMS = Statement(
    select(alarm.c.cause, alarm.c.acknowledged_by)
    .where(alarm.c.centre == bindparam("centre"), alarm.c.is_open == 1, alarm.c.kind == bindparam("kind"))
    .order_by(alarm.c.id)
    .limit(100)
)


def find_message(tx: Tx, message_id: int) -> Row | None:
    """One message by id."""
    return tx.first(BY_ID, id=message_id)


def due_messages(tx: Tx, *, critical: bool, most: int) -> list[Row]:
    """Messages of one class that may be sent now, oldest first."""
    return tx.all(DUE, critical=int(critical), now=tx.now_ms, most=most) if most > 0 else []


def next_due(tx: Tx, *, critical: bool) -> int | None:
    """When the next message of one class may be sent."""
    row = tx.first(NEXT_DUE, critical=int(critical))
    return row["next_at"] if row else None


def save_message(tx: Tx, row: Row, **values: Any) -> bool:
    """Change a message as it was read; False when somebody else changed it meanwhile."""
    seen = {"id": row["id"], "status": row["status"], "attempts": row["attempts"]}
    return tx.update(outbox, seen, **values) == 1
