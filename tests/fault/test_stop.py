"""SIGTERM: what was begun is answered, streams say goodbye, the process ends in order. ``up`` leaves no orphan."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.fault.stored import assert_whole
from tests.support.sender import Sender, messages
from tests.support.server import ROOT, Server, owner_headers

DRAIN_LIMIT_S = 10
"""The promise is 5 s; a busy test machine gets twice that before we call it hanging."""


async def test_sigterm_under_load_answers_what_it_took(server: Server) -> None:
    server.start()
    async with Sender(server.url, clients=8) as sender, httpx.AsyncClient(base_url=server.url, trust_env=False) as api:
        goodbye = asyncio.create_task(listen_until_end(api))
        sender.waiting.extend(messages(2000))
        asked: list[float] = []

        def stop() -> None:
            if len(sender.acknowledged) == 40:
                asked.append(time.monotonic())
                server.signal(signal.SIGTERM)

        await sender.run(on_acknowledged=stop)
        async with asyncio.timeout(DRAIN_LIMIT_S):
            assert (await goodbye)[-1] == "bye"
            assert await asyncio.to_thread(server.wait) == 0
    assert len(sender.acknowledged) < 2000, "the load was over before the signal came"
    assert "Traceback" not in server.log
    server.start()
    assert_whole(server, sender.acknowledged)
    # Nobody was cut off in the middle: every report that is stored was acknowledged.
    assert server.rows("SELECT count(*) FROM report") == [(len(sender.acknowledged),)]


async def listen_until_end(api: httpx.AsyncClient) -> list[str]:
    """The names of all events of the feed until the server closes it."""
    names: list[str] = []
    async with api.stream("GET", "/api/v1/events", headers=owner_headers(), timeout=30) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("event: "):
                names.append(line.removeprefix("event: "))
    return names


@pytest.mark.parametrize("body_sent", [0, 20])
async def test_sigterm_is_not_held_up_by_a_request_that_never_ends(server: Server, body_sent: int) -> None:
    server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /twilio/sms HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b"a" * body_sent)
    await writer.drain()
    await asyncio.sleep(0.1)
    server.signal(signal.SIGTERM)
    async with asyncio.timeout(DRAIN_LIMIT_S):
        assert await asyncio.to_thread(server.wait) == 0
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.contextmanager
def on_a_terminal(server: Server, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command on a terminal of its own, whose output is read away."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "dispatch.cli", *arguments], cwd=ROOT, env={**server.environ, "TERM": "xterm-256color"},
        stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
    )
    os.close(follower)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        os.close(leader)


async def until_answers(url: str, *, answers: bool) -> None:
    """Wait until a server is there, or gone."""
    async with asyncio.timeout(30), httpx.AsyncClient(base_url=url, trust_env=False, timeout=2) as api:
        while True:
            try:
                there = (await api.get("/healthz")).status_code == 200
            except httpx.HTTPError:
                there = False
            if there == answers:
                return
            await asyncio.sleep(0.1)


async def test_up_killed_leaves_no_orphan(server: Server) -> None:
    with on_a_terminal(server, "up") as up:
        await until_answers(server.url, answers=True)
        up.kill()
        up.wait()
        await until_answers(server.url, answers=False)
    pids = [pid for pid in os.listdir("/proc") if pid.isdigit() and serves(pid, server)]
    assert pids == []


def serves(pid: str, server: Server) -> bool:
    """Whether that process is a server of this test's folder."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read()
        with open(f"/proc/{pid}/environ", "rb") as file:
            environ = file.read()
    except OSError:
        return False
    return bool(re.search(rb"\0serve\0", words)) and str(server.folder).encode() in environ
