"""The independent check: silent while the sweep works, loud when it does not, whatever the sweep stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from dispatch.domain.clock import Level
from dispatch.services.audit import GRACE, Unfired, find_unfired
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.tables import clock as clock_table
from tests.support.desk import FIRE, LAMP, Desk, desk_on, real_knowledge


@asynccontextmanager
async def watched(database: Database) -> AsyncIterator[tuple[Desk, Reader]]:
    async with desk_on(database) as desk:
        reader = Reader(database, real_knowledge().rules.centre, connections=1)
        await reader.start()
        try:
            yield desk, reader
        finally:
            await reader.stop()


async def unfired(desk: Desk, reader: Reader) -> list[Unfired]:
    return await find_unfired(reader, desk.knowledge.rules, desk.moment[0])


async def test_silent_until_a_level_is_due_and_the_grace_is_over(database: Database) -> None:
    async with watched(database) as (desk, reader):
        number = (await desk.report(FIRE)).number
        due = (await desk.clocks(number))["answer"].deadlines.warn_at
        desk.moment[0] = due + GRACE - timedelta(milliseconds=1)
        assert await unfired(desk, reader) == []
        desk.moment[0] = due + GRACE
        found = await unfired(desk, reader)
        assert [(u.number, u.phase, u.level, u.due_at) for u in found] == [(number, "answer", Level.WARNED, due)]


async def test_silent_again_after_the_sweep_and_for_stopped_and_paused_clocks(database: Database) -> None:
    async with watched(database) as (desk, reader):
        await desk.report(FIRE)
        lamp = (await desk.report(LAMP, sender="+6281290000009")).number
        await desk.command("hold", incident=lamp, until={"minutes": 60}, text="tunggu Perkim")
        desk.pass_time(minutes=4)
        assert await unfired(desk, reader)
        await desk.sweep()
        assert await unfired(desk, reader) == []


async def test_not_fooled_by_what_the_sweep_goes_by(database: Database) -> None:
    async with watched(database) as (desk, reader):
        number = (await desk.report(FIRE)).number
        clock = (await desk.clocks(number))["answer"]
        await desk.run(lambda tx: tx.update(clock_table, {"id": clock.id}, next_at=None))
        desk.pass_time(minutes=2)
        await desk.sweep()
        assert [u.clock_id for u in await unfired(desk, reader)] == [clock.id]


async def test_a_clock_that_cannot_be_read_is_named(database: Database) -> None:
    async with watched(database) as (desk, reader):
        number = (await desk.report(FIRE)).number
        clock = (await desk.clocks(number))["answer"]
        await desk.run(lambda tx: tx.update(clock_table, {"id": clock.id}, pauses="not json"))
        desk.pass_time(minutes=2)
        assert "DecodeError" in (await unfired(desk, reader))[0].parked
