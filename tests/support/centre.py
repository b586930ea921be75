"""A running centre for tests: committer, reader, feed and edge over one database, with small rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dispatch import wire
from dispatch.domain.clock import ALWAYS_KEY, Calendar, Phase
from dispatch.domain.place import NOWHERE, Candidate, Place
from dispatch.domain.report import Channel, NewReport, Triage
from dispatch.domain.routing import Agency, Condition, IncidentType, Route, RuleSet, Subtype, Target
from dispatch.domain.severity import Severity
from dispatch.services.access import Access
from dispatch.services.centre import describe_centre
from dispatch.services.feed import Feed
from dispatch.services.intake import Received, receive_report
from dispatch.services.knowledge import Knowledge
from dispatch.settings import load_settings
from dispatch.storage.committer import Committed, Committer
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.tables import unit
from dispatch.storage.transaction import Tx
from dispatch.web.edge import Edge

CENTRE = "33.28"
TZ = ZoneInfo("Asia/Jakarta")
START = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)


class WordTriage:
    """'kebakaran' is a critical fire, 'info' a question, everything else a low road_damage; 'slawi' is a place."""

    def classify(
        self, text: str, *, at: datetime, channel: Channel = Channel.SMS, place_hint: Place = NOWHERE
    ) -> Triage:
        words = text.casefold()
        place = self.locate(text)
        if "kebakaran" in words:
            return Triage("fire", Severity.CRITICAL, life_threat=True, confidence=0.9, place=place)
        if words.startswith("info"):
            return Triage("information_request", None, place=place)
        return Triage("road_damage", Severity.LOW, confidence=0.6, place=place)

    def locate(self, text: str) -> Place:
        if "slawi" in text.casefold():
            return Place(text=text, code="33.28.08", kecamatan="Slawi")
        return Place(text=text)

    def candidates(self, text: str, limit: int = 9) -> list[Candidate]:
        return []

    def settle(self, place: Place) -> Place:
        return place

    def approximate(self, place: Place) -> Place:
        return place


def small_rules() -> RuleSet:
    labels = {"id": "Uji", "en": "Test"}
    minute = timedelta(minutes=1)
    return RuleSet(
        digest="d" * 64, version="1", centre=CENTRE, centre_labels={"id": "Kab. Uji", "en": "Test Regency"},
        tz_name="Asia/Jakarta",
        agencies={"fire": Agency("fire", labels, short="DMK"), "public_works": Agency("public_works", labels)},
        types={
            "fire": IncidentType(
                "fire", "KBK", labels, Severity.HIGH, {"building": Subtype("building", labels, short="RMH")}
            ),
            "road_damage": IncidentType("road_damage", "JLN", labels, Severity.LOW),
            "information_request": IncidentType("information_request", "INF", labels, None),
        },
        routes=(Route("fire", Condition(types=frozenset({"fire"})), ("fire",)),),
        root=Route("root", Condition(), ("public_works",)),
        targets=tuple(
            Target(phase, severity, minute * (1 if severity is Severity.CRITICAL else 600))
            for phase in Phase for severity in Severity
        ),
        calendars={ALWAYS_KEY: Calendar(ALWAYS_KEY, TZ)}, escalation=(),
        districts={"SLW": "Slawi", "ADW": "Adiwerna"}, dispositions={"sls": {"id": "selesai"}},
    )


@dataclass
class Centre:
    """The parts, and a clock that stands until it is moved."""

    edge: Edge
    moment: list[datetime]
    heard: list[Committed] = field(default_factory=list)

    async def run(self, work: Callable[[Tx], Any]) -> Any:
        return await self.edge.committer.run(work)

    async def report(self, text: str, key: str, sender: str = "") -> Received:
        knowledge = self.edge.knowledge()
        new = NewReport(Channel.SMS, key, text, self.moment[0], sender=sender)
        received: Received = await self.run(lambda tx: receive_report(tx, new, knowledge))
        return received

    async def add_unit(self, call_sign: str, agency: str = "fire", phone: str = "") -> None:
        await self.run(lambda tx: _insert_unit(tx, call_sign, agency, phone))

    def pass_time(self, seconds: float) -> None:
        self.moment[0] += timedelta(seconds=seconds)


def _insert_unit(tx: Tx, call_sign: str, agency: str, phone: str) -> None:
    tx.insert(
        unit, call_sign=call_sign, agency=agency, name=f"Unit {call_sign}", base="Pos Slawi", kecamatan="Slawi",
        phone=phone, status="available", since=tx.now_ms, crew=3,
    )
    tx.emit("unit.changed", "system", touched=[f"unit:{call_sign}"], unit=call_sign, status="available")


@asynccontextmanager
async def running_centre(database: Database, folder: Path, **environ: str) -> AsyncIterator[Centre]:
    """Start the parts over a migrated database; the feed is started too."""
    settings = load_settings({"KENTONGAN_DATA_DIR": str(folder), **environ}, env_file=folder / "no.env")
    rules, triage, moment, degraded = small_rules(), WordTriage(), [START], list[str]()
    reader = Reader(database, CENTRE)
    await reader.start()

    def clock() -> datetime:
        return moment[0]

    def centre_row(lang: str) -> wire.CentreRow:
        return describe_centre(settings, rules, {"sms": "simulator"}, degraded, lang)

    feed = Feed(reader, TZ, clock, centre_row)
    committer = Committer(database, CENTRE, on_commit=feed.on_commit, clock=clock)
    committer.start()
    await feed.start()
    edge = Edge(
        settings=settings, committer=committer, reader=reader, feed=feed,
        access=Access(committer, reader, clock, TZ), knowledge=lambda: Knowledge(rules, triage),
        drivers={"sms": "simulator"}, degraded=lambda: degraded, clock=clock, last_sweep_at=clock,
    )
    try:
        yield Centre(edge, moment)
    finally:
        await feed.stop()
        await committer.stop()
        await reader.stop()
