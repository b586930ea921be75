"""The outermost layer of the edge: body limit, security headers, and no traceback ever leaves.

Plain ASGI on purpose: it lies on the path of every webhook.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

BODY_LIMIT = 256 * 1024
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
Render = Callable[[Request, int, str], ASGIApp]
"""Makes the answer for a status and a stable error code."""


class Pace:
    """So many a minute for one key, each key by itself; what is older than a minute is forgotten."""

    MOST_KEYS = 10_000

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._clock = most, clock
        self._since = clock()
        self._seen: Counter[str] = Counter()

    def allows(self, key: str) -> bool:
        """Count one; False when it is one too many."""
        now = self._clock()
        if now - self._since >= 60 or len(self._seen) >= self.MOST_KEYS:
            self._since = now
            self._seen.clear()
        self._seen[key] += 1
        return self._seen[key] <= self._most


class _TooLarge(Exception):
    """The body passed the limit while it was read."""


class Guard:
    def __init__(self, app: ASGIApp, render: Render) -> None:
        self._app, self._render = app, render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, _limited(scope, receive), guarded_send)
        except _TooLarge:
            await self._answer(scope, receive, guarded_send, 413, "too_large", started=started)
        except Exception:  # the last line of the edge: whatever it was, the caller gets a problem, the log the cause
            log.error("request failed: %s %s", scope["method"], _without_token(scope["path"]), exc_info=True)
            await self._answer(scope, receive, guarded_send, 500, "internal", started=started)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Callable[[Message], Awaitable[None]], status: int, code: str, *,
        started: bool,
    ) -> None:
        if not started:
            await self._render(Request(scope), status, code)(scope, receive, send)


def _without_token(path: str) -> str:
    """A path for the log: the token of a team's page is a key and stays out of it."""
    return "/u/..." if path.startswith("/u/") else path


def _limited(scope: Scope, receive: Receive) -> Receive:
    """Refuse a body that is, or turns out to be, over the limit."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    seen = 0
    over = not declared.isdigit() or int(declared) > BODY_LIMIT

    async def limited_receive() -> Message:
        nonlocal seen
        if over:
            raise _TooLarge
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_LIMIT:
            raise _TooLarge
        return message

    return limited_receive
