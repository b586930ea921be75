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
    ALWAYS_KEY,
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
from dispatch.domain.transitions import AssignmentStatus, IncidentStatus
from dispatch.services.alarms import EMERGENCY, KNOWN, NEEDED, clear_alarm, raise_alarm
from dispatch.services.escalation import escalate
from dispatch.services.knowledge import Knowledge
from dispatch.storage.assignments import assignments_of
from dispatch.storage.clocks import (
    UNREADABLE,
    cancel_unreadable,
    clock_of,
    clocks_of,
    due_rows,
    insert_clocks,
    park_clock,
    save_clock,
)
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
    # What is set aside stands still, also what starts meanwhile.
    stands = incident.status is IncidentStatus.HELD and not incident.severity.is_urgent
    pauses = (Pause(tx.now, None, incident.held_reason or "held", "system"),) if stands else ()
    level = _passed_level(tx, times)
    return Clock(
        id=tx.new_id(), incident_id=incident.id, assignment_id=assignment.id if assignment else None, phase=phase,
        subject=assignment.subject if assignment else "incident", started_at=started_at, target=target.limit,
        calendar=calendar.key, severity=incident.severity.value, deadlines=times, level=level,
        next_at=None if stands else times.at(level), pauses=pauses,
    )


def _passed_level(tx: Tx, times: Deadlines) -> Level:
    """What had come due before it was entered pages nobody any more; that it was missed is seen all the same."""
    if tx.entered_at is None or tx.entered_at < times.warn_at:
        return Level.RUNNING
    return reached_level(times, tx.entered_at)


def start_clocks(
    tx: Tx, incident: Incident, phases: Iterable[Phase], knowledge: Knowledge, *, started_at: datetime | None = None,
    assignment: Assignment | None = None,
) -> None:
    """Start the clocks of these phases that the rules know; the sweep is woken."""
    moment = started_at or tx.now
    planned = [plan_clock(tx, incident, phase, knowledge, started_at=moment, assignment=assignment) for phase in phases]
    started = [clock for clock in planned if clock is not None]
    if started:
        insert_clocks(tx, started)
        tx.wake("clocks")


def owed_phases(incident: Incident, *, attended: bool) -> tuple[Phase, ...]:
    """What the centre owes an incident in its present state. ``attended``: somebody is sent."""
    if not incident.is_open or incident.status is IncidentStatus.RESOLVED:
        return ()
    if incident.seen_at is None:
        return Phase.ANSWER, Phase.RESOLVE
    if incident.triaged_at is None:
        return Phase.TRIAGE, Phase.RESOLVE
    return (Phase.RESOLVE,) if attended else (Phase.DISPATCH, Phase.RESOLVE)


def start_owed(tx: Tx, incident: Incident, knowledge: Knowledge, *, from_start: bool = False) -> None:
    """Start what is owed and not running: an open incident must never wait without a clock.

    ``from_start``: count from when the phase began, not from now (a merge that is taken back).
    """
    if incident.severity is None:
        return
    clocks = [clock for clock in clocks_of(tx, incident.id) if clock.assignment_id is None]
    running = {clock.phase for clock in clocks if clock.is_running}
    # "Opened to resolved" counts from the opening, unless it was resolved once and opened again.
    again = any(clock.phase is Phase.RESOLVE and clock.outcome in ("met", "missed") for clock in clocks)
    began = {
        Phase.ANSWER: incident.opened_at, Phase.TRIAGE: incident.seen_at, Phase.DISPATCH: incident.triaged_at,
    }
    attended = any(item.is_live for item in assignments_of(tx, incident.id))
    for phase in owed_phases(incident, attended=attended):
        if phase in running:
            continue
        since = began.get(phase) if from_start else None
        if phase is Phase.RESOLVE and not again:
            since = incident.opened_at
        start_clocks(tx, incident, (phase,), knowledge, started_at=since)


def stop_clocks(
    tx: Tx, incident_id: int, phases: Iterable[Phase] = tuple(Phase), *, assignment_id: int | None = None,
    everywhere: bool = False, cancelled: bool = False, actor: str = "system",
) -> list[Clock]:
    """Stop running clocks of the given phases: the incident's own, one assignment's, or all (``everywhere``)."""
    wanted = frozenset(phases)
    stopped = []
    for clock in clocks_of(tx, incident_id):
        if clock.is_running and clock.phase in wanted and (everywhere or clock.assignment_id == assignment_id):
            # A clock that stands still has counted up to where it was stopped, not up to now.
            counted = min([tx.now, *(p.started_at for p in clock.pauses if p.ended_at is None)])
            outcome = "cancelled" if cancelled else ("met" if counted <= clock.deadlines.due_at else "missed")
            pauses = _ended(clock.pauses, tx.now)
            save_clock(tx, clock, stopped_at=tx.now, next_at=None, outcome=outcome, pauses=pauses)
            if clock.level > Level.RUNNING or clock.parked:
                clear_alarm(tx, f"clock:{clock.id}", actor)
            stopped.append(clock)
    if everywhere and wanted == frozenset(Phase):
        for clock_id in cancel_unreadable(tx, incident_id):
            clear_alarm(tx, f"clock:{clock_id}", actor)
    return stopped


def _aligned(clock: Clock, times: Deadlines, now: datetime) -> Clock:
    """The clock with other deadlines: levels already fired stay fired, the next instant is derived anew.

    What is overdue by the new ones is owed from now on: nobody was late before they were set.
    """
    following = None if clock.is_paused else times.at(clock.level)
    return replace(clock, deadlines=times, next_at=following and max(following, now))


def retarget_clocks(tx: Tx, incident: Incident, knowledge: Knowledge) -> None:
    """Severity or type changed: re-derive due times from the original start, keep pauses.

    A more urgent target may already be due: the level is then lowered again so that it fires afresh.
    What has become critical or high stands still no longer. A limit that only the new severity knows
    starts for the teams that are out, from when they were sent.
    """
    agencies = {item.id: item.agency for item in assignments_of(tx, incident.id)}
    for clock in clocks_of(tx, incident.id):
        if not clock.is_running or incident.severity is None:
            continue
        if incident.severity.is_urgent and clock.is_paused:
            clock = replace(clock, pauses=_ended(clock.pauses, tx.now))
        agency = agencies.get(clock.assignment_id or 0, next(iter(incident.agencies), ""))
        target = knowledge.rules.target_for(clock.phase, incident.severity, incident.type, agency, incident.channel)
        if target is None:
            save_clock(tx, clock, stopped_at=tx.now, next_at=None, outcome="cancelled")
            clear_alarm(tx, f"clock:{clock.id}")
            continue
        calendar = knowledge.rules.calendar_for(target, agency)
        times = deadlines(clock.started_at, target.limit, calendar, clock.pauses)
        level = clock.level if times.due_at == clock.deadlines.due_at else _fired_level(clock, times)
        level = max(level, _passed_level(tx, times))
        moved = _aligned(replace(clock, level=level), times, tx.now)
        after = save_clock(
            tx, clock, deadlines=times, next_at=moved.next_at, level=level, target=target.limit,
            calendar=calendar.key, severity=incident.severity.value, pauses=clock.pauses,
        )
        if after is not None and (level, after.severity) != (clock.level, clock.severity) and tx.entered_at is None:
            show_alarm(tx, after, incident)
    _start_teams(tx, incident, knowledge)
    tx.wake("clocks")


TEAM_PHASES: dict[AssignmentStatus, tuple[Phase, ...]] = {
    AssignmentStatus.ASSIGNED: (Phase.ACKNOWLEDGE, Phase.TRAVEL),
    AssignmentStatus.NOTIFIED: (Phase.ACKNOWLEDGE, Phase.TRAVEL),
    AssignmentStatus.ACKNOWLEDGED: (Phase.TURNOUT, Phase.TRAVEL),
    AssignmentStatus.EN_ROUTE: (Phase.TRAVEL,),
}
"""What a team still owes in its present state."""


def _start_teams(tx: Tx, incident: Incident, knowledge: Knowledge) -> None:
    """Start what the teams owe and no clock measures, counted from when each phase began."""
    if not incident.is_open:
        return
    measured = {(c.assignment_id, c.phase) for c in clocks_of(tx, incident.id) if c.outcome != "cancelled"}
    planned = []
    for team in assignments_of(tx, incident.id):
        for phase in TEAM_PHASES.get(team.status, ()):
            began = team.times.get(AssignmentStatus.ACKNOWLEDGED.value) if phase is Phase.TURNOUT else team.assigned_at
            if (team.id, phase) in measured or began is None or (phase is Phase.TURNOUT and not team.unit):
                continue
            clock = plan_clock(tx, incident, phase, knowledge, started_at=began, assignment=team)
            if clock is not None:
                planned.append(_aligned(clock, clock.deadlines, tx.now))
    insert_clocks(tx, planned)


def _fired_level(clock: Clock, times: Deadlines) -> Level:
    """What has fired for these very deadlines already: raised, lowered and raised again is no news."""
    fired = [f.level for f in clock.firings if times.at(Level(f.level - 1)) == f.due_at]
    return max(fired, default=Level.RUNNING)


def _ended(pauses: tuple[Pause, ...], now: datetime) -> tuple[Pause, ...]:
    return tuple(p if p.ended_at else replace(p, ended_at=now) for p in pauses)


def take_over_starts(tx: Tx, gone: Incident, survivor: Incident) -> None:
    """A merge keeps the earliest start: who has waited longest must not wait anew. Re-target afterwards."""
    earlier = {c.phase: c.started_at for c in clocks_of(tx, gone.id) if c.is_running and c.assignment_id is None}
    for clock in clocks_of(tx, survivor.id):
        started_at = earlier.get(clock.phase, clock.started_at)
        if clock.is_running and clock.assignment_id is None and started_at < clock.started_at:
            save_clock(tx, clock, started_at=started_at)


def revive_clocks(tx: Tx, incident: Incident, stopped: dict[int, bool]) -> None:
    """Let clocks run on that a merge had cancelled, as if it had not been: what came due meanwhile fires now.

    ``stopped`` maps clock id to whether it stood still at that time.
    """
    for clock in clocks_of(tx, incident.id):
        if clock.id not in stopped or clock.outcome != "cancelled":
            continue
        pauses = clock.pauses
        if stopped[clock.id] and pauses:
            pauses = (*pauses[:-1], replace(pauses[-1], ended_at=None))
        revived = replace(clock, stopped_at=None, outcome="", pauses=pauses)
        revived = _aligned(revived, clock.deadlines, tx.now)
        save_clock(tx, clock, stopped_at=None, outcome="", pauses=pauses, next_at=revived.next_at)
        show_alarm(tx, revived, incident)
    tx.wake("clocks")


def show_alarm(tx: Tx, clock: Clock, incident: Incident) -> None:
    """Make the alarm agree with the clock: one that is late and runs has one, any other has none."""
    late = clock.is_running and clock.level > Level.RUNNING
    if not late or alarm_level(clock.severity, clock.level) is None:
        clear_alarm(tx, f"clock:{clock.id}")
    else:
        _alarm(tx, clock, incident)


def pause_clocks(tx: Tx, incident: Incident, reason: str, actor: str) -> None:
    """Stand the running clocks still. Those of a critical or high incident run on."""
    if incident.severity is None or incident.severity.is_urgent:
        return
    for clock in clocks_of(tx, incident.id):
        if clock.is_running and not clock.is_paused:
            pauses = (*clock.pauses, Pause(tx.now, None, reason, actor))
            save_clock(tx, clock, pauses=pauses, next_at=None)


def resume_clocks(tx: Tx, incident: Incident, knowledge: Knowledge) -> None:
    """Let paused clocks run on: due times move by the paused calendar time."""
    for clock in clocks_of(tx, incident.id):
        if clock.is_running and clock.is_paused:
            pauses = _ended(clock.pauses, tx.now)
            calendars = knowledge.rules.calendars
            # A rules file that no longer has it must not keep the clock standing for ever.
            calendar = calendars.get(clock.calendar) or calendars[ALWAYS_KEY]
            moved = _aligned(
                replace(clock, pauses=pauses), deadlines(clock.started_at, clock.target, calendar, pauses), tx.now
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
        except UNREADABLE as error:
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
    firing = Firing(level, due, tx.now, max(due, clock.next_at or due))
    after = save_clock(
        tx, clock, level=level, next_at=clock.deadlines.at(level), firings=(*clock.firings, firing)
    )
    if after is None:
        return
    incident = fetch_incident(tx, clock.incident_id)
    tx.emit(
        EVENT_OF_LEVEL[level], "system", incident_id=incident.id, touched=[touch(incident)], phase=clock.phase.value,
        subject=clock.subject, lateness_ms=firing.lateness // timedelta(milliseconds=1),
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


