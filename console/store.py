"""View state of one console: a snapshot plus the stream of changes. Pure; owns order and freshness.

It never talks to the network, never draws and has no clock of its own: time is an argument. Rows are
the frozen wire structs. Changes may arrive twice, split or out of order; the state converges to what
a fresh snapshot would show, because a row is replaced only by one at least as new.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from dispatch.wire import (
    AlarmRow,
    AssignmentRow,
    Board,
    CallRow,
    CentreRow,
    Changes,
    IncidentRow,
    LogLine,
    OperatorRow,
    UnitRow,
)

RANKS = {"critical": 1, "high": 2, "medium": 3, "low": 4}
NO_RANK = 5
WAITING = frozenset({"new", "triaged", "reopened", "held"})
GONE_INCIDENT = frozenset({"closed", "merged"})
GONE_CALL = frozenset({"ended", "abandoned"})
DONE_ASSIGNMENT = frozenset({"cleared", "declined", "timed_out", "withdrawn", "diverted"})
GONE_OPERATOR = "off"
RINGING = frozenset({"ringing", "queued"})
LOG_LIMIT = 400
"""Chronology lines kept from the feed; older ones come with the incident's detail."""
GRAVES_LIMIT = 20_000
"""Rows that left the board are remembered so that a late duplicate cannot bring them back."""

OrderKey: TypeAlias = tuple[bool, int, datetime, int]


def rank_of(row: IncidentRow) -> int:
    """1..4, and 5 for rows without a severity (information, not a report)."""
    return RANKS.get(row.severity or "", NO_RANK)


def is_threat_doubted(row: IncidentRow) -> bool:
    """Shown as critical, but nobody has confirmed the threat to life; doubt about the type alone is none."""
    return row.unsure and (row.life_threat or row.severity == "critical")


def live_assignments(row: IncidentRow) -> list[AssignmentRow]:
    """Assignments somebody is still bound by."""
    return [a for a in row.assignments if a.status not in DONE_ASSIGNMENT]


def is_waiting(row: IncidentRow) -> bool:
    return row.status in WAITING and not live_assignments(row)


class Order:
    """Incident numbers by severity, then age, then number, the held ones last; O(log n) to find a place."""

    def __init__(self) -> None:
        self._keys: list[OrderKey] = []
        self._of: dict[int, OrderKey] = {}

    def put(self, row: IncidentRow) -> None:
        key = (row.status == "held", rank_of(row), row.opened_at, row.number)
        if self._of.get(row.number) == key:
            return
        self.drop(row.number)
        self._of[row.number] = key
        insort(self._keys, key)

    def drop(self, number: int) -> None:
        key = self._of.pop(number, None)
        if key is not None:
            del self._keys[bisect_left(self._keys, key)]

    def numbers(self) -> list[int]:
        return [key[3] for key in self._keys]

    def count(self, rank: int) -> int:
        """How many rows carry this priority and are not held."""
        return sum(1 for key in self._keys if key[:2] == (False, rank))

    def __contains__(self, number: int) -> bool:
        return number in self._of

    def __len__(self) -> int:
        return len(self._keys)


class Store:
    """What the boards show. ``version`` grows with every visible change."""

    def __init__(self) -> None:
        self.version = 0
        self.ready = False
        self.aside: IncidentRow | None = None
        """An incident that is shown although no board holds it: not loaded, closed or merged. Kept up to date."""
        self._clear()

    def _clear(self) -> None:
        self.seq = 0
        self._loaded_at: datetime | None = None
        self.centre = CentreRow(code="", name="", timezone="Asia/Jakarta", mode="live")
        self.incidents: dict[int, IncidentRow] = {}
        self.units: dict[str, UnitRow] = {}
        self.calls: dict[int, CallRow] = {}
        self.operators: dict[str, OperatorRow] = {}
        self.alarms: dict[int, AlarmRow] = {}
        self.log: list[LogLine] = []
        self.truncated = 0
        self._offset = timedelta()
        self._floor = 0
        self._seen: dict[str, int] = {}
        self._graves: dict[int, int] = {}
        self._waiting = Order()
        self._active = Order()

    # -- intake -----------------------------------------------------------------------------------

    def snapshot(self, board: Board, local: datetime) -> frozenset[str]:
        """Replace everything; ``local`` is this machine's time when the board arrived."""
        self._clear()
        self.ready, self.seq, self._floor = True, board.seq, board.seq
        self.centre = board.centre
        self.observe(board.now, local)
        self._take(board.seq, board.incidents, board.units, board.calls, board.operators, board.alarms)
        self.truncated, self._loaded_at = board.truncated, board.now
        self.version += 1
        return frozenset({"all"})

    def apply(self, changes: Changes, local: datetime) -> frozenset[str]:
        """Merge one event of the feed; returns the keys of what changed ('incident:1051', 'unit:A01')."""
        if changes.seq > self.seq:
            self.observe(changes.now, local)
        if changes.seq < self._floor:  # at the snapshot's own position the centre may have changed: no line says that
            return frozenset()
        changed = self._take(
            changes.seq, changes.incidents, changes.units, changes.calls, changes.operators, changes.alarms
        )
        if changes.centre is not None and self._is_news("centre", changes.seq) and changes.centre != self.centre:
            self.centre = changes.centre
            changed.add("centre")
        changed |= self._take_log(changes.log)
        self.seq = max(self.seq, changes.seq)
        self.version += bool(changed)
        return frozenset(changed)

    def observe(self, server: datetime, local: datetime) -> None:
        """Learn the difference between the server's clock and this machine's."""
        self._offset = server - local

    def now(self, local: datetime) -> datetime:
        """The server's time at the local instant: every countdown uses it."""
        return local + self._offset

    def offer(self, row: IncidentRow) -> frozenset[str]:
        """Take the newer row a refusal (409) carried, ahead of the feed."""
        known = self.incidents.get(row.number)
        buried = self._graves.get(row.number, -1)
        if row.version <= max(known.version if known else -1, buried):
            return frozenset()
        self._place(row)
        self.version += 1
        return frozenset({f"incident:{row.number}"})

    def _take(
        self,
        seq: int,
        incidents: Iterable[IncidentRow],
        units: Iterable[UnitRow],
        calls: Iterable[CallRow],
        operators: Iterable[OperatorRow],
        alarms: Iterable[AlarmRow],
    ) -> set[str]:
        changed = {f"incident:{row.number}" for row in incidents if self._take_incident(row, seq)}
        for unit in units:
            if self._is_news(f"unit:{unit.call_sign}", seq) and self.units.get(unit.call_sign) != unit:
                self.units[unit.call_sign] = unit
                changed.add(f"unit:{unit.call_sign}")
        for call in calls:
            if self._is_news(f"call:{call.id}", seq) and _put(self.calls, call.id, call, call.status in GONE_CALL):
                changed.add(f"call:{call.id}")
        for person in operators:
            if self._is_news(f"operator:{person.name}", seq) and self.operators.get(person.name) != person:
                self.operators[person.name] = person
                changed.add(f"operator:{person.name}")
        for alarm in alarms:
            gone = alarm.cleared_at is not None
            if self._is_news(f"alarm:{alarm.id}", seq) and _put(self.alarms, alarm.id, alarm, gone):
                changed.add(f"alarm:{alarm.id}")
        return changed

    def _is_news(self, key: str, seq: int) -> bool:
        """Whether ``seq`` is at least as new as what is known of the key; remembers it."""
        if seq < self._seen.get(key, 0):
            return False
        self._seen[key] = seq
        if len(self._seen) > GRAVES_LIMIT:
            self._forget()
        return True

    def _forget(self) -> None:
        horizon = self.seq - GRAVES_LIMIT // 2
        self._seen = {key: seq for key, seq in self._seen.items() if seq >= horizon}

    def _take_incident(self, row: IncidentRow, seq: int) -> bool:
        known = self.incidents.get(row.number)
        version = known.version if known else self._graves.get(row.number, -1)
        if row.version < version or not self._is_news(f"incident:{row.number}", seq) or row == known:
            return False
        shown = self._update_aside(row)
        self._count_loaded(row)
        if row.status in GONE_INCIDENT and known is None:
            self._bury(row)
            return shown
        self._place(row)
        return True

    def _count_loaded(self, row: IncidentRow) -> None:
        """The first news of an incident the snapshot left out: it is loaded now, or it is over."""
        is_first = row.number not in self.incidents and row.number not in self._graves
        if self.truncated and is_first and self._loaded_at and row.opened_at <= self._loaded_at:
            self.truncated -= 1

    def _place(self, row: IncidentRow) -> None:
        self._waiting.drop(row.number)
        self._active.drop(row.number)
        if row.status in GONE_INCIDENT:
            self.incidents.pop(row.number, None)
            self._bury(row)
            return
        self._graves.pop(row.number, None)
        self.incidents[row.number] = row
        (self._waiting if is_waiting(row) else self._active).put(row)

    def _bury(self, row: IncidentRow) -> None:
        self._graves[row.number] = row.version
        if len(self._graves) > GRAVES_LIMIT:
            del self._graves[next(iter(self._graves))]

    def _take_log(self, lines: Iterable[LogLine]) -> set[str]:
        known = {line.seq for line in self.log}
        fresh = [line for line in lines if line.seq not in known]
        if fresh:
            self.log = sorted([*self.log, *fresh], key=lambda line: line.seq)[-LOG_LIMIT:]
        return {f"log:{line.incident}" for line in fresh}

    # -- beside the boards --------------------------------------------------------------------------

    def set_aside(self, row: IncidentRow | None) -> None:
        """Hold an incident whatever the boards do with it; None lets go of it."""
        self.aside = row

    def refresh_aside(self, row: IncidentRow) -> None:
        """A newer row the server gave when it was asked."""
        self._update_aside(row)

    def _update_aside(self, row: IncidentRow) -> bool:
        if self.aside is None or row.number != self.aside.number or row.version < self.aside.version:
            return False
        self.aside = row
        return True

    def row_of(self, number: int) -> IncidentRow | None:
        """An incident of the boards, or the one held beside them."""
        row = self.incidents.get(number)
        return row or (self.aside if self.aside is not None and self.aside.number == number else None)

    def numbers(self) -> set[int]:
        """Of every incident that is or was on the boards."""
        return {*self.incidents, *self._graves}

    def newest_number(self) -> int:
        """The highest number an incident of the boards has or had; 0 before there was any."""
        return max(max(self.incidents, default=0), max(self._graves, default=0))

    # -- what the screens ask -----------------------------------------------------------------------

    def waiting(self) -> list[int]:
        """Numbers nobody is bound to yet: P1 first, then the oldest."""
        return self._waiting.numbers()

    def active(self) -> list[int]:
        return self._active.numbers()

    def is_in_waiting(self, number: int) -> bool:
        return number in self._waiting

    def waiting_count(self, rank: int) -> int:
        return self._waiting.count(rank)

    def unit_signs(self) -> list[str]:
        """Call signs in alphabet order: a unit keeps its place all night."""
        return sorted(self.units)

    def ringing(self) -> list[CallRow]:
        """Calls nobody has answered, the next one first: by waiting, and what their hints are worth."""
        waiting = (c for c in self.calls.values() if c.status in RINGING)
        return sorted(waiting, key=lambda c: (c.rang_at - timedelta(seconds=c.ahead_s), c.rang_at, c.id))

    def call_of(self, operator: str) -> CallRow | None:
        """The call this operator is in or has just had (wrap-up)."""
        mine = [c for c in self.calls.values() if operator and c.operator == operator and c.status not in RINGING]
        return max(mine, key=lambda c: (c.answered_at or c.rang_at, c.id), default=None)

    def owner_of(self, alarm: AlarmRow) -> str:
        """Who answers for what the alarm is about; '' = nobody yet, or it is about no incident on the board."""
        row = self.incidents.get(alarm.incident) if alarm.incident is not None else None
        return row.owner if row is not None else ""

    def open_alarms(self, now: datetime | None = None) -> list[AlarmRow]:
        """Alarms nobody has acknowledged: the most urgent first, then the oldest. With ``now``, without those that
        are shelved then."""
        rows = [a for a in self.alarms.values() if not a.acknowledged_by]
        if now is not None:
            rows = [a for a in rows if a.shelved_until is None or a.shelved_until <= now]
        return sorted(rows, key=lambda a: (a.level, a.at, a.id))

    def shelved(self, now: datetime) -> int:
        """How many alarms are put aside now."""
        return sum(1 for a in self.alarms.values() if a.shelved_until is not None and a.shelved_until > now)

    def screens_of(self, name: str) -> int:
        """How many consoles this person has open."""
        return self.centre.screens.get(name, 1)

    def present(self) -> frozenset[str]:
        """Who is signed on: a row of somebody who has left stays until the next snapshot."""
        return frozenset(name for name, person in self.operators.items() if person.state != GONE_OPERATOR)

    def log_of(self, number: int) -> list[LogLine]:
        """Newest first."""
        return [line for line in reversed(self.log) if line.incident == number]

    def ready_units(self) -> int:
        return sum(1 for unit in self.units.values() if unit.status == "available")


def _put(rows: dict[int, CallRow] | dict[int, AlarmRow], key: int, row: CallRow | AlarmRow, gone: bool) -> bool:
    """Store or remove one row; whether anything changed."""
    if gone:
        return rows.pop(key, None) is not None
    if rows.get(key) == row:
        return False
    rows[key] = row  # type: ignore[assignment]
    return True
