"""Who is on call: a weekly pattern, other shifts on holidays, dated changes over both. Pure; time is an argument.

A shift belongs to the day it begins on, also when it ends on the next one. Changes are applied to the pattern, never
written into it, so that taking one back leaves what was planned.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, tzinfo
from itertools import pairwise

from dispatch.domain.contact import DAY, Contact, span_of


@dataclass(frozen=True, slots=True)
class Shift:
    """``days``: Monday = 0, when it begins. ``to`` not after ``from_`` = the next day. ``on``: keys of people, the
    first is told first."""

    days: frozenset[int]
    from_: time
    to: time
    on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roster:
    """The plan of one agency; ``people`` by their keys. Without ``holiday_shifts`` a free day is like any other."""

    agency: str
    people: Mapping[str, Contact]
    shifts: tuple[Shift, ...]
    tz: tzinfo
    holiday_shifts: tuple[Shift, ...] = ()
    free: Container[date] = field(default_factory=frozenset)

    def shifts_of(self, day: date) -> tuple[Shift, ...]:
        """What begins on a day."""
        if self.holiday_shifts and day in self.free:
            return self.holiday_shifts
        return tuple(shift for shift in self.shifts if day.weekday() in shift.days)


@dataclass(frozen=True, slots=True)
class Change:
    """From ``starts_at`` until ``ends_at``: ``incoming`` do the duty of ``outgoing``; '' = of everybody planned.

    Nobody coming in means that the place stays empty.
    """

    id: int
    starts_at: datetime
    ends_at: datetime
    outgoing: str
    incoming: tuple[str, ...]


def planned(roster: Roster, at: datetime) -> tuple[str, ...]:
    """Who is on call by the pattern, in order."""
    local = at.astimezone(roster.tz)
    found: list[str] = []
    for day in (local.date(), local.date() - DAY):
        for shift in roster.shifts_of(day):
            start, end = span_of(day, shift.from_, shift.to, roster.tz)
            if start <= local < end:
                found += shift.on
    return tuple(dict.fromkeys(found))


def on_call(roster: Roster, changes: Iterable[Change], at: datetime) -> tuple[str, ...]:
    """Who is on call now, in order: the pattern, or the newest change of everybody, then every newer exchange at once
    (two people who swap must not swap back). Who is unknown to the roster is left out."""
    active = sorted((c for c in changes if c.starts_at <= at < c.ends_at), key=lambda change: change.id)
    names, since = planned(roster, at), -1
    for change in active:
        if not change.outgoing:
            names, since = change.incoming, change.id
    instead = {change.outgoing: change.incoming for change in active if change.outgoing and change.id > since}
    found = [one for name in names for one in instead.get(name, (name,))]
    return tuple(dict.fromkeys(name for name in found if name in roster.people))


def gaps(
    roster: Roster, changes: Iterable[Change], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The times between ``start`` and ``end`` in which nobody is on call, joined where they touch."""
    known = list(changes)
    moments = sorted({start, end, *(m for m in _boundaries(roster, known, start, end) if start < m < end)})
    empty: list[tuple[datetime, datetime]] = []
    for begin, finish in pairwise(moments):
        if not on_call(roster, known, begin):
            if empty and empty[-1][1] == begin:
                empty[-1] = (empty[-1][0], finish)
            else:
                empty.append((begin, finish))
    return empty


def _boundaries(
    roster: Roster, changes: Iterable[Change], start: datetime, end: datetime
) -> Iterator[datetime]:
    """Every moment at which somebody may come or go."""
    for change in changes:
        yield from (change.starts_at, change.ends_at)
    day, last = start.astimezone(roster.tz).date() - DAY, end.astimezone(roster.tz).date()
    while day <= last:
        for shift in roster.shifts_of(day):
            yield from span_of(day, shift.from_, shift.to, roster.tz)
        day += DAY


def strangers(roster: Roster, changes: Iterable[Change]) -> Mapping[int, str]:
    """Changes that name somebody the roster does not know (any more): id -> who."""
    return {
        change.id: name for change in changes for name in (change.outgoing, *change.incoming)
        if name and name not in roster.people
    }
