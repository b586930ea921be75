"""What the fault tests share: a server of its own per test, on SQLite or on a PostgreSQL that may be stopped."""

from __future__ import annotations

import shutil
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from dispatch.storage.migrate import upgrade
from tests.conftest import external_missing
from tests.support.postgres import PostgresMissing, PostgresServer
from tests.support.sender import Sender
from tests.support.server import Server, server_in


@pytest.fixture
def server(tmp_path: Path, _sqlite_template: Path) -> Iterator[Server]:
    """Not started yet; its SQLite database is migrated already."""
    with server_in(tmp_path / "centre") as made:
        database = Path(made.database.dsn)
        database.parent.mkdir(parents=True)
        shutil.copy(_sqlite_template, database)
        yield made


@pytest.fixture
async def sender(server: Server) -> AsyncIterator[Sender]:
    async with Sender(server.url) as made:
        yield made


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that nobody else uses: it may be stopped and crashed."""
    try:
        made = PostgresServer()
        made.start()
    except PostgresMissing as missing:
        external_missing(f"PostgreSQL: {missing}")
    try:
        yield made
    finally:
        made.stop(signal.SIGQUIT)
        made.remove()


@pytest.fixture
def postgres_centre(own_postgres: PostgresServer, tmp_path: Path) -> Iterator[Server]:
    """A server on a migrated database of that PostgreSQL; not started yet."""
    import psycopg

    name = f"fault_{abs(hash(str(tmp_path))) % 10**9}"
    with psycopg.connect(own_postgres.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    with server_in(tmp_path / "centre", database_url=own_postgres.url(name)) as made:
        upgrade(made.database)
        yield made
