"""An exercise judged from its database, and a past day made into one, over both engines."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from dispatch.cli.practice import find_scenario
from dispatch.domain.report import Channel
from dispatch.domain.transitions import CallDisposition
from dispatch.errors import ConfigurationError
from dispatch.services.call_end import end_call
from dispatch.services.calls import answer_call, dispose_call, ring_call
from dispatch.settings import load_settings
from dispatch.storage.database import Database
from dispatch.storage.inspection import inspect
from dispatch.training.day import mask, read_day
from dispatch.training.facts import read_facts
from dispatch.training.run import Run, key_of
from dispatch.training.scenario import Expected, Scenario, Step, check_scenario
from dispatch.training.score import Debrief, Judged, judge_run
from tests.support.desk import FIRE, LAMP, MONDAY_MORNING, Desk, desk_on

TZ = ZoneInfo("Asia/Jakarta")
RUN = "r1"
FIRE_WANTED = Expected(
    key="api", types=("fire",), severities=("critical",), kecamatan=("Slawi",), desa=("Kalisapu",), units={"fire": 1},
)


def step(event: str, channel: str = "sms") -> Step:
    return Step(at_s=0.0, channel=channel, person="a", event=event)


def run_of(expected: list[Expected], steps: list[Step]) -> Run:
    scenario = Scenario(name="uji", title={"id": "Uji"}, steps=tuple(steps), expected=tuple(expected))
    return Run(id=RUN, scenario=scenario, trainee="rina", centre="33.28", started_at=MONDAY_MORNING)


async def text(desk: Desk, index: int, words: str, sender: str = "+62860001") -> int:
    """The message of a step, as the player sends it; its incident's number."""
    received = await desk.report(words, sender, external_id=f"SM{key_of(RUN, index)}")
    return received.number


async def ring(desk: Desk, index: int, caller: str) -> int:
    row = await desk.run(
        lambda tx: ring_call(tx, external_id=f"CA{key_of(RUN, index)}", caller=caller, called="112")
    )
    return int(row["id"])


async def answer(desk: Desk, call_id: int) -> Any:
    return await desk.run(lambda tx: answer_call(tx, call_id, "rina", "+62899", desk.knowledge))


def judged(desk: Desk, database: Database, run: Run) -> tuple[Debrief, dict[str, Judged]]:
    with inspect(database) as found:
        facts = read_facts(found, run, desk.moment[0])
    debrief = judge_run(run, facts, desk.knowledge.rules, desk.moment[0])
    return debrief, {event.key: event for event in debrief.events}


async def test_quick_and_right(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await text(desk, 0, FIRE)
        await text(desk, 1, FIRE, sender="+62860002")
        desk.pass_time(seconds=20)
        await desk.command("open", incident=number)
        desk.pass_time(seconds=30)
        await desk.command("dispatch", incident=number, units=["D01"])
        debrief, events = judged(desk, database, run_of([FIRE_WANTED], [step("api"), step("api")]))
        assert set(events["api"].verdicts.values()) == {"right"}
        assert events["api"].numbers == (number,)
        assert events["api"].times["answer"].took_s == 20
        assert events["api"].times["triage"].took_s == 30
        assert (debrief.score, debrief.judged, debrief.missed) == (1.0, 8, {})


async def test_late_wrong_and_spread_over_two(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await text(desk, 0, FIRE)
        other = await text(desk, 1, "bade takon KTP ilang", sender="+62860002")
        desk.pass_time(seconds=200)
        await desk.sweep()
        await desk.command("open", incident=number)
        await desk.command("type", incident=number, type="disaster", subtype="flood")
        await desk.command("locate", incident=number, text="Adiwerna")
        await desk.command("priority", incident=number, severity="low", reason="kata tetangga")
        await desk.command("dispatch", incident=number, units=["A01"])
        wanted = msgspec.structs.replace(FIRE_WANTED, units={"fire": 1, "health": 1})
        debrief, events = judged(desk, database, run_of([wanted], [step("api"), step("api")]))
        said = events["api"].verdicts
        wrong = {name for name, verdict in said.items() if verdict == "wrong"}
        assert wrong == {"answer", "type", "severity", "place", "units", "one_incident"}
        assert events["api"].numbers == (number, other)
        assert debrief.missed["answer"] >= 1
        assert debrief.figures["answer"].worst_s == 200


async def test_whoever_ranks_it_lower_gains_no_time(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await text(desk, 0, LAMP)
        desk.pass_time(minutes=5)
        await desk.command("open", incident=number)
        wanted = Expected(key="a", types=("street_light",), severities=("critical",))
        _, events = judged(desk, database, run_of([wanted], [step("a")]))
        assert (await desk.clocks(number))["answer"].outcome == "met", "for a lamp five minutes are nothing"
        assert events["a"].verdicts["answer"] == "wrong"


async def test_call_counts_from_its_first_ring(database: Database) -> None:
    async with desk_on(database) as desk:
        call_id = await ring(desk, 0, "+62860009")
        desk.pass_time(seconds=9)
        await answer(desk, call_id)
        wanted = Expected(key="a", severities=("critical",))
        debrief, events = judged(desk, database, run_of([wanted], [step("a", "call")]))
        assert events["a"].times["answer"].took_s == 9
        assert events["a"].verdicts["answer"] == "right"
        assert (debrief.calls, debrief.abandoned) == (1, 0)


async def test_merged_callers_count_as_one(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await text(desk, 0, FIRE)
        second = await text(desk, 1, "bade takon KTP ilang", sender="+62860002")
        await desk.command("merge", incident=second, to_incident=first, confirmed=True)
        await desk.command("open", incident=first)
        _, events = judged(desk, database, run_of([FIRE_WANTED], [step("api"), step("api")]))
        assert events["api"].verdicts["one_incident"] == "right"
        assert events["api"].numbers == (first,)


async def test_junk_is_closed_for_what_it_is_and_nobody_is_sent(database: Database) -> None:
    async with desk_on(database) as desk:
        junk = {key: Expected(key=key, closed_as=("ghost",)) for key in ("call", "left", "sent")}
        call_id = await ring(desk, 0, "+62860011")
        await answer(desk, call_id)
        await desk.run(lambda tx: dispose_call(tx, call_id, CallDisposition.GHOST, "rina", desk.knowledge))
        left = await ring(desk, 1, "+62860012")
        await desk.run(lambda tx: end_call(tx, left, desk.knowledge))
        sent = await text(desk, 2, "halo halo bandung", sender="+62860013")
        await desk.command("dispatch", incident=sent, units=["P07"])
        await desk.command("clear", units=["P07"])
        await desk.command("close", incident=sent, disposition="ghost", confirmed=True)
        steps = [step("call", "call"), step("left", "call"), step("sent")]
        debrief, events = judged(desk, database, run_of(list(junk.values()), steps))
        assert [events[key].verdicts["junk"] for key in junk] == ["right", "wrong", "wrong"]
        assert (debrief.figures["junk"].right, debrief.figures["junk"].n, debrief.abandoned) == (1, 3, 1)


async def test_what_the_machine_made_right_alone_is_nobodys_merit(database: Database) -> None:
    async with desk_on(database) as desk:
        await text(desk, 0, FIRE)
        await text(desk, 1, FIRE, sender="+62860002")
        debrief, events = judged(desk, database, run_of([FIRE_WANTED], [step("api"), step("api")]))
        assert set(events["api"].verdicts.values()) == {"wrong"}
        assert events["api"].found["type"] == "unopened"
        assert debrief.score == 0.0


async def test_what_never_arrived_is_nobodys_fault(database: Database) -> None:
    async with desk_on(database) as desk:
        debrief, events = judged(desk, database, run_of([FIRE_WANTED], [step("api")]))
        assert events["api"].verdicts == {}
        assert (debrief.score, debrief.arrived, debrief.contacts) == (None, 0, 1)


async def test_past_day_becomes_an_exercise(database: Database) -> None:
    """The same contacts at the same distances, judged by what was made of them; nobody's number is in it."""
    async with desk_on(database) as desk:
        fire = await text(desk, 0, f"{FIRE} hub 0812-3456-7890", sender="+6281234567890")
        desk.pass_time(seconds=30)
        again = (await desk.report("asap tebal di Kalisapu slawi", "+6281234567890", Channel.WHATSAPP)).number
        await desk.command("dispatch", incident=fire, units=["D01", "D02"])
        desk.pass_time(seconds=30)
        call_id = await ring(desk, 1, "+6281234500000")
        desk.pass_time(seconds=7)
        row = await answer(desk, call_id)
        await desk.run(lambda tx: dispose_call(tx, call_id, CallDisposition.PRANK, "rina", desk.knowledge))
        prank = await _number(desk, row["incident_id"])
        await desk.command("close", incident=prank, disposition="prank", confirmed=True)
        desk.pass_time(days=1)
        await desk.report(LAMP)
        with inspect(database) as found:
            scenario = read_day(found, "33.28", date(2026, 1, 12), TZ, 20.0)
    assert again == fire
    assert [(s.at_s, s.channel) for s in scenario.steps] == [(5.0, "sms"), (35.0, "whatsapp"), (65.0, "call")]
    assert scenario.length_s == pytest.approx(65 / 20)
    assert scenario.steps[0].person == scenario.steps[1].person != scenario.steps[2].person
    written = msgspec.json.encode(scenario).decode()
    assert "08xx" in written
    assert not any(digits in written for digits in ("3456", "34567890", "81234"))
    real, junk = scenario.expected
    assert (real.severities, real.kecamatan, real.units) == (("critical",), ("Slawi",), {"fire": 2})
    assert junk.closed_as == ("prank",)
    assert {s.event for s in scenario.steps} == {real.key, junk.key}


async def test_day_is_named_on_the_command_line_and_nothing_is_written(database: Database, tmp_path: Path) -> None:
    async with desk_on(database) as desk:
        await desk.report(FIRE, "+6281234567890")
        before = await desk.kinds()
        settings = load_settings(
            {"KENTONGAN_DATABASE_URL": database.url, "KENTONGAN_DATA_DIR": str(tmp_path)}, env_file=tmp_path / "none"
        )
        scenario = find_scenario("day:2026-01-12@60", settings)
        assert await desk.kinds() == before
    assert (scenario.name, scenario.speed, len(scenario.steps)) == ("day-2026-01-12", 60.0, 1)
    assert check_scenario(scenario, desk.knowledge.rules) == []


async def _number(desk: Desk, incident_id: int) -> int:
    from dispatch.storage.incidents import fetch_incident

    found = await desk.run(lambda tx: fetch_incident(tx, incident_id))
    return int(found.number)


async def test_day_without_contacts_is_refused(database: Database) -> None:
    async with desk_on(database) as desk:
        await desk.report(FIRE)
    with inspect(database) as found, pytest.raises(ConfigurationError, match="nobody wrote or called"):
        read_day(found, "33.28", (MONDAY_MORNING - timedelta(days=2)).date(), TZ, 1.0)


@pytest.mark.parametrize(
    ("words", "masked"),
    [("hubungi 081234567890 ya", "hubungi 08xx ya"), ("+62 812-3456-7890", "08xx"), ("rt 03 rw 02", "rt 03 rw 02"),
     ("jam 21.30 ada 12 orang", "jam 21.30 ada 12 orang")],
)
def test_numbers_in_texts_are_masked(words: str, masked: str) -> None:
    assert mask(words) == masked
