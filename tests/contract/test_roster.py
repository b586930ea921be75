"""Rosters on both engines: who is told depends on the moment of telling; changes, swaps, holes, quiet hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dispatch.domain.contact import Contact, QuietHours
from dispatch.domain.policy import Policy, PolicyStep
from dispatch.domain.roster import Roster, Shift
from dispatch.errors import Invalid, NotFound
from dispatch.services.assignments import assign_units
from dispatch.services.delivery import claim_messages, note_channel
from dispatch.services.roster import (
    change_roster,
    find_holes,
    find_strangers,
    on_duty,
    restore_roster,
    roster_lines,
    swap_people,
)
from dispatch.services.roster_watch import RosterWatch
from dispatch.services.step_sweep import sweep_steps
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.rosters import coming_changes
from tests.contract.test_reaching import STEPS, told
from tests.support.desk import FIRE, LAMP, Desk, desk_on

WIB = ZoneInfo("Asia/Jakarta")
ANDI, BUDI = Contact("Andi", "+628111000001"), Contact("Budi", "+628111000002")
DESK = Contact("Piket", "+628111000009")
EVERY = frozenset(range(7))
DAY, NIGHT = Shift(EVERY, time(7), time(19), ("andi",)), Shift(EVERY, time(19), time(7), ("budi",))
MONDAY = datetime(2026, 1, 12, tzinfo=WIB)


def teach(desk: Desk, *shifts: Shift, agency: str = "fire", **people: Contact) -> None:
    rules = desk.knowledge.rules
    roster = Roster(agency, {"andi": ANDI, "budi": BUDI, **people}, shifts or (DAY, NIGHT), WIB)
    known = replace(rules.agencies[agency], contacts=(DESK,))
    steps = (PolicyStep(timedelta(), "contact"), PolicyStep(timedelta(seconds=30), "contact"))
    desk.knowledge = replace(desk.knowledge, rules=replace(
        rules, rosters={agency: roster}, agencies={**rules.agencies, agency: known}, reaching=(Policy("uji", steps),),
    ))


async def names(desk: Desk, agency: str = "fire") -> list[str]:
    found = await desk.run(lambda tx: on_duty(tx, agency, desk.knowledge))
    return [contact.name for contact in found]


async def change(desk: Desk, outgoing: str, *incoming: str, start: datetime, hours: float) -> int:
    return await desk.run(lambda tx: change_roster(  # type: ignore[no-any-return]
        tx, desk.knowledge.rules, "fire", outgoing=outgoing, incoming=incoming, start=start,
        end=start + timedelta(hours=hours), actor="rina",
    ))


async def test_who_is_on_call_changes_with_the_shift_and_the_duty_number_stands_behind(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk)
        assert await names(desk) == ["Andi", "Piket"]
        desk.pass_time(hours=10)
        assert await names(desk) == ["Budi", "Piket"]
        assert await names(desk, "police") == [c.name for c in desk.knowledge.rules.agencies["police"].contacts]


async def test_a_step_that_fires_after_the_change_of_shift_tells_the_new_one(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk)
        desk.pass_time(hours=9, minutes=59, seconds=50)
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        assert (await told(desk))[-1][0] == ANDI.phone
        desk.pass_time(seconds=30)
        await desk.run(lambda tx: sweep_steps(tx, desk.knowledge))
        assert (await told(desk))[-1][0] == BUDI.phone


async def test_changes_swaps_and_taking_back(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk)
        change_id = await change(desk, "", "budi", start=MONDAY + timedelta(hours=8), hours=2)
        assert await names(desk) == ["Budi", "Piket"]
        await desk.run(lambda tx: restore_roster(tx, change_id, "rina"))
        assert await names(desk) == ["Andi", "Piket"]
        with pytest.raises(NotFound):
            await desk.run(lambda tx: restore_roster(tx, change_id, "rina"))
        await desk.run(lambda tx: swap_people(
            tx, desk.knowledge.rules, "fire", "andi", "budi", start=MONDAY, end=MONDAY + timedelta(days=1),
            actor="rina",
        ))
        assert await names(desk) == ["Budi", "Piket"]
        desk.pass_time(hours=11)
        assert await names(desk) == ["Andi", "Piket"]
        desk.pass_time(hours=13)
        assert await names(desk) == ["Andi", "Piket"], "the next day is as planned"
        assert {"roster.changed", "roster.restored"} <= set(await desk.kinds())


@pytest.mark.parametrize(("how", "error"), [
    ({"incoming": ("dodi",)}, NotFound), ({"outgoing": "dodi"}, NotFound), ({"agency": "police"}, NotFound),
    ({"end": MONDAY}, Invalid), ({"end": MONDAY + timedelta(days=400)}, Invalid),
])
async def test_a_change_that_cannot_be_meant_is_refused(database: Database, how: dict[str, Any], error: Any) -> None:
    async with desk_on(database) as desk:
        teach(desk)
        given: dict[str, Any] = {
            "agency": "fire", "outgoing": "andi", "incoming": ("budi",), "start": MONDAY,
            "end": MONDAY + timedelta(hours=1), **how,
        }
        agency = given.pop("agency")
        with pytest.raises(error):
            await desk.run(lambda tx: change_roster(tx, desk.knowledge.rules, agency, actor="rina", **given))
        assert await desk.run(coming_changes) == []


async def test_a_hole_is_told_and_the_duty_number_is_used(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk)
        await change(desk, "andi", start=MONDAY + timedelta(hours=8), hours=4)
        assert await names(desk) == ["Piket"]
        rules, rows = desk.knowledge.rules, await desk.run(coming_changes)
        [hole] = find_holes(rules, rows, desk.moment[0], timedelta(days=7))
        assert hole.end == MONDAY + timedelta(hours=12)
        assert "JADWAL JAGA Damkar KOSONG 12-01 09:00 sampai 12-01 12:00" in hole.say(rules, "id")
        lines = await desk.run(lambda tx: roster_lines(tx, desk.knowledge, ["fire"], "id"))
        assert lines == ["Damkar: tidak ada, nomor piket dipakai"]


async def test_the_watch_says_it_on_every_screen_until_it_is_mended(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk)
        reader = Reader(database, desk.knowledge.rules.centre)
        await reader.start()
        try:
            watch = RosterWatch(reader, lambda: desk.knowledge.rules, lambda: desk.moment[0])
            await watch.look()
            assert watch.sentences("id") == []
            change_id = await change(desk, "budi", start=MONDAY + timedelta(hours=19), hours=4)
            await watch.look()
            assert "Damkar" in watch.sentences("id")[0]
            assert "Fire brigade EMPTY" in watch.sentences("en")[0]
            await desk.run(lambda tx: restore_roster(tx, change_id, "rina"))
            await watch.look()
            assert watch.sentences("id") == []
        finally:
            await reader.stop()


async def test_a_change_that_names_somebody_the_rules_no_longer_know_is_told(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk, citra=Contact("Citra", "+628111000003"))
        await change(desk, "andi", "citra", start=MONDAY, hours=20)
        assert await names(desk) == ["Citra", "Piket"]
        teach(desk)
        assert await names(desk) == ["Piket"]
        rows = await desk.run(coming_changes)
        assert "citra" in find_strangers(desk.knowledge.rules, rows, "id")[0]


async def send_lamp(desk: Desk, words: str = LAMP) -> None:
    number = (await desk.report(words)).number
    incident = await desk.incident(number)
    await desk.run(lambda tx: assign_units(
        tx, incident, [], actor="rina", knowledge=desk.knowledge, agencies=["street_light"]
    ))


SLEEPER = Contact("Andi", "+628111000001", quiet=QuietHours(time(8), time(12)))


async def test_what_can_wait_waits_for_the_end_of_quiet_hours(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk, Shift(EVERY, time(0), time.max, ("andi",)), agency="street_light", andi=SLEEPER)
        rules = desk.knowledge.rules
        light = replace(rules.agencies["street_light"], contacts=())
        desk.knowledge = replace(desk.knowledge, rules=replace(
            rules, agencies={**rules.agencies, "street_light": light}
        ))
        await send_lamp(desk)
        assert await told(desk) == []
        held = (await desk.rows(STEPS))[0]
        assert held["state"] == "held"
        assert held["next_at"] == int((MONDAY + timedelta(hours=12)).timestamp() * 1000)
        desk.pass_time(hours=3)
        assert await desk.run(lambda tx: sweep_steps(tx, desk.knowledge)) == 1
        assert await told(desk) == [(SLEEPER.phone, "sms")]


async def test_somebody_awake_is_told_instead_and_what_is_urgent_wakes_everybody(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk, Shift(EVERY, time(0), time.max, ("andi", "budi")), agency="street_light", andi=SLEEPER)
        await send_lamp(desk)
        assert await told(desk) == [(BUDI.phone, "sms")]
        teach(desk, Shift(EVERY, time(0), time.max, ("andi", "budi")), andi=SLEEPER)
        number = (await desk.report(FIRE)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        assert (await told(desk))[-1] == (SLEEPER.phone, "sms")


async def test_a_held_notice_is_not_sent_because_a_channel_works_again(database: Database) -> None:
    async with desk_on(database) as desk:
        from dispatch.services.messages import queue_message

        await desk.run(lambda tx: queue_message(
            tx, purpose="operator", channel="sms", recipient="+628111000001", body="x", dedupe_key="x",
            not_before=desk.moment[0] + timedelta(hours=1),
        ))
        await desk.run(lambda tx: note_channel(tx, "sms", works=True))
        assert await desk.run(lambda tx: claim_messages(tx, "w", free=5, routine=5)) == []
        desk.pass_time(hours=1)
        assert len(await desk.run(lambda tx: claim_messages(tx, "w", free=5, routine=5))) == 1


async def test_the_operator_asks_who_is_on_call(database: Database) -> None:
    async with desk_on(database) as desk:
        teach(desk)
        assert (await desk.command("roster")).message == "PIKET Damkar: Andi +628111000001"
        assert (await desk.command("roster", agency=["fire"])).data["lines"] == ["Damkar: Andi +628111000001"]
        with pytest.raises(NotFound):
            await desk.command("roster", agency=["police"])
