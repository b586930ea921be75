"""Erlang C: how many seats answer a stream of calls in time. Pure; assumes Poisson arrivals and nobody who hangs up.

Hanging up and answering junk early make the real waiting shorter, so a staffing made from it errs on the safe side.
"""

from __future__ import annotations

import math

HOUR_S = 3600.0
MOST_SEATS = 500
"""A centre that would need more is a wrong figure, not a wish."""


def offered_load(calls_per_hour: float, handling_s: float) -> float:
    """Erlangs: how many seats are busy on average. Raises ValueError below zero."""
    if calls_per_hour < 0 or handling_s < 0:
        raise ValueError("a rate and a duration are not negative")
    return calls_per_hour * handling_s / HOUR_S


def waiting_share(seats: int, load: float) -> float:
    """Share of the calls that find every seat busy; 1.0 when the seats cannot keep up (``load`` >= ``seats``)."""
    if load <= 0:
        return 0.0
    if load >= seats:
        return 1.0
    blocked = 1.0
    for seat in range(1, seats + 1):
        blocked = load * blocked / (seat + load * blocked)
    return blocked / (1 - load / seats * (1 - blocked))


def service_level(calls_per_hour: float, handling_s: float, seats: int, within_s: float) -> float:
    """Share of the calls answered within ``within_s`` seconds, 0..1."""
    load = offered_load(calls_per_hour, handling_s)
    if load <= 0:
        return 1.0
    if load >= seats:
        return 0.0
    return 1 - waiting_share(seats, load) * math.exp(-(seats - load) * within_s / handling_s)


def seats_needed(calls_per_hour: float, handling_s: float, share: float, within_s: float) -> int:
    """The fewest seats (at least one) that answer ``share`` of the calls within ``within_s``.

    Raises ValueError for a share no number of seats reaches, or a load beyond ``MOST_SEATS``.
    """
    if not 0 <= share < 1:
        raise ValueError("a share of calls lies in 0..1, and nobody can promise all of them")
    first = max(1, math.ceil(offered_load(calls_per_hour, handling_s)))
    for seats in range(first, MOST_SEATS + 1):
        if service_level(calls_per_hour, handling_s, seats, within_s) >= share:
            return seats
    raise ValueError(f"more than {MOST_SEATS} seats")
