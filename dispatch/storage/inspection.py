"""Looking at a database from outside, for administration: integrity, size, the log line by line.

Synchronous and read-only, on a connection of its own; the server may be running meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.errors import ConfigurationError, Problem, StorageUnavailable
from dispatch.storage.database import BUSY_TIMEOUT_MS, Database
from dispatch.storage.event_log import BrokenLink, Head, verify
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import event, handover, head

PAGE = 2_000
CENTRES = Statement(select(event.c.centre).union(select(head.c.centre)).order_by("centre"))
LINES = Statement(
    select(event)
    .where(
        event.c.centre == bindparam("centre"), event.c.seq > bindparam("after"), event.c.seq <= bindparam("to"),
    )
    .order_by(event.c.seq).limit(PAGE)
)
HANDOVERS = Statement(
    select(handover.c["items"]).where(handover.c.centre == bindparam("centre"), handover.c.is_open == 0)
    .order_by(handover.c.id.desc()).limit(bindparam("most"))
)
HEAD = Statement(select(head).where(head.c.centre == bindparam("centre")))
LAST_SEQ = 2**62
MAY_WRITE = """
    SELECT NOT pg_is_in_recovery() AND has_table_privilege('event', 'INSERT') AND has_table_privilege('head', 'UPDATE')
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The log of one centre: how many lines hold, and where it breaks (None = whole)."""

    centre: str
    lines: int
    broken: BrokenLink | None


class Inspection:
    """One consistent view of the data; every statement sees the same state."""

    def __init__(self, connection: Any, database: Database) -> None:
        self._connection, self._database, self._dialect = connection, database, database.dialect

    def all(self, statement: Statement, **given: Any) -> list[Row]:
        sql, parameters = statement.prepare(self._dialect, given)
        cursor = self._connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def is_writable(self) -> bool:
        """Whether the log can be added to: in a copy that may only be read or by a reader's role nobody can."""
        if self._dialect == "sqlite":
            path = Path(self._database.dsn)
            return all(os.access(one, os.W_OK, effective_ids=True) for one in (path, path.parent))
        return bool(self._connection.execute(MAY_WRITE).fetchone()[0])

    def centres(self) -> list[str]:
        return [row["centre"] for row in self.all(CENTRES)]

    def lines(self, centre: str, *, after: int = 0, to: int = LAST_SEQ) -> Iterator[Row]:
        """The log of a centre in order, in pages: a log may be larger than the memory."""
        while page := self.all(LINES, centre=centre, after=after, to=to):
            yield from page
            after = page[-1]["seq"]

    def handovers(self, centre: str, most: int) -> list[list[str]]:
        """The lines of the newest signed handovers, the oldest of them first."""
        rows = self.all(HANDOVERS, centre=centre, most=most)
        return [msgspec.json.decode(row["items"], type=list[str]) for row in reversed(rows)]

    def verify_log(self, centre: str) -> Verdict:
        """Walk the whole chain and compare its end with the centre's head: a cut-off tail is a break too."""
        count, broken = verify(self.lines(centre), centre)
        heads = self.all(HEAD, centre=centre)
        expected = Head.of(heads[0]) if heads else Head.start()
        if broken is None and count != expected.seq:
            broken = BrokenLink(count + 1, f"the log ends at {count}, the centre's head says {expected.seq}")
        if broken is None and expected.seq and not self._ends_with(centre, expected):
            broken = BrokenLink(expected.seq, "the last hash is not the one in the centre's head")
        return Verdict(centre, count, broken)

    def _ends_with(self, centre: str, expected: Head) -> bool:
        last = self.all(LINES, centre=centre, after=expected.seq - 1, to=expected.seq)
        return bool(last) and last[0]["hash"] == expected.hash

    def integrity(self) -> list[str]:
        """What the engine itself finds wrong with its files; PostgreSQL checks pages while reading them."""
        if self._dialect != "sqlite":
            return []
        found = [str(row[0]) for row in self._connection.execute("PRAGMA integrity_check(20)").fetchall()]
        return [] if found == ["ok"] else found

    def schema_faults(self) -> list[str]:
        """Guards of the log that are gone: without them a line could be changed and nobody would stop it."""
        if self._dialect == "sqlite":
            sql = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            wanted = {"event_no_update", "event_no_delete"}
        else:
            sql = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
            wanted = {"event_no_change", "event_no_truncate"}
        missing = wanted - {row[0] for row in self._connection.execute(sql).fetchall()}
        return [f"the guard {name} of the event log is missing or off" for name in sorted(missing)]


@contextmanager
def inspect(database: Database) -> Iterator[Inspection]:
    """Open read-only. Raises ConfigurationError when there is none, StorageUnavailable when it cannot be read."""
    if database.dialect == "sqlite":
        connection: Any = open_sqlite(Path(database.dsn))
        connection.execute("BEGIN")
    else:
        connection = connect_postgres(database)
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
    try:
        yield Inspection(connection, database)
    except sqlite3.DatabaseError as error:
        said = f"{database.display} cannot be read: {first_line(error)}"
        raise StorageUnavailable("storage_damaged", said) from error
    finally:
        connection.close()


def open_sqlite(path: Path) -> sqlite3.Connection:
    """A read-only connection to an existing file."""
    if not path.is_file():
        raise ConfigurationError([Problem("there is no such database", str(path))])
    wal = path.with_name(f"{path.name}-wal")
    # SQLite makes files of its own beside it, also to read. Where it may not and none lies there, this one is all.
    is_alone = not os.access(path.parent, os.W_OK, effective_ids=True) and not wal.exists()
    how = "mode=ro&immutable=1" if is_alone else "mode=ro"
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?{how}", uri=True, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return connection


def connect_postgres(database: Database, *, autocommit: bool = False) -> Any:
    """A connection for one purpose. Raises StorageUnavailable with the server's own first sentence."""
    import psycopg

    try:
        return psycopg.connect(database.dsn, autocommit=autocommit, connect_timeout=5)
    except psycopg.OperationalError as error:
        said = f"{database.display} does not answer: {first_line(error)}"
        raise StorageUnavailable("storage_unreachable", said) from error


def first_line(error: BaseException) -> str:
    """The driver's sentence without its hints; libpq never puts a password into it."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
