"""The figures of incidents: how long each step took, and how they were worked on.

A step that has not happened yet is no part of its figure. What is no emergency (questions, junk) and what was merged
into another incident is left out everywhere but where it is counted.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam

from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.domain.severity import Severity
from dispatch.services.statistics.figure import Definition, Unit, flag, when
from dispatch.services.statistics.population import ARRIVED, ASSIGNED, INCIDENTS, IS_LATE, MOVED, WORKED

IS_EMERGENCY = WORKED.c.type.not_in(sorted(NO_SEVERITY_TYPES))
IS_REAL = and_(IS_EMERGENCY, WORKED.c.merged_into.is_(None))
IS_CRITICAL = WORKED.c.severity == Severity.CRITICAL.value
CARDED = "carded"
"""The parameter that names the kinds of incident there is a protocol card for: as ``kind_of`` writes them."""
_KIND = WORKED.c.type + "/" + WORKED.c.subtype
BY_PHONE = and_(IS_REAL, WORKED.c.channel == "call")


def kind_of(type_: str, subtype: str) -> str:
    """Type and subtype in one word, as a statement compares them."""
    return f"{type_}/{subtype}"


def _until(moment: ColumnElement[Any], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Milliseconds from the report (of a call: its answer) to the moment in a column."""
    return when(and_(IS_REAL, *conditions), moment - WORKED.c.opened_at)


INCIDENT_FIGURES = (
    Definition("phase.known", INCIDENTS, Unit.SECONDS, _until(WORKED.c.triaged_at)),
    Definition("phase.located", INCIDENTS, Unit.SECONDS, _until(WORKED.c.located_at)),
    Definition(
        "phase.processing", INCIDENTS, Unit.SECONDS, _until(WORKED.c.dispatched_at), 60.0, standard="NFPA 1225"
    ),
    Definition(
        "phase.turnout", INCIDENTS, Unit.SECONDS, when(IS_REAL, MOVED - ASSIGNED), 80.0, standard="NFPA 1710"
    ),
    Definition(
        "phase.travel", INCIDENTS, Unit.SECONDS, when(IS_REAL, ARRIVED - MOVED), 240.0, standard="NFPA 1710"
    ),
    Definition("phase.total", INCIDENTS, Unit.SECONDS, _until(WORKED.c.on_scene_at)),
    Definition("phase.total_p1", INCIDENTS, Unit.SECONDS, _until(WORKED.c.on_scene_at, IS_CRITICAL)),
    Definition("quality.late", INCIDENTS, Unit.SHARE, when(IS_REAL, flag(IS_LATE))),
    Definition(
        "quality.verified", INCIDENTS, Unit.SHARE, when(IS_REAL, flag(WORKED.c.verified)),
        is_wanted=True,
    ),
    Definition("quality.merged", INCIDENTS, Unit.COUNT, when(IS_EMERGENCY, flag(WORKED.c.merged_into.is_not(None)))),
    Definition("quality.unmerged", INCIDENTS, Unit.COUNT, flag(WORKED.c.unmerged > 0)),
    # Of those whose severity a person lowered.
    Definition(
        "quality.lowered_silently", INCIDENTS, Unit.COUNT,
        when(WORKED.c.lowered > 0, flag(WORKED.c.lowered_silently > 0)),
    ),
    Definition("quality.undone", INCIDENTS, Unit.COUNT, flag(WORKED.c.undone > 0)),
    # Of incidents by phone for whose kind there is a card: whether one of its questions was answered or sent.
    Definition(
        "quality.cards", INCIDENTS, Unit.SHARE,
        when(and_(BY_PHONE, _KIND.in_(bindparam(CARDED, expanding=True))), flag(WORKED.c.asked > 0)), is_wanted=True,
    ),
)
"""Our own targets are the clocks' (``met.*``)."""
