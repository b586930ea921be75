"""The cases behind a figure: the very rows it was made of."""

from __future__ import annotations

import asyncio
from datetime import tzinfo

from dispatch import wire
from dispatch.domain.instant import from_ms
from dispatch.errors import Invalid
from dispatch.services.detail import Cards
from dispatch.services.statistics.figure import Definition, Unit
from dispatch.services.statistics.rows import Gathered, gather, join_rows
from dispatch.services.statistics.summary import definitions
from dispatch.services.statistics.window import Window
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row

CASES_LIMIT = 500


async def list_cases(
    reader: Reader, window: Window, figure: str, tz: tzinfo, *, cards: Cards, limit: int = CASES_LIMIT
) -> wire.Cases:
    """At most ``limit`` of them, those in need of a look first. Raises Invalid for a figure that is none."""
    known = definitions(cards)
    definition = known.get(figure)
    if definition is None:
        raise Invalid("no_figure", f"no figure '{figure}'; known: {', '.join(known)}", figure=figure)
    async with reader.snapshot() as snapshot:
        found = await gather(snapshot, window, only=definition.population)
    return await asyncio.to_thread(_cases, found, definition, tz, limit)


def _cases(found: Gathered, definition: Definition, tz: tzinfo, limit: int) -> wire.Cases:
    join_rows(found)
    picked = definition.values(found.population(definition.population, definition.part))
    if definition.unit is Unit.COUNT:
        picked = [(value, row) for value, row in picked if value]
    picked.sort(key=lambda item: (item[0] if definition.is_wanted else -item[0], -item[1]["at"]))
    cases = [_case(value, row, definition, tz) for value, row in picked[:limit]]
    found.release()
    return wire.Cases(figure=definition.key, n=len(picked), cases=cases)


def _case(value: int, row: Row, definition: Definition, tz: tzinfo) -> wire.CaseRow:
    is_call = definition.population == "calls"
    return wire.CaseRow(
        kind="call" if is_call else "incident", at=from_ms(row["at"], tz), number=row["number"],
        call=row["id"] if is_call else None, value=value / 1000 if definition.unit is Unit.SECONDS else value,
        type=row["type"] or "", severity=row["severity"] or None, kecamatan=row["kecamatan"] or "",
        status=str(row.get("disposition") or row.get("status") or row.get("outcome") or row.get("phase") or ""),
        subject=str(row.get("operator") or row.get("subject") or row.get("kind") or row.get("owner") or ""),
    )
