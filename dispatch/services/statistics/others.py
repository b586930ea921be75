"""The figures of SLA clocks and of alarms."""

from __future__ import annotations

from sqlalchemy import and_, or_

from dispatch.domain.clock import Phase
from dispatch.domain.report import Channel
from dispatch.services.statistics.figure import Definition, Unit, flag, when
from dispatch.services.statistics.population import ALARMS, CLOCKS
from dispatch.storage.spelling import paused_ms
from dispatch.storage.tables import alarm, clock, incident

WAS_ANSWERED = or_(clock.c.phase != Phase.ANSWER.value, incident.c.channel != Channel.OPERATOR.value)
"""What an operator opened was seen from the start: its answer of 0.0 s would flatter those that were waited for."""
IS_STOPPED = and_(clock.c.outcome.in_(("met", "missed")), clock.c.stopped_at.is_not(None), WAS_ANSWERED)
TOOK = when(IS_STOPPED, clock.c.stopped_at - clock.c.started_at - paused_ms(clock.c.pauses, clock.c.stopped_at))
"""How long a stopped clock ran, pauses not counted."""
MET = when(IS_STOPPED, flag(clock.c.outcome == "met"))

CLOCK_FIGURES = (
    *(Definition(f"clock.{phase}", CLOCKS, Unit.SECONDS, TOOK, part=phase) for phase in Phase),
    *(Definition(f"met.{phase}", CLOCKS, Unit.SHARE, MET, 0.9, is_wanted=True, part=phase) for phase in Phase),
    Definition("system.lateness", CLOCKS, Unit.SECONDS, clock.c.lateness_ms, 1.0),
)
ALARM_FIGURES = (
    Definition("alarms.raised", ALARMS, Unit.COUNT, flag(alarm.c.id.is_not(None))),
    Definition("alarms.acknowledged", ALARMS, Unit.SECONDS, alarm.c.acknowledged_at - alarm.c.at),
)
