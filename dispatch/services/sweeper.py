"""The sweep's loop: sleeps until the earliest clock or escalation step is due, then fires what is due.

Owns when to look, not what happens (that is ``services.clocks`` and ``step_sweep``). Polling each second would make
every escalation up to a second late; sleeping to the due instant keeps the lateness at milliseconds.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from dispatch.domain.instant import from_ms
from dispatch.errors import StorageUnavailable
from dispatch.services.clocks import SWEEP_BATCH
from dispatch.services.knowledge import Knowledge
from dispatch.services.step_sweep import sweep_due
from dispatch.storage.clocks import NEXT_DUE
from dispatch.storage.committer import Committer
from dispatch.storage.reaching import NEXT_DUE as NEXT_STEP
from dispatch.storage.reader import Reader

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""At least this often the next due instant is read again: another node may have started a clock."""
RETRY_S = 0.5


class Sweeper:
    """``last_look_at`` is when it last knew that nothing due was left unfired."""

    def __init__(
        self, committer: Committer, reader: Reader, knowledge: Callable[[], Knowledge], clock: Callable[[], datetime]
    ) -> None:
        self._committer, self._reader, self._knowledge, self._clock = committer, reader, knowledge, clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.last_look_at: datetime | None = None
        self.failure = ""

    async def start(self) -> None:
        """Sweep once before any traffic is accepted, then keep watch."""
        await self.sweep()
        self._task = asyncio.create_task(self._watch(), name="clock sweep")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def wake(self) -> None:
        """A clock was started, moved or stopped: look again."""
        self._wake.set()

    async def sweep(self) -> None:
        """Fire everything that is due now, in bounded batches."""
        while await self._next_due() <= self._clock():
            taken = await self._committer.run(lambda tx: sweep_due(tx, self._knowledge()))
            if taken < SWEEP_BATCH:
                break
        self.last_look_at = self._clock()

    async def _next_due(self) -> datetime:
        rows = [await self._reader.first(NEXT_DUE), await self._reader.first(NEXT_STEP)]
        due = [row["next_at"] for row in rows if row is not None and row["next_at"] is not None]
        return from_ms(min(due)) if due else self._clock() + timedelta(days=1)

    async def _watch(self) -> None:
        while True:
            try:
                await self.sweep()
                await self._sleep_until(await self._next_due())
                self.failure = ""
            except Exception as error:  # noqa: BLE001 - a watch that dies silently is the worst failure: tell and go on
                self._fail(error)
                await asyncio.sleep(RETRY_S)

    def _fail(self, error: Exception) -> None:
        self.failure = f"{type(error).__name__}: {error}"
        log.error("clock sweep failed: %s", self.failure, exc_info=not isinstance(error, StorageUnavailable))

    async def _sleep_until(self, due: datetime) -> None:
        wait_s = min(max((due - self._clock()).total_seconds(), 0.0), LOOK_EVERY_S)
        self._wake.clear()
        try:
            # Not wait_for: on 3.11 it swallows a cancellation that meets its result.
            async with asyncio.timeout(wait_s):
                await self._wake.wait()
        except TimeoutError:
            return
        # A burst of intake wakes the sweep once, not once a report: new clocks are due in seconds at the earliest.
        await asyncio.sleep(0.02)
