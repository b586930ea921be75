"""What a figure is: which rows are part of it, with what value, and how values become one number. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from dispatch import wire
from dispatch.storage.statement import Row


class Unit(StrEnum):
    SHARE = "share"
    SECONDS = "s"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Definition:
    """``pick`` gives a row's value, or None when it is no part of the figure (not counted in n).

    Of a share and a count it is 1 or 0, of seconds milliseconds. ``target`` is what the figure is held against;
    ``is_wanted`` says whether a 1 is what one wants, so that lists begin with the cases one does not;
    ``standard`` names whose target it is when it is not ours, ``part`` the phase its rows are of ('' = of all).
    """

    key: str
    population: str
    unit: Unit
    pick: Callable[[Row], int | None]
    target: float | None = None
    is_wanted: bool = False
    standard: str = ""
    part: str = ""

    def values(self, rows: Iterable[Row]) -> list[tuple[int, Row]]:
        """The rows that are part of the figure, each with its value."""
        picked = ((self.pick(row), row) for row in rows)
        return [(value, row) for value, row in picked if value is not None]


def nearest_rank(ordered: Sequence[int], share: float) -> int | None:
    """The smallest value with at least ``share`` of all at or below it; None of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def measure(definition: Definition, rows: Iterable[Row]) -> wire.Figure:
    """The figure of these rows."""
    pick = definition.pick
    values = sorted([value for row in rows if (value := pick(row)) is not None])
    figure = wire.Figure(
        key=definition.key, unit=definition.unit.value, n=len(values), target=definition.target,
        is_wanted=definition.is_wanted, standard=definition.standard,
    )
    if definition.unit is Unit.COUNT:
        return replace(figure, value=sum(values))
    if definition.unit is Unit.SHARE:
        return replace(figure, value=sum(values) / len(values) if values else None)
    p50, p90, p95 = (seconds(nearest_rank(values, share)) for share in (0.5, 0.9, 0.95))
    return replace(figure, value=p90, p50=p50, p90=p90, p95=p95)


def seconds(ms: int | None) -> float | None:
    return None if ms is None else ms / 1000
