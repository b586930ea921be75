"""Who reads the audit is in the audit: one event for each question, before it is answered.

Owns which questions are being answered. What cannot be written down is not answered: a full disk refuses the reader.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dispatch.services.access import Identity
from dispatch.storage.committer import Committer

READ, EXPORTED = "audit.read", "audit.exported"
SAME_QUESTION = timedelta(seconds=60)
"""The same words of the same session within this time are one question: a page that is refreshed or asked again."""
QUESTIONS = 500
"""So many are remembered; whoever goes on with an older one is written down anew."""


@dataclass(frozen=True, slots=True)
class Question:
    """``words`` are the filters as they are written down ('actor:adi day:2026-01-09', '' = everything)."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class _Open:
    """A question written down as line ``seq``; its next page ends before line ``upto`` or further back."""

    since: datetime
    seq: int
    upto: int


class AuditReadings:
    """A page that goes on where the last one ended belongs to the question before and leaves no event of its own."""

    def __init__(self, committer: Committer, clock: Callable[[], datetime]) -> None:
        self._committer, self._clock = committer, clock
        self._open: OrderedDict[tuple[str, Question], _Open] = OrderedDict()

    async def admit(self, who: Identity, asked: Question, before: int | None) -> int | None:
        """Write the question down if it is one; returns the line the answer ends before (None = the end of the log).

        A question does not find itself. An export is written down each time, a page that was not next too: pages only
        go back, or one question would do for all that is ever written after it.
        """
        key, now = (who.token_hash, asked), self._clock()
        known = self._open.get(key)
        if known is not None and before is not None and before <= known.upto:
            self._keep(key, replace(known, upto=before))
            return before
        if known is not None and before is None and asked.kind == READ and now - known.since < SAME_QUESTION:
            self._keep(key, replace(known, upto=known.seq))
            return None
        seq = await self._committer.run(lambda tx: tx.emit(asked.kind, who.actor.name, asked=asked.words or "-"))
        self._keep(key, _Open(now, seq, seq))
        return seq if before is None else before

    def _keep(self, key: tuple[str, Question], asked: _Open) -> None:
        self._open[key] = asked
        self._open.move_to_end(key)
        if len(self._open) > QUESTIONS:
            self._open.popitem(last=False)
