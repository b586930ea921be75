"""The statements that measure: one a population, each row of it counted by the database and none fetched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Label, func, literal_column, select

from dispatch.services.detail import Cards
from dispatch.services.statistics.definitions import DEFINITIONS, definitions_of
from dispatch.services.statistics.figure import Definition, Measured, Unit, joined, when
from dispatch.services.statistics.incidents import CARDED, kind_of
from dispatch.services.statistics.others import IS_STOPPED
from dispatch.services.statistics.population import ALARMS, CALLS, CLOCKS, INCIDENTS, OPENED, WORKED, Population
from dispatch.services.statistics.window import Window
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import clock, incident

QUARTER_MS = 900_000
"""No zone is off by a fraction of it: hours of any zone are made of quarters."""
NO_KIND = ""
"""Of no incident: a list of parameters may not be empty."""
_QUARTER = incident.c.opened_at - incident.c.opened_at % QUARTER_MS


def _values_of(population: Population) -> list[Definition]:
    """One definition for each value its figures are made of: those of several parts share theirs."""
    return list({id(definition.value): definition for definition in definitions_of(population)}.values())


def _measure(population: Population, *groups: Label[Any], many: str = "", **bounds: ColumnElement[Any]) -> Statement:
    """One row a group: how many rows, and of each value how many are not NULL, and their sum or all of them.

    ``bounds``: further values of which the least and the most are wanted.
    """
    of = _values_of(population)
    values = {f"value{index}": definition.value for index, definition in enumerate(of)} | bounds
    # The offset keeps the two apart: without it each value is worked out once for each time it is named.
    rows = (
        population.select(*groups, *(value.label(name) for name, value in values.items()))
        .offset(literal_column("0")).subquery("rows")
    )
    keys = [rows.c[group.name] for group in groups]
    measured: list[Label[Any]] = []
    for index, definition in enumerate(of):
        value = rows.c[f"value{index}"]
        measured.append(func.count(value).label(f"n{index}"))
        is_list = definition.unit is Unit.SECONDS
        measured.append(joined(value).label(f"values{index}") if is_list else func.sum(value).label(f"total{index}"))
    for name in bounds:
        measured += [func.min(rows.c[name]).label(f"{name}_least"), func.max(rows.c[name]).label(f"{name}_most")]
    return Statement(select(*keys, func.count().label("rows"), *measured).group_by(*keys), many=many)


def _measure_clocks(*groups: Label[Any]) -> Statement:
    return _measure(CLOCKS, clock.c.phase.label("part"), *groups, target=when(IS_STOPPED, clock.c.target_ms))


OF_CALLS, OF_ALARMS = _measure(CALLS), _measure(ALARMS)
OF_INCIDENTS = _measure(
    INCIDENTS, WORKED.c.kecamatan.label("kecamatan"), WORKED.c.type.label("type"), many=CARDED
)
OF_CLOCKS = {
    "": _measure_clocks(),
    **{
        column.name: _measure_clocks(column.label("group"))
        for column in (incident.c.severity, incident.c.type, incident.c.kecamatan)
    },
}
"""By what the phases are divided."""
KINDS = Statement(select(incident.c.type, incident.c.subtype).where(*OPENED, incident.c.channel == "call").distinct())
"""The kinds of the incidents by phone."""
QUARTERS = Statement(select(_QUARTER.label("at"), func.count().label("n")).where(*OPENED).group_by(_QUARTER))


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a population with the same keys: the statement's ``row``, and every figure of them."""

    row: Row
    measured: dict[str, Measured]


@dataclass(frozen=True, slots=True)
class Measurement:
    """A window measured on one snapshot. ``quarters``: when incidents began and how many did."""

    calls: list[Group]
    incidents: list[Group]
    clocks: list[Group]
    alarms: list[Group]
    quarters: list[Row]

    def all(self) -> dict[str, Measured]:
        """Every figure of the whole window."""
        found = dict.fromkeys(DEFINITIONS, Measured())
        for group in (*self.calls, *self.incidents, *self.clocks, *self.alarms):
            for key, measured in group.measured.items():
                found[key] += measured
        return found


async def measure(snapshot: Snapshot, window: Window, cards: Cards, by: str) -> Measurement:
    """``by`` is one of ``OF_CLOCKS``."""
    given = window.given
    carded = await read_carded(snapshot, window, cards)
    return Measurement(
        calls=_groups(CALLS, await snapshot.all(OF_CALLS, **given)),
        incidents=_groups(INCIDENTS, await snapshot.all(OF_INCIDENTS, **given, **{CARDED: carded})),
        clocks=_groups(CLOCKS, await snapshot.all(OF_CLOCKS[by], **given)),
        alarms=_groups(ALARMS, await snapshot.all(OF_ALARMS, **given)),
        quarters=await snapshot.all(QUARTERS, **given),
    )


async def read_carded(snapshot: Snapshot, window: Window, cards: Cards) -> list[str]:
    """The kinds there is a card for, of those that came by phone; never an empty list."""
    kinds = ((row["type"], row["subtype"]) for row in await snapshot.all(KINDS, **window.given))
    return [kind_of(*kind) for kind in kinds if cards(*kind)] or [NO_KIND]


def _groups(population: Population, rows: Iterable[Row]) -> list[Group]:
    place = {id(definition.value): index for index, definition in enumerate(_values_of(population))}
    return [
        Group(row, {
            definition.key: _measured(row, place[id(definition.value)])
            for definition in definitions_of(population) if definition.part in ("", row.get("part"))
        })
        for row in rows
    ]


def _measured(row: Row, index: int) -> Measured:
    text = row.get(f"values{index}")
    return Measured(row[f"n{index}"], int(row.get(f"total{index}") or 0), () if text is None else (text,))
