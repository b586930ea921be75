"""One event, many callers, on both engines: what joins, what is raised, and that taking apart restores everything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dispatch.domain.report import Channel
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.errors import Refused
from dispatch.storage.clocks import clocks_of
from dispatch.storage.database import Database
from tests.support.desk import Desk, desk_on

HOUSE = "kebakaran rumah pak Slamet desa Kalisapu slawi rt 2, api besar"
AGAIN = "tulung ana kobongan umahe pak slamet kalisapu"
FLOOD = "banjir selutut di desa Dukuhsalam slawi, jalan tidak bisa lewat"
OTHER = "warung bu Yati terbakar di desa Kalisapu slawi rt 9"


def caller(n: int) -> str:
    return f"+62812900{n:05d}"


async def state_of(desk: Desk, number: int) -> tuple[Any, Any]:
    """An incident and its running clocks, without what only grows."""
    item = await desk.incident(number)
    clocks = await desk.run(lambda tx: clocks_of(tx, item.id))
    same = replace(item, version=0, updated_at=item.opened_at, last_actor="")
    return same, [replace(c, id=0) for c in clocks if c.is_running]


async def test_another_caller_of_one_fire_is_counted_and_starts_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(HOUSE, caller(1))
        before, clocks = await state_of(desk, first.number)
        version = (await desk.incident(first.number)).version
        desk.pass_time(minutes=3)
        second = await desk.report(AGAIN, caller(2))
        assert (second.number, second.incident_id) == (first.number, first.incident_id)
        assert await state_of(desk, first.number) == (replace(before, reports=2), clocks)
        assert (await desk.incident(first.number)).version == version, "a command under way stays valid"
        assert [m["recipient"] for m in await desk.messages("receipt")] == [caller(1), caller(2)]
        assert (await desk.kinds()).count("incident.opened") == 1


async def test_a_joined_report_only_raises_and_the_raise_is_alarmed(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report("kebakaran dapur di desa Kalisapu slawi", caller(1))
        before = await desk.incident(first.number)
        second = await desk.report("kebakaran di kalisapu slawi, ada orang terjebak di dalam", caller(2))
        after = await desk.incident(first.number)
        assert second.number == first.number
        assert before.severity is not Severity.CRITICAL
        assert (after.severity, after.life_threat) == (Severity.CRITICAL, True)
        assert [a["kind"] for a in await desk.alarms()] == ["report_raised"]
        third = await desk.report("kebakaran di kalisapu slawi", caller(3))
        assert third.number == first.number
        assert (await desk.incident(first.number)).severity is Severity.CRITICAL


@pytest.mark.parametrize("text", [
    OTHER, "kebakaran rumah di desa Kalisapu slawi rt 7", "ada kebakaran lagi di desa Kalisapu slawi",
    "kebakaran rumah pak slamet di desa Balamoa", "kebakaran di slawi", "kebakaran rumah pak Slamet",
])
async def test_another_house_rt_village_or_an_unknown_place_is_its_own(sqlite_database: Database, text: str) -> None:
    async with desk_on(sqlite_database) as desk:
        first = await desk.report(HOUSE, caller(1))
        second = await desk.report(text, caller(2))
        assert second.number != first.number


async def test_a_birth_in_a_flood_stands_out_and_is_alarmed(database: Database) -> None:
    async with desk_on(database) as desk:
        flood = [(await desk.report(FLOOD, caller(n))).number for n in range(8)]
        assert len(set(flood)) == 1
        birth = await desk.report("istri saya mau melahirkan, kebanjiran di dukuhsalam slawi", caller(99))
        assert birth.number != flood[0]
        assert "odd_one_out" in [a["kind"] for a in await desk.alarms()]
        item = await desk.incident(birth.number)
        assert (item.duplicates[-1].reason, item.duplicates[-1].score) == ("odd", 0.0)
        with pytest.raises(Refused):
            await desk.command("merge", incident=birth.number, confirmed=True)


async def test_an_operators_own_entry_is_only_offered(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(HOUSE, caller(1))
        entered = await desk.report(AGAIN, "", channel=Channel.OPERATOR)
        assert entered.number != first.number
        assert [d.number for d in (await desk.incident(entered.number)).duplicates] == [first.number]


async def test_who_joined_is_followed_up_too(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(HOUSE, caller(1))
        await desk.report(AGAIN, caller(2))
        desk.pass_time(minutes=40)
        assert (await desk.report("apinya belum padam pak", caller(2))).number == first.number


async def test_a_further_emergency_of_the_same_caller_is_opened_and_suggested(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report(HOUSE, caller(1))
        second = await desk.report("ada kebakaran lagi di warung bu Yati, kalisapu slawi", caller(1))
        assert second.number != first.number
        assert (await desk.incident(second.number)).duplicates[0].reason == "same_caller"


async def test_taking_a_merge_apart_restores_both_with_their_clocks(database: Database) -> None:
    async with desk_on(database) as desk:
        one = (await desk.report("lampu jalan mati di desa Kalisapu slawi", caller(1))).number
        desk.pass_time(seconds=30)
        two = (await desk.report(OTHER, caller(2))).number
        await desk.command("open", incident=two)
        before = [await state_of(desk, n) for n in (one, two)]
        await desk.command("merge", incident=two, to_incident=one, confirmed=True)
        assert (await desk.incident(one)).severity is (await desk.incident(two)).severity
        desk.pass_time(seconds=20)
        await desk.command("split", split=two)
        assert [await state_of(desk, n) for n in (one, two)] == before
        await desk.command("undo")
        assert (await desk.incident(two)).status is IncidentStatus.MERGED
        await desk.command("split", split=two)
        assert [await state_of(desk, n) for n in (one, two)] == before


async def test_a_survivor_gets_its_own_start_back(database: Database) -> None:
    async with desk_on(database) as desk:
        older = (await desk.report(HOUSE, caller(1))).number
        desk.pass_time(seconds=20)
        newer = (await desk.report(OTHER, caller(2))).number
        before = [await state_of(desk, n) for n in (older, newer)]
        await desk.command("merge", incident=older, to_incident=newer, confirmed=True)
        assert await state_of(desk, newer) != before[1], "who waited longest must not wait anew"
        await desk.command("split", split=older)
        assert [await state_of(desk, n) for n in (older, newer)] == before


async def test_a_merge_can_be_undone(database: Database) -> None:
    async with desk_on(database) as desk:
        one, two = (await desk.report(HOUSE, caller(1))).number, (await desk.report(OTHER, caller(2))).number
        before = [await state_of(desk, n) for n in (one, two)]
        await desk.command("merge", incident=two, to_incident=one, confirmed=True)
        await desk.command("undo")
        assert [await state_of(desk, n) for n in (one, two)] == before


async def test_a_report_that_joined_by_itself_can_be_split_off_with_its_own_clocks(database: Database) -> None:
    async with desk_on(database) as desk:
        first = (await desk.report(HOUSE, caller(1))).number
        desk.pass_time(minutes=2)
        received = desk.moment[0]
        await desk.report(AGAIN, caller(2))
        desk.pass_time(minutes=5)
        result = await desk.command("split", split=first)
        assert result.incident is not None
        own = await desk.incident(result.incident)
        assert (own.summary, own.caller, own.opened_at, own.reports) == (AGAIN, caller(2), received, 1)
        assert {c.started_at for c in (await desk.clocks(own.number)).values()} == {received}
        assert (await desk.incident(first)).reports == 1
        assert f"{own.number}" in (await desk.messages("receipt"))[-1]["body"]
        assert "report.split" in await desk.kinds()
        await desk.command("undo")
        assert (await desk.incident(first)).reports == 2
        assert (await desk.incident(own.number)).status is IncidentStatus.MERGED
        with pytest.raises(Refused):
            await desk.command("split", split=first, pick=1)
