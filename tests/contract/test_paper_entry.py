"""Keying paper afterwards over both engines: original times, original phases, nobody paged for what is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import bindparam, select

from dispatch import grammar
from dispatch.domain.clock import Level
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus, IncidentStatus
from dispatch.errors import Invalid, KentonganError, NeedsReason, NotFound, Refused
from dispatch.grammar import Vocabulary
from dispatch.services.audit import find_unfired
from dispatch.services.centre import describe_centre
from dispatch.services.commands import DryRun
from dispatch.settings import load_settings
from dispatch.storage.database import Database
from dispatch.storage.paper import reserve_cards
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import reach_step
from dispatch.storage.wire_row import log_line
from tests.support.desk import ADI, EVENTS, FIRE, Desk, desk_on

STEPS = Statement(select(reach_step).where(reach_step.c.centre == bindparam("centre")))
TEN = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
"""10:00 in Tegal; the desk's clock starts at 09:00."""


async def key_in(desk: Desk, line: str, **more: Any) -> list[Any]:
    """A line as it is typed, on a desk an hour after the outage began, with 20 cards printed."""
    vocabulary = Vocabulary.of(describe_centre(load_settings({}), desk.knowledge.rules, {}, [], "id"))
    results = []
    for parsed in grammar.parse(line, vocabulary):
        results.append(await desk.command(parsed.verb, **grammar.to_args(grammar.complete(parsed, None)), **more))
    return results


async def an_hour_later(desk: Desk) -> None:
    await desk.run(lambda tx: reserve_cards(tx, 20, "system"))
    desk.moment[0] = TEN


async def test_card_keeps_its_times_and_its_phases(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        [made, *_] = await key_in(
            desk,
            "n m-012 @09:10 slw kbk-rmh p1 rumah terbakar kalisapu; d d01 m-012 @09:11; a d01 @09:24; c d01 @09:50",
        )
        assert "M-012" in made.message
        assert "TIDAK ada pesan keluar" in made.message
        number = made.incident
        item = await desk.incident(number)
        assert item.opened_at == TEN - timedelta(minutes=50)
        assert item.dispatched_at == TEN - timedelta(minutes=49)
        assert item.on_scene_at == TEN - timedelta(minutes=36)
        assert item.resolved_at == TEN - timedelta(minutes=10)
        assert (item.status, item.severity, item.type, item.subtype) == (
            IncidentStatus.RESOLVED, Severity.CRITICAL, "fire", "building",
        )
        [sent] = await desk.assignments(number)
        assert sent.times[AssignmentStatus.ON_SCENE.value] == TEN - timedelta(minutes=36)
        clocks = await desk.clocks(number)
        assert {phase: clock.outcome for phase, clock in clocks.items()} == {
            "answer": "met", "triage": "met", "dispatch": "met", "acknowledge": "missed", "travel": "met",
        } | {phase: clocks[phase].outcome for phase in clocks if phase == "resolve"}
        travel = clocks["travel"]
        assert travel.stopped_at is not None
        assert travel.stopped_at - travel.started_at == timedelta(minutes=13)
        await key_in(desk, "k m-012 sls @09:55")
        assert (await desk.incident(number)).closed_at == TEN - timedelta(minutes=5)
        assert (await desk.unit("D01"))["status"] == "available"


async def test_nobody_is_told_what_is_over_and_it_counts_as_missed(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        [made] = await key_in(desk, "n m-001 @09:02 kbk p1 api di kalisapu slawi")
        assert await desk.sweep() == 0
        dispatch = (await desk.clocks(made.incident))["dispatch"]
        assert (dispatch.level, dispatch.firings, dispatch.next_at) == (Level.SERIOUS, (), None)
        reader = Reader(database, "33.28", connections=1)
        await reader.start()
        assert await find_unfired(reader, desk.knowledge.rules, desk.moment[0]) == []
        await reader.stop()
        await key_in(desk, "d d01 m-001 @09:30")
        assert (await desk.clocks(made.incident))["dispatch"].outcome == "missed"
        assert await desk.messages() == []
        assert await desk.alarms() == []
        assert await desk.sweep() == 0


async def test_neither_a_crew_nor_a_raised_priority_is_chased_for_what_is_over(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        [made, _] = await key_in(desk, "n m-001 @09:02 jln lubang di slawi; d d01 m-001 @09:04")
        await key_in(desk, "p 1 m-001 @09:05")
        assert (await desk.incident(made.incident)).severity is Severity.CRITICAL
        assert await desk.rows(STEPS) == [], "whoever was sent by radio is not rung until they answer"
        assert await desk.sweep() == 0
        assert (await desk.messages(), await desk.alarms()) == ([], [])


async def test_what_falls_due_after_the_keying_is_live(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        [made, _] = await key_in(desk, "n m-001 @09:58 kbk p1 api di kalisapu slawi; d d01 m-001 @09:59")
        desk.pass_time(minutes=14, seconds=1)
        assert await desk.sweep() > 0
        assert (await desk.clocks(made.incident))["travel"].level is Level.BREACHED
        assert await desk.alarms() != []


async def test_same_card_twice_is_refused_with_one_sentence(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        [made] = await key_in(desk, "n m-003 @09:20 kbk rumah di slawi")
        with pytest.raises(Refused) as refused:
            await key_in(desk, "n m-003 @09:20 kbk rumah di slawi", actor=ADI)
        assert refused.value.code == "paper_entered"
        assert refused.value.params == {"card": "M-003", "number": made.incident, "who": "rina"}
        first = await desk.command("new", card=4, text="api slawi", at={"clock": "09:30"}, idempotency_key="same")
        again = await desk.command("new", card=4, text="api slawi", at={"clock": "09:30"}, idempotency_key="same")
        assert again == first, "the same keystroke sent twice is no second card"


async def test_number_that_was_never_printed_needs_a_reason(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        with pytest.raises(NeedsReason) as refused:
            await key_in(desk, "n m-021 @09:20 kbk rumah di slawi")
        assert refused.value.code == "paper_unknown_card"
        await key_in(desk, "n m-025 @09:20 kbk rumah di slawi !kartu lama dari gudang")
        assert await desk.run(lambda tx: reserve_cards(tx, 1, "system")) == 26, "it is in use now"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("d d01 m-001 @09:05", "paper_before"),
        ("d d01 m-001 @09:12; a d01 m-001 @09:11", "paper_before"),
        ("d d01 m-001 @09:12; k m-001 sls @09:11", "paper_before"),
        ("d d01 m-002 @09:12", "paper_not_entered"),
        ("n m-002 kbk rumah di slawi", "paper_needs_time"),
        ("d d01 m-001 @01/12-09:12", "paper_too_old"),
        ("d d01 m-001 @31/02-09:12", "paper_no_date"),
    ],
)
async def test_what_cannot_have_been_is_refused(database: Database, line: str, code: str) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        await key_in(desk, "n m-001 @09:10 kbk rumah di slawi")
        with pytest.raises(KentonganError) as refused:
            await key_in(desk, line)
        assert refused.value.code == code


async def test_wall_clock_shows_minutes(database: Database) -> None:
    """A step within the minute of the one before is that moment, not before it."""
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        desk.pass_time(minutes=5, seconds=40)
        await desk.command("dispatch", incident=number, units=["D01"])
        desk.pass_time(minutes=30)
        await key_in(desk, "a d01 @09:05")
        [sent] = await desk.assignments(number)
        assert sent.times["on_scene"] == sent.times["assigned"]


async def test_units_of_an_incident_from_before_the_outage(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE, "+6281234567890")).number
        await an_hour_later(desk)
        before = len(await desk.messages())
        await key_in(desk, f"d d02 {number} @09:20; e d02 @09:22; a d02 @09:40")
        assert len(await desk.messages()) == before, "neither crew nor caller hears now what happened then"
        assert (await desk.incident(number)).on_scene_at == TEN - timedelta(minutes=20)


async def test_log_tells_both_times(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        await key_in(desk, "n m-001 @09:10 kbk rumah di slawi; d d01 m-001 @09:12")
        rows = {row["kind"]: row for row in await desk.rows(EVENTS)}
        for kind in ("paper.entered", "assignment.created"):
            assert rows[kind]["at"] == int(TEN.timestamp() * 1000), "the log is in the order of writing"
        line = log_line(rows["assignment.created"], 1001, TEN.astimezone().tzinfo or UTC, "id")
        assert "(ditulis " in line.text
        assert msgspec.json.decode(rows["assignment.created"]["data"])["written_at"].startswith("2026-01-12T09:12")


async def test_only_what_happened_can_have_happened_earlier(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        with pytest.raises(Invalid):
            await desk.command("hold", incident=number, until={"minutes": 5}, at={"clock": "09:00"})
        for at in ("09:00", {"clock": "25:00"}, {"clock": "09:00", "date": "x"}, {"date": "01/01"}, [], 5):
            with pytest.raises(Invalid):
                await desk.command("dispatch", incident=number, units=["D01"], at=at)
        for card in ("1", 0, -1, True, 10**9):
            with pytest.raises(Invalid):
                await desk.command("new", card=card, text="x")
        with pytest.raises(NotFound):
            await desk.command("dispatch", card=3, units=["D01"])


async def test_trial_and_undo(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        with pytest.raises(DryRun):
            await desk.command("new", card=1, text="api slawi", at={"clock": "09:10"}, dry_run=True)
        [made, _] = await key_in(desk, "n m-001 @09:10 kbk rumah di slawi; d d01 m-001 @09:12")
        await desk.command("undo")
        assert (await desk.unit("D01"))["status"] == "available"
        assert (await desk.incident(made.incident)).dispatched_at is None


async def test_what_the_card_says_of_the_scene_is_keyed_in_too(database: Database) -> None:
    async with desk_on(database) as desk:
        await an_hour_later(desk)
        [made, *_] = await key_in(
            desk,
            "n m-012 @09:10 slw kbk rumah terbakar kalisapu; korban m-012 @09:12 2 luka 1 terjebak; "
            "ciri m-012 @09:12 blk mushola; nama m-012 @09:12 Bu Sri",
        )
        item = await desk.incident(made.incident)
        assert (item.scene.casualties, item.scene.trapped, item.scene.landmark) == (2, 1, "blk mushola")
        assert (item.caller_name, item.severity) == ("Bu Sri", Severity.CRITICAL)
        rows = [row for row in await desk.rows(EVENTS) if row["kind"] == "incident.noted"]
        assert log_line(rows[0], item.number, UTC, "id").text.startswith("korban: 2 (ditulis")
