"""Alarms put aside, and seats that hear none, over both engines."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch import wire
from dispatch.domain.roles import Actor, Role
from dispatch.errors import Invalid, NeedsReason, NotFound, Refused
from dispatch.services.access import END_SESSION, add_user, open_session
from dispatch.services.alarms import MOMENTARY, clear_alarm, raise_alarm
from dispatch.services.commands import run_command
from dispatch.services.handover_items import SYSTEM, seven_items
from dispatch.storage.board import read_board
from dispatch.storage.database import Database
from dispatch.storage.wire_row import alarm_row
from dispatch.texts import catalogue
from tests.support.centre import TZ, Centre, running_centre
from tests.support.desk import EVENTS

RINA = Actor("rina", Role.DISPATCHER, "", "1")
WHY = "radio regu mati"


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        await running.run(lambda tx: add_user(tx, "rina", Role.DISPATCHER, "", by="test"))
        await running.run(lambda tx: open_session(tx, "rina", Role.DISPATCHER, "token", phone=""))
        yield running


async def order(centre: Centre, verb: str, **args: Any) -> wire.CommandResult:
    command = wire.Command(command=verb, args=args, idempotency_key=f"k{centre.moment[0]}{verb}{args}")
    result: wire.CommandResult = await centre.run(lambda tx: run_command(tx, command, RINA, centre.edge.knowledge()))
    return result


async def raised(centre: Centre, level: int = 2, cause: str = "clock:1", **more: Any) -> int:
    more.setdefault("kind", "storage_full")
    number: int = await centre.run(lambda tx: raise_alarm(tx, level=level, cause=cause, **more))
    return number


async def alarms(centre: Centre) -> dict[int, wire.AlarmRow]:
    rows = await read_board(centre.edge.reader, TZ, centre.moment[0])
    return {row["id"]: alarm_row(row, TZ, "id") for row in rows.alarms}


async def test_a_shelved_alarm_comes_back_by_itself_and_f8_passes_it_over(centre: Centre) -> None:
    first, second = await raised(centre), await raised(centre, 3, "clock:2")
    await order(centre, "shelve", alarm=first, until={"minutes": 10}, reason=WHY)
    row = (await alarms(centre))[first]
    assert (row.shelved_by, row.shelved_until) == ("rina", centre.moment[0] + timedelta(minutes=10))
    assert (await order(centre, "acknowledge")).changed == [f"alarm:{second}"]
    centre.pass_time(1)
    with pytest.raises(NotFound):
        await order(centre, "acknowledge")
    centre.pass_time(599)
    assert (await order(centre, "acknowledge")).changed == [f"alarm:{first}"]


async def test_without_a_name_the_most_urgent_that_may_be_shelved_is_meant(centre: Centre) -> None:
    received = await centre.report("jalan", "a")
    await raised(centre, 1, "clock:1")
    second = await raised(centre, 2, "clock:2")
    third = await raised(centre, 3, "clock:3", incident_id=received.incident_id)
    assert (await order(centre, "shelve", text=WHY)).changed == [f"alarm:{second}"]
    assert (await order(centre, "shelve", incident=received.number, text=WHY)).changed == [f"alarm:{third}"]
    with pytest.raises(NotFound):
        await order(centre, "shelve", text=WHY, dry_run=False)


@pytest.mark.parametrize(("args", "error"), [
    ({"reason": "no"}, NeedsReason), ({}, NeedsReason), ({"reason": WHY, "until": {"minutes": 16}}, Refused),
    ({"reason": WHY, "alarm": 999}, NotFound), ({"reason": WHY, "alarm": "x"}, Invalid),
])
async def test_what_is_refused_changes_nothing(centre: Centre, args: dict[str, Any], error: type[Exception]) -> None:
    number = await raised(centre)
    with pytest.raises(error):
        await order(centre, "shelve", **args)
    assert (await alarms(centre))[number].shelved_until is None


async def test_an_emergency_is_never_shelved_and_what_gets_worse_comes_back(centre: Centre) -> None:
    number = await raised(centre, 1)
    with pytest.raises(Refused, match="emergency"):
        await order(centre, "shelve", alarm=number, reason=WHY)
    other = await raised(centre, 3, "clock:2")
    await order(centre, "shelve", alarm=other, reason=WHY)
    await raised(centre, 2, "clock:2")
    assert (await alarms(centre))[other].shelved_until is None


async def test_what_was_seen_stays_until_it_is_over_and_sounds_again_when_it_gets_worse(centre: Centre) -> None:
    lasting, passing = await raised(centre, 2, subject="D01"), await raised(centre, 3, "crew:2", kind="declined")
    for number in (lasting, passing):
        await order(centre, "acknowledge", alarm=number)
    assert [(row.id, row.acknowledged_by, row.subject) for row in (await alarms(centre)).values()] == [
        (lasting, "rina", "D01")], "what has no lasting cause is over once it was seen"
    assert await raised(centre, 3) == lasting
    assert (await alarms(centre))[lasting].acknowledged_by == "rina"
    assert await raised(centre, 1) == lasting
    assert ((await alarms(centre))[lasting].acknowledged_by, (await alarms(centre))[lasting].level) == ("", 1)
    await centre.run(lambda tx: clear_alarm(tx, "clock:1", "rina"))
    await centre.run(lambda tx: clear_alarm(tx, "clock:1", "rina"))
    assert await alarms(centre) == {}
    events = [row for row in await centre.run(lambda tx: tx.all(EVENTS)) if row["kind"].startswith("alarm.")]
    assert [row["kind"].removeprefix("alarm.") for row in events] == [
        "raised", "raised", "acknowledged", "acknowledged", "raised", "cleared"]
    assert {row["touched"] for row in events} == {f'["alarm:{lasting}"]', f'["alarm:{passing}"]'}


def test_what_is_over_when_seen_is_an_alarm_there_is() -> None:
    assert not {kind for kind in MOMENTARY if f"alarm.{kind}" not in catalogue("id")}


async def test_the_handover_names_what_is_put_aside(centre: Centre) -> None:
    number = await raised(centre)
    await order(centre, "shelve", alarm=number, reason=WHY)

    def items(tx: Any) -> list[str]:
        found = seven_items(tx, "rina", {}, centre.edge.knowledge(), "id")
        return next(item.lines for item in found if item.number == SYSTEM)

    assert any(line.startswith("alarm ditunda rina s/d 12/01 14:15:") and WHY in line
               for line in await centre.run(items))
    centre.pass_time(901)
    assert not any("ditunda" in line for line in await centre.run(items))


async def test_who_works_on_paper_stands_on_the_board_until_it_is_over_or_signs_on_anew(centre: Centre) -> None:
    async def on_paper() -> bool:
        return (await read_board(centre.edge.reader, TZ, centre.moment[0])).operators[0].on_paper

    assert (await order(centre, "seat", on_paper=True)).changed == ["operator:rina"]
    assert await on_paper()
    await order(centre, "seat", on_paper=False)
    assert not await on_paper()
    centre.pass_time(1)
    await order(centre, "seat", on_paper=True)
    await centre.run(lambda tx: tx.execute(END_SESSION, token_hash="token"))
    await centre.run(lambda tx: open_session(tx, "rina", Role.DISPATCHER, "other", phone=""))
    assert not await on_paper()


async def test_a_seat_without_sound_stands_on_the_board_until_it_hears_or_signs_on_anew(centre: Centre) -> None:
    async def deaf() -> bool:
        return (await read_board(centre.edge.reader, TZ, centre.moment[0])).operators[0].deaf

    assert (await order(centre, "seat", heard=False)).changed == ["operator:rina"]
    assert await deaf()
    await order(centre, "seat", heard=True)
    assert not await deaf()
    centre.pass_time(1)
    await order(centre, "seat", heard=False)
    await centre.run(lambda tx: tx.execute(END_SESSION, token_hash="token"))
    await centre.run(lambda tx: open_session(tx, "rina", Role.DISPATCHER, "other", phone=""))
    assert not await deaf()
