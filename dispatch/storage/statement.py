"""Core statements compiled once a dialect and run on the driver.

Owns compilation and its cache; never holds a connection. Why not through an engine: measured, a
statement through SQLAlchemy's async engine costs 20 times one on the driver (architecture.md 3).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam, insert, update
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import ClauseElement

Row = dict[str, Any]

DIALECTS = {
    "sqlite": SQLiteDialect_pysqlite(paramstyle="named"),
    "postgresql": PGDialect_psycopg(),  # type: ignore[no-untyped-call]
}


class Compiled:
    """SQL text with named parameters, and the constants the statement itself carries."""

    __slots__ = ("constants", "required", "sql")

    def __init__(
        self, statement: ClauseElement, dialect: str, column_keys: list[str] | None = None,
        sample: dict[str, Any] | None = None,
    ) -> None:
        """``sample`` gives the values of list parameters: the text depends on their length."""
        compiled: Any = statement.compile(dialect=DIALECTS[dialect], column_keys=column_keys)
        required = {name for name, bind in compiled.binds.items() if bind.required}
        expanded = compiled.construct_expanded_state({**dict.fromkeys(required), **(sample or {})})
        self.sql = str(expanded.statement)
        self.required = frozenset(required & expanded.parameters.keys())
        self.constants = {name: value for name, value in expanded.parameters.items() if name not in self.required}

    def bind(self, given: dict[str, Any]) -> dict[str, Any]:
        """The driver's parameters; a missing or unknown name is a programmer error."""
        if given.keys() != self.required:
            raise KeyError(f"parameters {sorted(given)} do not match {sorted(self.required)}: {self.sql}")
        return {**self.constants, **given} if self.constants else given


class Statement:
    """A named query. ``many`` names an expanding bind parameter (``col.in_(bindparam(many, expanding=True))``)."""

    def __init__(self, core: Executable, *, many: str = "") -> None:
        self._core: Any = core
        self._many = many
        self._cache: dict[tuple[str, int], Compiled] = {}
        columns = getattr(core, "selected_columns", None)
        self.names: list[str] = [] if columns is None else list(columns.keys())
        """Columns of a query's rows, in order; empty for a write."""

    def prepare(self, dialect: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """SQL and parameters for the driver."""
        if self._many:
            return self._prepare_many(dialect, dict(given))
        compiled = self._cache.get((dialect, 0))
        if compiled is None:
            compiled = self._cache[(dialect, 0)] = Compiled(self._core, dialect)
        return compiled.sql, compiled.bind(given)

    def _prepare_many(self, dialect: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Lists are padded to a power of two by repeating the last value, so few variants are compiled."""
        values = list(given.pop(self._many))
        if not values:
            raise ValueError(f"empty list for '{self._many}'")
        size = 1 << (len(values) - 1).bit_length()
        values += [values[-1]] * (size - len(values))
        compiled = self._cache.get((dialect, size))
        slots = {f"{self._many}_{index}": value for index, value in enumerate(values, 1)}
        if compiled is None:
            compiled = self._cache[(dialect, size)] = Compiled(self._core, dialect, sample={self._many: values})
        return compiled.sql, {**compiled.bind(given), **slots}


_writes: dict[tuple[str, str, tuple[str, ...], tuple[str, ...]], Compiled] = {}


def insert_into(table: Table, dialect: str, columns: tuple[str, ...]) -> Compiled:
    """INSERT of the named columns, compiled once."""
    key = (dialect, table.name, (), columns)
    if key not in _writes:
        _writes[key] = Compiled(insert(table), dialect, list(columns))
    return _writes[key]


def update_of(table: Table, dialect: str, where: tuple[str, ...], columns: tuple[str, ...]) -> Compiled:
    """UPDATE by equality on the ``where`` columns (parameters are prefixed ``where_``), compiled once."""
    key = (dialect, table.name, where, columns)
    if key not in _writes:
        core = update(table).values({name: bindparam(f"set_{name}") for name in columns})
        for name in where:
            core = core.where(table.c[name] == bindparam(f"where_{name}"))
        _writes[key] = Compiled(core, dialect)
    return _writes[key]
