"""What all tables are made of: the naming of keys, the kinds of columns, and the centre first in every key."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, Text
from sqlalchemy.sql.schema import SchemaItem

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def text_column(name: str, **kw: object) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", **kw)  # type: ignore[arg-type]


def json_column(name: str, empty: str = "{}") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=empty)


def time_column(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def maybe_time_column(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=True)


def count_column(name: str, start: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=str(start))


def centre_table(name: str, *items: SchemaItem, key: str = "id") -> Table:
    keyed: list[SchemaItem] = [Column("centre", Text, primary_key=True)]
    if key == "id":
        keyed.append(Column("id", BigInteger, primary_key=True, autoincrement=False))
    return Table(name, metadata, *keyed, *items)
