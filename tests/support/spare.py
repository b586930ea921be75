"""One migrated PostgreSQL database that a worker's tests use one after the other, emptied in between.

Making a database and dropping it again touches some 1,000 files; emptying one that a test has used touches none.
"""

from __future__ import annotations

import contextlib

import psycopg
from psycopg import sql

from tests.support.postgres import SharedServer

MOST_BYTES = 40 << 20
"""A database that has grown beyond this is not emptied but dropped."""
IS_SMALL = f"SELECT pg_database_size(current_database()) < {MOST_BYTES}"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
SHAPE = """
    SELECT md5(string_agg(part, ';' ORDER BY part)) FROM (
        SELECT concat_ws(' ', c.oid, c.relname, c.relkind, c.relacl, a.attname, a.atttypid, a.attnotnull) AS part
        FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', tgname, tgrelid, tgenabled) FROM pg_trigger
        UNION ALL SELECT concat_ws(' ', oid, proname, md5(prosrc)) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT setconfig::text FROM pg_db_role_setting
    ) AS parts
"""


class SpareDatabase:
    """``take`` gives the database's name, ``give_back`` empties it; a test that changed its shape costs it."""

    def __init__(self, server: SharedServer, template: str) -> None:
        self._server, self._template, self._name = server, template, f"{template}_spare"
        self._made = False
        self._shape: object = None
        self._rows: dict[str, bytes] = {}
        """What stands in each table of a fresh database, as COPY writes it."""

    def take(self) -> str:
        if not self._made:
            with self._admin() as admin:
                admin.execute(f'CREATE DATABASE "{self._name}" TEMPLATE "{self._template}"')
            with self._inside() as inside:
                self._shape = _one(inside, SHAPE)
                self._rows = {table: _copied(inside, table) for (table,) in inside.execute(TABLES).fetchall()}
            self._made = True
        return self._name

    def give_back(self) -> None:
        try:
            with self._inside() as inside:
                inside.execute(OTHERS)
                if _one(inside, SHAPE) == self._shape and _one(inside, IS_SMALL):
                    self._empty(inside)
                    return
        except psycopg.errors.InvalidCatalogName:
            pass  # the test has dropped it
        with self._admin() as admin:
            admin.execute(f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
        self._made = False

    def _empty(self, inside: psycopg.Connection[tuple[object, ...]]) -> None:
        """As it was made; without triggers and foreign keys, so that the order does not matter."""
        with inside.transaction():
            inside.execute("SET LOCAL session_replication_role = replica")
            for table, rows in self._rows.items():
                inside.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
                if rows:
                    with inside.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))) as copy:
                        copy.write(rows)
            inside.execute("SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences")

    def _admin(self) -> contextlib.closing[psycopg.Connection[tuple[object, ...]]]:
        return contextlib.closing(psycopg.connect(self._server.url(), autocommit=True))

    def _inside(self) -> contextlib.closing[psycopg.Connection[tuple[object, ...]]]:
        return contextlib.closing(psycopg.connect(self._server.url(self._name), autocommit=True))


def _one(connection: psycopg.Connection[tuple[object, ...]], query: str) -> object:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def _copied(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(bytes(block) for block in copy)
