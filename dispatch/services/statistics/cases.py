"""The cases behind a figure: the very rows it was made of."""

from __future__ import annotations

from datetime import tzinfo
from functools import cache

from sqlalchemy import bindparam, func

from dispatch import wire
from dispatch.domain.instant import from_ms
from dispatch.errors import Invalid
from dispatch.services.detail import Cards
from dispatch.services.statistics.definitions import DEFINITIONS
from dispatch.services.statistics.figure import Definition, Unit
from dispatch.services.statistics.incidents import CARDED
from dispatch.services.statistics.measuring import read_carded
from dispatch.services.statistics.population import CALLS
from dispatch.services.statistics.window import Window
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement

CASES_LIMIT = 500
OF_CARDS = "quality.cards"
"""The one figure that asks which kinds have a card."""


async def list_cases(
    reader: Reader, window: Window, figure: str, tz: tzinfo, *, cards: Cards, limit: int = CASES_LIMIT
) -> wire.Cases:
    """At most ``limit`` of them, those in need of a look first. Raises Invalid for a figure that is none."""
    definition = DEFINITIONS.get(figure)
    if definition is None:
        raise Invalid("no_figure", f"no figure '{figure}'; known: {', '.join(DEFINITIONS)}", figure=figure)
    async with reader.snapshot() as snapshot:
        carded = {CARDED: await read_carded(snapshot, window, cards)} if figure == OF_CARDS else {}
        rows = await snapshot.all(statement_of(definition), **window.given, **carded, limit=limit)
    return wire.Cases(
        figure=figure, n=rows[0]["n"] if rows else 0, cases=[_case(row, definition, tz) for row in rows]
    )


@cache
def statement_of(definition: Definition) -> Statement:
    """The rows of a figure with their values, and in each how many there are in all."""
    population, value = definition.population, definition.value
    # Of a count, a 0 is a row that was looked at and not counted.
    counted = value != 0 if definition.unit is Unit.COUNT else value.is_not(None)
    part = () if not definition.part or population.part is None else (population.part == definition.part,)
    core = population.select(
        value.label("value"), func.count().over().label("n"), population.at.label("at"), population.id.label("id"),
        population.status.label("status"), population.subject.label("subject"),
        *(population.of.c[name] for name in ("number", "type", "severity", "kecamatan")),
    )
    order = (value.asc() if definition.is_wanted else value.desc(), population.at.desc(), population.id.desc())
    core = core.where(counted, *part).order_by(*order).limit(bindparam("limit"))
    return Statement(core, many=CARDED if definition.key == OF_CARDS else "")


def _case(row: Row, definition: Definition, tz: tzinfo) -> wire.CaseRow:
    value, is_call = row["value"], definition.population is CALLS
    return wire.CaseRow(
        kind="call" if is_call else "incident", at=from_ms(row["at"], tz), number=row["number"],
        call=row["id"] if is_call else None, value=value / 1000 if definition.unit is Unit.SECONDS else value,
        type=row["type"] or "", severity=row["severity"] or None, kecamatan=row["kecamatan"] or "",
        status=row["status"] or "", subject=row["subject"] or "",
    )
