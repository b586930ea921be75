"""Undo on both engines: an operator's own last command is compensated, the crew is told, the log keeps both."""

from __future__ import annotations

import pytest

from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus, IncidentStatus
from dispatch.errors import NotFound, Refused, StaleVersion
from dispatch.services.assignments import move_assignment
from dispatch.services.undo import UNDO_S
from dispatch.storage.database import Database
from tests.support.desk import ADI, FIRE, LAMP, desk_on


async def test_undoing_a_dispatch_frees_the_unit_and_tells_its_crew(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("open", incident=number)
        await desk.command("dispatch", incident=number, units=["D01"])
        [sent] = await desk.assignments(number)
        await desk.run(lambda tx: move_assignment(
            tx, sent.id, AssignmentStatus.ACKNOWLEDGED, actor="crew:D01", knowledge=desk.knowledge))
        assert (await desk.clocks(number))["turnout"].is_running
        await desk.command("undo")
        assert not (await desk.clocks(number))["turnout"].is_running, "nobody waits for a crew that was stood down"
        assert (await desk.unit("D01"))["status"] == "available"
        assert (await desk.incident(number)).status is IncidentStatus.NEW
        assert (await desk.messages("withdrawal"))[0]["recipient"] == "+628999000101"
        running = {p for p, c in (await desk.clocks(number)).items() if c.is_running}
        assert "triage" in running, "the clocks that the dispatch had stopped run again"
        assert "command.undone" in await desk.kinds()


async def test_undoing_a_priority_puts_severity_and_clocks_back(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        before, severity = await desk.clocks(number), (await desk.incident(number)).severity
        await desk.command("priority", incident=number, severity="critical")
        version = (await desk.incident(number)).version
        await desk.command("undo")
        item = await desk.incident(number)
        assert item.version == version + 1, "who still looks at what was undone must be told so"
        assert item.severity is severity
        assert severity is not Severity.CRITICAL
        assert (await desk.clocks(number))["resolve"].deadlines == before["resolve"].deadlines


async def test_only_ones_own_last_command_within_a_minute(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("priority", incident=number, severity="high")
        with pytest.raises(NotFound):
            await desk.command("undo", ADI)
        desk.pass_time(seconds=UNDO_S + 1)
        with pytest.raises(NotFound):
            await desk.command("undo")


async def test_not_when_somebody_changed_the_incident_since(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("priority", incident=number, severity="high")
        await desk.command("priority", ADI, incident=number, severity="critical")
        with pytest.raises(StaleVersion) as refused:
            await desk.command("undo")
        assert refused.value.params["who"] == "adi"


async def test_undoing_a_withdrawal_sends_the_unit_back_and_ends_the_clock_it_started(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        before = {p for p, c in (await desk.clocks(number)).items() if c.is_running}
        await desk.command("withdraw", incident=number, units=["D01"])
        assert (await desk.clocks(number))["dispatch"].is_running
        await desk.command("undo")
        assert (await desk.unit("D01"))["status"] == "dispatched"
        assert (await desk.incident(number)).status is IncidentStatus.DISPATCHED
        assert {p for p, c in (await desk.clocks(number)).items() if c.is_running} == before


async def test_out_of_service_and_closing_can_be_undone(database: Database) -> None:
    async with desk_on(database) as desk:
        await desk.command("off", units=["A01"], text="ban bocor")
        await desk.command("undo")
        assert (await desk.unit("A01"))["status"] == "available"
        number = (await desk.report(LAMP)).number
        await desk.command("close", incident=number, disposition="sls")
        await desk.command("undo")
        assert (await desk.incident(number)).is_open
        assert any(clock.is_running for clock in (await desk.clocks(number)).values())


async def test_a_last_command_that_cannot_be_undone_is_not_replaced_by_an_older_one(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("priority", incident=number, severity="high")
        await desk.command("remark", incident=number, text="sudah ditelepon")
        with pytest.raises(Refused) as refused:
            await desk.command("undo")
        assert refused.value.code == "cannot_undo"
        assert (await desk.incident(number)).severity is Severity.HIGH


async def test_u_again_takes_back_the_command_before_also_across_incidents(database: Database) -> None:
    async with desk_on(database) as desk:
        fire, lamp = (await desk.report(FIRE)).number, (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=fire, units=["D01"])
        await desk.command("priority", incident=lamp, severity="high")
        await desk.command("enroute", units=["D01"])
        await desk.command("undo")
        assert (await desk.unit("D01"))["status"] == "dispatched"
        await desk.command("undo")
        assert (await desk.incident(lamp)).severity is not Severity.HIGH
        await desk.command("undo")
        assert (await desk.unit("D01"))["status"] == "available"
        with pytest.raises(NotFound):
            await desk.command("undo")


async def test_u_again_stops_at_what_somebody_else_changed_between(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("arrive", ADI, units=["D01"])
        await desk.command("backup", incident=number, more=[["A", 1]])
        await desk.command("undo")
        with pytest.raises(StaleVersion):
            await desk.command("undo")


async def test_a_dispatch_is_not_taken_back_once_others_were_sent_or_are_ready_again(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("dispatch", ADI, incident=number, units=["A01"])
        with pytest.raises(Refused) as refused:
            await desk.command("undo")
        assert refused.value.code == "undo_overtaken"
        await desk.command("clear", units=["D01"])
        with pytest.raises(Refused):
            await desk.command("undo", ADI)
        assert (await desk.incident(number)).status is IncidentStatus.DISPATCHED
        assert (await desk.unit("A01"))["status"] == "dispatched"


async def test_what_changed_nothing_is_no_command_to_take_back(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        assert (await desk.command("enroute", units=["D01"])).undo_s == UNDO_S
        assert (await desk.command("enroute", units=["D01"])).undo_s == 0
        await desk.command("undo")
        assert (await desk.unit("D01"))["status"] == "dispatched"
