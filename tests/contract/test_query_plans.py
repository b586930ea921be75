"""No named statement of the product walks a table that grows: each must narrow by more than the centre.

SQLite has no statistics in a young database and takes an index that gives the wanted order over one that
finds the rows; with one centre in the file that is a walk over all of it. PostgreSQL, knowing a limit, may
think a walk back by key the shortest way to a word.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

import dispatch.services
import dispatch.storage
from dispatch.services.statistics.cases import statement_of
from dispatch.services.statistics.definitions import DEFINITIONS
from dispatch.services.statistics.measuring import OF_CLOCKS
from dispatch.storage.database import Database
from dispatch.storage.migrations.full_text import KEYS
from dispatch.storage.search import FITTING_POSTGRESQL, NEWEST_POSTGRESQL
from dispatch.storage.statement import Compiled, Statement
from tests.bench.search import fill
from tests.bench.wall import CENTRE

SMALL = frozenset({"unit", "operator", "head", "session"})
"""Tables with tens of rows: units, people, one head a centre, live sessions."""
TIMES = r"(?: AND (?:opened|received|rang)_at[<>]\?)*"
WALKS = re.compile(rf"^(?:SCAN (?P<scanned>\w+)|SEARCH (?P<found>\w+) .*\(centre=\?{TIMES}\)$)")
BY_SPAN = ("measuring.OF_", "measuring.KINDS", "measuring.QUARTERS", "cases.", "load.PROCESSED", "history.BY_HOUR")
"""The supervisor's figures of a span of time: by the index on that time, and by nothing else."""
BY_SPAN_OR_KEY = re.compile(
    r"SCAN (?:rows|worked|json_each|\(subquery)"
    r"|SEARCH \w+ .*\(centre=\? AND (?:\w+=\?.*|(?:(?:opened|rang)_)?at>\? AND \w+<\?)\)"
)
"""``rows`` and ``worked`` are what was found so."""
ON_PURPOSE = frozenset({
    # The first call on record: one step in the index.
    "dispatch.services.statistics.history.FIRST",
    # Administration, offline: which centres a file holds.
    "dispatch.storage.inspection.CENTRES",
    # The newest few hundred, walked back from the end of the key.
    "dispatch.services.lessons.RECENT_TEXTS", "dispatch.storage.incidents.OPEN_IN_DISTRICT",
    # Those of the last minutes, by the index on that time, and of these the newest few.
    "dispatch.storage.incidents.OPENED_LATELY", "dispatch.services.rush_watch.OPENED_LATELY",
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
    for by, statement in OF_CLOCKS.items():
        yield f"dispatch.services.statistics.measuring.OF_CLOCKS {by}", statement
    for definition in DEFINITIONS.values():
        yield f"dispatch.services.statistics.cases.{definition.key}", statement_of(definition)


def is_walk(name: str, line: str) -> bool:
    of = name.removeprefix("dispatch.services.statistics.")
    if of != name and of.startswith(BY_SPAN):
        return line.startswith(("SCAN", "SEARCH")) and not BY_SPAN_OR_KEY.match(line)
    match = WALKS.match(line)
    return match is not None and (match["scanned"] or match["found"]) not in SMALL and name not in ON_PURPOSE


def plan_of(connection: sqlite3.Connection, statement: Statement) -> list[str]:
    given: dict[str, Any] = {}
    try:
        sql, parameters = statement.prepare("sqlite", given)
    except (KeyError, ValueError):
        many = {statement._many: ["1", "2", "3"]} if statement._many else {}
        required = Compiled(statement._core, "sqlite", sample=many).required
        sql, parameters = statement.prepare("sqlite", {**dict.fromkeys(required, 1), **many})
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters)]


def test_no_statement_walks_a_growing_table(sqlite_database: Database) -> None:
    walks, seen = [], 0
    with sqlite3.connect(sqlite_database.dsn) as connection:
        for name, statement in named_statements():
            seen += 1
            for line in plan_of(connection, statement):
                if is_walk(name, line):
                    walks.append(f"{name}: {line}")
    assert seen > 40, "the statements were not found"
    assert not walks, "\n".join(walks)


@pytest.fixture
def years_on_file(create_postgres_database: Callable[..., Database]) -> Iterator[psycopg.Connection]:
    """A small database whose statistics speak of four million rows of each kind: what the planner goes by."""
    database = create_postgres_database()
    fill(database, 2_000, datetime(2026, 1, 12, tzinfo=UTC))
    with psycopg.connect(database.dsn) as connection:
        connection.execute(
            "UPDATE pg_class SET reltuples = 4000000, relpages = pg_relation_size(oid) / 8192"
            " WHERE relname = ANY(%s) OR relname = ANY(%s)",
            (list(KEYS), [f"{index}_{table}" for table in KEYS for index in ("pk", "search")]),
        )
        yield connection


def postgresql_plan_of(connection: psycopg.Connection, statement: Statement) -> str:
    sql, parameters = statement.prepare("postgresql", {"centre": CENTRE, "query": "'jembatan':*", "most": 20})
    return "\n".join(row[0] for row in connection.execute(f"EXPLAIN {sql}".encode(), parameters))


@pytest.mark.postgres
def test_a_rare_word_is_found_by_its_index_and_not_by_walking_back(years_on_file: psycopg.Connection) -> None:
    """With the limit in sight the planner walked back by key, through a million lines for a rare word."""
    for name, statement in FITTING_POSTGRESQL.items():
        plan = postgresql_plan_of(years_on_file, statement)
        assert f"Bitmap Index Scan on search_{'incident' if name == 'open' else name}" in plan, plan
        assert "Backward" not in plan, plan


@pytest.mark.postgres
def test_of_a_common_word_only_the_newest_rows_are_read(years_on_file: psycopg.Connection) -> None:
    for table, statement in NEWEST_POSTGRESQL.items():
        plan = postgresql_plan_of(years_on_file, statement)
        both = plan[plan.index("BitmapAnd"):]
        assert {f"search_{table}", f"pk_{table}"} == set(re.findall(r"Bitmap Index Scan on (\w+)", both)), plan
