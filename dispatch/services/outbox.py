"""The outbox runner: one loop a node that claims, sends side by side, and settles. Never decides what to send.

One transaction a turn settles all that was answered and claims what is due next, so that a thousand
messages do not cost a thousand commits. Part of the slots is kept for critical messages: a page is
never behind a bulk notice, however slow the provider. No way out may use all slots of a lane: a provider
that answers slowly holds up its own messages only.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import secrets
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from dispatch.domain.instant import to_ms
from dispatch.errors import ChannelError, StorageUnavailable
from dispatch.ports import Accepted, Driver, Finder, Warms
from dispatch.services.delivery import (
    Claim,
    Outcome,
    claim_messages,
    clear_reached,
    next_moments,
    note_channel,
    note_way,
    release_channel,
    settle_message,
)
from dispatch.services.knowledge import Knowledge
from dispatch.services.ways import Plan, Ways, way_of
from dispatch.storage.committer import Committer
from dispatch.storage.transaction import Tx

log = logging.getLogger(__name__)
CONCURRENCY = 16
RESERVED = 8
"""Slots that only critical messages may use."""
PER_WAY = 6, 12
"""Slots that one way out may use for routine and for critical messages."""
SEND_LIMIT_S = 30.0
"""Above every driver's own time-out, below the lease."""
IDLE_S = 30.0
"""The longest sleep: another node's message, or a clock that was set, is found by then."""
RETRY_STORAGE_S = 1.0
MIN_WAIT_S = 0.05
"""After a turn that found nothing to take although something is due: another node holds it."""
FULL_WAIT_S = 0.5
"""When all that is due waits for a way that has enough under way; the end of a send wakes the loop anyway."""
BUSY_S = 60.0
"""A provider that asks for more patience than this counts as one that takes nothing."""
GATHER_S = 0.05
TIDY_EVERY = timedelta(seconds=10)
DOWN_AFTER = 3
"""Failures in a row after which a channel counts as down."""
STOP_LIMIT_S = 10.0
WARM_AFTER_S = 3.0
"""Start-up itself comes first."""


class OutboxRunner:
    """``knowledge`` gives the rules of this moment; ``clock`` the moment itself."""

    def __init__(
        self, committer: Committer, drivers: Ways | Mapping[str, Sequence[Driver]], knowledge: Callable[[], Knowledge],
        clock: Callable[[], datetime], *, concurrency: int = CONCURRENCY,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._committer, self._knowledge, self._clock = committer, knowledge, clock
        self.ways = drivers if isinstance(drivers, Ways) else Ways(drivers)
        self._released: set[str] = set()
        """Channels in which a way has begun to work again."""
        self._proved: set[tuple[str, str]] = set()
        """Ways that have carried a message since the start."""
        self._learned = 0
        """How many of the finished the ways have learned from."""
        self._told_ways: dict[tuple[str, str], str] = {}
        self._concurrency, self._jitter = concurrency, jitter
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._wake = asyncio.Event()
        self._sending: dict[asyncio.Task[Outcome], Claim] = {}
        self._finished: list[Outcome] = []
        self._failures: Counter[str] = Counter()
        self._works: dict[str, bool] = {}
        """Channels known to work or to be down; after a start unknown, so the first success clears an old alarm."""
        self._loop: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._gathering: asyncio.TimerHandle | None = None
        self._tidied_at = clock() - TIDY_EVERY
        self._stopping = False

    def start(self) -> None:
        """Begin to send; must run inside the event loop."""
        self._loop = asyncio.create_task(self._run(), name="outbox")
        self._warming = asyncio.create_task(self._warm(), name="outbox warm-up")

    async def _warm(self) -> None:
        await asyncio.sleep(WARM_AFTER_S)
        for driver in self.ways.all():
            if isinstance(driver, Warms):
                await driver.warm()

    def wake(self) -> None:
        """Something may be due earlier than was known."""
        self._wake.set()

    def wake_soon(self) -> None:
        """Something routine was queued: gather what comes meanwhile, receipts in a surge share their commits."""
        if self._gathering is None:
            self._gathering = asyncio.get_running_loop().call_later(GATHER_S, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        self.wake()

    @property
    def sending(self) -> int:
        """Messages handed to a driver right now."""
        return len(self._sending)

    async def stop(self) -> None:
        """Claim nothing more, wait for what is being sent, write down its outcome, close the drivers."""
        self._stopping = True
        if self._gathering is not None:
            self._gathering.cancel()
        self.wake()
        if self._warming is not None:
            self._warming.cancel()
            await asyncio.gather(self._warming, return_exceptions=True)
        if self._loop is not None:
            await self._loop
        unfinished = list(self._sending)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        for driver in self.ways.all():
            await driver.close()

    async def _run(self) -> None:
        wait_s: float = 0
        while not self._stopping:
            if wait_s > 0:
                await self._sleep(wait_s)
            self._wake.clear()
            wait_s = await self._try_turn()
        await self._drain()

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _try_turn(self) -> float:
        try:
            return await self._turn()
        except StorageUnavailable as error:
            # What was sent stays in _finished and is settled first when the storage is back.
            log.error("outbox waits for storage: %s", error)
        except Exception:  # no single message may stop the others for good
            log.error("outbox turn failed", exc_info=True)
            # Its lease runs out and it is sent again: at least once, and the rest goes on.
            del self._finished[:1]
            self._learned = max(self._learned - 1, 0)
        return RETRY_STORAGE_S

    async def _turn(self) -> float:
        """Settle, claim, begin to send; returns how long nothing will be due."""
        now, knowledge = self._clock(), self._knowledge()
        finished = [(outcome, self._jitter()) for outcome in self._finished]
        channels = self._channel_changes([outcome for outcome, _ in finished])
        ways, told = self._way_changes(finished, now)
        released = self._released | {channel for channel, works in channels.items() if works}
        free, routine = self._free_slots()
        busy_ways = Counter(way_of(claim.driver, claim.message.channel) for claim in self._sending.values())
        tidy = now - self._tidied_at >= TIDY_EVERY

        def work(tx: Tx) -> tuple[list[Claim], Plan, tuple[int | None, int | None]]:
            for outcome, jitter in finished:
                settle_message(tx, outcome, knowledge, jitter=jitter)
            for channel, works in channels.items():
                note_channel(tx, channel, works=works)
            for (driver, channel), stand_in in ways.items():
                note_way(tx, driver, channel, stand_in)
            if tidy:
                clear_reached(tx)
            plan = self.ways.plan(busy_ways, *PER_WAY)
            for channel in released:
                release_channel(tx, channel)
                plan.restart(channel)
            claims = claim_messages(tx, self._worker, free=free, routine=routine, plan=plan) if free else []
            return claims, plan, next_moments(tx)

        claims, plan, moments = await self._committer.run(work, now=now)
        self.ways.keep(plan)
        self._told_ways = told
        self._released.clear()
        self._tidied_at = now if tidy else self._tidied_at
        self._forget(len(finished), channels)
        for claim in claims:
            self._begin(claim)
        idle = FULL_WAIT_S if plan.full else MIN_WAIT_S
        return self._wait_s(moments, now, least=0.0 if claims or finished else idle)

    def _free_slots(self) -> tuple[int, int]:
        """How many may be claimed now, and how many of them may be routine."""
        bulk = sum(not claim.critical for claim in self._sending.values())
        free = self._concurrency - len(self._sending)
        return free, max(0, min(free, self._concurrency - RESERVED - bulk))

    def _wait_s(self, moments: tuple[int | None, int | None], now: datetime, *, least: float) -> float:
        """Until the next message that there will be a slot for; the end of a send wakes the loop anyway."""
        free, routine = self._free_slots()
        critical_at, routine_at = moments
        due = [at for at, slots in ((critical_at, free), (routine_at, routine)) if at is not None and slots > 0]
        return min(max((min(due) - to_ms(now)) / 1000, least), IDLE_S) if due else IDLE_S

    # sending

    def _begin(self, claim: Claim) -> None:
        task = asyncio.create_task(self._send(claim), name=f"send {claim.id}")
        self._sending[task] = claim
        task.add_done_callback(self._end)

    async def _send(self, claim: Claim) -> Outcome:
        driver = self.ways.driver(claim.message.channel, claim.driver)
        if driver is None:
            missing = ChannelError(f"no driver for {claim.message.channel}", permanent=True)
            return Outcome(claim, "", error=missing)
        try:
            async with asyncio.timeout(SEND_LIMIT_S):
                found = await _find(driver, claim) if claim.uncertain else None
                return Outcome(claim, driver.name, accepted=found or await driver.send(claim.message))
        except ChannelError as error:
            return Outcome(claim, driver.name, error=error)
        except TimeoutError:
            late = ChannelError("no answer in time", permanent=False, uncertain=True)
            return Outcome(claim, driver.name, error=late)

    def _end(self, task: asyncio.Task[Outcome]) -> None:
        claim = self._sending.pop(task)
        if task.cancelled():
            return
        failure = task.exception()
        if failure is not None:
            log.error("driver for %s failed", claim.message.channel, exc_info=failure)
            error = ChannelError(f"driver failed: {type(failure).__name__}", permanent=False, uncertain=True)
            self._finished.append(Outcome(claim, claim.driver, error=error))
        else:
            self._finished.append(task.result())
        self._wake.set()

    # a channel's health

    def _channel_changes(self, outcomes: list[Outcome]) -> dict[str, bool]:
        """Channels that turned good (True) or bad (False) with these outcomes. Changes nothing yet."""
        changes: dict[str, bool] = {}
        failures = Counter(self._failures)
        for outcome in outcomes:
            channel = outcome.claim.message.channel
            if outcome.accepted is not None:
                failures[channel] = 0
                if changes.get(channel, self._works.get(channel)) is not True:
                    changes[channel] = True
            elif _is_failure(outcome):
                failures[channel] += 1
                if failures[channel] >= DOWN_AFTER and changes.get(channel, self._works.get(channel)) is not False:
                    changes[channel] = False
        return changes

    def _forget(self, settled: int, channels: dict[str, bool]) -> None:
        """After the commit: drop what was settled, remember how the channels are."""
        for outcome in self._finished[:settled]:
            channel = outcome.claim.message.channel
            if outcome.accepted is not None:
                self._failures[channel] = 0
            elif _is_failure(outcome):
                self._failures[channel] += 1
        del self._finished[:settled]
        self._learned = max(self._learned - settled, 0)
        self._works.update(channels)

    def _way_changes(
        self, finished: list[tuple[Outcome, float]], now: datetime
    ) -> tuple[dict[tuple[str, str], str], dict[tuple[str, str], str]]:
        """Ways that went down while another carries their messages, or came back: with who stands in, '' = nobody
        need. Also all that are known to be down after this."""
        # A turn whose commit failed comes again with the same outcomes: each counts once.
        for outcome, _ in finished[self._learned:]:
            channel = outcome.claim.message.channel
            if self.ways.learn(outcome.driver, channel, outcome.error, to_ms(now), BUSY_S):
                self._released.add(channel)
        self._learned = len(finished)
        known = {way: self.ways.stand_in(*reversed(way)) for way in self.ways.down()}
        told = {way: stand_in for way, stand_in in known.items() if stand_in}
        for way in told.keys() ^ self._told_ways.keys():
            log.warning("%s/%s %s", *way, f"is down, {told[way]} is used" if way in told else "works again")
        over = {way: "" for way in self._told_ways if way not in told}
        # The first success after a start also ends what the process before had to say.
        proved = {(o.driver, o.claim.message.channel) for o, _ in finished if o.accepted} - self._proved - told.keys()
        self._proved |= proved
        over |= dict.fromkeys(proved, "")
        return {way: told[way] for way in told if way not in self._told_ways} | over, told

    @property
    def replaced(self) -> dict[tuple[str, str], str]:
        """(driver, channel) that is down -> the driver that carries its messages meanwhile."""
        return dict(self._told_ways)

    async def _drain(self) -> None:
        """Wait for what is being sent, then write down its outcome; what does not end is left to its lease."""
        if self._sending:
            await asyncio.wait(list(self._sending), timeout=STOP_LIMIT_S)
            await asyncio.sleep(0)
        finished, knowledge = list(self._finished), self._knowledge()

        def work(tx: Tx) -> None:
            for outcome in finished:
                settle_message(tx, outcome, knowledge, jitter=0.0)

        if finished:
            try:
                await self._committer.run(work)
            except StorageUnavailable as error:
                log.error("%d sent messages not settled: %s", len(finished), error)


async def _find(driver: Driver, claim: Claim) -> Accepted | None:
    """Whether an attempt before this one came through. Raises ChannelError, uncertain still, when it cannot be told."""
    if not isinstance(driver, Finder):
        return None
    try:
        return await driver.find(claim.message, claim.since)
    except ChannelError as error:
        raise ChannelError(str(error), permanent=False, uncertain=True) from None


def _is_failure(outcome: Outcome) -> bool:
    """Of the provider; not of the message, and not a request to come back in a moment."""
    error = outcome.error
    return error is not None and not error.permanent and not 0 < error.retry_after_s <= BUSY_S
