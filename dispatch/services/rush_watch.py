"""Knows for the consoles whether a rush widens what is folded. Decides nothing: each report asks for itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import datetime

from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.routing import RuleSet
from dispatch.domain.rush import rush_until
from dispatch.errors import StorageUnavailable
from dispatch.storage.incidents import OPENED_LATELY
from dispatch.storage.reader import Reader


class RushWatch:
    """``rules`` gives those of this moment."""

    def __init__(self, reader: Reader, rules: Callable[[], RuleSet], clock: Callable[[], datetime]) -> None:
        self._reader, self._rules, self._clock = reader, rules, clock
        self.factor = 1.0
        """How many times as far back events are compared; 1 while there is no rush."""

    async def look(self) -> None:
        """Read when the newest incidents were opened."""
        rush, now = self._rules().folding.rush, self._clock()
        if rush is None:
            self.factor = 1.0
            return
        with contextlib.suppress(StorageUnavailable):  # told elsewhere; the last look stands meanwhile
            since, most = to_ms(now - 2 * rush.within), rush.looked_at
            rows = await self._reader.all(OPENED_LATELY, since=since, most=most)
            lasts = rush_until([from_ms(row["opened_at"]) for row in rows], now, rush) is not None
            self.factor = rush.factor if lasts else 1.0
