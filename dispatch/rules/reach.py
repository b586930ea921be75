"""Which rules can never decide anything because earlier ones take all they could match.

Compares conditions as sets; holds no matching of facts. It may miss a shadow (two time windows that
together cover a third) but never reports one that is not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

from dispatch.domain.routing import Condition, Route, Target
from dispatch.domain.severity import ORDER, Severity
from dispatch.rules.finding import Names

Cell = tuple[str, str | None, Severity | None, bool]
"""Type, subtype (None = any other), severity (None = without), life threat."""


def shadowed_by(routes: Sequence[Route], index: int, names: Names) -> list[str]:
    """The earlier routes that leave nothing to this one; empty when it can still match something."""
    route = routes[index]
    used: dict[str, None] = {}
    for cell in _cells(route.when, names):
        taker = next((r for r in routes[:index] if _takes(r.when, cell) and _rest_is_wider(r.when, route.when)), None)
        if taker is None:
            return []
        used[taker.name] = None
    return list(used)


def _cells(when: Condition, names: Names) -> Iterable[Cell]:
    severities = tuple(when.severities) or (*ORDER, None)
    threats = (True, False) if when.life_threat is None else (when.life_threat,)
    for kind in sorted(when.types) or names.types:
        own = names.types.get(kind, ())
        subtypes: tuple[str | None, ...] = tuple(sub for sub in own if sub in when.subtypes)
        if not when.subtypes:
            subtypes = (*own, None)
        yield from product((kind,), subtypes, severities, threats)


def _takes(when: Condition, cell: Cell) -> bool:
    kind, subtype, severity, threat = cell
    return (
        (not when.types or kind in when.types)
        and (not when.subtypes or subtype in when.subtypes)
        and (not when.severities or severity in when.severities)
        and (when.life_threat is None or when.life_threat == threat)
    )


def _rest_is_wider(wide: Condition, narrow: Condition) -> bool:
    """Whether all other parts of ``wide`` hold wherever those of ``narrow`` do."""
    hours = (wide.from_, wide.to)
    return (
        (not wide.channels or (bool(narrow.channels) and narrow.channels <= wide.channels))
        and (not wide.days or (bool(narrow.days) and narrow.days <= wide.days))
        and _places_are_wider(wide.places, narrow.places)
        and (hours == (None, None) or hours == (narrow.from_, narrow.to))
        and (wide.working is None or (wide.calendar, wide.working) == (narrow.calendar, narrow.working))
        and (wide.outside is None or wide.outside == narrow.outside)
    )


def _places_are_wider(wide: frozenset[str], narrow: frozenset[str]) -> bool:
    def covered(place: str) -> bool:
        return any(place == w or place.startswith(w + ".") for w in wide)

    return not wide or (bool(narrow) and all(covered(place) for place in narrow))


def hidden_target(targets: Sequence[Target], index: int) -> Target | None:
    """The earlier target of the same phase and severity that always comes before this one."""
    late = targets[index]

    def wider(wide: frozenset[str], narrow: frozenset[str]) -> bool:
        return not wide or (bool(narrow) and narrow <= wide)

    for early in targets[:index]:
        if (early.phase, early.severity) == (late.phase, late.severity) and (
            wider(early.types, late.types)
            and wider(early.agencies, late.agencies)
            and wider(early.channels, late.channels)
        ):
            return early
    return None
