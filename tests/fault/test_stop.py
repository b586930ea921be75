"""SIGTERM: what was begun is answered, streams say goodbye, the process ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import httpx

from tests.fault.stored import assert_whole
from tests.support.sender import Sender, messages
from tests.support.server import Server, owner_headers

DRAIN_LIMIT_S = 10
"""The promise is 5 s; a busy test machine gets twice that before we call it hanging."""


async def test_sigterm_under_load_answers_what_it_took(server: Server) -> None:
    server.start()
    async with Sender(server.url, clients=8) as sender, httpx.AsyncClient(base_url=server.url, trust_env=False) as api:
        goodbye = asyncio.create_task(listen_until_end(api))
        sender.waiting.extend(messages(2000))

        def stop() -> None:
            if len(sender.acknowledged) == 40:
                server.send(signal.SIGTERM)

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


async def test_sigterm_is_not_held_up_by_a_request_that_never_ends(server: Server) -> None:
    server.start()
    _, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"POST /twilio/sms HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + b"a" * 20)
    await writer.drain()
    await asyncio.sleep(0.1)
    server.send(signal.SIGTERM)
    async with asyncio.timeout(DRAIN_LIMIT_S):
        assert await asyncio.to_thread(server.wait) == 0
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
