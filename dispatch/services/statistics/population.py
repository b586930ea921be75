"""The rows that figures are made of: calls, incidents with what was done to them, clocks, alarms of a window.

Each is part of a statement, never a list of rows: the database counts, and only numbers come here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, Subquery, and_, bindparam, case, exists, func, or_, select

from dispatch.domain.clock import Phase
from dispatch.domain.severity import Severity
from dispatch.services.statistics.window import NARROW
from dispatch.storage.spelling import each_row, number_in, text_in
from dispatch.storage.tables import alarm, assignment, call, clock, event, incident

CARD = '%"card":true%'
"""In a remark that holds the answers of a protocol card."""

OPENED = (
    incident.c.centre == bindparam("centre"), incident.c.opened_at >= bindparam("since"),
    incident.c.opened_at < bindparam("until"), *NARROW,
)
SHOWN = (
    "centre", "id", "number", "status", "type", "subtype", "severity", "kecamatan", "channel", "owner", "opened_at",
    "triaged_at", "dispatched_at", "on_scene_at", "merged_into",
)
"""Columns of an incident that figures and lists of cases are made of."""
_RANK = {severity.value: severity.rank for severity in Severity}


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """``source`` narrowed by ``wanted``. ``at`` is a row's moment, ``id`` its key; ``status`` and ``subject`` are what
    a list of cases shows of it. ``of`` is the incident beside it, ``part`` tells apart rows of different figures."""

    name: str
    source: FromClause
    wanted: tuple[ColumnElement[bool], ...]
    at: ColumnElement[int]
    id: ColumnElement[int]
    status: ColumnElement[str]
    subject: ColumnElement[str]
    of: FromClause = incident
    part: ColumnElement[str] | None = None

    def select(self, *columns: Any) -> Select[Any]:
        return select(*columns).select_from(self.source).where(*self.wanted)


def _beside(table: Any, of: Any = incident) -> ColumnElement[bool]:
    """A row of the table belongs to the incident."""
    return and_(table.c.centre == of.c.centre, table.c.incident_id == of.c.id)


def _between(column: Any) -> tuple[ColumnElement[bool], ...]:
    return (column.table.c.centre == bindparam("centre"), column >= bindparam("since"), column < bindparam("until"))


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def _worked() -> Subquery:
    """The incidents of the window, each with what the log says was done to it."""
    kind, data = event.c.kind, event.c.data
    severity = {name: case(_RANK, value=text_in(data, name)) for name in ("before", "severity")}
    lowered = and_(kind == "incident.severity_changed", severity["severity"] > severity["before"])
    marks = (
        "incident.located", "incident.split", "incident.severity_changed", "command.undone", "remark.added",
        "question.asked",
    )
    return (
        select(
            *(incident.c[name] for name in SHOWN), incident.c.place.like('%"verified":true%').label("verified"),
            func.min(case((kind == "incident.located", event.c.at))).label("located_at"),
            _times(kind == "incident.split").label("unmerged"), _times(kind == "command.undone").label("undone"),
            _times(or_(kind == "question.asked", data.like(CARD))).label("asked"), _times(lowered).label("lowered"),
            _times(and_(lowered, func.coalesce(text_in(data, "reason"), "") == "")).label("lowered_silently"),
        )
        .select_from(incident.outerjoin(event, and_(_beside(event), kind.in_(marks))))
        .where(*OPENED).group_by(each_row(incident)).subquery("worked")
    )


def _is_first_unit() -> ColumnElement[bool]:
    """The assignment is that of the unit that arrived first; of the first to move while nobody has."""
    one = assignment.alias("one")
    assigned, moved, there = (number_in(one.c.times, name) for name in ("assigned", "en_route", "on_scene"))
    first = (
        select(one.c.id)
        .where(_beside(one, WORKED), assigned.is_not(None), moved.is_not(None))
        # An arrival goes before every mere movement.
        .order_by(case((there.is_(None), 1), else_=0), func.coalesce(there, moved), one.c.id).limit(1)
        .correlate(WORKED).scalar_subquery()
    )
    return and_(assignment.c.centre == WORKED.c.centre, assignment.c.id == first, WORKED.c.dispatched_at.is_not(None))


WORKED = _worked()
IS_LATE = (
    exists().where(_beside(clock, WORKED), clock.c.outcome == "missed", clock.c.phase != Phase.RESOLVE.value)
    .correlate(WORKED)
)
"""Missed a limit other than the last one."""
ASSIGNED, MOVED, ARRIVED = (number_in(assignment.c.times, name) for name in ("assigned", "en_route", "on_scene"))
"""Moments of the first unit of an incident."""

CALLS = Population(
    "calls", call.outerjoin(incident, _beside(call)), (*_between(call.c.rang_at), *NARROW), call.c.rang_at, call.c.id,
    func.coalesce(func.nullif(call.c.disposition, ""), call.c.status), call.c.operator,
)
INCIDENTS = Population(
    "incidents", WORKED.outerjoin(assignment, _is_first_unit()), (), WORKED.c.opened_at, WORKED.c.id, WORKED.c.status,
    WORKED.c.owner, of=WORKED,
)
CLOCKS = Population(
    "clocks", incident.join(clock, _beside(clock)), OPENED, clock.c.started_at, clock.c.id,
    func.coalesce(func.nullif(clock.c.outcome, ""), clock.c.phase), clock.c.subject, part=clock.c.phase,
)
ALARMS = Population(
    "alarms", alarm.outerjoin(incident, _beside(alarm)), (*_between(alarm.c.at), *NARROW), alarm.c.at, alarm.c.id,
    alarm.c.phase, alarm.c.kind,
)
