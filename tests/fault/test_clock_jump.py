"""The wall clock jumps: it is told, and no clock fires twice or is forgotten. In-process, with a clock of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select

from dispatch.app import DispatchApp
from dispatch.domain.report import Channel, NewReport
from dispatch.services.intake import receive_report
from dispatch.settings import load_settings
from dispatch.storage.database import Database
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, clock, event
from tests.support.quick_rules import quick_rules

FIRE = "kebakaran rumah di Desa Pesayangan Talang api sudah besar"
CLOCKS = Statement(select(clock).where(clock.c.centre == bindparam("centre"), clock.c.phase == "answer"))
ALARMS = Statement(select(alarm).where(alarm.c.centre == bindparam("centre"), alarm.c.kind == "clock_jump"))
FIRED = Statement(
    select(event).where(event.c.centre == bindparam("centre"), event.c.kind.like("clock.%")).order_by(event.c.seq)
)
PATIENCE_S = 20


class JumpingApp:
    """A node whose wall clock is the real one plus ``offset``."""

    def __init__(self, folder: Path, database: Database, answer: str) -> None:
        self.offset = timedelta(0)
        settings = load_settings(
            {
                "KENTONGAN_DATA_DIR": str(folder), "KENTONGAN_RULES": str(quick_rules(folder, answer=answer)),
                "KENTONGAN_DATABASE_URL": f"sqlite:///{database.dsn}",
            },
            env_file=folder / "no.env",
        )
        self.app = DispatchApp(settings, clock=self.now)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    async def report(self, sid: str) -> None:
        new = NewReport(Channel.SMS, sid, FIRE, self.now(), sender=f"+62860{hash(sid) % 10**8:08d}")
        await self.app.committer.run(lambda tx: receive_report(tx, new, self.app.knowledge))

    async def levels(self) -> list[int]:
        return [row["level"] for row in await self.app.reader.all(CLOCKS)]

    async def until_levels(self, *levels: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while await self.levels() != list(levels):
                await asyncio.sleep(0.02)

    async def until_told(self) -> Row:
        async with asyncio.timeout(PATIENCE_S):
            while not (rows := await self.app.reader.all(ALARMS)):
                await asyncio.sleep(0.05)
        return rows[0]

    async def fired(self) -> list[tuple[int, str]]:
        """(incident, kind) of each firing, oldest first."""
        return [(row["incident_id"], row["kind"]) for row in await self.app.reader.all(FIRED)]


def assert_each_once(fired: list[tuple[int, str]]) -> None:
    """No level of a clock fired twice, and each clock ended at the worst. How many there are is the machine's
    business: a tick that finds two levels passed at once fires only the worse."""
    assert len(set(fired)) == len(fired)
    assert list(dict(fired).values()) == ["clock.seriously_late"] * 2


@asynccontextmanager
async def jumping(folder: Path, database: Database, answer: str) -> AsyncIterator[JumpingApp]:
    node = JumpingApp(folder, database, answer)
    await node.app.start()
    try:
        yield node
    finally:
        await node.app.stop()


async def test_an_hour_forward_fires_each_clock_once_and_is_told(tmp_path: Path, sqlite_database: Database) -> None:
    async with jumping(tmp_path, sqlite_database, "10m") as node:
        await node.report("SMone")
        assert await node.levels() == [0]
        node.offset = timedelta(hours=1)
        await node.until_levels(3)
        assert (await node.until_told())["is_open"] == 1
        kinds = [row["kind"] for row in await node.app.reader.all(FIRED)]
        assert kinds == ["clock.seriously_late"], "the worst once, not each on the way"
        node.offset = timedelta(0)
        await asyncio.sleep(1.5)
        assert len(await node.app.reader.all(FIRED)) == 1, "back again: what has fired must not fire again"


@pytest.mark.slow
async def test_an_hour_back_is_told_and_nothing_fires_twice_or_stops(tmp_path: Path, sqlite_database: Database) -> None:
    """Times stored before the jump lie in the future now; clocks started after it run as ever."""
    async with jumping(tmp_path, sqlite_database, "1s") as node:
        await node.report("SMold")
        await node.until_levels(3)
        before = await node.fired()
        node.offset = timedelta(hours=-1)
        await node.report("SMnew")
        await node.until_levels(3, 3)
        await node.until_told()
        after = await node.fired()
        assert after[: len(before)] == before, "the old clock says nothing more"
        assert_each_once(after)
        assert node.app.not_ready() == []
        node.offset = timedelta(0)
        await asyncio.sleep(1.5)
        assert await node.fired() == after
