"""One listener of the feed: its bounded queue of encoded events. Never waits, never reads the database."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from dispatch import wire

LANGUAGES = ("id", "en")
QUEUE_LIMIT = 256


def frame(name: str, message: wire.Wire, seq: int | None = None) -> bytes:
    """One server-sent event. JSON has no raw line breaks, so one data line always suffices."""
    head = b"" if seq is None else b"id: %d\n" % seq
    return b"%sevent: %s\ndata: %s\n\n" % (head, name.encode(), wire.encode(message))


@dataclass(eq=False, slots=True)
class Subscriber:
    """One listener's bounded queue. ``None`` in it ends the stream."""

    lang: str
    after: int
    operator: str = ""
    """Who listens."""
    screen: str = ""
    """Which console of theirs; '' is no console (a wall, a script)."""
    queue: deque[bytes | None] = field(default_factory=deque)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    def offer(self, item: bytes | None) -> bool:
        """False when the listener is too slow for its queue."""
        if len(self.queue) >= QUEUE_LIMIT:
            return False
        self.queue.append(item)
        self.ready.set()
        return True

    def end(self, last: bytes) -> None:
        """Nothing that waited is of use any more: say why, then close."""
        self.queue.clear()
        self.queue.extend((last, None))
        self.ready.set()

    async def frames(self) -> AsyncIterator[bytes]:
        """Frames until the feed ends the stream; what waits together is handed over together."""
        while True:
            await self.ready.wait()
            self.ready.clear()
            items, last = list(self.queue), False
            self.queue.clear()
            if items and items[-1] is None:
                items, last = items[:-1], True
            chunk = b"".join(item for item in items if item is not None)
            if chunk:
                yield chunk
            if last:
                return
