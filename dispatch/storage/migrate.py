"""Bringing a database to the newest schema. Owns the question "is it new enough?" and the upgrade.

Asking is cheap (one SELECT on the driver) because every start asks; Alembic costs 0.9 s to import
and is only loaded when there is something to do. There is no downgrade: the way back is a backup.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from pathlib import Path
from typing import Any

from dispatch.errors import ConfigurationError, Problem
from dispatch.storage.database import Database
from dispatch.storage.inspection import connect_postgres

log = logging.getLogger(__name__)

STEPS = Path(__file__).with_name("migrations") / "versions"
LOCK_KEY = 112_0001
"""PostgreSQL advisory lock: two nodes started together must not both run the steps."""
READ_REVISION = "SELECT version_num FROM alembic_version"


def revisions() -> list[str]:
    """All revisions this version knows, oldest first."""
    return sorted(path.name.partition("_")[0] for path in STEPS.glob("[0-9]*_*.py"))


def current(database: Database) -> str:
    """The revision a database is at; '' for an empty or missing one."""
    if database.dialect == "sqlite":
        return _current_sqlite(Path(database.dsn))
    import psycopg

    with contextlib.closing(connect_postgres(database, autocommit=True)) as connection:
        try:
            row = connection.execute(READ_REVISION).fetchone()
        except psycopg.errors.UndefinedTable:
            return ""
    return str(row[0]) if row else ""


def _current_sqlite(path: Path) -> str:
    if not path.is_file() or path.stat().st_size == 0:
        return ""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute(READ_REVISION).fetchone() if known else None
    return str(row[0]) if row else ""


def needs_upgrade(database: Database) -> bool:
    """Whether the database is behind this version. Raises ConfigurationError when it is ahead of it."""
    at, known = current(database), revisions()
    if at and at not in known:
        ahead = f"{database.display} is at schema {at}, newer than this version ({known[-1]}): install a newer one"
        raise ConfigurationError([Problem(ahead)])
    return at != known[-1]


def upgrade(database: Database, *, to: str = "head") -> None:
    """Run the missing steps in one transaction: either all of them or none."""
    if not needs_upgrade(database):
        return
    logging.getLogger("alembic").setLevel(logging.WARNING)  # before the import: it names every plugin
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(STEPS.parent).replace("%", "%%"))
    log.info("bringing the schema of %s from %s to %s", database.display, current(database) or "empty", to)
    engine = _engine(database)
    try:
        with engine.begin() as connection:
            if database.dialect == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK_KEY})")
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    finally:
        engine.dispose()


def _engine(database: Database) -> Any:
    """An engine for the steps only. On SQLite the driver's own transactions are switched off, they end before DDL."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    if database.dialect == "postgresql":
        return create_engine(database.url, poolclass=NullPool)
    engine = create_engine(database.url, poolclass=NullPool, creator=database.connect_writer)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine
