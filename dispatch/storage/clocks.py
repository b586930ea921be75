"""Clocks in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, func, select

from dispatch.domain.clock import Clock, Deadlines, Firing, Level, Pause, Phase
from dispatch.domain.instant import from_ms, to_ms
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import clock
from dispatch.storage.transaction import Tx

C = clock.c
MS = timedelta(milliseconds=1)
OF_INCIDENT = Statement(
    select(clock).where(C.centre == bindparam("centre"), C.incident_id == bindparam("incident_id")).order_by(C.id)
)
DUE = Statement(
    select(clock)
    .where(C.centre == bindparam("centre"), C.next_at <= bindparam("now"))
    .order_by(C.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
"""SKIP LOCKED on PostgreSQL: several nodes sweep side by side and never take the same clock."""
NEXT_DUE = Statement(select(func.min(C.next_at).label("next_at")).where(C.centre == bindparam("centre")))


class _Pause(msgspec.Struct, array_like=True):
    started_at: int
    ended_at: int | None
    reason: str
    by: str


class _Firing(msgspec.Struct):
    level: int
    due_at: int
    fired_at: int
    lateness_ms: int


UNREADABLE = (ValueError, LookupError)
"""What decoding a damaged row raises."""
_pauses = msgspec.json.Decoder(list[_Pause])
_firings = msgspec.json.Decoder(list[_Firing])


def _maybe(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _stored(moment: datetime | None) -> int | None:
    return None if moment is None else to_ms(moment)


def pauses_of(stored: str) -> tuple[Pause, ...]:
    """Decode the stored pause intervals."""
    return tuple(Pause(from_ms(p.started_at), _maybe(p.ended_at), p.reason, p.by) for p in _pauses.decode(stored))


def clock_of(row: Row) -> Clock:
    """Build the domain object of a stored row."""
    return Clock(
        id=row["id"], incident_id=row["incident_id"], assignment_id=row["assignment_id"], phase=Phase(row["phase"]),
        subject=row["subject"], started_at=from_ms(row["started_at"]), target=row["target_ms"] * MS,
        calendar=row["calendar"], severity=row["severity"],
        deadlines=Deadlines(from_ms(row["warn_at"]), from_ms(row["due_at"]), from_ms(row["serious_at"])),
        next_at=_maybe(row["next_at"]), level=Level(row["level"]), pauses=pauses_of(row["pauses"]),
        stopped_at=_maybe(row["stopped_at"]), outcome=row["outcome"],
        firings=tuple(
            Firing(Level(f.level), from_ms(f.due_at), from_ms(f.fired_at), from_ms(f.fired_at - f.lateness_ms))
            for f in _firings.decode(row["firings"])
        ),
        parked=row["parked"],
    )


def _changing(item: Clock) -> dict[str, Any]:
    """The columns that may change: the start too, when two incidents become one."""
    firings = [
        _Firing(f.level, to_ms(f.due_at), to_ms(f.fired_at), f.lateness // MS) for f in item.firings
    ]
    pauses = [_Pause(to_ms(p.started_at), _stored(p.ended_at), p.reason, p.by) for p in item.pauses]
    return {
        "started_at": to_ms(item.started_at), "target_ms": item.target // MS, "calendar": item.calendar,
        "severity": item.severity,
        "warn_at": to_ms(item.deadlines.warn_at), "due_at": to_ms(item.deadlines.due_at),
        "serious_at": to_ms(item.deadlines.serious_at), "next_at": _stored(item.next_at), "level": int(item.level),
        "pauses": msgspec.json.encode(pauses).decode(), "stopped_at": _stored(item.stopped_at),
        "outcome": item.outcome, "firings": msgspec.json.encode(firings).decode(),
        "lateness_ms": firings[-1].lateness_ms if firings else None, "parked": item.parked,
    }


def insert_clocks(tx: Tx, items: list[Clock]) -> None:
    """Store new clocks."""
    tx.insert_many(clock, [
        {
            "id": item.id, "incident_id": item.incident_id, "assignment_id": item.assignment_id,
            "phase": item.phase.value, "subject": item.subject, **_changing(item),
        }
        for item in items
    ])


def save_clock(tx: Tx, before: Clock, **changes: Any) -> Clock | None:
    """Write a changed clock unless another node changed it meanwhile (then None)."""
    after = replace(before, **changes)
    where = {"id": before.id, "level": int(before.level), "outcome": before.outcome}
    return after if tx.update(clock, where, **_changing(after)) else None


def clocks_of(tx: Tx, incident_id: int) -> list[Clock]:
    """All clocks of an incident that can be read, oldest first.

    One that cannot is parked by the sweep with an alarm; nobody is kept from working on the incident by it.
    """
    read = (_readable(row) for row in tx.all(OF_INCIDENT, incident_id=incident_id))
    return [item for item in read if item is not None]


def cancel_unreadable(tx: Tx, incident_id: int) -> list[int]:
    """End the running clocks of an incident that nobody can read. Returns their ids."""
    rows = tx.all(OF_INCIDENT, incident_id=incident_id)
    ids = [row["id"] for row in rows if row["stopped_at"] is None and _readable(row) is None]
    for clock_id in ids:
        tx.update(clock, {"id": clock_id}, stopped_at=tx.now_ms, next_at=None, outcome="cancelled")
    return ids


def _readable(row: Row) -> Clock | None:
    try:
        return clock_of(row)
    except UNREADABLE:
        return None


def due_rows(tx: Tx, most: int) -> list[Row]:
    """Stored clocks whose next instant has come, earliest first; decode each by itself with clock_of."""
    return tx.all(DUE, now=tx.now_ms, most=most)


def park_clock(tx: Tx, clock_id: int, reason: str) -> None:
    """Take a clock that cannot be judged out of the sweep; it stays visible with its reason."""
    tx.update(clock, {"id": clock_id}, next_at=None, parked=reason)


BY_ID = Statement(select(clock).where(C.centre == bindparam("centre"), C.id == bindparam("id")))


def fetch_clock_row(tx: Tx, clock_id: int) -> Row | None:
    """A clock as stored, also one that cannot be decoded."""
    return tx.first(BY_ID, id=clock_id)
