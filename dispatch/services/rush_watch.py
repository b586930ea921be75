"""Knows for the consoles whether a rush widens what is folded, and tells the log when it begins and ends.

Decides nothing: each report asks for itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from dispatch.domain.fold import Rush
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.routing import RuleSet
from dispatch.domain.rush import rush_until
from dispatch.errors import StorageUnavailable
from dispatch.storage.committer import Committer
from dispatch.storage.incidents import OPENED_LATELY, opened_lately
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import head
from dispatch.storage.transaction import Tx

RUSH_SINCE = Statement(select(head.c.rush_since).where(head.c.centre == bindparam("centre")))


class RushWatch:
    """``rules`` gives those of this moment."""

    def __init__(
        self, reader: Reader, committer: Committer, rules: Callable[[], RuleSet], clock: Callable[[], datetime]
    ) -> None:
        self._reader, self._committer, self._rules, self._clock = reader, committer, rules, clock
        self.factor = 1.0
        """How many times as far back events are compared; 1 while there is no rush."""
        self._told: bool | None = None
        """What the log is known to say; None = not looked yet."""

    async def look(self) -> None:
        """Read when the newest incidents were opened; a change is told once, also by several nodes and after a stop."""
        rush, now = self._rules().folding.rush, self._clock()
        with contextlib.suppress(StorageUnavailable):  # told elsewhere; the last look stands meanwhile
            lasts = rush is not None and _lasts(await self._opened(rush, now), now, rush)
            self.factor = rush.factor if rush is not None and lasts else 1.0
            if lasts is not self._told:
                self._told = await self._committer.run(lambda tx: tell_rush(tx, rush))

    async def _opened(self, rush: Rush, now: datetime) -> list[datetime]:
        rows = await self._reader.all(OPENED_LATELY, since=to_ms(now - 2 * rush.within), most=rush.looked_at)
        return [from_ms(row["opened_at"]) for row in rows]


def _lasts(opened: Iterable[datetime], now: datetime, rush: Rush) -> bool:
    return rush_until(opened, now, rush) is not None


def tell_rush(tx: Tx, rush: Rush | None) -> bool:
    """Write down that a rush has begun or ended, unless that is written already. Returns whether one lasts."""
    opened = [] if rush is None else opened_lately(tx, to_ms(tx.now - 2 * rush.within), rush.looked_at)
    lasts = rush is not None and _lasts(opened, tx.now, rush)
    row = tx.first(RUSH_SINCE)
    since: int | None = row["rush_since"] if row else None
    figures = _figures(opened, tx.now, rush)
    if lasts and since is None:
        tx.emit("rush.began", "system", **figures)
        tx.update(head, {}, rush_since=tx.now_ms)
    if since is not None and not lasts:
        minutes = round(timedelta(milliseconds=tx.now_ms - since) / timedelta(minutes=1))
        tx.emit("rush.ended", "system", since=from_ms(since).isoformat(), minutes=minutes, **figures)
        tx.update(head, {}, rush_since=None)
    return lasts


def _figures(opened: list[datetime], now: datetime, rush: Rush | None) -> dict[str, Any]:
    """What decided: so many incidents of late, of the newest that are looked at, against the limit of the rules.

    ``figures`` says it short for the audit: '13/10 10m x2'.
    """
    if rush is None:
        return {"incidents": 0, "limit": 0, "within_s": 0, "factor": "1", "figures": ""}
    lately, minutes = sum(now - at < rush.within for at in opened), rush.within / timedelta(minutes=1)
    return {
        "figures": f"{lately}/{rush.incidents} {minutes:g}m x{rush.factor:g}",
        "incidents": lately, "limit": rush.incidents, "within_s": int(rush.within.total_seconds()),
        "factor": f"{rush.factor:g}",
    }
