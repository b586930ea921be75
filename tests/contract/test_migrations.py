"""Migrations: from empty and step by step they end in exactly the tables the code uses, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect

from dispatch.errors import ConfigurationError
from dispatch.storage import migrate
from dispatch.storage.database import Database
from dispatch.storage.tables import metadata


@contextmanager
def engine_of(database: Database) -> Iterator[Engine]:
    engine = create_engine(database.url)
    try:
        yield engine
    finally:
        engine.dispose()


def columns(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    """Every table with its columns by name as the engine itself describes them, defaults included."""
    found = inspect(engine)
    return {
        table: sorted(
            (column["name"], str(column["type"]), column["nullable"], column["default"])
            for column in found.get_columns(table)
        )
        for table in sorted(found.get_table_names()) if table != "alembic_version" and not is_full_text(table)
    }


def is_full_text(name: str | None) -> bool:
    """The full-text index is the engine's own on each of them and no part of the tables."""
    return str(name).startswith("search_")


def differences(database: Database) -> list[Any]:
    options = {"compare_type": True, "include_name": lambda name, kind, parents: not is_full_text(name)}
    with engine_of(database) as engine, engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def test_empty_database_ends_in_the_tables_of_the_code(empty_database: Database) -> None:
    assert migrate.current(empty_database) == ""
    assert migrate.needs_upgrade(empty_database)
    migrate.upgrade(empty_database)
    assert migrate.current(empty_database) == migrate.revisions()[-1]
    assert not migrate.needs_upgrade(empty_database)
    assert differences(empty_database) == []


def test_step_by_step_ends_in_the_same_schema(empty_database: Database) -> None:
    for revision in migrate.revisions():
        migrate.upgrade(empty_database, to=revision)
        assert migrate.current(empty_database) == revision
    assert differences(empty_database) == []


def test_columns_types_and_defaults_equal_those_of_the_tables(empty_database: Database) -> None:
    migrate.upgrade(empty_database)
    with engine_of(empty_database) as engine:
        migrated = columns(engine)
        metadata.drop_all(engine)
        metadata.create_all(engine)
        assert migrated == columns(engine)


OLD_INDEX = {
    "sqlite": (
        "CREATE TABLE search_slot (slot INTEGER PRIMARY KEY, centre TEXT NOT NULL UNIQUE)",
        "CREATE VIRTUAL TABLE search_report USING fts5(words)",
        "CREATE TRIGGER search_report_new AFTER INSERT ON report BEGIN"
        " INSERT INTO search_report (rowid, words) VALUES (new.id, new.text); END",
    ),
    "postgresql": (
        "CREATE FUNCTION search_lexemes(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE"
        " AS $$ SELECT to_tsvector('simple'::regconfig, words) $$",
        "CREATE INDEX search_report ON report USING gin (search_lexemes(text))",
    ),
}
FOUND = {
    "sqlite": "SELECT count(*) FROM search_report WHERE search_report MATCH '202'",
    "postgresql": (
        "SELECT count(*) FROM pg_indexes WHERE indexname = 'search_report' AND strpos(indexdef, 'sender_name') > 0"
    ),
}


def test_a_full_text_index_of_other_words_is_built_anew_over_what_is_stored(empty_database: Database) -> None:
    migrate.upgrade(empty_database, to="0002")
    with engine_of(empty_database) as engine, engine.begin() as connection:
        for statement in OLD_INDEX[empty_database.dialect]:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("INSERT INTO head (centre, seq, next_id, next_number) VALUES ('33.28', 0, 2, 1001)")
        connection.exec_driver_sql(
            "INSERT INTO report (centre, id, received_at, text, sender)"
            " VALUES ('33.28', 1, 0, 'kebakaran', '+6281234567202')"
        )
    migrate.upgrade(empty_database)
    with engine_of(empty_database) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql(FOUND[empty_database.dialect]).scalar_one() == 1
    assert differences(empty_database) == []


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    migrate.upgrade(database)
    assert migrate.current(database) == migrate.revisions()[-1]


def test_database_of_a_newer_version_is_refused(database: Database) -> None:
    connection = database.connect_writer()
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(ConfigurationError, match="newer than this version"):
        migrate.needs_upgrade(database)


def test_failing_step_leaves_the_database_as_it_was(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch.storage.migrations import guard

    monkeypatch.setattr(guard, "SQLITE", ("CREATE NONSENSE",))
    monkeypatch.setattr(guard, "POSTGRESQL", ("CREATE NONSENSE",))
    with pytest.raises(Exception, match="syntax error"):
        migrate.upgrade(empty_database)
    with engine_of(empty_database) as engine:
        assert inspect(engine).get_table_names() == []


def test_a_new_database_file_is_for_its_owner_only(tmp_path: Path) -> None:
    database = Database.of(f"sqlite:///{tmp_path / 'new' / 'kentongan.sqlite3'}")
    migrate.upgrade(database)
    writer = database.connect_writer()
    writer.execute("CREATE TABLE probe (id INTEGER)")
    try:
        modes = {path.suffix: path.stat().st_mode & 0o777 for path in Path(database.dsn).parent.iterdir()}
        assert set(modes.values()) == {0o600}, modes
    finally:
        writer.close()
