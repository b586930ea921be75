"""The SQL tables of a Gammu SMS daemon: one connection, one thread, short transactions.

Gammu owns the schema. On SQLite the daemon writes UTC by its triggers, on PostgreSQL the server's local time.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from dispatch.errors import ChannelError

T = TypeVar("T")
TIMEOUT_S = 5
AGE = {
    "sqlite": "CAST(strftime('%s', 'now') AS INTEGER) - CAST(strftime('%s', {0}) AS INTEGER)",
    "postgresql": "CAST(EXTRACT(EPOCH FROM LOCALTIMESTAMP - {0}) AS INTEGER)",
}
"""Seconds since a time that the daemon wrote."""


class Session:
    """One transaction's connection; ``?`` marks a parameter on both engines."""

    def __init__(self, connection: Any, dialect: str) -> None:
        self._connection, self.dialect = connection, dialect

    def all(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        statement = sql if self.dialect == "sqlite" else sql.replace("%", "%%").replace("?", "%s")
        cursor = self._connection.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []

    def age(self, column: str) -> str:
        """SQL for the age of a column in seconds."""
        return AGE[self.dialect].format(column)


class GammuDatabase:
    """``url`` is sqlite:///FILE or postgresql://...; it is never shown."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.dialect = "sqlite" if url.startswith("sqlite") else "postgresql"
        self._connection: Any = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="gammu")

    async def run(self, work: Callable[[Session], T], *, writes: bool = False) -> T:
        """One transaction. Raises ChannelError; ``uncertain`` when its commit may have come through."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, work, writes)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, self._drop)
        self._pool.shutdown(wait=False)

    def _run(self, work: Callable[[Session], T], writes: bool) -> T:
        committing = False
        try:
            if self._connection is None:
                self._connection = self._connect()
            with self._transaction(writes) as session:
                result = work(session)
                committing = writes
            return result
        except self._errors() as error:
            self._drop()
            name = type(error).__name__
            raise ChannelError(f"gammu database: {name}", permanent=False, uncertain=committing) from None

    @contextlib.contextmanager
    def _transaction(self, writes: bool) -> Iterator[Session]:
        connection = self._connection
        # The daemon writes the same file: whoever means to write says so at the start and waits its turn.
        connection.execute("BEGIN IMMEDIATE" if writes and self.dialect == "sqlite" else "BEGIN")
        done = False
        try:
            yield Session(connection, self.dialect)
            done = True
        finally:
            with contextlib.suppress(*self._errors()) if not done else contextlib.nullcontext():
                connection.execute("COMMIT" if done else "ROLLBACK")

    def _connect(self) -> Any:
        if self.dialect == "sqlite":
            # Not made when it is missing: an empty file would look like a daemon with nothing to do.
            file = self._url.removeprefix("sqlite:///")
            return sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=TIMEOUT_S, isolation_level=None)
        import psycopg

        return psycopg.connect(
            self._url, autocommit=True, connect_timeout=TIMEOUT_S, options=f"-c statement_timeout={TIMEOUT_S}s",
        )

    def _errors(self) -> tuple[type[Exception], ...]:
        if self.dialect == "sqlite":
            return (sqlite3.Error,)
        import psycopg

        return (psycopg.Error,)

    def _drop(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(*self._errors()):
                self._connection.close()
            self._connection = None
