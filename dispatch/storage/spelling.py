"""What the two engines spell differently: JSON kept as text, and grouping by a row. Nobody else knows which it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, FromClause, Text, cast
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class _Member(FunctionElement[str]):
    inherit_cache = False
    type = Text()

    def __init__(self, column: ColumnElement[str], name: str) -> None:
        if not name.isidentifier():
            raise ValueError(f"not a plain name: {name!r}")
        super().__init__(column)
        self.member = name


class _Paused(FunctionElement[int]):
    inherit_cache = False
    type = BigInteger()


class _EachRow(FunctionElement[int]):
    inherit_cache = False
    type = BigInteger()


def text_in(column: ColumnElement[str], name: str) -> ColumnElement[str]:
    """The member ``name`` of an object, as text; NULL when it is absent or null."""
    return _Member(column, name)


def number_in(column: ColumnElement[str], name: str) -> ColumnElement[int]:
    """The member ``name`` of an object, a whole number; NULL when it is absent or null."""
    return cast(_Member(column, name), BigInteger)


def paused_ms(pauses: ColumnElement[str], until: ColumnElement[int]) -> ColumnElement[int]:
    """Milliseconds of a clock's pauses, an open one counted up to ``until``; what ``wire_row.paused_ms`` says."""
    return _Paused(pauses, until)


def each_row(table: FromClause) -> ColumnElement[int]:
    """What to group a join by, so that there is a group for each row of ``table`` and all its columns may be named."""
    return _EachRow(table.c.centre, table.c.id)


@compiles(_Member, "sqlite")
def _member_sqlite(element: _Member, compiler: Any, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **kw)}, '$.{element.member}')"


@compiles(_Member, "postgresql")
def _member_postgresql(element: _Member, compiler: Any, **kw: Any) -> str:
    return f"(CAST({compiler.process(element.clauses, **kw)} AS JSON) ->> '{element.member}')"


@compiles(_Paused, "sqlite")
def _paused_sqlite(element: _Paused, compiler: Any, **kw: Any) -> str:
    pauses, until = (compiler.process(clause, **kw) for clause in element.clauses)
    ended = f"coalesce(json_extract(value, '$[1]'), {until})"
    return _unless_none(pauses, f"sum(max(0, {ended} - json_extract(value, '$[0]'))) FROM json_each({pauses})")


@compiles(_Paused, "postgresql")
def _paused_postgresql(element: _Paused, compiler: Any, **kw: Any) -> str:
    pauses, until = (compiler.process(clause, **kw) for clause in element.clauses)
    ended = f"coalesce(CAST(value ->> 1 AS BIGINT), {until})"
    taken = f"CAST(sum(greatest(0, {ended} - CAST(value ->> 0 AS BIGINT))) AS BIGINT)"
    return _unless_none(pauses, f"{taken} FROM json_array_elements(CAST({pauses} AS JSON))")


def _unless_none(pauses: str, summed: str) -> str:
    """Nearly every clock was never paused: its text is compared, not parsed."""
    return f"CASE WHEN {pauses} = '[]' THEN 0 ELSE (SELECT {summed}) END"


@compiles(_EachRow, "sqlite")
def _each_row_sqlite(element: _EachRow, compiler: Any, **kw: Any) -> str:
    # An expression: to get the groups in the order of a key SQLite walks the whole table by that key.
    _, key = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"{key} + 0"


@compiles(_EachRow, "postgresql")
def _each_row_postgresql(element: _EachRow, compiler: Any, **kw: Any) -> str:
    # Only a primary key makes the other columns of its row known.
    return ", ".join(compiler.process(clause, **kw) for clause in element.clauses)
