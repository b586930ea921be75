"""The figures of phone calls. Service levels are of real calls that were answered or waited longer than 5 s."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, and_, case, exists, func, or_

from dispatch import wire
from dispatch.services.statistics.figure import Definition, Measured, Unit, flag, when
from dispatch.services.statistics.population import CALLS
from dispatch.storage.tables import call, event, incident

NOISE = ("ghost", "prank")
ABANDON_GRACE_MS = 5_000
ANSWER_TARGET_S, ANSWER_SHARE = 15.0, 0.9
"""Ours, and NENA's of 2020: 90 % within 15 s."""

IS_NOISE = call.c.disposition.in_(NOISE)
IS_REAL = call.c.disposition.not_in(NOISE)
_ANSWERED = and_(IS_REAL, call.c.answered_at.is_not(None))
_WAITED = call.c.answered_at - call.c.rang_at
"""From the first ring to the answer."""
_RANG = func.coalesce(call.c.ended_at, call.c.rang_at) - call.c.rang_at
_ABANDONED = and_(
    IS_REAL, call.c.answered_at.is_(None), call.c.status.in_(("abandoned", "ended")), _RANG > ABANDON_GRACE_MS
)
"""A real caller who hung up unanswered, after the grace."""
_REMARKED = exists().where(
    event.c.centre == call.c.centre, event.c.incident_id == call.c.incident_id, event.c.kind == "remark.added"
).correlate(call)
_NOTED = or_(func.coalesce(incident.c.summary, "") != "", _REMARKED)


def _answered_within(limit_ms: int) -> ColumnElement[int]:
    return case((_ANSWERED, flag(limit_ms >= _WAITED)), (_ABANDONED, 0))


CALL_FIGURES = (
    Definition("calls.offered", CALLS, Unit.COUNT, flag(call.c.id.is_not(None))),
    Definition("calls.real", CALLS, Unit.COUNT, when(IS_REAL, 1)),
    Definition("calls.within_15", CALLS, Unit.SHARE, _answered_within(15_000), ANSWER_SHARE, is_wanted=True),
    Definition("calls.within_10", CALLS, Unit.SHARE, _answered_within(10_000), 0.9, True, "NFPA 1225"),
    Definition("calls.within_20", CALLS, Unit.SHARE, _answered_within(20_000), 0.95, True, "NENA 2020"),
    Definition("calls.answer", CALLS, Unit.SECONDS, when(_ANSWERED, _WAITED), ANSWER_TARGET_S),
    Definition("calls.abandoned", CALLS, Unit.SHARE, case((_ANSWERED, 0), (_ABANDONED, 1)), 0.05),
    Definition("calls.noise", CALLS, Unit.SHARE, flag(IS_NOISE)),
    Definition("calls.again", CALLS, Unit.SHARE, when(IS_REAL, flag(call.c.repeat > 0))),
    # Of real calls that somebody spoke on and that are over.
    Definition(
        "quality.empty_notes", CALLS, Unit.SHARE,
        when(and_(_ANSWERED, call.c.ended_at.is_not(None)), case((_NOTED, 0), else_=1)),
    ),
)


def count_calls(measured: Mapping[str, Measured], figures: Mapping[str, wire.Figure]) -> dict[str, float]:
    """Offered, answered and lost calls as plain counts, and what follows from them."""
    answer, noise = figures["calls.answer"], figures["calls.noise"]
    counts: dict[str, float] = {
        "offered": measured["calls.offered"].n, "answered": answer.n, "abandoned": measured["calls.abandoned"].total,
        "noise": measured["calls.noise"].total, "answered_15s": measured["calls.within_15"].total,
    }
    named = {
        "answered_15s_share": figures["calls.within_15"].value, "answer_p50_s": answer.p50, "answer_p90_s": answer.p90,
        "noise_share": noise.value,
    }
    return counts | {name: value for name, value in named.items() if value is not None}
