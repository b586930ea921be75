"""Alarms: one open alarm a cause, re-raised only when it got worse, never lost until cleared."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.errors import NotFound
from dispatch.storage.statement import Statement
from dispatch.storage.tables import alarm
from dispatch.storage.transaction import Tx

EMERGENCY, NEEDED, KNOWN = 1, 2, 3
"""Alarm classes of console.md 7.2: DARURAT, PERLU, TAHU."""
MOMENTARY = frozenset({
    "leg_failed", "call_act_failed", "ring_nobody",
    "reminder_due", "clock_jump", "declined", "team_replaced",
    "seat_message", "report_raised", "odd_one_out", "citizen_silent",
    "citizen_lost", "cancel_asked", "team_not_seen", "help_missed", "citizen_reopened", "text_loop",
    "junk_missed", "silent_emergency",
})

C = alarm.c
OPEN_BY_CAUSE = Statement(
    select(alarm).where(C.centre == bindparam("centre"), C.cause == bindparam("cause"), C.is_open == 1)
)
OPEN_BY_ID = Statement(select(alarm).where(C.centre == bindparam("centre"), C.id == bindparam("id"), C.is_open == 1))
TOP_OPEN = Statement(
    select(alarm)
    .where(C.centre == bindparam("centre"), C.is_open == 1, C.acknowledged_by == "")
    .where(C.shelved_until.is_(None) | (C.shelved_until <= bindparam("now")))
    .order_by(C.level, C.at)
    .limit(1)
)


def raise_alarm(
    tx: Tx, *, level: int, kind: str, cause: str, incident_id: int | None = None, phase: str = "", subject: str = "",
    **params: Any,
) -> int:
    """Open an alarm, or worsen the one already open for this cause (100 % replaces 75 %). Returns its id."""
    values = {"level": level, "kind": kind, "params": msgspec.json.encode(params).decode(), "at": tx.now_ms}
    existing = tx.first(OPEN_BY_CAUSE, cause=cause)
    if existing is not None and existing["level"] <= level and existing["kind"] == kind:
        return int(existing["id"])
    if existing is not None:
        alarm_id = int(existing["id"])
        tx.update(alarm, {"id": alarm_id}, **values, acknowledged_by="", acknowledged_at=None, shelved_until=None)
    else:
        alarm_id = tx.new_id()
        tx.insert(alarm, id=alarm_id, cause=cause, incident_id=incident_id, phase=phase, subject=subject, **values)
    tx.emit("alarm.raised", "system", incident_id=incident_id, touched=[f"alarm:{alarm_id}"], level=level, alarm=kind)
    return alarm_id


def clear_alarm(tx: Tx, cause: str, actor: str = "system") -> None:
    """The cause is gone: close its alarm, if there is one."""
    existing = tx.first(OPEN_BY_CAUSE, cause=cause)
    if existing is None:
        return
    tx.update(alarm, {"id": existing["id"]}, is_open=0, cleared_at=tx.now_ms)
    tx.emit(
        "alarm.cleared", actor, incident_id=existing["incident_id"], touched=[f"alarm:{existing['id']}"],
        alarm=existing["kind"],
    )


def acknowledge_alarm(tx: Tx, alarm_id: int | None, actor: str) -> dict[str, Any]:
    """A person has seen it: it stops sounding and stays listed until its cause is gone.

    Without an id the most urgent unacknowledged alarm is meant. Raises NotFound.
    """
    row = tx.first(TOP_OPEN, now=tx.now_ms) if alarm_id is None else tx.first(OPEN_BY_ID, id=alarm_id)
    if row is None:
        raise NotFound("no_alarm", "no such open alarm")
    # What has no lasting cause is over once it was seen; it would be listed for ever.
    over = {"is_open": 0, "cleared_at": tx.now_ms} if row["kind"] in MOMENTARY else {}
    tx.update(alarm, {"id": row["id"]}, acknowledged_by=actor, acknowledged_at=tx.now_ms, **over)
    tx.emit(
        "alarm.acknowledged", actor, incident_id=row["incident_id"], touched=[f"alarm:{row['id']}"], alarm=row["kind"]
    )
    return row
