"""DispatchApp: wires the parts of one server node. Start, stop, reload; tests embed it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.applications import Starlette

from dispatch import wire
from dispatch.channels.registry import build_drivers, driver_names, spools_of
from dispatch.errors import StorageUnavailable
from dispatch.knowledge_keeper import KnowledgeKeeper
from dispatch.learning.nightly import NightlyRun, why_off
from dispatch.scheduler import JumpWatch, add_daily, build_scheduler
from dispatch.services.access import Access, expire_sessions
from dispatch.services.alarms import KNOWN, raise_alarm
from dispatch.services.call_end import sweep_calls
from dispatch.services.call_tasks import CallKeeper
from dispatch.services.centre import describe_centre
from dispatch.services.feed import Feed
from dispatch.services.knowledge import Knowledge
from dispatch.services.lessons import note_step
from dispatch.services.outbox import OutboxRunner
from dispatch.services.paper import build_paper
from dispatch.services.proof_watch import ProofWatch
from dispatch.services.reference import card_finder, load_cards, load_units
from dispatch.services.reminders import wake_held
from dispatch.services.roster_watch import RosterWatch
from dispatch.services.rush_watch import RushWatch
from dispatch.services.second_opinion import build_opinion
from dispatch.services.silence import sweep_silence
from dispatch.services.spool import SpoolRunner
from dispatch.services.sweeper import Sweeper
from dispatch.services.unit_page import expire_links
from dispatch.services.units import import_units
from dispatch.services.ways import Ways, way_troubles
from dispatch.settings import PROJECT, Settings
from dispatch.storage.committer import Committed, Committer
from dispatch.storage.database import Database
from dispatch.storage.migrate import upgrade
from dispatch.storage.mode import in_its_mode, keep_mode
from dispatch.storage.reader import Reader
from dispatch.texts import text
from dispatch.web.edge import Edge
from dispatch.web.site import build_site

log = logging.getLogger(__name__)

UNITS_FILE = PROJECT / "data/units/tegal.yaml"
CARDS_FOLDER = PROJECT / "data/cards"
SWEEP_MAX_AGE_S = 5.0


def _wall_clock() -> datetime:
    return datetime.now(UTC)


class DispatchApp:
    """One node of one centre. ``clock`` is the only source of time; tests give their own."""

    def __init__(self, settings: Settings, *, clock: Callable[[], datetime] = _wall_clock) -> None:
        settings = in_its_mode(settings)
        self.settings, self.clock = settings, clock
        self.database = Database.of(settings.database_url)
        self.keeper = KnowledgeKeeper(settings, clock)
        centre = self.knowledge.rules.centre
        self.drivers = build_drivers(settings)
        self.reader = Reader(self.database, centre)
        self.committer = Committer(self.database, centre, on_commit=self._on_commit, clock=clock)
        self.proofs = ProofWatch.of(settings, self.committer, self.reader, clock)
        self.feed = Feed(self.reader, settings.tz, clock, self.describe_centre)
        self.access = Access(self.committer, self.reader, clock, settings.tz)
        self.paper = build_paper(settings, self.reader, self.committer, lambda: self.knowledge, clock)
        self.sweeper = Sweeper(self.committer, self.reader, lambda: self.knowledge, clock)
        self.rosters = RosterWatch(self.reader, lambda: self.knowledge.rules, clock)
        self.rush = RushWatch(self.reader, self.committer, lambda: self.knowledge.rules, clock)
        self.opinion = build_opinion(settings, self.committer, self.reader, lambda: self.knowledge)
        self.calls = CallKeeper(self.committer, self.reader, lambda: self.knowledge, clock)
        ways = Ways.of(self.drivers, settings)
        self.outbox = OutboxRunner(self.committer, ways, lambda: self.knowledge, clock)
        self.spools = [
            SpoolRunner(self.committer, spool, lambda: self.knowledge, clock) for spool in spools_of(ways.all())
        ]
        self.site: Starlette = build_site(self._edge())
        self._jumps = JumpWatch(clock)
        self._scheduler = build_scheduler({
            "rules": (2.0, self._take_knowledge),
            "storage": (2.0, self._try_storage),
            "reminders": (5.0, self._remind),
            "silence": (5.0, self._watch_silence), "rosters": (60.0, self.rosters.look),
            "rush": (2.0, self.rush.look),
            "calls": (10.0, self._sweep_calls),
            "call steps": (1.0, self.calls.run_due),
            "proofs": (5.0, self.proofs.tick),
            "clock jump": (5.0, self._watch_jumps),
            "paper": (30.0, self.paper.tick),
            "sessions": (600.0, self._expire_sessions),
        })
        self._nightly = NightlyRun(settings)
        self._plan_learning()
        self._failing_since: float | None = None
        """Since when the storage has been seen to fail, until the log says that it works again."""

    @property
    def knowledge(self) -> Knowledge:
        """What is in force now."""
        return self.keeper.current

    def _edge(self) -> Edge:
        cards = load_cards(CARDS_FOLDER) if CARDS_FOLDER.is_dir() else []
        return Edge(
            settings=self.settings, committer=self.committer, reader=self.reader, feed=self.feed, access=self.access,
            knowledge=lambda: self.knowledge, drivers=driver_names(self.drivers), ready=self.not_ready,
            degraded=self.degraded, cards=card_finder(cards), last_sweep_at=lambda: self.sweeper.last_look_at,
            clock=self.clock,
        )

    # life cycle

    async def start(self) -> None:
        """Schema, storage, overdue clocks; only then is traffic accepted."""
        await asyncio.to_thread(upgrade, self.database)
        self.committer.start()
        await self.committer.run(lambda tx: keep_mode(tx, self.settings.mode))
        await self.reader.start()
        await self.proofs.look()
        await self.rosters.look()
        await self.feed.start()
        await self._import_units()
        await self.keeper.clear_alarms(self.committer)
        await self.sweeper.start()
        self.outbox.start()
        for spool in self.spools:
            spool.start()
        if self.opinion is not None:
            self.opinion.start()
        self._scheduler.start()
        log.info("ready: %s, rules %s", self.database.display, self.knowledge.rules.version)

    async def stop(self) -> None:
        """Nothing accepted is lost: the committer finishes what waits."""
        self._scheduler.shutdown(wait=False)
        await self._nightly.stop()
        if self.opinion is not None:
            await self.opinion.stop()
        for spool in self.spools:
            await spool.stop()
        await self.outbox.stop()
        await self.sweeper.stop()
        await self.feed.stop()
        await self.committer.stop()
        await self.reader.stop()
        log.info("stopped")

    async def _import_units(self) -> None:
        """A centre without units gets those of its reference file."""
        path = self.settings.data_dir.parent / "units" / UNITS_FILE.name
        source = path if path.is_file() else UNITS_FILE
        if source.is_file():
            units = load_units(source)
            await self.committer.run(lambda tx: import_units(tx, units))

    def _on_commit(self, committed: Committed) -> None:
        self.proofs.on_commit(committed)
        self.feed.on_commit(committed)
        if self.opinion is not None:
            self.opinion.on_commit(committed)
        if "clocks" in committed.wakes:
            self.sweeper.wake()
        if "outbox" in committed.wakes:
            self.outbox.wake()
        elif "outbox_routine" in committed.wakes:
            self.outbox.wake_soon()

    # regular jobs

    async def _take_knowledge(self) -> None:
        await self.keeper.poll(self.committer)

    def _plan_learning(self) -> None:
        reason = why_off(self.settings)
        if reason or self.settings.learn_at is None:
            log.info("no nightly learning: %s", reason)
            return
        add_daily(self._scheduler, "learning", self.settings.learn_at, self.settings.tz, self.learn)

    async def learn(self) -> None:
        """One learning run in a process of its own; what it promotes is noticed like any change of the shelf."""
        failure = await self._nightly.run()
        if failure:
            log.error("learning failed: %s", failure)
            await self.committer.run(lambda tx: note_step(tx, "failed", reason=failure))

    async def _remind(self) -> None:
        await self.committer.run(lambda tx: wake_held(tx, self.knowledge))

    async def _watch_silence(self) -> None:
        await self.committer.run(lambda tx: sweep_silence(tx, self.knowledge))

    async def _try_storage(self) -> None:
        """While nothing can be stored, try to: a server that gets no traffic would not learn that it can again."""
        since = self._failing_since or self.committer.failing_since
        if since is None:
            return
        seconds = round(time.monotonic() - since)
        self._failing_since = None  # before the commit: the consoles are told with it how things are
        try:
            # Also when other traffic found out first: the log must say that it is over.
            await self.committer.run(
                lambda tx: tx.emit("storage.recovered", "system", touched=["centre"], seconds=seconds)
            )
        except StorageUnavailable:  # the committer has noted and logged it
            self._failing_since = since

    @property
    def _storage_fails(self) -> bool:
        return self.committer.failing_since is not None or self._failing_since is not None

    async def _sweep_calls(self) -> None:
        await self.committer.run(lambda tx: sweep_calls(tx, self.knowledge))

    async def _expire_sessions(self) -> None:
        await self.committer.run(expire_sessions, bulk=True)
        await self.committer.run(expire_links, bulk=True)

    async def _watch_jumps(self) -> None:
        jump = self._jumps.jump_s()
        if jump:
            log.error("the wall clock jumped %.1f s", jump)
            self.sweeper.wake()
            await self.committer.run(
                lambda tx: raise_alarm(tx, level=KNOWN, kind="clock_jump", cause="clock_jump", seconds=round(jump))
            )

    # state for people

    def describe_centre(self, lang: str) -> wire.CentreRow:
        """What consoles draw their frame with."""
        return describe_centre(
            self.settings, self.knowledge.rules, driver_names(self.drivers), self.degraded(lang), lang,
            points=self.knowledge.district_points, proofs=self.proofs.rows(self.settings.tz),
            next_card=self.paper.next_card, fold_factor=self.rush.factor,
        )

    def degraded(self, lang: str = "id") -> list[str]:
        """Sentences about what does not work right now."""
        sentences = []
        if self._storage_fails:
            sentences.append(text("alarm.storage_failing", lang, detail=self.committer.failure))
        if self.sweeper.failure:
            sentences.append(text("alarm.sweep_failing", lang, detail=self.sweeper.failure))
        sentences += way_troubles(self.outbox, self.spools, lang)
        sentences += self.keeper.sentences(lang)
        if self.opinion is not None and self.opinion.failure:
            sentences.append(text("alarm.opinion_failing", lang, detail=self.opinion.failure))
        sentences += self.rosters.sentences(lang)
        if self.paper.failure:
            sentences.append(text("paper.failing", lang, detail=self.paper.failure))
        sentences += self.proofs.sentences(lang, self.settings.tz)
        return sentences

    def not_ready(self) -> list[str]:
        """Why this node should get no traffic, in English; empty = ready."""
        reasons = []
        if self._storage_fails:
            reasons.append(f"storage: {self.committer.failure}")
        last = self.sweeper.last_look_at
        if last is None or (self.clock() - last).total_seconds() > SWEEP_MAX_AGE_S:
            reasons.append("clocks: last sweep is too old")
        return reasons
