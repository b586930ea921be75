"""Waiting for the rows of a table to be as expected."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sqlalchemy import Table, bindparam, select

from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement

PATIENCE_S = 25


async def until_rows(reader: Reader, table: Table, holds: Callable[[list[Row]], bool]) -> list[Row]:
    """Returns the rows, oldest first. Raises TimeoutError when they never are."""
    statement = Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(table.c.id))
    async with asyncio.timeout(PATIENCE_S):
        while not holds(rows := await reader.all(statement)):
            await asyncio.sleep(0.02)
    return rows
