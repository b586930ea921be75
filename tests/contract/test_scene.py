"""What is noted of a scene and its caller, on both engines: stored, told, raised by the rules, found and taken back."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from sqlalchemy import bindparam, select

from dispatch.domain.scene import Scene
from dispatch.domain.severity import Severity
from dispatch.errors import Invalid, Refused
from dispatch.services.search import search
from dispatch.storage import wire_row
from dispatch.storage.board import decision_of, read_detail
from dispatch.storage.database import Database
from dispatch.storage.incidents import BY_ID
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import event, unit
from tests.support.centre import TZ
from tests.support.desk import ADI, EVENTS, LAMP, MONDAY_MORNING, Desk, desk_on

NUMBER = "+6281298765432"
NOTED = Statement(
    select(event.c.data).where(event.c.centre == bindparam("centre"), event.c.kind == "incident.noted")
    .order_by(event.c.seq)
)


async def noted(desk: Desk) -> list[tuple[str, object, object]]:
    rows = [msgspec.json.decode(row["data"]) for row in await desk.rows(NOTED)]
    return [(data["field"], data["before"], data["after"]) for data in rows]


async def test_words_and_keys_note_the_same_and_what_is_not_spoken_of_stays(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, scene="2 luka tanpa senjata gas bocor")
        await desk.command("scene", incident=number, landmark="rumah hijau, belakang Mushola")
        await desk.command("scene", incident=number, scene="0 terjebak")
        assert (await desk.incident(number)).scene == Scene(
            "rumah hijau, belakang Mushola", casualties=2, trapped=0, weapon=False, hazard="gas bocor")
        assert await noted(desk) == [
            ("casualties", None, 2), ("weapon", None, False), ("hazard", "", "gas bocor"),
            ("landmark", "", "rumah hijau, belakang Mushola"), ("trapped", None, 0),
        ]
        before = (await desk.incident(number)).version
        await desk.command("scene", incident=number, casualties=2)
        assert (await desk.incident(number)).version == before, "said again, it changes nothing"
        await desk.command("scene", incident=number, casualties=None, hazard="")
        scene = (await desk.incident(number)).scene
        assert (scene.casualties, scene.hazard, scene.trapped) == (None, "", 0), "taken back is not 'none'"


@pytest.mark.parametrize(("said", "level"), [
    ({"trapped": 1}, Severity.CRITICAL), ({"weapon": True}, Severity.CRITICAL), ({"casualties": 5}, Severity.CRITICAL),
    ({"trapped": 0}, Severity.MEDIUM), ({"weapon": False}, Severity.MEDIUM), ({"hazard": "gas"}, Severity.MEDIUM),
])
async def test_the_rules_raise_and_say_why(database: Database, said: dict[str, object], level: Severity) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        assert (await desk.incident(number)).severity is Severity.MEDIUM
        await desk.command("scene", incident=number, **said)
        item = await desk.incident(number)
        assert item.severity is level
        row = await desk.run(lambda tx: tx.first(BY_ID, id=item.id))
        raised = decision_of(row).get("raised", [])
        assert bool(raised) is (level is Severity.CRITICAL)
        why = await desk.command("why", incident=number)
        assert why.data["decision"].get("raised", []) == raised == list(item.scene.raised)
        assert ("dispatch" in await desk.clocks(number)) or level is Severity.MEDIUM or item.triaged_at is None


async def test_a_level_lowered_with_a_reason_stays_until_something_new_is_noted(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, trapped=1)
        await desk.command("priority", incident=number, severity="medium", reason="sudah dibebaskan")
        await desk.command("locate", incident=number, text="Kalisapu Slawi")
        assert (await desk.incident(number)).severity is Severity.MEDIUM
        await desk.command("new", incident=number, trapped=2, severity="low", reason="boneka, bukan orang")
        assert (await desk.incident(number)).severity is Severity.LOW, "a priority with its reason is the last word"
        await desk.command("scene", incident=number, weapon=True)
        assert (await desk.incident(number)).severity is Severity.CRITICAL


async def test_a_name_or_a_landmark_undoes_nobodys_judgement(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, trapped=1)
        await desk.command("priority", incident=number, severity="medium", reason="sudah dibebaskan")
        await desk.command("scene", incident=number, caller_name="Bu Sri", landmark="pos ronda", hazard="gas")
        await desk.command("type", incident=number, type="public_order")
        assert (await desk.incident(number)).severity is Severity.MEDIUM
        await desk.command("scene", incident=number, trapped=2)
        assert (await desk.incident(number)).severity is Severity.CRITICAL, "somebody else is trapped"


async def test_it_raises_also_when_the_type_is_known_only_afterwards(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, casualties=2)
        assert (await desk.incident(number)).severity is Severity.MEDIUM
        await desk.command("type", incident=number, type="public_order")
        item = await desk.incident(number)
        assert (item.severity, item.scene.raised) == (Severity.HIGH, ("ada_korban",))

        made = await desk.command("new", text="tolong pak", place="Dukuhsalam Slawi", casualties=1)
        vague = int(made.incident or 0)
        assert (await desk.incident(vague)).scene.raised == ()
        await desk.command("new", incident=vague, text="ada judi togel")
        item = await desk.incident(vague)
        assert (item.type, item.scene.raised) == ("public_order", ("ada_korban",))


async def test_undo_takes_back_what_was_noted_and_what_it_raised(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, landmark="pos ronda")
        await desk.command("scene", incident=number, scene="1 terjebak senjata")
        await desk.command("undo")
        item = await desk.incident(number)
        assert (item.scene, item.severity) == (Scene("pos ronda"), Severity.MEDIUM)


async def test_the_form_saves_it_with_everything_else_or_nothing_at_all(database: Database) -> None:
    async with desk_on(database) as desk:
        made = await desk.command(
            "new", text="rumah terbakar", place="Dukuhsalam Slawi", landmark="gang mushola", caller="0812-3456-7771",
            caller_name=" Bu  Sri ", trapped=1, weapon=False, severity="high",
        )
        item = await desk.incident(int(made.incident or 0))
        assert (item.caller_name, item.scene.landmark, item.scene.trapped) == ("Bu Sri", "gang mushola", 1)
        assert item.severity is Severity.CRITICAL, "graver than the level written beside it"
        wrong: list[dict[str, object]] = [
            {"casualties": -1}, {"casualties": True}, {"trapped": "x"}, {"trapped": 10_000}, {"weapon": 1},
            {"landmark": "x" * 201}, {"hazard": ["x"]}, {"callback": "nomor tetangga"},
        ]
        for said in wrong:
            with pytest.raises(Invalid):
                await desk.command("new", incident=item.number, text="lagi", **said)
        assert (await desk.incident(item.number)).version == item.version
        await desk.command("close", incident=item.number, disposition="sls", reason="sudah selesai")
        with pytest.raises(Refused):
            await desk.command("scene", incident=item.number, trapped=2)


async def test_name_and_number_are_whole_only_for_who_rings_back(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, caller_name="Sri Wahyuni", callback="0812-9876-5432")
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()
        try:
            seat, other = [
                (await read_detail(reader, number, TZ, MONDAY_MORNING, lang="id", full_phone=full))[0]
                for full in (True, False)
            ]
        finally:
            await reader.stop()
        assert (seat.caller_name, seat.callback) == ("Sri Wahyuni", NUMBER)
        assert (other.caller_name, other.callback) == ("S. W.", "0812-***-432")
        row = seat.incident
        assert (row.caller_name, row.callback) == ("S. W.", "0812-***-432"), "the feed is everybody's"
        assert await noted(desk) == [("caller_name", "", "S. W."), ("callback", "", "0812-***-432")]
        assert not [line for line in seat.timeline if "Wahyuni" in line.text or "9876" in line.text]


async def test_another_name_and_number_that_look_the_same_masked_are_news(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, caller_name="Bu Sri", callback="0812-9876-5432")
        result = await desk.command("scene", incident=number, caller_name="Bu Siti", callback="0812-1111-1432")
        assert result.undo_s > 0
        assert (await noted(desk))[2:] == [
            ("caller_name", "B. S.", "B. S."), ("callback", "0812-***-432", "0812-***-432")]
        await desk.command("undo")
        item = await desk.incident(number)
        assert (item.caller_name, item.callback) == ("Bu Sri", NUMBER)


async def test_a_question_goes_to_the_number_the_caller_gave(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, callback="0812-9876-5432")
        await desk.command("message", incident=number, question="location")
        assert [row["recipient"] for row in await desk.messages("question")] == [NUMBER]


async def test_a_crew_reads_it_in_its_notice_and_on_its_page(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", incident=number, scene="2 luka 1 terjebak senjata gas", landmark="blk mushola")
        await desk.command("dispatch", incident=number, units=["D01"])
        [notice] = [row["body"] for row in await desk.messages("assignment")][:1]
        first = notice[:153]
        assert "BAHAYA: senjata, " in first, "what may hurt the crew stands in the first part"
        assert "korban 2, terjebak 1" in notice
        assert "Ciri: blk mushola" in notice


async def test_a_crew_never_reads_half_a_danger(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        hazard = "anjing galak di halaman, pelaku masih di dalam rumah, " * 3 + "kabel putus di gerbang belakang"
        await desk.command("scene", incident=number, hazard=hazard, weapon=True)
        await desk.command("dispatch", incident=number, units=["D01"])
        notice = (await desk.messages("assignment"))[0]["body"]
        begun, more = [part.split("BAHAYA: ")[1] for part in notice.splitlines() if "BAHAYA: " in part]
        assert begun.endswith("...")
        assert begun in notice[:153]
        assert f"{begun[:-3]} {more[3:]}" == f"senjata, {hazard}, listrik hidup.", "all of it, the rules' own too"
        await desk.command("scene", incident=number, hazard=f"{hazard} juga")
        [told] = await desk.messages("danger")
        assert f"{hazard} juga." in told["body"]


async def test_who_is_out_already_is_told_of_a_danger_once(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=number, units=["D01", "P07"])
        await desk.command("withdraw", incident=number, units=["P07"])
        await desk.command("scene", incident=number, scene="2 luka tanpa senjata")
        assert await desk.messages("danger") == [], "nothing that could hurt them"
        await desk.command("scene", incident=number, scene="senjata gas bocor")
        await desk.command("scene", incident=number, scene="senjata gas bocor 3 luka")
        [told] = await desk.messages("danger")
        assert (told["recipient"], bool(told["critical"])) == ("+628999000101", True)
        assert "BAHAYA: senjata, gas bocor" in told["body"]
        assert len(told["body"]) <= 160


async def corrections(desk: Desk) -> list[str]:
    assert not [row for row in await desk.messages("danger_over") if not row["critical"]]
    return [row["body"].partition(" RALAT: ")[2] for row in await desk.messages("danger_over")]


@pytest.mark.parametrize("how", ["undo", "denied", "emptied", "split"])
async def test_whoever_was_warned_hears_once_that_it_is_none(database: Database, how: str) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("scene", incident=number, hazard="gas bocor")
        if how == "split":
            other = int((await desk.command("new", text="ada judi", place="Dukuhsalam Slawi")).incident or 0)
            await desk.command("scene", incident=other, weapon=True)
            await desk.command("merge", incident=other, to_incident=number, confirmed=True)
        else:
            await desk.command("scene", incident=number, weapon=True)
        assert "senjata" in (await desk.messages("danger"))[-1]["body"]
        assert await corrections(desk) == []
        last = {"undo": ("undo", {}), "denied": ("scene", {"incident": number, "scene": "tanpa senjata"}),
                "emptied": ("scene", {"incident": number, "weapon": None}), "split": ("undo", {})}
        verb, args = last[how]
        await desk.command(verb, **args)
        left = "senjata DICABUT dari catatan bahaya. Tetap waspada. Masih: gas bocor."
        assert await corrections(desk) == [left]
        await desk.command("scene", incident=number, scene="tanpa senjata")
        assert await corrections(desk) == [left], "once"
        if how == "denied":
            assert len(await desk.messages("danger")) == 2
            await desk.command("undo")
            assert ["senjata" in row["body"] for row in await desk.messages("danger")][2:] == [True], "it holds again"


async def test_a_correction_nobody_hears_by_message_is_told_by_radio(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.run(lambda tx: tx.update(unit, {"call_sign": "D01"}, phone=""))
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("scene", incident=number, hazard="gas bocor")
        said = (await desk.command("undo")).message
        assert said.endswith("Ralat BAHAYA belum sampai ke D01: beri tahu lewat radio.")
        other = int((await desk.command("new", text="ada judi", place="Kalisapu Slawi")).incident or 0)
        await desk.command("scene", incident=other, weapon=True)
        said = (await desk.command("merge", incident=other, to_incident=number, confirmed=True)).message
        assert said.endswith(f"{number} BAHAYA belum sampai ke D01: beri tahu lewat radio.")
        assert "Ralat" in (await desk.command("split", split=other)).message


async def test_a_danger_that_only_a_further_report_names_is_told_to_who_is_out_once(database: Database) -> None:
    async with desk_on(database) as desk:
        fire = "kebakaran rumah pak Slamet desa Kalisapu slawi rt 2"
        number = (await desk.report(fire)).number
        await desk.command("dispatch", incident=number, units=["D01"])
        for n, words in enumerate((f"{fire} dekat mushola Nurul", f"{fire}, ada tabung elpiji", f"{fire}, gas bocor")):
            assert (await desk.report(words, f"+62812900001{n:02d}")).number == number
        assert [row["body"].split("BAHAYA: ")[1] for row in await desk.messages("danger")] == [
            "gas. Baru diketahui, hati-hati."]
        assert (await desk.incident(number)).place.landmark == "dekat mushola"
        other = int((await desk.command("new", text="orang bawa golok", place="Kalisapu Slawi")).incident or 0)
        await desk.command("merge", incident=other, to_incident=number, confirmed=True)
        assert "senjata" in (await desk.messages("danger"))[-1]["body"]


async def test_whoever_no_message_reaches_is_named_to_be_told_by_radio(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.run(lambda tx: tx.update(unit, {"call_sign": "D01"}, phone=""))
        await desk.command("dispatch", incident=number, units=["D01", "P07"])
        said = await desk.command("scene", incident=number, weapon=True)
        assert said.message.endswith("BAHAYA belum sampai ke D01: beri tahu lewat radio.")
        assert "radio" not in (await desk.command("scene", incident=number, casualties=2)).message
        said = await desk.command("new", incident=number, hazard="gas bocor")
        assert "belum sampai ke D01:" in said.message


async def test_a_merge_brings_what_is_missing_and_a_split_takes_back_what_still_came_by_it(database: Database) -> None:
    async with desk_on(database) as desk:
        told = await desk.command("new", text="lampu jalan mati depan pasar Pon", place="Dukuhsalam Slawi")
        first, second = (await desk.report(LAMP)).number, int(told.incident or 0)
        own = await desk.incident(first)
        await desk.command("scene", incident=first, casualties=3, hazard="kabel putus")
        await desk.command("scene", incident=second, landmark="gardu", casualties=1, trapped=2, weapon=True,
                           hazard="gas", caller_name="Sri Wahyuni", callback="0812-9876-5432")
        count = len(await noted(desk))
        await desk.command("merge", incident=second, to_incident=first, confirmed=True)
        item = await desk.incident(first)
        assert replace(item.scene, raised=()) == Scene(
            "gardu", casualties=3, trapped=2, weapon=True, hazard="kabel putus"), "filled, never lower, never replaced"
        assert (item.caller, item.caller_name, item.callback) == (own.caller, "Sri Wahyuni", NUMBER)
        brought = (await noted(desk))[count:]
        assert brought == [("caller_name", "", "S. W."), ("callback", "", "0812-***-432"), ("landmark", "", "gardu"),
                           ("trapped", None, 2), ("weapon", None, True)]
        log = "".join(row["data"] for row in await desk.rows(EVENTS))
        assert "Wahyuni" not in log
        assert "9876" not in log, "the log cannot forget"
        line = [row for row in await desk.rows(EVENTS) if row["kind"] == "incident.noted"][-1]
        assert wire_row.log_line(line, first, TZ, "id").text == f"senjata: ya (dari {second})"
        await desk.command("scene", incident=first, landmark="gardu besar", trapped=1)
        await desk.command("split", split=second)
        item = await desk.incident(first)
        assert item.scene == Scene("gardu besar", casualties=3, trapped=1, hazard="kabel putus"), "noted since"
        assert (item.caller_name, item.callback, item.place) == ("", "", own.place)
        assert ("weapon", True, None) in await noted(desk)


async def test_a_name_is_never_put_to_another_ones_number(database: Database) -> None:
    async with desk_on(database) as desk:
        first = (await desk.report(LAMP)).number
        second = (await desk.report("ada judi togel di Dukuhsalam Slawi", "+6281200000009")).number
        third = int((await desk.command("new", text="lampu mati", place="Kalisapu Slawi")).incident or 0)
        await desk.command("scene", incident=first, caller_name="Slamet")
        await desk.command("scene", incident=second, caller_name="Sri", callback="0812-9876-5432")
        await desk.command("merge", incident=second, to_incident=first, confirmed=True)
        item = await desk.incident(first)
        assert (item.caller_name, item.callback, item.reachable) == ("Slamet", "", "+6281290000001")
        await desk.command("merge", incident=first, to_incident=third, confirmed=True)
        item = await desk.incident(third)
        assert (item.caller_name, item.reachable) == ("Slamet", "+6281290000001"), "nobody could be rung: now one can"
        await desk.command("undo")
        item = await desk.incident(third)
        assert (item.caller_name, item.reachable) == ("", "")


async def test_a_merge_tells_who_is_out_of_the_danger_it_brings_and_raises_for_both(database: Database) -> None:
    async with desk_on(database) as desk:
        gamble = int((await desk.command("new", text="ada judi togel", place="Dukuhsalam Slawi")).incident or 0)
        lamp = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=gamble, units=["P07"])
        await desk.command("scene", incident=lamp, casualties=1, hazard="gas bocor")
        before = await desk.incident(gamble)
        assert (await desk.incident(lamp)).severity is before.severity is Severity.MEDIUM
        await desk.command("merge", incident=lamp, to_incident=gamble, confirmed=True)
        assert ["gas bocor" in row["body"] for row in await desk.messages("danger")] == [True]
        item = await desk.incident(gamble)
        assert (item.severity, item.scene.raised) == (Severity.HIGH, ("ada_korban",)), "of public order it is graver"
        await desk.command("split", split=lamp)
        item = await desk.incident(gamble)
        assert (item.severity, item.scene) == (before.severity, before.scene)


async def test_landmark_hazard_and_name_are_found(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("scene", ADI, incident=number, landmark='toko "Barokah" jaya', hazard="tabung elpiji",
                           caller_name="Sri Wahyuni", callback="0812-9876-5432")
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()

        async def where(typed: str) -> list[tuple[int | None, str]]:
            result = await search(reader, typed, TZ, desk.knowledge, lang="id")
            return [(hit.incident, hit.where) for hit in result.hits]

        try:
            assert await where("barokah") == [(number, "place")]
            assert await where("jaya") == [(number, "place")], "a quotation mark ends nothing"
            assert await where("elpiji") == [(number, "hazard")]
            assert await where("wahyuni") == [(number, "name")]
            assert await where("98765432") == await where("0812-9876") == [(number, "phone")]
            await desk.command("scene", incident=number, hazard="")
            assert await where("elpiji") == []
        finally:
            await reader.stop()
