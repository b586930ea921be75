"""The wallboard in a browser: a real HTTP and websocket client, and a real browser where there is one."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from console.client import Client
from console.wall.web import MOST_VIEWERS, WallServer, may_serve
from dispatch.cli import main
from tests.console.fake_server import TOKEN, FakeServer

KEY = "kunci-papan"
NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((found for name in NAMES if (found := shutil.which(name))), "")


@dataclass
class Running:
    url: str
    centre: FakeServer
    wall: WallServer

    def socket(self, http: aiohttp.ClientSession, **headers: str) -> aiohttp.client._WSRequestContextManager:
        return http.ws_connect(f"{self.url}/ws?width=120&height=36", headers=headers)


async def nothing() -> None:
    """The session of the fake server never ends."""


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    centre = FakeServer(beat_s=0.5)
    await centre.start()
    token = tmp_path / "token"
    token.write_text(TOKEN)
    command = shlex.join([sys.executable, "-m", "console.wall.child", centre.url, str(token), "id"])
    wall = WallServer(command, "127.0.0.1", 0, KEY, nothing)
    runner = web.AppRunner(await wall._make_app(), shutdown_timeout=2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield Running(f"http://{host}:{port}", centre, wall)
    await runner.cleanup()
    await centre.stop()


async def seen_until(socket: aiohttp.ClientWebSocketResponse, words: bytes, seconds: float = 20) -> bytes:
    """What the terminal in the browser was sent, up to these words."""
    seen = b""
    async with asyncio.timeout(seconds):
        async for message in socket:
            if message.type is aiohttp.WSMsgType.BINARY:
                seen += message.data
                if words in seen:
                    return seen
    raise AssertionError(f"closed before {words!r}")


async def test_nobody_looks_without_the_key(running: Running) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/", "/?key=salah", "/static/js/textual.js", "/download/x", "/ws"):
            async with http.get(running.url + path, allow_redirects=False) as answer:
                assert answer.status == 403, path
        async with http.post(f"{running.url}/?key={KEY}") as answer:
            assert answer.status == 405
    assert running.centre.boards_given == 0


async def test_a_browser_sees_the_wall_and_can_give_no_command(running: Running) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        async with http.get(f"{running.url}/?key={KEY}") as page:
            assert page.status == 200
            assert "connect-src 'self'" in page.headers["Content-Security-Policy"]
            assert f"{running.url.replace('http', 'ws')}/ws" in await page.text()
        async with running.socket(http) as socket:
            await seen_until(socket, b"LIVE")
            for keys in ("d a01 1051\r", "p 1\r", "\x1b[15~", "\x1bOP", ":!sh\r", "\x1a", "\x03"):
                await socket.send_json(["stdin", keys])
            for odd in ('"x"', "[]", "{}", "[1]", '["resize",{"width":1e99}]', '["stdin",{}]', '["quit"]', "not json"):
                await socket.send_str(odd)
            await socket.send_json(["resize", {"width": 10**9, "height": 0}])
            await socket.send_json(["stdin", "3"])
            await seen_until(socket, b"SLA SEKARANG")
    assert running.centre.commands == []
    async with asyncio.timeout(10):
        while running.wall._open:
            await asyncio.sleep(0.05)


async def test_another_page_may_not_open_it(running: Running) -> None:
    async with aiohttp.ClientSession(cookies={"wall": KEY}, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await running.socket(http, Origin="http://jahat.example").__aenter__()
        assert refused.value.status == 403


async def test_there_is_an_end_to_viewers(running: Running) -> None:
    running.wall._open = {web.WebSocketResponse() for _ in range(MOST_VIEWERS)}
    async with aiohttp.ClientSession(cookies={"wall": KEY}, cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await running.socket(http).__aenter__()
        assert refused.value.status == 503
    running.wall._open = set()


async def test_only_a_viewers_session_stands_open(
    running: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Client(running.centre.url, token=TOKEN) as client:
        assert not await may_serve(client), "the fake server's token is a supervisor's"
    token = tmp_path / "supervisor"
    token.write_text(TOKEN)
    line = ["wall", "--web", "--server", running.centre.url, "--token-file", str(token)]
    assert await asyncio.to_thread(main, line) == 2
    assert "role viewer" in capsys.readouterr().err
    assert await asyncio.to_thread(main, [*line, "--listen", "nowhere"]) == 2


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
async def test_a_real_browser_opens_the_wall(running: Running, tmp_path: Path) -> None:
    """The page's own script opens the socket; the wall behind it then asks the centre for its board."""
    browser = await asyncio.create_subprocess_exec(
        BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,800",
        f"--user-data-dir={tmp_path / 'profile'}", "--remote-debugging-port=0", f"{running.url}/?key={KEY}",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(40):
            while not running.centre.boards_given:
                await asyncio.sleep(0.1)
    finally:
        browser.terminate()
        await browser.wait()
