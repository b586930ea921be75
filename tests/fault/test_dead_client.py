"""Consoles that die, hang or never read cost the server nothing that others would notice."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys

import httpx

from tests.fault.stored import assert_whole
from tests.support.board import watching
from tests.support.sender import Sender, messages
from tests.support.server import OWNER, ROOT, Server, owner_headers

REQUEST = f"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {OWNER}\r\n\r\n".encode()
LISTENERS = "kentongan_feed_listeners "


def listener(server: Server, *, buffer: int = 0) -> socket.socket:
    """A feed's client that has asked and does whatever the test does with its socket."""
    made = socket.socket()
    if buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.connect(("127.0.0.1", server.port))
    made.sendall(REQUEST)
    return made


async def until_listeners(server: Server, most: int, least: int = 0) -> None:
    """Wait until the server counts so many open feeds."""
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=10) as http:
        while True:
            lines = (await http.get("/metrics")).text.splitlines()
            count = next(int(line.removeprefix(LISTENERS)) for line in lines if line.startswith(LISTENERS))
            if least <= count <= most:
                return
            await asyncio.sleep(0.1)


async def test_clients_that_never_read_or_vanish_do_not_hurt_the_others(server: Server) -> None:
    """Twenty deaf ones and twenty that are gone without a goodbye, under load; one healthy listener sees it all."""
    server.start()
    deaf = [listener(server, buffer=2048) for _ in range(20)]
    gone = [listener(server) for _ in range(20)]
    await until_listeners(server, 40, least=40)
    healthy = asyncio.create_task(count_reports(server, 400))
    await until_listeners(server, 41, least=41)
    for client in gone:  # a reset instead of a goodbye
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.close()
    async with Sender(server.url, clients=8) as sender, watching(server) as board:
        sender.waiting.extend(messages(400))
        await sender.run()
        assert len(sender.acknowledged) == 400
        async with asyncio.timeout(20):
            assert await healthy == 400
        assert await board.status("/readyz") == 200
    await until_listeners(server, 20)
    for client in deaf:
        client.close()
    await until_listeners(server, 0)
    assert_whole(server, sender.acknowledged)
    assert server.terminate() == 0
    assert "Traceback" not in server.log


async def count_reports(server: Server, expected: int) -> int:
    """How many reports a listener is told of; ends when all came."""
    seen = 0
    async with (
        httpx.AsyncClient(base_url=server.url, trust_env=False) as http,
        http.stream("GET", "/api/v1/events", headers=owner_headers(), timeout=30) as stream,
    ):
        async for line in stream.aiter_lines():
            if line.startswith("data: "):
                seen += line.count('"kind":"report.received"')
            if seen >= expected:
                break
    return seen


async def test_a_killed_console_leaves_its_server_and_its_seat(server: Server) -> None:
    """A real line-mode console, stopped in the middle (SIGSTOP: it hangs) and then killed."""
    server.start()
    console = subprocess.Popen(
        [sys.executable, "-m", "dispatch.cli", "console", "--line", "--server", server.url,
         "--token-file", str(server.owner_file)],
        cwd=ROOT, env=server.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )
    assert console.stdin is not None
    assert console.stdout is not None
    try:
        console.stdin.write(b"N kebakaran rumah di Desa Bojong\n")
        console.stdin.flush()
        assert await asyncio.to_thread(console.stdout.readline)
        console.send_signal(signal.SIGSTOP)
        async with Sender(server.url) as sender, watching(server) as board:
            sender.waiting.extend(messages(100))
            await sender.run()
            console.kill()
            assert len(sender.acknowledged) == 100
            assert len((await board.read())["incidents"]) >= 1
            assert await board.status("/readyz") == 200
    finally:
        console.kill()
        console.wait()
        with contextlib.suppress(BrokenPipeError):
            console.stdin.close()
        console.stdout.close()
    assert_whole(server, sender.acknowledged)
    assert "Traceback" not in server.log
