"""Held incidents come back when their time has come: back on the board, with an alarm."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.incidents import reminder_of, resume_incident
from dispatch.services.knowledge import Knowledge
from dispatch.storage.incidents import incident_of
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident
from dispatch.storage.transaction import Tx

C = incident.c
DUE_REMINDERS = Statement(
    select(incident)
    .where(C.centre == bindparam("centre"), C.is_open == 1, C.status == "held", C.held_until <= bindparam("now"))
    .limit(100)
)


def wake_held(tx: Tx, knowledge: Knowledge) -> int:
    """Resume the held incidents whose reminder is due. Returns how many."""
    rows = tx.all(DUE_REMINDERS, now=tx.now_ms)
    for row in rows:
        held = incident_of(row)
        resume_incident(tx, held, actor="system", knowledge=knowledge)
        raise_alarm(
            tx, level=NEEDED, kind="reminder_due", cause=reminder_of(held), incident_id=held.id,
            number=held.number, reason=held.held_reason,
        )
    return len(rows)
