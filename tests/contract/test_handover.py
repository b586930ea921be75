"""The shift's handover over both engines: seven items read out, two signatures, nothing open left behind."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dispatch import wire
from dispatch.domain.roles import Actor, Role
from dispatch.errors import Forbidden, Invalid, NeedsReason, NotFound, Refused, Unauthorised
from dispatch.services.access import add_user
from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.commands import run_command
from dispatch.services.handover import MAX_NOTE, MAX_NOTES
from dispatch.services.handover_items import seven_items
from dispatch.services.password import hash_password
from dispatch.storage.database import Database
from tests.support.centre import Centre, running_centre
from tests.support.desk import ADI, EVENTS, FIRE, LAMP, Desk, desk_on

PASSWORD = "kentongan-112"
SPV = Actor("spv", Role.SUPERVISOR, "", "9")
ALL = [1, 2, 3, 4, 5, 6, 7]


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with desk_on(database) as running:
        for name, role in (("rina", Role.DISPATCHER), ("spv", Role.SUPERVISOR)):
            await running.run(lambda tx, n=name, r=role: add_user(tx, n, r, "not a hash", by="test"))
        yield running


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
async def centre(database: Database, tmp_path: Path, hashed: str) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        for name, role in (("rina", Role.DISPATCHER), ("adi", Role.DISPATCHER), ("tamu", Role.VIEWER)):
            await running.run(lambda tx, n=name, r=role: add_user(tx, n, r, hashed, by="test"))
        yield running


async def identity_of(centre: Centre, name: str) -> Any:
    given = await centre.edge.access.sign_in(wire.SessionRequest(username=name, password=PASSWORD), "10.0.0.1")
    return await centre.edge.access.identify(given.token)


async def order(centre: Centre, actor: Actor, verb: str, **args: Any) -> wire.CommandResult:
    command = wire.Command(command=verb, args=args, idempotency_key=f"k{verb}{args}")
    result: wire.CommandResult = await centre.run(lambda tx: run_command(tx, command, actor, centre.edge.knowledge()))
    return result


async def sign(centre: Centre, who: Any, name: str = "adi", password: str = PASSWORD) -> wire.HandoverSigned:
    asked = wire.SessionRequest(username=name, password=password)
    return await centre.edge.access.sign_over(who, asked, "10.0.0.1", centre.edge.knowledge())


async def test_the_seven_items_name_what_the_next_shift_must_know(desk: Desk) -> None:
    fire, lamp = (await desk.report(FIRE)).number, (await desk.report(LAMP, "+6281290000002")).number
    question = (await desk.report("bade takon KTP ilang", "+6281290000003")).number
    await desk.command("dispatch", incident=fire, units=["D01"])
    await desk.command("open", incident=lamp)
    await desk.command("hold", incident=lamp, until={"minutes": 90}, text="tunggu PLN")
    await desk.command("off", units=["A01"], text="ban bocor")
    await desk.run(lambda tx: raise_alarm(tx, level=NEEDED, kind="channel_down", cause="channel:sms", channel="sms"))
    desk.knowledge = dataclasses.replace(desk.knowledge, degraded=("Radio ch2 mati",))
    shown = (await desk.command("handover", items=[4], text="Danawarih tutup s/d 18:00")).data
    said = {item["number"]: item["lines"] for item in shown["items"]}
    assert said == {
        1: [f"{fire} P1 Kebakaran, Kalisapu, Slawi; TUGAS; unit D01; batas diterima petugas 12/01 09:01",
            f"{question} P- Informasi, lokasi belum jelas; BARU; unit -; tanpa batas waktu berjalan "
            "(belum dibuka siapa pun)"],
        2: [f"{lamp} ditahan s/d 12/01 10:30 tunggu PLN"], 3: ["A01 OFF sejak 12/01 09:00 ban bocor"],
        4: ["catatan: Danawarih tutup s/d 18:00"], 5: [],
        6: ["Radio ch2 mati", "Saluran sms MATI: pesan menunggu, dicoba terus."], 7: [],
    }
    assert shown["unread"] == [1, 2, 3, 5, 6, 7]


async def test_the_items_are_in_the_readers_language_and_name_desks_as_the_boards_do(desk: Desk) -> None:
    number = (await desk.report("listrik padam")).number
    await desk.command("dispatch", incident=number, agency=["pln"])
    items = await desk.run(lambda tx: seven_items(tx, "rina", {}, desk.knowledge, "en"))
    [line] = items[0].lines
    assert "place not known yet" in line
    assert "units PLN;" in line


async def test_what_comes_after_an_item_was_read_out_makes_it_unread(desk: Desk) -> None:
    await desk.report(FIRE)
    assert (await desk.command("handover", items=ALL)).data["unread"] == []
    await desk.report(LAMP, "+6281290000002")
    assert (await desk.command("handover")).data["unread"] == [1]


async def test_a_late_clock_is_said_and_the_next_one_comes_first(desk: Desk) -> None:
    await desk.report(FIRE)
    desk.pass_time(hours=1)
    shown = (await desk.command("handover")).data
    assert "LEWAT batas" in shown["items"][0]["lines"][0]


@pytest.mark.parametrize(("args", "code"), [
    ({"items": [8]}, "handover_item"), ({"items": [1, 2], "text": "dua"}, "handover_note"),
    ({"text": "tanpa butir"}, "handover_note"), ({"items": "1"}, "bad_arguments"),
    ({"reason": "pulang saja"}, "handover_who"), ({"who": "adi"}, "handover_sign"),
])
async def test_what_cannot_be_meant_is_refused(desk: Desk, args: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        await desk.command("handover", **args)
    assert refused.value.code == code


async def test_both_sign_and_the_incidents_have_a_new_owner(centre: Centre) -> None:
    rina = await identity_of(centre, "rina")
    number = (await centre.report("kebakaran slawi", "SM1")).number
    await order(centre, rina.actor, "open", incident=number)
    with pytest.raises(Refused) as refused:
        await centre.edge.access.sign_out(rina)
    assert refused.value.code == "handover_due"
    with pytest.raises(Refused) as refused:
        await sign(centre, rina)
    assert refused.value.code == "handover_unread"
    await order(centre, rina.actor, "handover", items=ALL)
    signed = await sign(centre, rina)
    adi = await centre.edge.access.identify(signed.session.token)
    assert (adi.actor.name, adi.actor.seat) == ("adi", "1"), "the seat stays, the person changes"
    assert not await centre.edge.access.is_live(rina)
    assert "Penyerah: rina   Penerima: adi" in signed.lines[-1]
    row = (await order(centre, adi.actor, "view", incident=number)).incident
    assert row == number
    last = [e for e in await centre.edge.reader.all(EVENTS) if e["kind"] == "shift.handed_over"]
    told = msgspec.json.decode(last[0]["data"])
    assert (told["outgoing"], told["incoming"], told["incidents"], told["unread"]) == ("rina", "adi", [number], [])
    assert told["items"] == signed.lines
    with pytest.raises(Refused):
        await centre.edge.access.sign_out(adi)


async def test_a_wrong_password_signs_nothing_and_nobody_signs_twice(centre: Centre) -> None:
    rina = await identity_of(centre, "rina")
    await order(centre, rina.actor, "handover", items=ALL)
    with pytest.raises(Unauthorised):
        await sign(centre, rina, password="salah-sekali")
    with pytest.raises(Invalid):
        await sign(centre, rina, "rina")
    with pytest.raises(Forbidden):
        await sign(centre, rina, "tamu")
    assert await centre.edge.access.is_live(rina)
    await sign(centre, rina)
    assert not await centre.edge.access.is_live(rina)


async def test_without_open_incidents_one_just_leaves(centre: Centre) -> None:
    rina = await identity_of(centre, "rina")
    await centre.report("kebakaran slawi", "SM1")
    await centre.edge.access.sign_out(rina)
    assert not await centre.edge.access.is_live(rina)


async def test_the_second_seat_of_a_person_may_close_without_a_handover(centre: Centre) -> None:
    first, second = await identity_of(centre, "rina"), await identity_of(centre, "rina")
    number = (await centre.report("kebakaran slawi", "SM1")).number
    await order(centre, first.actor, "open", incident=number)
    await centre.edge.access.sign_out(second)
    with pytest.raises(Refused):
        await centre.edge.access.sign_out(first)


async def test_a_supervisor_releases_a_seat_with_a_reason(desk: Desk) -> None:
    number = (await desk.report(FIRE)).number
    await desk.command("open", incident=number)
    with pytest.raises(Forbidden):
        await desk.command("handover", ADI, who="rina", reason="dia harus pergi")
    with pytest.raises(NeedsReason):
        await desk.command("handover", SPV, who="rina", reason="ya")
    with pytest.raises(NotFound):
        await desk.command("handover", SPV, who="rini", reason="pingsan di meja")
    result = await desk.command("handover", SPV, who="rina", reason="pingsan di meja")
    assert (await desk.incident(number)).owner == "spv"
    assert "pingsan di meja" in result.data["lines"][-1]
    released = [row for row in await desk.rows(EVENTS) if row["kind"] == "shift.released"]
    assert msgspec.json.decode(released[0]["data"])["unread"] == ALL
    await desk.command("handover", SPV, who="spv", reason="gedung dikosongkan")
    assert (await desk.incident(number)).owner == "", "nobody's: everybody hears it"


async def test_notes_on_roads_weather_and_bulletins_go_on_until_written_anew(desk: Desk) -> None:
    await desk.command("handover", items=[4], text="Danawarih tutup")
    await desk.command("handover", items=[6], text="radio derau")
    await desk.command("handover", SPV, who="rina", reason="gempa bumi")
    said = {i["number"]: i["lines"] for i in (await desk.command("handover", ADI)).data["items"]}
    assert "Danawarih" in said[4][0]
    assert said[6] == [], "what works badly is seen by the system itself"
    await desk.command("handover", ADI, items=[4], text="semua jalan terbuka")
    await desk.command("handover", ADI, items=[4], text="kecuali Bojong")
    said = {i["number"]: i["lines"] for i in (await desk.command("handover", ADI)).data["items"]}
    assert said[4] == ["catatan: semua jalan terbuka", "catatan: kecuali Bojong"]
    read = [msgspec.json.decode(row["data"]) for row in await desk.rows(EVENTS) if row["kind"] == "shift.item_read"]
    assert [(entry["items"], entry["note"]) for entry in read[-2:]] == [
        ([4], "semua jalan terbuka"), ([4], "kecuali Bojong")]
    for index in range(MAX_NOTES):
        await desk.command("handover", ADI, items=[5], text=f"{index}  " + "x" * MAX_NOTE)
    [*_, last] = said = (await desk.command("handover", ADI, items=[5], text="baru")).data["items"][4]["lines"]
    assert (len(said), last) == (MAX_NOTES, "catatan: baru"), "the oldest gives way"
    assert len(said[0]) == len("catatan: ") + MAX_NOTE


async def test_looking_is_no_command_to_undo(desk: Desk) -> None:
    number = (await desk.report(LAMP)).number
    before = (await desk.incident(number)).severity
    await desk.command("priority", incident=number, severity="critical")
    await desk.command("handover", items=[1])
    await desk.command("undo")
    assert (await desk.incident(number)).severity is before
