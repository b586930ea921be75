"""Clocks on both engines: warn, breach, escalate once and exactly once, survive what happens around them."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from dispatch.domain.clock import Level
from dispatch.errors import Refused
from dispatch.services.clocks import sweep_clocks
from dispatch.storage.clocks import clocks_of, fetch_clock_row
from dispatch.storage.database import Database
from dispatch.storage.incidents import find_incident
from dispatch.storage.tables import clock as clock_table
from dispatch.storage.transaction import Tx
from tests.support.desk import FIRE, LAMP, desk_on
from tests.support.node import Node


async def test_warns_breaches_and_is_seriously_late_once_each(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        due = (await desk.clocks(number))["answer"].deadlines
        moments = (due.warn_at, due.due_at, due.serious_at)
        for moment, level in zip(moments, (Level.WARNED, Level.BREACHED, Level.SERIOUS), strict=True):
            desk.moment[0] = moment - timedelta(milliseconds=1)
            await desk.sweep()
            assert (await desk.clocks(number))["answer"].level == level - 1
            desk.moment[0] = moment + timedelta(milliseconds=7)
            await desk.sweep()
            await desk.sweep()
            fired = (await desk.clocks(number))["answer"]
            assert fired.level == level
            assert fired.firings[-1].fired_at - fired.firings[-1].due_at == timedelta(milliseconds=7)
        kinds = await desk.kinds()
        assert [kinds.count(f"clock.{k}") for k in ("warned", "breached", "seriously_late")] == [1, 1, 1]


async def test_one_alarm_a_cause_cleared_when_the_clock_stops(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        desk.pass_time(minutes=2)
        await desk.sweep()
        alarms = await desk.alarms()
        seen = [(a["level"], a["kind"], a["phase"], a["incident_id"]) for a in alarms]
        assert seen == [(1, "clock_breached", "answer", (await desk.incident(number)).id)]
        await desk.command("open", incident=number)
        assert await desk.alarms() == []


async def test_escalation_tells_the_policys_audience_once(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        desk.pass_time(minutes=1, seconds=1)
        await desk.sweep()
        first = await desk.messages("escalation")
        assert first, "a breached critical answer clock must reach somebody"
        assert all(str(number) in m["body"] for m in first)
        await desk.sweep()
        assert len(await desk.messages("escalation")) == len(first)


async def test_restart_with_overdue_clocks_fires_the_worst_level_once(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.node.committer.stop()
        desk.pass_time(hours=3)
        desk.node = Node(database, clock=lambda: desk.moment[0])
        desk.node.committer.start()
        await desk.sweep()
        fired = (await desk.clocks(number))["answer"]
        assert fired.level is Level.SERIOUS
        assert len(fired.firings) == 1


async def test_two_sweeping_nodes_never_fire_the_same_clock_twice(database: Database) -> None:
    async with desk_on(database) as desk:
        for n in range(30):
            await desk.report(f"{FIRE}, rt {n + 1}", sender=f"+62812900100{n:02d}")
        desk.pass_time(minutes=2)
        other = Node(database, clock=lambda: desk.moment[0])
        other.committer.start()
        try:
            await asyncio.gather(*(
                node.run(lambda tx: sweep_clocks(tx, desk.knowledge, 7)) for node in (desk.node, other) * 6
            ))
        finally:
            await other.committer.stop()
        assert (await desk.kinds()).count("clock.breached") == 30


async def test_a_clock_that_cannot_be_judged_is_parked_with_an_alarm_and_the_rest_go_on(database: Database) -> None:
    async with desk_on(database) as desk:
        bad, good = await desk.report(f"{FIRE}, rt 2"), await desk.report(f"{FIRE}, rt 9", sender="+6281290000077")
        broken = (await desk.clocks(bad.number))["answer"]
        await desk.run(lambda tx: tx.update(clock_table, {"id": broken.id}, firings="not json"))
        desk.pass_time(minutes=2)
        await desk.sweep()
        row = await desk.run(lambda tx: fetch_clock_row(tx, broken.id))
        assert row["parked"]
        assert row["next_at"] is None
        assert (await desk.clocks(good.number))["answer"].level is Level.BREACHED
        parked = [(a["incident_id"], a["phase"]) for a in await desk.alarms() if a["kind"] == "clock_parked"]
        assert parked == [(broken.incident_id, "answer")]
        await desk.command("open", incident=bad.number)
        await desk.command("close", incident=bad.number, disposition="sls", confirmed=True)
        assert "clock_parked" not in {a["kind"] for a in await desk.alarms()}


async def test_raising_the_severity_re_derives_due_times_from_the_original_start(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        before = (await desk.clocks(number))["resolve"]
        desk.pass_time(minutes=5)
        await desk.command("priority", incident=number, severity="high")
        after = (await desk.clocks(number))["resolve"]
        assert after.started_at == before.started_at
        assert after.deadlines.due_at == before.started_at + timedelta(hours=12)


async def test_holding_pauses_a_routine_clock_and_moves_its_due_time(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("open", incident=number)
        before = (await desk.clocks(number))["resolve"].deadlines.due_at
        tomorrow = await desk.command("hold", incident=number, until={"minutes": 24 * 60}, text="tunggu Perkim")
        assert re.search(r"\d\d:\d\d \(\d\d/\d\d\)", tomorrow.message), "another day says its date"
        held = await desk.command("hold", incident=number, until={"minutes": 60}, text="tunggu Perkim")
        assert "(" not in held.message
        assert (await desk.clocks(number))["resolve"].is_paused
        desk.pass_time(minutes=61)
        await desk.command("open", incident=number)
        clock = (await desk.clocks(number))["resolve"]
        assert not clock.is_paused
        assert clock.deadlines.due_at == before + timedelta(minutes=61)


async def test_holding_an_urgent_one_never_stops_its_clocks(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("hold", incident=number, until={"minutes": 10}, text="telepon balik")
        assert not any(clock.is_paused for clock in (await desk.clocks(number)).values())


async def test_a_merged_incidents_clocks_never_escalate(database: Database) -> None:
    async with desk_on(database) as desk:
        one = await desk.report(FIRE)
        two = await desk.report("kebakaran warung bu Yati desa Kalisapu slawi", sender="+6281290000002")
        await desk.command("merge", incident=two.number, to_incident=one.number, confirmed=True)
        desk.pass_time(hours=1)
        await desk.sweep()
        assert all(clock.outcome == "cancelled" for clock in (await desk.clocks(two.number)).values())
        with pytest.raises(Refused):
            await desk.command("merge", incident=two.number, to_incident=one.number, confirmed=True)


async def test_what_only_the_raised_severity_limits_starts_for_the_teams_that_are_out(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=number, units=["P07"])
        sent_at = desk.moment[0]
        assert "travel" not in await desk.clocks(number), "a broken lamp limits nobody's way"
        desk.pass_time(minutes=1)
        await desk.command("priority", incident=number, severity="critical")
        await desk.command("priority", incident=number, severity="critical")
        clocks = [c for c in await desk.run(lambda tx: clocks_of(tx, _incident_id(tx, number))) if c.is_running]
        assert [(c.phase, c.subject, c.started_at) for c in clocks if c.assignment_id] == [
            ("acknowledge", "P07", sent_at), ("travel", "P07", sent_at),
        ]
        assert next(c for c in clocks if c.phase == "travel").target == timedelta(minutes=10)


async def test_a_limit_that_came_back_runs_again_and_none_starts_for_who_has_arrived(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01", "D02"])
        await desk.command("arrive", units=["D02"])
        await desk.command("priority", incident=number, severity="low", reason="hanya asap dapur")
        await desk.command("priority", incident=number, severity="high")
        running = [c for c in await desk.run(lambda tx: clocks_of(tx, _incident_id(tx, number))) if c.is_running]
        assert sorted((c.phase.value, c.subject) for c in running if c.assignment_id) == [
            ("acknowledge", "D01"), ("travel", "D01"),
        ]


async def test_nobody_was_late_before_the_limit_was_tightened(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=number, units=["P07"])
        desk.pass_time(minutes=30)
        await desk.command("priority", incident=number, severity="critical")
        desk.pass_time(seconds=1)
        await desk.sweep()
        clocks = {c.phase: c for c in await desk.run(lambda tx: clocks_of(tx, _incident_id(tx, number)))}
        for phase in ("acknowledge", "travel"):
            fired = clocks[phase]
            assert fired.level >= Level.BREACHED, "what is overdue by the new limit is alarmed at once"
            assert fired.firings[-1].lateness == timedelta(seconds=1)


def _incident_id(tx: Tx, number: int) -> int:
    found = find_incident(tx, number)
    assert found is not None
    return found.id
