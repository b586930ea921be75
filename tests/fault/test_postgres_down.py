"""PostgreSQL goes away under load, in order, crashed, or connection by connection; the server stays and recovers."""

from __future__ import annotations

import asyncio
import signal

import psycopg
import pytest

from tests.fault.stored import assert_whole
from tests.support.board import degraded, watching
from tests.support.postgres import PostgresServer
from tests.support.sender import Sender, messages
from tests.support.server import Server

pytestmark = pytest.mark.postgres
REPORTS = 300
END_ALL = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname LIKE 'fault_%'"


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["stopped", "crashed"])
async def test_stopped_and_started_under_load(
    postgres_centre: Server, own_postgres: PostgresServer, how: signal.Signals
) -> None:
    server = postgres_centre.start()
    pid = server.pid
    async with Sender(server.url) as sender, watching(server) as board:
        sender.waiting.extend(messages(REPORTS))
        load = asyncio.create_task(sender.run(persistent=True))
        while len(sender.acknowledged) < 40:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(own_postgres.stop, how)
        try:
            await board.until_status("/readyz", 503)
            assert await board.status("/api/v1/board") == 503
            assert await board.status("/healthz") == 200
            async with asyncio.timeout(15):
                while not sender.refused:
                    await asyncio.sleep(0.05)
            assert {answer.status_code for answer in sender.refused} == {503}
        finally:
            await asyncio.to_thread(own_postgres.start)
        async with asyncio.timeout(30):
            await load
        await board.until_status("/readyz", 200)
        await board.until(lambda board: degraded(board) == [])
    assert server.is_running
    assert server.pid == pid
    assert sender.lost == 0
    assert len(sender.acknowledged) == REPORTS
    assert_whole(server, sender.acknowledged)
    assert server.rows("SELECT count(*) FROM report") == [(REPORTS,)]


async def test_connections_terminated_under_load(postgres_centre: Server, own_postgres: PostgresServer) -> None:
    """An administrator ends every connection, again and again: the commands run again, nobody is refused."""
    server, ended = postgres_centre.start(), 0
    async with Sender(server.url) as sender, watching(server) as board:
        sender.waiting.extend(messages(REPORTS))
        load = asyncio.create_task(sender.run(persistent=True))
        with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
            for acknowledged in (40, 110, 180):
                async with asyncio.timeout(30):
                    while len(sender.acknowledged) < acknowledged:
                        await asyncio.sleep(0.005)
                ended += connection.execute(END_ALL).fetchone()[0]  # type: ignore[index]
        async with asyncio.timeout(30):
            await load
        await board.until_status("/readyz", 200)
    assert ended >= 4, "nothing was interrupted: this tested nothing"
    assert sender.refused == []
    assert sender.lost == 0
    assert_whole(server, sender.acknowledged)
    assert server.rows("SELECT count(*) FROM report") == [(REPORTS,)]
