"""The loop that runs what calls owe: stale claims, ring groups, call-backs, recordings past their time.

All of it is rows with a due time (storage.voice); this owns when to look and which function each kind means.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from dispatch.domain.instant import to_ms
from dispatch.errors import StorageUnavailable
from dispatch.services import call_back, call_claim, call_ring
from dispatch.services.call_recording import erase_due
from dispatch.services.calls import return_call
from dispatch.services.knowledge import Knowledge
from dispatch.storage.committer import Committed, Committer
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx, json_value
from dispatch.storage.voice import NEXT_RECORDING, NEXT_TASK, due_tasks, finish_task

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
"""At least this often the next due moment is read again: another node may have added one."""
RETRY_S = 1.0


def run_due(tx: Tx, knowledge: Knowledge) -> int:
    """Run what is due now, each row once; returns how many."""
    tasks = due_tasks(tx)
    for task in tasks:
        if task["kind"] == "ring":
            _ring(tx, task, knowledge)
        elif finish_task(tx, task):
            _run(tx, task, knowledge)
    return len(tasks) + erase_due(tx)


def _ring(tx: Tx, task: Row, knowledge: Knowledge) -> None:
    groups, index = knowledge.calls.ring_groups, json_value(task["params"])["group"]
    if index < len(groups):
        call_ring.ring_group(tx, task, groups[index])
    else:
        finish_task(tx, task)  # the setting has changed since


def _run(tx: Tx, task: Row, knowledge: Knowledge) -> None:
    kind, call_id = task["kind"], task["call_id"]
    attempt = json_value(task["params"]).get("attempt", 0)
    if kind == "claim_stale":
        call_claim.mark_stale(tx, call_id, attempt)
    elif kind == "claim_over":
        return_call(tx, call_id, attempt, "phone_unreachable")
    elif kind == "callback":
        call_back.place_callback(tx, call_id, knowledge)
    elif kind == "callback_over":
        call_back.not_reached(tx, call_id, "no-answer", knowledge)
    else:
        log.error("a call's task of unknown kind %r was dropped", kind)


class CallKeeper:
    """``failure`` says why the last look failed; '' while well."""

    def __init__(
        self, committer: Committer, reader: Reader, knowledge: Callable[[], Knowledge], clock: Callable[[], datetime]
    ) -> None:
        self._committer, self._reader, self._knowledge, self._clock = committer, reader, knowledge, clock
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.failure = ""

    def start(self) -> None:
        """Begin to look; must run inside the event loop."""
        self._task = asyncio.create_task(self._watch(), name="calls")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def on_commit(self, committed: Committed) -> None:
        """Something may be due earlier than was known."""
        if "calls" in committed.wakes:
            self._wake.set()

    async def run_due(self) -> None:
        """Run all that is due at this moment."""
        while await self._next_due() <= to_ms(self._clock()):
            if not await self._committer.run(lambda tx: run_due(tx, self._knowledge())):
                break

    async def _next_due(self) -> float:
        rows = [await self._reader.first(statement) for statement in (NEXT_TASK, NEXT_RECORDING)]
        return min((row["due_at"] for row in rows if row and row["due_at"] is not None), default=float("inf"))

    async def _watch(self) -> None:
        while True:
            self._wake.clear()
            try:
                await self.run_due()
                wait_s = min(max((await self._next_due() - to_ms(self._clock())) / 1000, 0.0), LOOK_EVERY_S)
                self.failure = ""
            except Exception as error:  # a watch that dies silently is the worst failure: tell and go on
                self.failure = f"{type(error).__name__}: {error}"
                log.error("calls: %s", self.failure, exc_info=not isinstance(error, StorageUnavailable))
                wait_s = RETRY_S
            await self._sleep(wait_s)

    async def _sleep(self, seconds: float) -> None:
        try:
            # Not wait_for: on 3.11 it swallows a cancellation that meets its result.
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return
        await asyncio.sleep(0.02)
