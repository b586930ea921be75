"""What a figure is: which rows are part of it, with what value, and how values become one number. Reads nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Text, case, cast, func

from dispatch import wire
from dispatch.services.statistics.population import Population

Values = npt.NDArray[np.int64]


class Unit(StrEnum):
    SHARE = "share"
    SECONDS = "s"
    COUNT = "count"


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """``value`` is what the database makes of a row: NULL when it is no part of the figure (not counted in n).

    Of a share and a count it is 1 or 0, of seconds milliseconds. ``target`` is what the figure is held against;
    ``is_wanted`` says whether a 1 is what one wants, so that lists begin with the cases one does not;
    ``standard`` names whose target it is when it is not ours, ``part`` the part of its population it is of ('' = all).
    """

    key: str
    population: Population
    unit: Unit
    value: ColumnElement[Any]
    target: float | None = None
    is_wanted: bool = False
    standard: str = ""
    part: str = ""


def when(condition: ColumnElement[bool], value: Any) -> ColumnElement[Any]:
    """The value of the rows for which the condition holds; the others are no part of it."""
    return case((condition, value))


def flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """1 where the condition holds, 0 where it does not or is not known."""
    return case((condition, 1), else_=0)


def joined(value: ColumnElement[Any]) -> ColumnElement[str]:
    """All values that are not NULL, in one text; NULL when there is none.

    As rows they would pass through Python one by one, on PostgreSQL in the event loop.
    """
    return func.aggregate_strings(cast(value, Text), ",")


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure of some rows: how many are part of it, the sum of their values, and of seconds every value, as text.

    Raw values and no summary of them, so that two can be added and their percentiles stay exact.
    """

    n: int = 0
    total: int = 0
    texts: tuple[str, ...] = ()

    def __add__(self, other: Measured) -> Measured:
        return Measured(self.n + other.n, self.total + other.total, self.texts + other.texts)

    def ordered(self) -> Values:
        """The values, the smallest first."""
        if not self.texts:
            return np.empty(0, np.int64)
        return np.sort(np.fromstring(",".join(self.texts), np.int64, sep=","))


def nearest_rank(ordered: Sequence[int] | Values, share: float) -> int | None:
    """The smallest value with at least ``share`` of all at or below it; None of nothing."""
    return int(ordered[max(0, math.ceil(share * len(ordered)) - 1)]) if len(ordered) else None


def figure_of(definition: Definition, measured: Measured) -> wire.Figure:
    """The figure of the rows that were measured."""
    figure = wire.Figure(
        key=definition.key, unit=definition.unit.value, n=measured.n, target=definition.target,
        is_wanted=definition.is_wanted, standard=definition.standard,
    )
    if definition.unit is Unit.COUNT:
        return replace(figure, value=measured.total)
    if definition.unit is Unit.SHARE:
        return replace(figure, value=measured.total / measured.n if measured.n else None)
    p50, p90, p95 = spread(measured)
    return replace(figure, value=p90, p50=p50, p90=p90, p95=p95)


def spread(measured: Measured) -> tuple[float | None, float | None, float | None]:
    """P50, P90 and P95 in seconds."""
    ordered = measured.ordered()
    p50, p90, p95 = (seconds(nearest_rank(ordered, share)) for share in (0.5, 0.9, 0.95))
    return p50, p90, p95


def seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
