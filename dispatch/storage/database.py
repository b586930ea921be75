"""Where the data lies: one URL, two engines. Owns connections' settings; holds no connection itself."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dispatch.errors import ConfigurationError, Problem
from dispatch.settings import DATABASES

BUSY_TIMEOUT_MS = 5_000
STATEMENT_TIMEOUT_MS = 10_000
IDLE_IN_TRANSACTION_MS = 5_000
"""A node that freezes inside a transaction holds the centre's head: the server frees it after this time."""
UNANSWERED_MS = 10_000
"""A server that vanished from the network is given up after this time, not after the system's quarter of an hour."""
WRITER_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-32768",
    "PRAGMA temp_store=MEMORY",
    # A checkpoint inside a commit is the longest stall of the path: make it rarer, not absent.
    "PRAGMA wal_autocheckpoint=4000",
)
READER_PRAGMAS = (f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}", "PRAGMA query_only=ON", "PRAGMA cache_size=-16384")
POSTGRES_OPTIONS: dict[str, Any] = {
    "autocommit": True, "prepare_threshold": 2, "connect_timeout": 5, "tcp_user_timeout": UNANSWERED_MS,
    "keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3,
}
"""For writing and reading alike: a server that vanished without a goodbye is noticed in seconds, not in hours."""


@dataclass(frozen=True, slots=True)
class Database:
    """``dialect`` is 'sqlite' or 'postgresql'; ``dsn`` a file path or a libpq URL (may hold a password)."""

    dialect: str
    dsn: str

    @classmethod
    def of(cls, url: str) -> Database:
        """Read a URL (``sqlite:///file``, ``sqlite+aiosqlite:///file``, ``postgresql://…``).

        Raises ConfigurationError; the message never repeats the URL, it may hold a password.
        """
        scheme, separator, rest = url.partition("://")
        dialect = DATABASES.get(scheme)
        if not separator or dialect is None:
            known = ", ".join(sorted(DATABASES))
            raise ConfigurationError(
                [Problem(f"unknown database scheme, use one of {known}", key="KENTONGAN_DATABASE_URL")]
            )
        if dialect == "sqlite":
            path = rest.removeprefix("/").partition("?")[0]
            if not path or path == ":memory:":
                raise ConfigurationError(
                    [Problem("SQLite needs a file: sqlite:///path/to/file.sqlite3", key="KENTONGAN_DATABASE_URL")]
                )
            return cls("sqlite", path)
        return cls("postgresql", f"postgresql://{rest}")

    @property
    def url(self) -> str:
        """SQLAlchemy's URL for Alembic."""
        return f"sqlite:///{self.dsn}" if self.dialect == "sqlite" else self.dsn.replace("://", "+psycopg://", 1)

    @property
    def display(self) -> str:
        """For people and logs: without password."""
        if self.dialect == "sqlite":
            return f"SQLite {self.dsn}"
        parts = urlsplit(self.dsn)
        return f"PostgreSQL {parts.hostname or 'local'}:{parts.port or 5432}{parts.path}"

    def make_private(self) -> None:
        """Create a missing SQLite file for its owner only: it holds people's phone numbers and words.

        SQLite gives its journal files the mode of the database file.
        """
        path = Path(self.dsn)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)

    def connect_writer(self) -> Any:
        """A synchronous DBAPI connection for the committer's thread; transactions are begun explicitly."""
        if self.dialect == "sqlite":
            self.make_private()
            connection = sqlite3.connect(self.dsn, isolation_level=None, check_same_thread=False)
            for pragma in WRITER_PRAGMAS:
                connection.execute(pragma)
            return connection
        import psycopg  # costs 260 ms, only where PostgreSQL is used

        connection_pg = psycopg.connect(self.dsn, **POSTGRES_OPTIONS)
        for setting, limit_ms in (
            ("statement_timeout", STATEMENT_TIMEOUT_MS),
            ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION_MS),
        ):
            connection_pg.execute(f"SET {setting} = {limit_ms}")  # type: ignore[call-overload,unused-ignore]
        return connection_pg

    @property
    def begin(self) -> str:
        return "BEGIN IMMEDIATE" if self.dialect == "sqlite" else "BEGIN"
