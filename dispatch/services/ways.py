"""The ways out of one node: which drivers may carry a message, in which order, how they do, how fast they may be used.

Changed only by the outbox loop: a plan is made for one transaction and kept when that is committed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from dispatch.domain.health import Health, next_probe, rank
from dispatch.domain.pace import Pace
from dispatch.errors import ChannelError
from dispatch.ports import Driver
from dispatch.settings import Settings
from dispatch.texts import text

Routes = Mapping[str, Sequence[str]]
"""Number prefix -> names of drivers in order; '' is any number."""


def way_of(driver: str, channel: str) -> str:
    """Health and pace are those of a driver on one channel: a provider's SMS may be down while its calls work."""
    return f"{driver}/{channel}"


@dataclass(frozen=True, slots=True)
class Choice:
    """Who sends now, who may be asked next, and how many there are in all."""

    driver: str
    others: tuple[str, ...] = ()
    choices: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a message asks of the ways. ``only``: drivers left in this round, () = all; ``bound``: no other than this
    one, because it may have sent the message already."""

    id: int
    channel: str
    recipient: str
    critical: bool
    only: tuple[str, ...] = ()
    bound: str = ""


class Ways:
    """``drivers`` maps a channel to those that carry it, in order. ``rates``: messages a second by way."""

    def __init__(
        self, drivers: Mapping[str, Sequence[Driver]], routes: Mapping[str, Routes] | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> None:
        self.drivers, self._routes = drivers, routes or {}
        self.healths: dict[str, Health] = {}
        self.paces = {way: Pace(round(1000 / rate)) for way, rate in (rates or {}).items()}
        self.waiting: dict[int, str] = {}
        """Messages that hold a slot of their way's pace -> the way."""

    @staticmethod
    def of(drivers: Mapping[str, Sequence[Driver]], settings: Settings) -> Ways:
        """With the routes and rates of the settings."""
        rates = {way_of(name, "sms"): rate for name, rate in settings.sms.rates.items()}
        return Ways(drivers, {"sms": settings.sms.routes}, rates)

    def driver(self, channel: str, name: str) -> Driver | None:
        return next((driver for driver in self.drivers.get(channel, ()) if driver.name == name), None)

    def order(self, channel: str, recipient: str) -> list[str]:
        """Names of the drivers for a recipient: those of the longest prefix that fits, else all in order."""
        there = [driver.name for driver in self.drivers.get(channel, ())]
        routes = self._routes.get(channel, {})
        fitting = max((prefix for prefix in routes if recipient.startswith(prefix)), key=len, default=None)
        routed = [name for name in routes[fitting] if name in there] if fitting is not None else []
        return routed or there

    def plan(self, busy: Counter[str], most: int, most_critical: int) -> Plan:
        """For one transaction. ``busy``: messages under way by way; ``most``: how many one way may have."""
        return Plan(self, dict(self.healths), dict(self.paces), dict(self.waiting), busy.copy(), (most, most_critical))

    def keep(self, plan: Plan) -> None:
        """The plan was committed."""
        self.healths, self.paces, self.waiting = plan.healths, plan.paces, plan.waiting

    def all(self) -> list[Driver]:
        """Every driver once."""
        return list({id(driver): driver for drivers in self.drivers.values() for driver in drivers}.values())

    def learn(self, driver: str, channel: str, error: ChannelError | None, now_ms: int, busy_s: float) -> bool:
        """One more result of a way. A refusal of one message says nothing about the way; neither does a provider that
        asks for less than ``busy_s`` of patience: it gets no routine message until then.
        Returns whether the way has just begun to work again."""
        way = way_of(driver, channel)
        if error is not None and error.retry_after_s > 0:
            self.paces[way] = self.paces.get(way, Pace()).held(now_ms + round(error.retry_after_s * 1000))
        if error is None or (not error.permanent and not 0 < error.retry_after_s <= busy_s):
            before = self.healths.get(way, Health())
            self.healths[way] = before.after(error is None, now_ms)
            return self.healths[way].is_up and not before.is_up
        return False

    def down(self) -> list[tuple[str, str]]:
        """(driver, channel) of the ways that are down, in order."""
        return [
            (driver.name, channel) for channel, drivers in sorted(self.drivers.items()) for driver in drivers
            if not self.healths.get(way_of(driver.name, channel), Health()).is_up
        ]

    def stand_in(self, channel: str, name: str) -> str:
        """Who carries a channel while this driver is down; '' = nobody."""
        return next((
            driver.name for driver in self.drivers.get(channel, ())
            if driver.name != name and self.healths.get(way_of(driver.name, channel), Health()).is_up
        ), "")


@dataclass
class Plan:
    """What would be if the transaction that uses it is committed."""

    ways: Ways
    healths: dict[str, Health]
    paces: dict[str, Pace]
    waiting: dict[int, str]
    busy: Counter[str]
    limits: tuple[int, int]
    full: bool = False
    """Something was left because its way has enough under way."""

    def restart(self, channel: str) -> None:
        """What waits has become due at once: all slots given to messages of the channel are void."""
        for driver in self.ways.drivers.get(channel, ()):
            way = way_of(driver.name, channel)
            self.waiting = {message: held for message, held in self.waiting.items() if held != way}
            if way in self.paces:
                self.paces[way] = replace(self.paces[way], tail=0)

    def choose(self, wanted: Wanted, now_ms: int) -> Choice | int | None:
        """Who sends it now; or the moment (ms) to ask again; or None: when something under way has ended."""
        order = self.ways.order(wanted.channel, wanted.recipient)
        if wanted.bound and self.ways.driver(wanted.channel, wanted.bound):
            pool = [wanted.bound]
        else:
            left = [name for name in wanted.only if name in order] or order
            by_name = {name: self.healths.get(way_of(name, wanted.channel), Health()) for name in left}
            pool = rank(left, by_name, now_ms, critical=wanted.critical)
            if left and not pool:
                return next_probe(left, by_name)
        if not pool:
            return Choice("")
        way = way_of(pool[0], wanted.channel)
        if self.busy[way] >= self.limits[wanted.critical]:
            self.full = True
            return None
        pace = self.paces.get(way)
        if pace is not None:
            in_turn = wanted.id in self.waiting or pace.tail <= now_ms
            if not wanted.critical and not (in_turn and pace.is_free(now_ms)):
                return self._wait(wanted.id, way, pace)
            self.paces[way] = pace.used(now_ms)
        self._begin(wanted.id, way, now_ms)
        others = wanted.only if wanted.bound else tuple(name for name in pool[1:])
        return Choice(pool[0], others, max(len(order), 1))

    def _wait(self, message_id: int, way: str, pace: Pace) -> int:
        """Its slot: the first after all who wait; one whose slot somebody critical took gets the next free moment."""
        if message_id in self.waiting:
            return pace.next_free()
        self.waiting[message_id] = way
        at, self.paces[way] = pace.slot()
        return at

    def _begin(self, message_id: int, way: str, now_ms: int) -> None:
        self.waiting.pop(message_id, None)
        self.busy[way] += 1
        if way in self.healths:
            self.healths[way] = self.healths[way].probed(now_ms)


class HasReplaced(Protocol):
    """What is asked of the outbox here."""

    @property
    def replaced(self) -> dict[tuple[str, str], str]: ...


class HasTrouble(Protocol):
    """What is asked of a spool here."""

    name: str
    trouble: str


def way_troubles(outbox: HasReplaced, spools: Iterable[HasTrouble], lang: str) -> list[str]:
    """Sentences for the header: drivers in trouble, and who stands in for whom."""
    troubles = [text("alarm.driver_down", lang, driver=s.name, detail=s.trouble) for s in spools if s.trouble]
    return troubles + [
        text("alarm.way_down", lang, driver=driver, channel=channel, next=stand_in)
        for (driver, channel), stand_in in outbox.replaced.items()
    ]
