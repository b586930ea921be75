"""The audit page: what was done by whom, before and after, and whether the chain of the log holds. Reads only."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta, tzinfo

from dispatch import wire
from dispatch.domain.instant import to_ms
from dispatch.storage.audit_log import FORWARD, Sought, read_back
from dispatch.storage.board import head_seq
from dispatch.storage.event_log import BrokenLink, Head, verify
from dispatch.storage.reader import Reader
from dispatch.storage.wire_row import log_line

LINES = 100
"""Lines an answer holds at most."""
EXPORT_LINES = 1_000
"""The same for an export, which reads on by itself."""
STEPS = 8
"""Slices of the chain checked for one question: 40,000 lines, about half a second beside the event loop."""


def day_span(day: date, tz: tzinfo) -> tuple[int, int]:
    """A local day as moments in ms."""
    start = datetime.combine(day, time(), tz)
    return to_ms(start), to_ms(datetime.combine(day + timedelta(days=1), time(), tz))


class AuditTrail:
    """``checked`` goes from line to line of the chain and never back: a line that held once is not read again."""

    def __init__(self, reader: Reader, tz: tzinfo) -> None:
        self._reader, self._tz = reader, tz
        self._checked = Head.start()
        self._broken: BrokenLink | None = None
        self._one = asyncio.Lock()

    async def page(self, sought: Sought, before: int | None, lang: str, most: int = LINES) -> wire.AuditPage:
        """Fitting lines, newest first, in the reader's language, with the state of the chain."""
        async with self._reader.snapshot() as snapshot:
            rows, following = await read_back(snapshot, sought, before, most)
        lines = [log_line(row, row["incident_number"], self._tz, lang) for row in rows]
        return wire.AuditPage(lines=lines, next=following, chain=await self.chain())

    async def chain(self) -> wire.ChainState:
        """Check on from where the last question ended, as far as half a second goes."""
        async with self._one:
            head = await head_seq(self._reader)
            for _ in range(STEPS):
                if self._broken is not None or self._checked.seq >= head:
                    break
                await self._step()
            broken = self._broken
            return wire.ChainState(
                ok=broken is None, checked=self._checked.seq, head=head, broken_at=broken.seq if broken else None,
                reason=broken.reason if broken else "",
            )

    async def _step(self) -> None:
        rows = await self._reader.all(FORWARD, after=self._checked.seq)
        held, self._broken = await asyncio.to_thread(verify, rows, self._reader.centre, after=self._checked)
        if held:
            last = rows[held - 1]
            self._checked = Head(last["seq"], last["hash"], 0, 0)


