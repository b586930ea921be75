"""Server-sent events over ASGI. Owns one connection's life: until the feed ends it, the client goes, or it stalls."""

from __future__ import annotations

import asyncio
import logging

from starlette.types import Receive, Scope, Send

from dispatch.services.feed import Feed
from dispatch.services.subscriber import Subscriber

log = logging.getLogger(__name__)

SEND_TIMEOUT_S = 15.0
"""A peer that takes nothing for this long is gone, whatever its socket says."""
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStream:
    """An ASGI response: the frames of one subscriber."""

    def __init__(self, feed: Feed, subscriber: Subscriber) -> None:
        self._feed, self._subscriber = feed, subscriber

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send_all(send))
        leaving = asyncio.create_task(_wait_for_leave(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._feed.unsubscribe(self._subscriber)
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

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
