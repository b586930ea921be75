"""Looks ahead for holes in the rosters, so that they are told before somebody has to be called. Changes nothing."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from dispatch.domain.instant import to_ms
from dispatch.domain.routing import RuleSet
from dispatch.errors import StorageUnavailable
from dispatch.services.roster import Hole, find_holes, find_strangers
from dispatch.storage.reader import Reader
from dispatch.storage.rosters import COMING

log = logging.getLogger(__name__)
AHEAD = timedelta(hours=24)
MOST_SENTENCES = 3


class RosterWatch:
    """``rules`` gives those of this moment."""

    def __init__(self, reader: Reader, rules: Callable[[], RuleSet], clock: Callable[[], datetime]) -> None:
        self._reader, self._rules, self._clock = reader, rules, clock
        self._holes: list[Hole] = []
        self._strange = False

    async def look(self) -> None:
        """Find the holes of the next day; what is new goes to the log."""
        rules, now = self._rules(), self._clock()
        if not rules.rosters:
            self._holes = []
            return
        with contextlib.suppress(StorageUnavailable):  # told elsewhere; the last look stands meanwhile
            rows = await self._reader.all(COMING, after=to_ms(now))
            found = find_holes(rules, rows, now, AHEAD)
            known = {(hole.agency, hole.end) for hole in self._holes}
            for hole in found:
                if (hole.agency, hole.end) not in known:
                    log.warning("%s", hole.say(rules, "en"))
            for sentence in find_strangers(rules, rows, "en"):
                if not self._strange:
                    log.warning("%s", sentence)
            self._strange = bool(find_strangers(rules, rows, "en"))
            self._holes = found

    def sentences(self, lang: str) -> list[str]:
        """What operators read in their header."""
        rules = self._rules()
        return [hole.say(rules, lang) for hole in self._holes[:MOST_SENTENCES] if hole.agency in rules.agencies]
