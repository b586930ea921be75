"""The read side: a few read-only connections, async, never waiting for a write."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite

from dispatch.errors import StorageUnavailable
from dispatch.storage.database import POSTGRES_OPTIONS, READER_PRAGMAS, STATEMENT_TIMEOUT_MS, Database
from dispatch.storage.statement import Row, Statement

CONNECTIONS = 3
TIMEOUT_S = 10.0
MANY_ROWS = 5_000
"""From so many on, turning them into dictionaries would hold up everybody in the event loop."""


class Reader:
    """Runs named statements of one centre on pooled read-only connections."""

    def __init__(self, database: Database, centre: str, *, connections: int = CONNECTIONS) -> None:
        self._database, self.centre, self._size = database, centre, connections
        self._idle: asyncio.Queue[Any] = asyncio.Queue()
        self._all: list[Any] = []
        self._away: tuple[type[Exception], ...] = (sqlite3.OperationalError,)
        """The driver's errors that mean "the database does not answer now"."""

    async def start(self) -> None:
        for _ in range(self._size):
            connection = await self._connect()
            self._all.append(connection)
            self._idle.put_nowait(connection)

    async def stop(self) -> None:
        for connection in self._all:
            await connection.close()
        self._all.clear()

    async def _connect(self) -> Any:
        if self._database.dialect == "sqlite":
            connection = await aiosqlite.connect(self._database.dsn, isolation_level=None)
            for pragma in READER_PRAGMAS:
                await connection.execute(pragma)
            return connection
        import psycopg

        self._away = (psycopg.OperationalError, psycopg.InterfaceError)
        pg = await psycopg.AsyncConnection.connect(self._database.dsn, **POSTGRES_OPTIONS)
        await pg.execute("SET default_transaction_read_only = on")
        await pg.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
        # A figure's statement is long and its work short: compiling it would take longer than running it.
        await pg.execute("SET jit = off")
        return pg

    @asynccontextmanager
    async def _lease(self) -> AsyncIterator[Any]:
        try:
            # Not wait_for: on 3.11 it swallows a cancellation that meets its result.
            async with asyncio.timeout(TIMEOUT_S):
                connection = await self._idle.get()
        except TimeoutError as error:
            raise StorageUnavailable("storage_unreadable", "all reading connections are busy") from error
        try:
            if getattr(connection, "closed", False):
                fresh = await self._connect()
                self._all[self._all.index(connection)] = fresh
                connection = fresh
            yield connection
        except self._away as error:
            raise StorageUnavailable("storage_unreadable", f"not readable: {error}") from error
        finally:
            self._idle.put_nowait(connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Several statements on one consistent state of the data."""
        async with self._lease() as connection:
            begin = "BEGIN" if self._database.dialect == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ"
            try:
                # Inside: a reader cancelled here must not leave its connection in an old snapshot for ever.
                await connection.execute(begin)
                yield Snapshot(connection, self._database.dialect, self.centre)
            finally:
                await connection.execute("ROLLBACK")

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        """All rows of one statement."""
        async with self._lease() as connection:
            return await Snapshot(connection, self._database.dialect, self.centre).all(statement, **given)

    async def first(self, statement: Statement, **given: Any) -> Row | None:
        """The first row or None."""
        rows = await self.all(statement, **given)
        return rows[0] if rows else None


class Snapshot:
    """Statements on one leased connection."""

    def __init__(self, connection: Any, dialect: str, centre: str) -> None:
        self._connection, self.dialect, self.centre = connection, dialect, centre

    async def all(self, statement: Statement, **given: Any) -> list[Row]:
        sql, parameters = statement.prepare(self.dialect, {"centre": self.centre, **given})
        if self.dialect == "sqlite":
            # One hop to the connection's thread for the whole statement, not one a step.
            rows = await self._connection.execute_fetchall(sql, parameters)
        else:
            rows = await (await self._connection.execute(sql, parameters)).fetchall()
        if len(rows) > MANY_ROWS:
            return await asyncio.to_thread(_as_dicts, statement.names, rows)
        return _as_dicts(statement.names, rows)


def _as_dicts(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Row]:
    return [dict(zip(names, row, strict=True)) for row in rows]
