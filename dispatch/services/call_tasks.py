"""Runs what calls owe when it is due: stale claims, ring groups, call-backs, recordings past their time.

All of it is rows with a due time (storage.voice); this owns which function each kind of row means.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from dispatch.domain.instant import to_ms
from dispatch.errors import StorageUnavailable
from dispatch.services import call_back, call_claim, call_ring
from dispatch.services.call_recording import erase_due
from dispatch.services.calls import return_call
from dispatch.services.knowledge import Knowledge
from dispatch.storage.committer import Committer
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx, json_value
from dispatch.storage.voice import NEXT_RECORDING, NEXT_TASK, due_tasks, finish_task

log = logging.getLogger(__name__)


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
        call_ring.ring_group(tx, task, groups[index], knowledge)
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
    """Looks once a second, as its job in the scheduler; a look that finds nothing due costs two reads."""

    def __init__(
        self, committer: Committer, reader: Reader, knowledge: Callable[[], Knowledge], clock: Callable[[], datetime]
    ) -> None:
        self._committer, self._reader, self._knowledge, self._clock = committer, reader, knowledge, clock

    async def run_due(self) -> None:
        """Run all that is due at this moment; while nothing can be stored it stays due."""
        try:
            while await self._next_due() <= to_ms(self._clock()):
                if not await self._committer.run(lambda tx: run_due(tx, self._knowledge())):
                    break
        except StorageUnavailable as error:
            log.error("calls wait for storage: %s", error)

    async def _next_due(self) -> float:
        rows = [await self._reader.first(statement) for statement in (NEXT_TASK, NEXT_RECORDING)]
        return min((row["due_at"] for row in rows if row and row["due_at"] is not None), default=float("inf"))
