"""Which alarms this seat hears, and when each sounds again. Pure: time and facts are given, nothing is played here.

The rules are those of ISA-18.2 as this house reads them: only who can act hears it, an emergency that nobody takes
goes to the supervisor and then to all, a flood collapses to one tone, and nothing is ever dropped from sight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from console.store import GONE_OPERATOR
from dispatch.wire import AlarmRow, OperatorRow

EMERGENCY, NEEDED, KNOWN = 1, 2, 3
SUPERVISOR_AFTER, ALL_AFTER = timedelta(seconds=30), timedelta(seconds=60)
REPEAT = timedelta(seconds=10)
AGAIN = timedelta(seconds=60)
FLOOD_SPAN, FLOOD_OVER, FLOOD_TONE = timedelta(minutes=10), 10, timedelta(seconds=30)
FORGET = timedelta(hours=1)
SILENCE = timedelta(seconds=60)
"""So long Ctrl+S keeps class 2 and 3 quiet at this seat."""
DEAF_ROLES = frozenset({"viewer", "admin"})
SUPERVISOR = "supervisor"


class Reach(StrEnum):
    """How far an alarm sounds now. The last two have their words in ``screen.sounds``."""

    NOBODY = "nobody"
    OWNER = "owner"
    SUPERVISOR = "supervisor"
    """Its owner and the supervisors."""
    ALL = "all"


@dataclass(frozen=True)
class Ears:
    """Who listens: name and role of the seat, whether it is in a call, and who else is signed on."""

    name: str
    role: str
    in_call: bool = False
    present: frozenset[str] = frozenset()
    deaf: frozenset[str] = frozenset()
    """Colleagues whose seats hear nothing: a supervisor hears for them."""


def is_shelved(alarm: AlarmRow, now: datetime) -> bool:
    """Put aside for now; it comes back by itself."""
    return alarm.shelved_until is not None and alarm.shelved_until > now


def reach_of(alarm: AlarmRow, owner: str, present: frozenset[str], deaf: frozenset[str], now: datetime) -> Reach:
    """Whose it is to act on. What is nobody's, or of somebody who has left, is everybody's."""
    if alarm.acknowledged_by or alarm.cleared_at is not None or is_shelved(alarm, now):
        return Reach.NOBODY
    age = now - alarm.at
    if owner not in present or (alarm.level == EMERGENCY and age >= ALL_AFTER):
        return Reach.ALL
    if owner in deaf or (alarm.level == EMERGENCY and age >= SUPERVISOR_AFTER):
        return Reach.SUPERVISOR
    return Reach.OWNER


def hears(alarm: AlarmRow, owner: str, ears: Ears, now: datetime) -> bool:
    """Whether this seat sounds it."""
    if ears.role in DEAF_ROLES:
        return False
    reach = reach_of(alarm, owner, ears.present, ears.deaf, now)
    if reach is Reach.SUPERVISOR:
        return owner == ears.name or ears.role == SUPERVISOR
    return reach is Reach.ALL or (reach is Reach.OWNER and owner == ears.name)


def sounds_at(alarm: AlarmRow, owner: str, people: Iterable[OperatorRow], now: datetime) -> Reach:
    """As ``reach_of`` for who is signed on; where no supervisor is, it does not claim to have reached one."""
    there = [person for person in people if person.state != GONE_OPERATOR]
    present = frozenset(person.name for person in there)
    deaf = frozenset(person.name for person in there if person.deaf)
    reach = reach_of(alarm, owner, present, deaf, now)
    if reach is Reach.SUPERVISOR and not any(person.role == SUPERVISOR for person in there):
        return Reach.OWNER
    return reach


Key = tuple[int, datetime, datetime | None]


def _key(alarm: AlarmRow) -> Key:
    """An alarm that got worse, or comes back from the shelf, counts as new."""
    return alarm.id, alarm.at, alarm.shelved_until


class Recent:
    """Which alarms came in the last ten minutes and whose they were, also those that are over already."""

    def __init__(self) -> None:
        self._owners: dict[tuple[int, datetime], str] = {}

    def note(self, alarms: Iterable[AlarmRow], owner_of: Callable[[AlarmRow], str], now: datetime) -> None:
        """Take what is on the board now; what is older than ten minutes is forgotten."""
        self._owners = {key: owner for key, owner in self._owners.items() if now - key[1] <= FLOOD_SPAN}
        self._owners |= {(a.id, a.at): owner_of(a) for a in alarms if now - a.at <= FLOOD_SPAN}

    def of(self, name: str, present: frozenset[str]) -> int:
        """How many of them this person hears: their own, and those of nobody who is there."""
        return sum(1 for owner in self._owners.values() if owner == name or owner not in present)

    def floods(self, present: frozenset[str]) -> dict[str, int]:
        """Who of those present is flooded, and by how many."""
        counts = {name: self.of(name, present) for name in sorted(present)}
        return {name: count for name, count in counts.items() if count > FLOOD_OVER}


@dataclass
class Tones:
    """What has sounded at this seat. ``next_tone`` is asked a few times a second."""

    silent_until: datetime | None = None
    """Until then only an emergency sounds: somebody pressed Ctrl+S."""
    _sounded: dict[Key, datetime] = field(default_factory=dict)
    _again: set[Key] = field(default_factory=set)
    _last: datetime | None = None

    def is_silent(self, now: datetime) -> bool:
        return self.silent_until is not None and now < self.silent_until

    def is_flood(self, alarms: Iterable[AlarmRow], now: datetime) -> bool:
        """More than ten new ones in ten minutes."""
        return sum(1 for alarm in alarms if now - alarm.at <= FLOOD_SPAN) > FLOOD_OVER

    def next_tone(self, mine: list[AlarmRow], ears: Ears, now: datetime) -> int | None:
        """The class to sound now, or None. ``mine`` are the open alarms this seat hears."""
        self._sounded = {key: at for key, at in self._sounded.items() if now - at < FORGET}
        if self.is_flood(mine, now):
            return self._flood(mine, now)
        hushed = ears.in_call or self.is_silent(now)
        due = [alarm for alarm in mine if self._is_due(alarm, now) and (alarm.level == EMERGENCY or not hushed)]
        for alarm in due:
            self._note(alarm, now)
        return min((alarm.level for alarm in due), default=None)

    def _flood(self, mine: list[AlarmRow], now: datetime) -> int | None:
        """One tone for all of them, at most every half minute."""
        for alarm in mine:
            self._sounded.setdefault(_key(alarm), now)
        if not any(alarm.level == EMERGENCY for alarm in mine):
            return None
        if self._last is not None and now - self._last < FLOOD_TONE:
            return None
        self._last = now
        return EMERGENCY

    def _is_due(self, alarm: AlarmRow, now: datetime) -> bool:
        """An alarm that got worse has a new moment: it counts as new."""
        key = _key(alarm)
        before = self._sounded.get(key)
        if before is None:
            return True
        if alarm.level == EMERGENCY:
            return now - before >= REPEAT
        return alarm.level == NEEDED and key not in self._again and now - before >= AGAIN

    def _note(self, alarm: AlarmRow, now: datetime) -> None:
        key = _key(alarm)
        if key in self._sounded and alarm.level == NEEDED:
            self._again.add(key)
        self._sounded[key] = self._last = now
