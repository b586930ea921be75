"""SLA clocks: start, stop, re-target, pause, and the sweep that fires what is due exactly once.

Clocks are rows; the sweep claims each by a conditional update in the same transaction as its event,
its alarm and the escalation's messages.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.domain.assignment import Assignment
from dispatch.domain.clock import (
    Clock,
    Deadlines,
    Firing,
    Level,
    Pause,
    Phase,
    deadlines,
)
from dispatch.domain.incident import Incident
from dispatch.domain.severity import Severity
from dispatch.errors import Refused
from dispatch.services.alarms import EMERGENCY, KNOWN, NEEDED, clear_alarm, raise_alarm
from dispatch.services.escalation import escalate
from dispatch.services.knowledge import Knowledge
from dispatch.storage.clocks import clock_of, clocks_of, due_rows, insert_clocks, park_clock, save_clock
from dispatch.storage.incidents import fetch_incident, touch
from dispatch.storage.transaction import Tx

SWEEP_BATCH = 200
EVENT_OF_LEVEL = {
    Level.WARNED: "clock.warned", Level.BREACHED: "clock.breached", Level.SERIOUS: "clock.seriously_late",
}


def plan_clock(
    tx: Tx, incident: Incident, phase: Phase, knowledge: Knowledge, *, started_at: datetime,
    assignment: Assignment | None = None,
) -> Clock | None:
    """A clock for this phase, or None when the rules set no limit for it."""
    if incident.severity is None:
        return None
    agency = assignment.agency if assignment else (incident.agencies[0] if incident.agencies else "")
    target = knowledge.rules.target_for(phase, incident.severity, incident.type, agency, incident.channel)
    if target is None:
        return None
    calendar = knowledge.rules.calendar_for(target, agency)
    times = deadlines(started_at, target.limit, calendar)
    return Clock(
        id=tx.new_id(), incident_id=incident.id, assignment_id=assignment.id if assignment else None, phase=phase,
        subject=assignment.subject if assignment else "incident", started_at=started_at, target=target.limit,
        calendar=calendar.key, severity=incident.severity.value, deadlines=times, next_at=times.warn_at,
    )


def start_clocks(
    tx: Tx, incident: Incident, phases: Iterable[Phase], knowledge: Knowledge, *, started_at: datetime | None = None,
    assignment: Assignment | None = None,
) -> list[Clock]:
    """Start the clocks of these phases that the rules know; the sweep is woken."""
    moment = started_at or tx.now
    planned = [plan_clock(tx, incident, phase, knowledge, started_at=moment, assignment=assignment) for phase in phases]
    started = [clock for clock in planned if clock is not None]
    if started:
        insert_clocks(tx, started)
        tx.wake("clocks")
    return started


def stop_clocks(
    tx: Tx, incident_id: int, phases: Iterable[Phase] = tuple(Phase), *, assignment_id: int | None = None,
    everywhere: bool = False, cancelled: bool = False, actor: str = "system", at: datetime | None = None,
) -> list[Clock]:
    """Stop running clocks of the given phases: the incident's own, one assignment's, or all (``everywhere``)."""
    wanted = frozenset(phases)
    stopped = []
    for clock in clocks_of(tx, incident_id):
        if clock.is_running and clock.phase in wanted and (everywhere or clock.assignment_id == assignment_id):
            moment = at or tx.now
            outcome = "cancelled" if cancelled else ("met" if moment <= clock.deadlines.due_at else "missed")
            save_clock(tx, clock, stopped_at=moment, next_at=None, outcome=outcome)
            if clock.level > Level.RUNNING:
                clear_alarm(tx, f"clock:{clock.id}", actor)
            stopped.append(clock)
    return stopped


def _aligned(clock: Clock, times: Deadlines) -> Clock:
    """The clock with other deadlines: levels already fired stay fired, the next instant is derived anew."""
    return replace(clock, deadlines=times, next_at=None if clock.is_paused else times.at(clock.level))


def retarget_clocks(tx: Tx, incident: Incident, knowledge: Knowledge) -> None:
    """Severity or type changed: re-derive due times from the original start, keep pauses.

    A more urgent target may already be due: the level is then lowered again so that it fires afresh.
    """
    for clock in clocks_of(tx, incident.id):
        if not clock.is_running or incident.severity is None:
            continue
        agency = clock.subject if clock.subject in knowledge.rules.agencies else next(iter(incident.agencies), "")
        target = knowledge.rules.target_for(clock.phase, incident.severity, incident.type, agency, incident.channel)
        if target is None:
            save_clock(tx, clock, stopped_at=tx.now, next_at=None, outcome="cancelled")
            clear_alarm(tx, f"clock:{clock.id}")
            continue
        calendar = knowledge.rules.calendar_for(target, agency)
        times = deadlines(clock.started_at, target.limit, calendar, clock.pauses)
        level = Level.RUNNING if times.due_at != clock.deadlines.due_at else clock.level
        if level == Level.RUNNING and clock.level > Level.RUNNING:
            clear_alarm(tx, f"clock:{clock.id}")
        moved = _aligned(replace(clock, level=level), times)
        save_clock(
            tx, clock, deadlines=times, next_at=moved.next_at, level=level, target=target.limit,
            calendar=calendar.key, severity=incident.severity.value,
        )
    tx.wake("clocks")


def pause_clocks(tx: Tx, incident: Incident, reason: str, actor: str) -> None:
    """Stand the running clocks still. Only medium and low may be paused, and only with a reason."""
    if incident.severity is None or incident.severity.is_urgent:
        raise Refused("no_pause", "a critical or high clock is never paused", number=incident.number)
    for clock in clocks_of(tx, incident.id):
        if clock.is_running and not clock.is_paused:
            pauses = (*clock.pauses, Pause(tx.now, None, reason, actor))
            save_clock(tx, clock, pauses=pauses, next_at=None)


def resume_clocks(tx: Tx, incident: Incident, knowledge: Knowledge) -> None:
    """Let paused clocks run on: due times move by the paused calendar time."""
    for clock in clocks_of(tx, incident.id):
        if clock.is_running and clock.is_paused:
            pauses = tuple(p if p.ended_at else replace(p, ended_at=tx.now) for p in clock.pauses)
            calendar = knowledge.rules.calendars[clock.calendar]
            moved = _aligned(
                replace(clock, pauses=pauses), deadlines(clock.started_at, clock.target, calendar, pauses)
            )
            save_clock(tx, clock, pauses=pauses, deadlines=moved.deadlines, next_at=moved.next_at)
    tx.wake("clocks")


def sweep_clocks(tx: Tx, knowledge: Knowledge, most: int = SWEEP_BATCH) -> int:
    """Fire what is due, at most ``most`` clocks. Returns how many rows were taken (= most: call again).

    1. take due rows (SKIP LOCKED where there is more than one node)
    2. decode each by itself: a row that cannot be judged is parked with an alarm, the rest go on
    3. fire: conditional update, event with lateness, alarm, escalation; all in this transaction
    """
    rows = due_rows(tx, most)
    for row in rows:
        try:
            _fire(tx, clock_of(row), knowledge)
        except (ValueError, KeyError, LookupError) as error:
            park_clock(tx, row["id"], f"{type(error).__name__}: {error}")
            raise_alarm(
                tx, level=NEEDED, kind="clock_parked", cause=f"clock:{row['id']}", incident_id=row["incident_id"],
                phase=str(row["phase"]), subject=str(row["subject"]),
            )
    return len(rows)


def reached_level(times: Deadlines, now: datetime) -> Level:
    """The highest level whose instant has passed: a restart fires the worst once, not each on the way."""
    if now >= times.serious_at:
        return Level.SERIOUS
    return Level.BREACHED if now >= times.due_at else Level.WARNED


def _fire(tx: Tx, clock: Clock, knowledge: Knowledge) -> None:
    level = max(reached_level(clock.deadlines, tx.now), Level(clock.level + 1))
    due = clock.deadlines.at(Level(level - 1)) or clock.deadlines.serious_at
    firing = Firing(level, due, tx.now)
    after = save_clock(
        tx, clock, level=level, next_at=clock.deadlines.at(level), firings=(*clock.firings, firing)
    )
    if after is None:
        return
    incident = fetch_incident(tx, clock.incident_id)
    tx.emit(
        EVENT_OF_LEVEL[level], "system", incident_id=incident.id, touched=[touch(incident)], phase=clock.phase.value,
        subject=clock.subject, lateness_ms=(tx.now - due) // timedelta(milliseconds=1),
    )
    _alarm(tx, after, incident)
    escalate(tx, after, incident, knowledge)


def alarm_level(severity: str, level: Level) -> int | None:
    """Alarm class of console.md 7.2 for a clock that reached a level; None = the row's own mark is enough."""
    if severity == Severity.CRITICAL:
        return EMERGENCY
    if severity == Severity.LOW:
        return KNOWN if level >= Level.BREACHED else None
    return NEEDED if level >= Level.BREACHED else None


def _alarm(tx: Tx, clock: Clock, incident: Incident) -> None:
    alarm_class = alarm_level(clock.severity, clock.level)
    if alarm_class is not None:
        raise_alarm(
            tx, level=alarm_class, kind=EVENT_OF_LEVEL[clock.level].replace(".", "_"), cause=f"clock:{clock.id}",
            incident_id=incident.id, phase=clock.phase.value, subject=clock.subject, number=incident.number,
            rank=Severity(clock.severity).rank,
        )


