"""What every test may ask for: an empty, migrated database of its own, on both engines.

``database`` runs the test twice, over SQLite and over PostgreSQL. With CI=true a PostgreSQL that
cannot be started is a failure, elsewhere a visible skip.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dispatch.storage.database import Database
from dispatch.storage.migrate import upgrade
from tests.support.postgres import PostgresMissing, SharedServer, share_server
from tests.support.spare import SpareDatabase

MAX_TEST_S = 300
TEMPLATE = "kentongan_template"
_count = itertools.count()
# No example may fail because the machine is slow or busy.
settings.register_profile("untimed", settings(deadline=None, suppress_health_check=[HealthCheck.too_slow]))
settings.load_profile("untimed")


def pytest_configure(config: pytest.Config) -> None:
    """The tests say what the settings are; whatever the developer's shell holds must not."""
    for name in [name for name in os.environ if name.startswith("KENTONGAN_")]:
        del os.environ[name]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """No test runs for ever: a wait that never ends becomes a failure that names its line."""

    def too_long(*_: object) -> None:
        raise TimeoutError(f"{item.nodeid} ran for more than {MAX_TEST_S} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(MAX_TEST_S)
    try:
        return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def external_missing(reason: str) -> None:
    """Skip a test whose outside part is missing; on CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"external part missing on CI: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "kentongan.sqlite3"
    upgrade(Database.of(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def _shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedServer | str]:
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    try:
        server = share_server(folder)
    except PostgresMissing as missing:
        yield str(missing)
        return
    with server.lock:
        yield server


@pytest.fixture(scope="session")
def postgres_server(_shared_server: SharedServer | str) -> SharedServer:
    """The run's PostgreSQL server. Tests that stop a server start a ``PostgresServer`` of their own instead."""
    if isinstance(_shared_server, str):
        external_missing(f"PostgreSQL: {_shared_server}")
    assert isinstance(_shared_server, SharedServer)
    return _shared_server


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: SharedServer) -> str:
    """A migrated database that every test's own is a copy of."""
    import psycopg

    name = f"{TEMPLATE}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with contextlib.closing(psycopg.connect(postgres_server.url(), autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    upgrade(Database.of(postgres_server.url(name)))
    return name


@pytest.fixture(scope="session")
def _spare_database(postgres_server: SharedServer, _postgres_template: str) -> SpareDatabase:
    return SpareDatabase(postgres_server, _postgres_template)


@pytest.fixture
def postgres_database(_spare_database: SpareDatabase, postgres_server: SharedServer) -> Iterator[Database]:
    """An empty, migrated PostgreSQL database: this worker's, as new."""
    yield Database.of(postgres_server.url(_spare_database.take()))
    _spare_database.give_back()


@pytest.fixture
def create_postgres_database(
    postgres_server: SharedServer, _postgres_template: str
) -> Iterator[Callable[..., Database]]:
    """A function giving a fresh database: migrated, or with ``migrated=False`` empty. Dropped after the test."""
    import psycopg

    made: list[str] = []
    with contextlib.closing(psycopg.connect(postgres_server.url(), autocommit=True)) as connection:

        def create(*, migrated: bool = True) -> Database:
            made.append(f"{_postgres_template}_{next(_count)}")
            template = _postgres_template if migrated else "template0"
            connection.execute(f'CREATE DATABASE "{made[-1]}" TEMPLATE "{template}"')
            return Database.of(postgres_server.url(made[-1]))

        yield create
        for name in made:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def sqlite_database(tmp_path: Path, _sqlite_template: Path) -> Database:
    """An empty, migrated SQLite database."""
    path = tmp_path / "kentongan.sqlite3"
    shutil.copy(_sqlite_template, path)
    return Database.of(f"sqlite:///{path}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test over both engines."""
    found: Database = request.getfixturevalue(
        "sqlite_database" if request.param == "sqlite" else "postgres_database"
    )
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """Not even migrated, over both engines."""
    if request.param == "sqlite":
        return Database.of(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    created: Database = request.getfixturevalue("create_postgres_database")(migrated=False)
    return created
