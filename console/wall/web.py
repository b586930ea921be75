"""The wallboard in a browser, by Textual's own web serving. Owns who may look, how many, and what they may send.

Read-only by construction: a browser's keys reach one process that is the wall and nothing else; its client sends no
command, and its session is a viewer's, of whom the server takes none.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import shlex
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import WSMsgType, web
from aiohttp.web_runner import GracefulExit
from textual_serve.app_service import AppService
from textual_serve.server import Server

from console.client import Client, ClientError, Rejected

log = logging.getLogger(__name__)

VIEWER = "viewer"
MOST_VIEWERS = 12
"""Each is a process of about 60 MB; one more is told so."""
COOKIE = "wall"
LEAVE_S = 3.0
KEEP_S = 600.0
"""A session ends twelve hours after its last use; so often it is used."""
WIDTHS, HEIGHTS = (40, 400), (10, 150)
MOST_TYPED = 256
"""Characters in one message: what a hand can do."""
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'; base-uri 'none'"
)
"""Nothing is fetched from outside the LAN, not even a font."""


class Viewing(AppService):
    """One browser's process; when the browser leaves, it ends, by itself or not."""

    async def stop(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await super().stop()
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_S):
                    await process.wait()
            if process.returncode is None:
                process.kill()
                await process.wait()


class WallServer(Server):
    """``key`` opens the page once and is a cookie from then on; ``keep`` uses the session, and raises when it ended."""

    def __init__(self, command: str, host: str, port: int, key: str, keep: Callable[[], Awaitable[None]]) -> None:
        super().__init__(command, host=host, port=port, title="Kentongan")
        self.key, self._keep = key, keep
        self._open: set[web.WebSocketResponse] = set()

    @property
    def address(self) -> str:
        """What to type into a browser on this machine; on another one, with this machine's name."""
        return f"http://{self.host}:{self.port}/?key={self.key}"

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path))
        app.add_routes([
            web.get("/", self.handle_index, name="index"), web.get("/ws", self.handle_websocket, name="websocket"),
            web.get("/download/{key}", self.handle_download, name="download"),
            web.static("/static", self.statics_path, name="static"),
        ])
        app.cleanup_ctx.append(self._keep_session)
        app.on_shutdown.append(self.on_shutdown)
        return app

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """The key in the address once, then the cookie; and only from this very page."""
        if request.method != "GET":
            raise web.HTTPMethodNotAllowed(request.method, ["GET"])
        if request.path == "/" and self._is_key(request.query.get("key", "")):
            entry = web.HTTPSeeOther("/")
            entry.set_cookie(COOKIE, self.key, httponly=True, samesite="Strict")
            raise entry
        if not self._is_key(request.cookies.get(COOKIE, "")):
            raise web.HTTPForbidden(text="This wallboard opens with the address it printed at its start.")
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            raise web.HTTPForbidden(text="another page may not open the wallboard")
        answer = await handler(request)
        if not answer.prepared:
            answer.headers["Content-Security-Policy"] = POLICY
            answer.headers["X-Content-Type-Options"] = "nosniff"
            answer.headers["Referrer-Policy"] = "no-referrer"
        return answer

    def _is_key(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self.key.encode())

    async def handle_index(self, request: web.Request) -> web.StreamResponse:
        """The page, with addresses as the browser knows this machine."""
        socket = "wss" if request.scheme == "https" else "ws"
        context = {
            "font_size": _within(request.query.get("fontsize"), (8, 40), 16),
            "app_websocket_url": f"{socket}://{request.host}/ws",
            "config": {"static": {"url": "/static/"}}, "application": {"name": self.title},
        }
        return aiohttp_jinja2.render_template("app_index.html", request, context)

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One viewer: a process that is the wall, until either side leaves."""
        if len(self._open) >= MOST_VIEWERS:
            raise web.HTTPServiceUnavailable(text=f"{MOST_VIEWERS} are looking already")
        socket = web.WebSocketResponse(heartbeat=15, max_msg_size=16 * 1024)
        self._open.add(socket)
        try:
            await socket.prepare(request)
            app = Viewing(
                self.command, write_bytes=socket.send_bytes, write_str=socket.send_str,
                close=cast("Callable[[], Awaitable[None]]", socket.close), download_manager=self.download_manager,
            )
            await app.start(
                _within(request.query.get("width"), WIDTHS, 120), _within(request.query.get("height"), HEIGHTS, 36)
            )
            try:
                await self._process_messages(socket, app)
            finally:
                await app.stop()
        finally:
            self._open.discard(socket)
        return socket

    async def _process_messages(self, websocket: web.WebSocketResponse, app_service: AppService) -> None:
        async for message in websocket:
            if message.type is WSMsgType.TEXT:
                try:
                    kind, given = (*message.json(), None)[:2]
                except (ValueError, TypeError):
                    continue
                await _hand_over(str(kind), given, websocket, app_service)

    async def _keep_session(self, app: web.Application) -> AsyncIterator[None]:
        """Use the session now and then; without one there is nothing to show, and the server ends."""
        task = asyncio.create_task(self._keep_using())
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _keep_using(self) -> None:
        while True:
            await asyncio.sleep(KEEP_S)
            try:
                await self._keep()
            except Rejected as over:
                log.error("the wall's session is over: %s", over)
                asyncio.get_running_loop().call_soon(_leave)
            except ClientError as away:
                log.warning("the server is away: %s", away)

    async def on_shutdown(self, app: web.Application) -> None:
        for socket in set(self._open):
            await socket.close(code=1001, message=b"the wallboard's server stops")

    def initialize_logging(self) -> None:
        """The command that starts the server owns logging."""


async def _hand_over(kind: str, given: Any, socket: web.WebSocketResponse, app: AppService) -> None:
    """What a browser may say: keys, its size, whether it is looked at. Anything else is nothing."""
    if kind == "stdin" and isinstance(given, str):
        await app.send_bytes(given[:MOST_TYPED].encode("utf-8", "replace"))
    elif kind == "resize" and isinstance(given, dict):
        width, height = given.get("width"), given.get("height")
        await app.set_terminal_size(_within(width, WIDTHS, 120), _within(height, HEIGHTS, 36))
    elif kind == "ping":
        await socket.send_json(["pong", str(given)[:MOST_TYPED]])
    elif kind == "focus":
        await app.focus()
    elif kind == "blur":
        await app.blur()


def _within(given: Any, bounds: tuple[int, int], otherwise: int) -> int:
    """A whole number between the bounds; ``otherwise`` for what is none."""
    text = str(given)
    return max(bounds[0], min(bounds[1], int(text))) if text.isascii() and text.isdigit() else otherwise


def _leave() -> None:
    raise GracefulExit


async def may_serve(client: Client) -> bool:
    """Whether this session is a viewer's: no other may stand open on the LAN."""
    return (await client.session()).role == VIEWER


def serve(server: str, token: str, *, host: str, port: int, lang: str, key: str, say: Callable[[str], None]) -> None:
    """Until interrupted. The token lies in a file of this user's while it runs, never on a command line."""
    with tempfile.TemporaryDirectory(prefix="kentongan-wall-") as folder:
        token_file = Path(folder) / "token"
        token_file.touch(mode=0o600)
        token_file.write_text(token, encoding="ascii")
        command = shlex.join([sys.executable, "-m", "console.wall.child", server, str(token_file), lang])
        paths = [str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")]
        os.environ["PYTHONPATH"] = os.pathsep.join(path for path in paths if path)

        async def keep() -> None:
            async with Client(server, token=token, lang=lang) as client:
                await client.session()

        wall = WallServer(command, host, port, key, keep)
        say(wall.address)
        wall.serve()
