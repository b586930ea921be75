"""Copies of the database that can be put back. Owns their making, their checking and the putting back.

SQLite through its online backup interface (consistent while the server writes), PostgreSQL through
its own pg_dump and pg_restore. Never overwrites a file or data without being told to.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from dispatch.errors import ConfigurationError, KentonganError, Problem
from dispatch.storage.database import Database
from dispatch.storage.inspection import connect_postgres, first_line, open_sqlite

PAGES_A_STEP = 4_000
"""16 MB a step: the server's writer gets in between."""
TIMEOUT_S = 3_600
NOTE = "last-backup"
"""File in the data folder with the time of the last copy."""


Progress = Callable[[int, int], None]
"""Pages still to copy, pages in all; called after each step (SQLite only)."""


def _silent(remaining: int, total: int) -> None:
    pass


def write_backup(database: Database, target: Path, on_progress: Progress = _silent) -> int:
    """Write a checked copy; returns its size. The file appears under its name only when it is whole."""
    if target.exists():
        raise ConfigurationError([Problem("exists already, name another file", str(target))])
    if not target.absolute().parent.is_dir():
        raise ConfigurationError([Problem("its folder does not exist", str(target))])
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        if database.dialect == "sqlite":
            _copy_sqlite(Path(database.dsn), part, on_progress)
        else:
            _run_tool("pg_dump", database, "--format=custom", "--no-owner", f"--file={part}")
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return target.stat().st_size


def note_backup(data_dir: Path, at: datetime) -> None:
    """Remember when this data was last copied: the wallboard says so."""
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / NOTE).write_text(at.isoformat(timespec="seconds"), encoding="ascii")


def last_backup(data_dir: Path) -> datetime | None:
    """When it was; None when nobody has said."""
    try:
        at = datetime.fromisoformat((data_dir / NOTE).read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return None
    return at if at.tzinfo else None


def _copy_sqlite(source: Path, target: Path, on_progress: Progress) -> None:
    with closing(open_sqlite(source)) as reading, closing(sqlite3.connect(target)) as writing:
        # One snapshot for all steps: otherwise every commit of the server starts the copy over, for ever when busy.
        reading.execute("BEGIN")
        reading.execute("SELECT 1 FROM sqlite_master").fetchone()
        reading.backup(
            writing, pages=PAGES_A_STEP, progress=lambda _, remaining, total: on_progress(remaining, total)
        )
        # One file: a backup that needs its -wal beside it is soon half a backup.
        writing.execute("PRAGMA journal_mode=DELETE")
    _require_sound(target)


def _require_sound(path: Path) -> None:
    try:
        with closing(open_sqlite(path)) as connection:
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    except sqlite3.DatabaseError as error:
        said = f"is not a sound SQLite database: {first_line(error)}"
        raise ConfigurationError([Problem(said, str(path))]) from error
    if verdict != "ok":
        raise ConfigurationError([Problem(f"is damaged: {verdict}", str(path))])
    if not known:
        raise ConfigurationError([Problem("is a database, but not one of Kentongan", str(path))])


def restore_backup(database: Database, source: Path, *, force: bool) -> Path | None:
    """Put a backup in place of the data; returns where the data before was kept, if there was any.

    Raises ConfigurationError when there is data and ``force`` is not given.
    """
    if not source.is_file():
        raise ConfigurationError([Problem("there is no such file", str(source))])
    holds_data = has_data(database)
    if holds_data and not force:
        said = f"{database.display} holds data: restoring would overwrite it; add --force to do that"
        raise ConfigurationError([Problem(said)])
    if database.dialect == "sqlite":
        return _restore_sqlite(database, source, keep=holds_data)
    _run_tool("pg_restore", database, "--clean", "--if-exists", "--no-owner", "--single-transaction", str(source))
    return None


def _restore_sqlite(database: Database, source: Path, *, keep: bool) -> Path | None:
    _require_sound(source)
    target = Path(database.dsn)
    kept = target.with_name(f"{target.name}.before-{time.strftime('%Y%m%d-%H%M%S')}") if keep else None
    if kept is not None:
        write_backup(database, kept)
    target.parent.mkdir(parents=True, exist_ok=True)
    # Into the database instead of over its file: another process that has it open sees the new data, not ruins.
    with closing(open_sqlite(source)) as reading, closing(database.connect_writer()) as writing:
        reading.backup(writing)
    return kept


def has_data(database: Database) -> bool:
    """Whether the database exists and holds at least one event, report or unit."""
    if database.dialect == "sqlite":
        path = Path(database.dsn)
        if not path.is_file() or path.stat().st_size == 0:
            return False
        with closing(open_sqlite(path)) as connection:
            known = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            tables = known & {"event", "report", "unit"}
            return any(connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone() for name in tables)  # noqa: S608
    import psycopg

    try:
        with closing(connect_postgres(database, autocommit=True)) as connection:
            return connection.execute("SELECT 1 FROM event LIMIT 1").fetchone() is not None
    except psycopg.errors.UndefinedTable:
        return False


def _run_tool(name: str, database: Database, *arguments: str) -> None:
    """Run PostgreSQL's own tool; the password goes by environment, not where every user's ``ps`` shows it."""
    tool = shutil.which(name)
    if tool is None:
        raise KentonganError(
            "tool_missing", f"{name} is not installed: install PostgreSQL's client programs (Debian: postgresql-client)"
        )
    parts = urlsplit(database.dsn)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{parts.username}@{host}" if parts.username else host
    environment = dict(os.environ)
    if parts.password:
        environment["PGPASSWORD"] = parts.password
    command = [tool, f"--dbname={urlunsplit(parts._replace(netloc=netloc))}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    if done.returncode:
        raise KentonganError("tool_failed", f"{name} failed: {' '.join(done.stderr.split())[:500]}")
