"""No named statement of the product walks a table that grows: each must narrow by more than the centre.

SQLite has no statistics in a young database and takes an index that gives the wanted order over one that
finds the rows; with one centre in the file that is a walk over all of it.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import dispatch.services
import dispatch.storage
from dispatch.storage.database import Database
from dispatch.storage.statement import Compiled, Statement

SMALL = frozenset({"unit", "operator", "head", "session"})
"""Tables with tens of rows: units, people, one head a centre, live sessions."""
TIMES = r"(?: AND (?:opened|received|rang)_at[<>]\?)*"
WALKS = re.compile(rf"^(?:SCAN (?P<scanned>\w+)|SEARCH (?P<found>\w+) .*\(centre=\?{TIMES}\)$)")
ON_PURPOSE = frozenset({
    # The supervisor's figures of a span of time, by the index on that time.
    *(
        f"dispatch.services.statistics.rows.{name}"
        for name in ("CALLS", "INCIDENTS", "CLOCKS", "SENT", "WORKED", "ALARMS")
    ),
    "dispatch.services.statistics.load.PROCESSED", "dispatch.services.statistics.history.BY_HOUR",
    # The first call on record: one step in the index.
    "dispatch.services.statistics.history.FIRST",
    "dispatch.services.alarm_statistics.RAISED",
    # Administration, offline: which centres a file holds.
    "dispatch.storage.inspection.CENTRES",
    # The newest few hundred, walked back from the end of the key.
    "dispatch.services.lessons.RECENT_TEXTS",
    # The smallest and largest value of the first column after the centre: one step in the index.
    "dispatch.storage.clocks.NEXT_DUE", "dispatch.services.sweeper.NEXT_DUE",
    "dispatch.storage.reaching.NEXT_DUE", "dispatch.services.sweeper.NEXT_STEP",
    "dispatch.storage.transaction.HIGHEST_NUMBER",
})


def named_statements() -> Iterator[tuple[str, Statement]]:
    for package in (dispatch.storage, dispatch.services):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" in found.name:
                continue
            module = importlib.import_module(found.name)
            for name, value in vars(module).items():
                if isinstance(value, Statement):
                    yield f"{found.name}.{name}", value


def plan_of(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    given: dict[str, Any] = {}
    try:
        sql, parameters = statement.prepare("sqlite", given)
    except (KeyError, ValueError):
        many = {statement._many: ["1", "2", "3"]} if statement._many else {}
        core = statement._core.params(many) if many else statement._core
        required = Compiled(core, "sqlite").required
        sql, parameters = statement.prepare("sqlite", {**dict.fromkeys(required, 1), **many})
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]


def test_no_statement_walks_a_growing_table(sqlite_database: Database) -> None:
    walks, seen = [], 0
    with sqlite3.connect(sqlite_database.dsn) as connection:
        for name, statement in named_statements():
            seen += 1
            for line in plan_of(connection, statement):
                match = WALKS.match(line)
                table = match and (match["scanned"] or match["found"])
                if table and table not in SMALL and name not in ON_PURPOSE:
                    walks.append(f"{name}: {line}")
    assert seen > 40, "the statements were not found"
    assert not walks, "\n".join(walks)
