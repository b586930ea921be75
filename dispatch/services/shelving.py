"""Shelving: an alarm that nobody can act on now is put aside for at most a quarter of an hour, with a reason.

It comes back by itself: shelved is what has a ``shelved_until`` later than now. An emergency is never shelved, and
an alarm that got worse is not shelved any more (see ``alarms``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from dispatch.domain.instant import to_ms
from dispatch.errors import NotFound, Refused
from dispatch.services.alarms import EMERGENCY, OPEN_BY_ID
from dispatch.services.incidents import require_reason
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm
from dispatch.storage.transaction import Tx

LONGEST = timedelta(minutes=15)

C = alarm.c
_LESS_URGENT = (C.centre == bindparam("centre"), C.is_open == 1, C.acknowledged_by == "", C.level > EMERGENCY)
_NOT_SHELVED = C.shelved_until.is_(None) | (C.shelved_until <= bindparam("now"))
TOP = Statement(select(alarm).where(*_LESS_URGENT, _NOT_SHELVED).order_by(C.level, C.at).limit(1))
TOP_OF_INCIDENT = Statement(
    select(alarm).where(*_LESS_URGENT, _NOT_SHELVED, C.incident_id == bindparam("incident_id"))
    .order_by(C.level, C.at).limit(1)
)
SHELVED = Statement(
    select(alarm, C.incident_id.label("incident_number"))
    .where(C.centre == bindparam("centre"), C.is_open == 1, C.shelved_until > bindparam("now"))
    .order_by(C.shelved_until, C.id).limit(200)
)


def shelve_alarm(
    tx: Tx, *, alarm_id: int | None, incident_id: int | None, until: datetime | None, reason: str, actor: str
) -> Row:
    """Put aside the named alarm, or the most urgent of class 2 or 3 (of the incident). Returns its row.

    Raises NotFound, NeedsReason, or Refused: an emergency, or a time later than 15 minutes from now.
    """
    row = _find(tx, alarm_id, incident_id)
    if row["level"] == EMERGENCY:
        raise Refused("alarm_emergency", "an emergency is never shelved")
    until = until or tx.now + LONGEST
    if until > tx.now + LONGEST:
        raise Refused("shelf_too_long", "an alarm is shelved for at most 15 minutes")
    reason = require_reason(reason, "reason_to_shelve")
    tx.update(alarm, {"id": row["id"]}, shelved_by=actor, shelved_until=to_ms(until), shelved_reason=reason)
    tx.emit(
        "alarm.shelved", actor, incident_id=row["incident_id"], touched=[f"alarm:{row['id']}"], alarm=row["kind"],
        until=until.isoformat(), reason=reason,
    )
    return row


def _find(tx: Tx, alarm_id: int | None, incident_id: int | None) -> Row:
    if alarm_id is not None:
        row = tx.first(OPEN_BY_ID, id=alarm_id)
    elif incident_id is not None:
        row = tx.first(TOP_OF_INCIDENT, incident_id=incident_id, now=tx.now_ms)
    else:
        row = tx.first(TOP, now=tx.now_ms)
    if row is None:
        raise NotFound("no_alarm", "no such open alarm")
    return row


def shelved_alarms(tx: Tx) -> list[Row]:
    """What is put aside now, the first to come back first."""
    return tx.all(SHELVED, now=tx.now_ms)
