"""The read side, over both engines: consistent, read-only, and whole again after a lost connection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import bindparam, delete, func, select

from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import event, head
from tests.support.node import CENTRE, emits, node_on

COUNT = Statement(select(func.count().label("count")).select_from(event).where(event.c.centre == bindparam("centre")))
KINDS = Statement(
    select(event.c.kind)
    .where(event.c.centre == bindparam("centre"), event.c.seq.in_(bindparam("seqs", expanding=True)))
    .order_by(event.c.seq),
    many="seqs",
)
EMPTY_HEAD = Statement(delete(head).where(head.c.centre == bindparam("centre")))


@asynccontextmanager
async def reader_on(database: Database, connections: int = 2) -> AsyncIterator[Reader]:
    reader = Reader(database, CENTRE, connections=connections)
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def test_what_is_committed_is_read(database: Database) -> None:
    async with node_on(database) as node, reader_on(database) as reader:
        assert await reader.first(COUNT) == {"count": 0}
        await node.run(emits("a"))
        assert await reader.all(COUNT) == [{"count": 1}]


async def test_snapshot_does_not_move_while_others_write(database: Database) -> None:
    async with node_on(database) as node, reader_on(database) as reader:
        await node.run(emits("a"))
        async with reader.snapshot() as snapshot:
            before = await snapshot.all(COUNT)
            await node.run(emits("b"))
            assert await snapshot.all(COUNT) == before == [{"count": 1}]
        assert await reader.first(COUNT) == {"count": 2}


async def test_reader_cannot_write(database: Database) -> None:
    async with node_on(database) as node, reader_on(database) as reader:
        await node.run(emits("a"))
        with pytest.raises(Exception, match=r"read-?only"):
            await reader.all(EMPTY_HEAD)
        assert await node.run(emits("b")) == 2


async def test_lists_of_any_length_are_bound(database: Database) -> None:
    async with node_on(database) as node, reader_on(database) as reader:
        for number in range(1, 8):
            await node.run(emits(f"line.{number}"))
        for wanted in ([3], [1, 2, 3], [1, 2, 3, 4, 5], [7, 1]):
            rows = await reader.all(KINDS, seqs=wanted)
            assert [row["kind"] for row in rows] == [f"line.{number}" for number in sorted(wanted)]


async def test_more_readers_than_connections_take_turns(database: Database) -> None:
    async with reader_on(database, connections=2) as reader:
        rows = await asyncio.gather(*(reader.first(COUNT) for _ in range(50)))
    assert rows == [{"count": 0}] * 50


async def test_failed_statement_gives_its_connection_back(database: Database) -> None:
    async with reader_on(database, connections=1) as reader:
        for _ in range(3):
            with pytest.raises(KeyError):
                await reader.all(COUNT, unknown=1)
        assert await reader.first(COUNT) == {"count": 0}


async def test_reader_recovers_from_a_lost_postgresql_connection(postgres_database: Database) -> None:
    async with reader_on(postgres_database, connections=1) as reader:
        killer = postgres_database.connect_writer()
        killer.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                       "WHERE datname = current_database() AND pid <> pg_backend_pid()")
        killer.close()
        with pytest.raises(Exception, match=r"terminat|closed|lost"):
            await reader.first(COUNT)
        assert await reader.first(COUNT) == {"count": 0}
