"""SLA clocks as data: due times are derived by pure functions from start, target, calendar and pauses."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import IntEnum, StrEnum

WARN_RATIO = 0.75
SERIOUS_RATIO = 3.0
HORIZON_DAYS = 3660
"""A calendar that gives no working time within ten years is a configuration error, not a loop."""


class Phase(StrEnum):
    ANSWER = "answer"
    TRIAGE = "triage"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    TURNOUT = "turnout"
    TRAVEL = "travel"
    RESOLVE = "resolve"


class Level(IntEnum):
    """How far a clock has fired."""

    RUNNING = 0
    WARNED = 1
    BREACHED = 2
    SERIOUS = 3


class ClockState(StrEnum):
    """What the screens show."""

    RUNNING = "running"
    WARNED = "warned"
    BREACHED = "breached"
    SERIOUS = "serious"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Window:
    """Working time of one weekday (Monday = 0), local wall clock, end exclusive. ``time.max`` = midnight after."""

    weekday: int
    start: time
    end: time

    def closes(self, day: date, tz: tzinfo | None = None) -> datetime:
        """Its end on a day; a shift to midnight ends exactly there, not a microsecond before."""
        if self.end == time.max:
            return datetime.combine(day + timedelta(days=1), time.min, tz)
        return datetime.combine(day, self.end, tz)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours of an agency. No windows = around the clock (24x7).

    ``holidays`` is asked, never listed: years that no decree covers yet are computed when needed.
    """

    key: str
    tz: tzinfo
    windows: tuple[Window, ...] = ()
    holidays: Container[date] = frozenset()

    @property
    def is_always(self) -> bool:
        return not self.windows

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """Working spans of a local day as aware datetimes, in order."""
        if day in self.holidays:
            return []
        return [
            (datetime.combine(day, w.start, self.tz), w.closes(day, self.tz))
            for w in sorted(self.windows, key=lambda w: w.start)
            if w.weekday == day.weekday()
        ]

    def working_day_length(self) -> timedelta:
        """The longest day's working time: what '1 working day' means."""
        totals = [timedelta()] * 7
        for w in self.windows:
            totals[w.weekday] += w.closes(date.min) - datetime.combine(date.min, w.start)
        return max(totals) if self.windows else timedelta(days=1)


ALWAYS_KEY = "always"


def require_aware(moment: datetime) -> datetime:
    """Refuse a naive datetime at the border (programmer error)."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime: time is an argument and carries its zone")
    return moment


def add_working(start: datetime, amount: timedelta, calendar: Calendar) -> datetime:
    """The instant at which ``amount`` of the calendar's time has passed since ``start``."""
    require_aware(start)
    if calendar.is_always:
        return start + amount
    left, local = amount, start.astimezone(calendar.tz)
    for offset in range(HORIZON_DAYS):
        for opens, closes in calendar.spans(local.date() + timedelta(days=offset)):
            opens = max(opens, local)
            if opens >= closes:
                continue
            if closes - opens >= left:
                return (opens + left).astimezone(start.tzinfo)
            left -= closes - opens
    raise ValueError(f"calendar '{calendar.key}' has no working time in {HORIZON_DAYS} days")


def working_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Calendar time between two instants; zero when end is not after start."""
    if end <= start:
        return timedelta()
    if calendar.is_always:
        return end - start
    first, last = start.astimezone(calendar.tz), end.astimezone(calendar.tz)
    total, day = timedelta(), first.date()
    while day <= last.date():
        for opens, closes in calendar.spans(day):
            overlap = min(closes, last) - max(opens, first)
            total += max(overlap, timedelta())
        day += timedelta(days=1)
    return total


@dataclass(frozen=True, slots=True)
class Pause:
    """An interval in which a clock stood still; ``ended_at`` None = still paused."""

    started_at: datetime
    ended_at: datetime | None
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Deadlines:
    """The three instants of a clock."""

    warn_at: datetime
    due_at: datetime
    serious_at: datetime

    def at(self, level: Level) -> datetime | None:
        """When the level after ``level`` is reached; None after the last."""
        return {Level.RUNNING: self.warn_at, Level.WARNED: self.due_at, Level.BREACHED: self.serious_at}.get(level)


def deadlines(started_at: datetime, target: timedelta, calendar: Calendar, pauses: tuple[Pause, ...] = ()) -> Deadlines:
    """Derive warn (75 %), due (100 %) and seriously late (300 %) from the start and the closed pauses.

    A pause moves every instant that lies after its start by the calendar time the pause swallowed.
    An open pause moves nothing yet: a paused clock does not fire, see ``services.clocks``.
    """

    def reach(amount: timedelta) -> datetime:
        moment = add_working(started_at, amount, calendar)
        swallowed = timedelta()
        for pause in sorted(pauses, key=lambda p: p.started_at):
            if pause.ended_at is not None and pause.started_at < moment:
                swallowed += working_between(max(pause.started_at, started_at), pause.ended_at, calendar)
                moment = add_working(started_at, amount + swallowed, calendar)
        return moment

    return Deadlines(reach(target * WARN_RATIO), reach(target), reach(target * SERIOUS_RATIO))


def paused_ms(pauses: tuple[Pause, ...], now: datetime) -> int:
    """Wall-clock milliseconds spent paused, an open pause counted up to ``now``."""
    total = sum(((p.ended_at or now) - p.started_at for p in pauses), timedelta())
    return max(0, int(total / timedelta(milliseconds=1)))


@dataclass(frozen=True, slots=True)
class Firing:
    """One level reached: when it was due and when it really fired.

    ``owed_at``: since when it could have fired, where that is later than due (a limit that was tightened
    when its time had passed already); the lateness counts from there.
    """

    level: Level
    due_at: datetime
    fired_at: datetime
    owed_at: datetime | None = None

    @property
    def lateness(self) -> timedelta:
        return self.fired_at - (self.owed_at or self.due_at)


@dataclass(frozen=True, slots=True)
class Clock:
    """One SLA timer of an incident or of one of its assignments.

    ``next_at`` is the next instant to fire; None when it is stopped, paused, parked or has nothing left.
    ``outcome``: '', 'met', 'missed' or 'cancelled'. ``parked`` says why it cannot be judged.
    """

    id: int
    incident_id: int
    assignment_id: int | None
    phase: Phase
    subject: str
    started_at: datetime
    target: timedelta
    calendar: str
    severity: str
    deadlines: Deadlines
    next_at: datetime | None
    level: Level = Level.RUNNING
    pauses: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None
    outcome: str = ""
    firings: tuple[Firing, ...] = ()
    parked: str = ""

    @property
    def is_running(self) -> bool:
        return self.stopped_at is None

    @property
    def is_paused(self) -> bool:
        return any(pause.ended_at is None for pause in self.pauses)


LEVEL_STATES = {
    Level.RUNNING: ClockState.RUNNING, Level.WARNED: ClockState.WARNED,
    Level.BREACHED: ClockState.BREACHED, Level.SERIOUS: ClockState.SERIOUS,
}


def state_of(level: Level, outcome: str, *, paused: bool) -> ClockState:
    """What the screens show for a clock."""
    if outcome:
        return ClockState(outcome)
    return ClockState.PAUSED if paused else LEVEL_STATES[level]
