"""XmR control chart: which points of a series differ from its own usual scatter. Pure.

Limits are the mean and 2.66 average moving ranges either side (Wheeler). Four signals, no more: "four rules are
enough", and comparing two points misleads.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

SPREAD = 2.66
"""3 / d2 with d2 = 1.128 for ranges of two."""
FEWEST = 8
"""Points below which the limits say nothing yet."""
RUN = 7
NEAR = 2 / 3
"""From here to the limit a point counts as near it."""


class Signal(StrEnum):
    """Why a point stands out."""

    OUTSIDE = "outside"
    """Beyond a limit."""
    SHIFT = "shift"
    """Seven or more in a row on one side of the mean."""
    TREND = "trend"
    """Seven or more in a row, each above (or below) the one before."""
    NEAR_LIMIT = "near_limit"
    """Two of three in a row in the outer third of the same side."""


@dataclass(frozen=True, slots=True)
class Chart:
    """``signals`` maps the index of a point to what it is part of. ``lower`` is never below zero: times are not."""

    mean: float
    upper: float
    lower: float
    signals: dict[int, frozenset[Signal]]


def draw_chart(values: Sequence[float]) -> Chart | None:
    """The chart of a series in order of time; None of fewer than ``FEWEST`` points."""
    if len(values) < FEWEST:
        return None
    mean = sum(values) / len(values)
    ranges = [abs(after - before) for before, after in pairwise(values)]
    reach = SPREAD * sum(ranges) / len(ranges)
    found: dict[Signal, set[int]] = {
        Signal.OUTSIDE: {i for i, value in enumerate(values) if abs(value - mean) > reach},
        Signal.SHIFT: _shifts(values, mean),
        Signal.TREND: _trends(values),
        Signal.NEAR_LIMIT: _near_limits(values, mean, reach),
    }
    marked = sorted(set().union(*found.values()))
    signals = {i: frozenset(signal for signal, points in found.items() if i in points) for i in marked}
    return Chart(mean, mean + reach, max(0.0, mean - reach), signals)


def _shifts(values: Sequence[float], mean: float) -> set[int]:
    return _runs([(value > mean) - (value < mean) for value in values], RUN)


def _trends(values: Sequence[float]) -> set[int]:
    """A run of n steps in one direction joins n + 1 points."""
    steps = [(after > before) - (after < before) for before, after in pairwise(values)]
    return {point for step in _runs(steps, RUN - 1) for point in (step, step + 1)}


def _runs(sides: Sequence[int], least: int) -> set[int]:
    """Indexes of all that stand in a row of ``least`` or more equal signs; 0 belongs to no side and ends a row."""
    found: set[int] = set()
    start = 0
    for i in range(1, len(sides) + 1):
        if i < len(sides) and sides[i] == sides[start]:
            continue
        if sides[start] and i - start >= least:
            found.update(range(start, i))
        start = i
    return found


def _near_limits(values: Sequence[float], mean: float, reach: float) -> set[int]:
    found: set[int] = set()
    for side in (1, -1):
        near = [i for i, value in enumerate(values) if side * (value - mean) > NEAR * reach]
        for i, j in pairwise(near):
            if j - i <= 2:
                found.update((i, j))
    return found
