"""The figures of incidents: how long each step took, and how they were worked on.

A step that has not happened yet is no part of its figure. What is no emergency (questions, junk) and what was merged
into another incident is left out everywhere but where it is counted.
"""

from __future__ import annotations

from collections.abc import Callable

from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.services.detail import Cards
from dispatch.services.statistics.figure import Definition, Unit
from dispatch.storage.statement import Row


def is_real(row: Row) -> bool:
    return row["type"] not in NO_SEVERITY_TYPES and row["merged_into"] is None


def _until(name: str, *, severity: str = "") -> Callable[[Row], int | None]:
    """Milliseconds from the report (of a call: its answer) to the moment in a column."""

    def pick(row: Row) -> int | None:
        if row[name] is None or not is_real(row) or (severity and row["severity"] != severity):
            return None
        return int(row[name] - row["at"])

    return pick


def _of_real(name: str) -> Callable[[Row], int | None]:
    """A value that stands in the row already."""
    return lambda row: row[name] if is_real(row) else None


def _flag(name: str) -> Callable[[Row], int | None]:
    return lambda row: int(bool(row[name])) if is_real(row) else None


def _merged(row: Row) -> int | None:
    return None if row["type"] in NO_SEVERITY_TYPES else int(row["merged_into"] is not None)


def _lowered_silently(row: Row) -> int | None:
    """Of those whose severity a person lowered."""
    return int(row["lowered_silently"] > 0) if row["lowered"] else None


INCIDENT_FIGURES = (
    Definition("phase.known", "incidents", Unit.SECONDS, _until("triaged_at")),
    Definition("phase.located", "incidents", Unit.SECONDS, _until("located_at")),
    Definition("phase.processing", "incidents", Unit.SECONDS, _until("dispatched_at"), 60.0, standard="NFPA 1225"),
    Definition("phase.turnout", "incidents", Unit.SECONDS, _of_real("turnout_ms"), 80.0, standard="NFPA 1710"),
    Definition("phase.travel", "incidents", Unit.SECONDS, _of_real("travel_ms"), 240.0, standard="NFPA 1710"),
    Definition("phase.total", "incidents", Unit.SECONDS, _until("on_scene_at")),
    Definition("phase.total_p1", "incidents", Unit.SECONDS, _until("on_scene_at", severity="critical")),
    Definition("quality.late", "incidents", Unit.SHARE, _flag("late")),
    Definition("quality.verified", "incidents", Unit.SHARE, _flag("verified"), is_wanted=True),
    Definition("quality.merged", "incidents", Unit.COUNT, _merged),
    Definition("quality.unmerged", "incidents", Unit.COUNT, lambda row: int(row["unmerged"] > 0)),
    Definition("quality.lowered_silently", "incidents", Unit.COUNT, _lowered_silently),
    Definition("quality.undone", "incidents", Unit.COUNT, lambda row: int(row["undone"] > 0)),
)
"""Our own targets are the clocks' (``met.*``)."""


def card_figure(cards: Cards) -> Definition:
    """Of incidents by phone for whose type there is a card: whether one of its questions was answered or sent."""

    def pick(row: Row) -> int | None:
        wanted = is_real(row) and row["channel"] == "call" and cards(row["type"], row["subtype"])
        return int(row["asked"] > 0) if wanted else None

    return Definition("quality.cards", "incidents", Unit.SHARE, pick, is_wanted=True)
