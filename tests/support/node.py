"""A writing node for storage tests: a started committer that remembers what it committed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from dispatch.storage.committer import Committed, Committer
from dispatch.storage.database import Database
from dispatch.storage.transaction import Tx

CENTRE = "33.28"
MONDAY = datetime(2026, 1, 12, 7, 30, tzinfo=UTC)


class Node:
    """``committer`` with what its commits brought, in order; ``held`` keeps its thread busy on purpose."""

    def __init__(self, database: Database, centre: str = CENTRE, clock: Callable[[], datetime] | None = None) -> None:
        self.commits: list[Committed] = []
        self.committer = Committer(
            database, centre, on_commit=self.commits.append, clock=clock or (lambda: MONDAY)
        )

    @property
    def kinds(self) -> list[str]:
        """Kinds of all committed log lines, in commit order."""
        return [line["kind"] for commit in self.commits for line in commit.lines]

    async def run(self, work: Callable[[Tx], Any], **options: Any) -> Any:
        return await self.committer.run(work, **options)

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        """While inside, nothing is taken from the queues: what is sent meanwhile becomes one batch."""
        started, release = threading.Event(), threading.Event()

        def hold(tx: Tx) -> None:
            started.set()
            release.wait(10)

        job = asyncio.ensure_future(self.committer.run(hold))
        await asyncio.to_thread(started.wait, 10)
        try:
            yield
            # Let the tasks that were just created put their command into the queue.
            await asyncio.sleep(0)
        finally:
            release.set()
        await job


@asynccontextmanager
async def node_on(
    database: Database, *, centre: str = CENTRE, clock: Callable[[], datetime] | None = None
) -> AsyncIterator[Node]:
    node = Node(database, centre, clock)
    node.committer.start()
    try:
        yield node
    finally:
        await node.committer.stop()


def emits(kind: str, **data: Any) -> Callable[[Tx], int]:
    """A command that writes one log line and returns its seq."""
    return lambda tx: tx.emit(kind, "test", **data)
