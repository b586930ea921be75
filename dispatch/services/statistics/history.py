"""Calls by hour of the last weeks. Owns what is remembered of hours that are over: they are read once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, case, func, select

from dispatch.domain.forecast import WEEK, WEEKS
from dispatch.domain.instant import from_ms, to_ms
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call

HOUR_MS = 3_600_000
SETTLES = timedelta(hours=3)
"""A call of an earlier hour may still be talking: hours younger than this are read again."""
REACH = WEEK * WEEKS + timedelta(hours=24)
_SPOKEN = and_(call.c.answered_at.is_not(None), call.c.ended_at.is_not(None))
_HOUR = call.c.rang_at - call.c.rang_at % HOUR_MS

BY_HOUR = Statement(
    select(
        _HOUR.label("hour"), func.count().label("n"), func.sum(case((_SPOKEN, 1), else_=0)).label("spoken"),
        func.sum(case((_SPOKEN, call.c.ended_at - call.c.answered_at), else_=0)).label("talk_ms"),
    )
    .where(
        call.c.centre == bindparam("centre"), call.c.rang_at >= bindparam("since"), call.c.rang_at < bindparam("until")
    )
    .group_by(_HOUR).limit(24 * 7 * (WEEKS + 2))
)
FIRST = Statement(select(func.min(call.c.rang_at).label("at")).where(call.c.centre == bindparam("centre")))


@dataclass(frozen=True, slots=True)
class CallHour:
    """Calls that rang, those of them that were spoken on and are over, and how long in all."""

    n: int
    spoken: int
    talk_ms: int


class LoadHistory:
    """Hours by their beginning (UTC). Reads what it does not know yet, and what may still change."""

    def __init__(self) -> None:
        self._hours: dict[datetime, CallHour] = {}
        self._known_until: datetime | None = None
        self._lock = asyncio.Lock()

    async def read(self, snapshot: Snapshot, now: datetime) -> tuple[Mapping[datetime, CallHour], datetime | None]:
        """The hours of the last weeks, and since when calls are on record (None = there is none)."""
        async with self._lock:
            oldest = _hour_of(now - REACH)
            since = max(oldest, self._known_until - SETTLES) if self._known_until else oldest
            fresh = await snapshot.all(BY_HOUR, since=to_ms(since), until=to_ms(now) + 1)
            kept = {hour: one for hour, one in self._hours.items() if oldest <= hour < since}
            self._hours = kept | {from_ms(row["hour"]): _call_hour(row) for row in fresh}
            self._known_until = _hour_of(now)
            first = (await snapshot.all(FIRST))[0]["at"]
            return self._hours, None if first is None else from_ms(first)


def _call_hour(row: Row) -> CallHour:
    return CallHour(int(row["n"]), int(row["spoken"]), int(row["talk_ms"]))


def _hour_of(moment: datetime) -> datetime:
    return from_ms(to_ms(moment) // HOUR_MS * HOUR_MS)
