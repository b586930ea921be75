"""Server-sent events over ASGI. Owns one connection's life: until the feed ends it, the client goes, or it stalls."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from starlette.types import Receive, Scope, Send

from dispatch.errors import StorageUnavailable
from dispatch.services.feed import Feed
from dispatch.services.subscriber import Subscriber

log = logging.getLogger(__name__)

SESSION_CHECK_S = 10.0
SEND_TIMEOUT_S = 15.0
"""A peer that takes nothing for this long is gone, whatever its socket says."""
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStream:
    """An ASGI response: the frames of one subscriber."""

    def __init__(self, feed: Feed, subscriber: Subscriber, may_listen: Callable[[], Awaitable[bool]]) -> None:
        self._feed, self._subscriber, self._may_listen = feed, subscriber, may_listen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_wait_for_leave(receive))
        watching = asyncio.create_task(self._watch_session())
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._feed.unsubscribe(self._subscriber)
            for task in (sending, leaving, watching):
                task.cancel()
            await asyncio.gather(sending, leaving, watching, return_exceptions=True)

    async def _watch_session(self) -> None:
        """Who was signed out, disabled or has a new password hears nothing more."""
        while True:
            await asyncio.sleep(SESSION_CHECK_S)
            try:
                live = await self._may_listen()
            except StorageUnavailable:
                continue  # nobody is signed out because the database is away
            if not live:
                self._feed.unsubscribe(self._subscriber)
                self._subscriber.end(self._feed.bye())
                return

    async def _send_all(self, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            async for chunk in self._subscriber.frames():
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.warning("a listener of the feed took nothing for %g s", SEND_TIMEOUT_S)


async def _wait_for_leave(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
