"""Call entry on both engines: what the form saves, all of it or nothing, and the question sent back."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.domain.report import Channel
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import CallDisposition
from dispatch.errors import Invalid, NeedsConfirmation, NeedsReason, Refused
from dispatch.services.calls import answer_call, ring_call
from dispatch.services.detail import show_incident
from dispatch.services.entry_advice import advise_entry
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import report
from dispatch.texts import LANGUAGES, text
from dispatch.triage.inquiry import KEYS
from tests.support.desk import ALARMS, EVENTS, FIRE, Desk, desk_on

CALLER = "+6281234567771"
REPORTS = Statement(select(report).where(report.c.centre == bindparam("centre")).order_by(report.c.id))


async def answered(desk: Desk) -> int:
    """A call in rina's hand; the number of its incident."""
    row = await desk.run(lambda tx: ring_call(tx, external_id="CA1", caller=CALLER, called="+622830112000"))
    found = await desk.run(lambda tx: answer_call(tx, row["id"], "rina", "+628119000001", desk.knowledge))
    item = await desk.run(lambda tx: fetch_incident(tx, found["incident_id"]))
    return int(item.number)


async def test_the_form_fills_the_incident_of_the_call(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        result = await desk.command(
            "new", incident=number, text="suami saya jatuh, tidak sadar", place="Dukuhsalam Slawi",
            answers=["MED-09 sadar? tidak"],
        )
        item = await desk.incident(number)
        assert (item.type, item.severity, item.place.desa) == ("medical", Severity.CRITICAL, "Dukuhsalam")
        assert item.summary == "suami saya jatuh, tidak sadar"
        assert item.reports == 1, "the same caller is not two reports"
        assert await desk.rows(ALARMS) == [], "nobody is alarmed by what they wrote down themselves"
        assert result.incident == number
        assert {"report.received", "incident.located", "remark.added"} <= set(await desk.kinds())
        words = [(row["channel"], row["text"]) for row in await desk.rows(REPORTS)]
        assert words == [(Channel.CALL.value, ""), (Channel.OPERATOR.value, "suami saya jatuh, tidak sadar")]


async def test_what_may_be_the_same_event_is_shown_as_soon_as_place_and_words_are_known(database: Database) -> None:
    async with desk_on(database) as desk:
        first = (await desk.report(FIRE)).number
        number = await answered(desk)
        assert (await desk.incident(number)).duplicates == ()
        await desk.command("new", incident=number, text="rumah kobong, apinya besar", place="Kalisapu Slawi")
        assert [d.number for d in (await desk.incident(number)).duplicates] == [first]
        assert (await desk.incident(first)).reports == 1, "what a person enters is only suggested, never joined"
        await desk.command("locate", incident=number, text="Dukuhsalam Slawi")
        assert (await desk.incident(number)).duplicates == ()
        await desk.command("locate", incident=number, text="Kalisapu Slawi")
        assert [d.number for d in (await desk.incident(number)).duplicates] == [first]


async def test_who_stood_there_for_the_unknown_gives_way(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        await desk.command("new", incident=number, place="Dukuhsalam Slawi")
        assert {"call_centre", "complaints"} == set((await desk.incident(number)).agencies)
        await desk.command("new", incident=number, text="suami saya jatuh, tidak sadar")
        item = await desk.incident(number)
        assert (item.type, item.agencies) == ("medical", ("health",))


async def test_a_new_entry_knows_its_place_its_subtype_and_what_the_card_added(database: Database) -> None:
    async with desk_on(database) as desk:
        made = await desk.command(
            "new", text="rumah terbakar", place="Dukuhsalam Slawi", type="fire", subtype="building", also=["medical"],
            severity="high",
        )
        item = await desk.incident(int(made.incident or 0))
        assert (item.type, item.subtype, item.place.desa) == ("fire", "building", "Dukuhsalam")
        assert "medical" in item.types


async def test_the_form_is_told_what_the_village_had_before(database: Database) -> None:
    async with desk_on(database) as desk:
        first = await desk.report("pohon tumbang di desa Dukuhsalam kecamatan Slawi")
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()

        async def here(place: str, incident: int | None = None) -> list[int]:
            asked = wire.EntryWords(text="kebakaran", place=place, incident=incident)
            told = await advise_entry(
                reader, asked, desk.knowledge, desk.moment[0], tz=UTC, cards=lambda kind, sub: [], lang="id"
            )
            return [row.incident for row in told.here]

        try:
            assert await here("Dukuhsalam Slawi") == [first.number]
            assert await here("Dukuhsalam Slawi", first.number) == [], "the incident itself is no history"
            assert await here("Slawi") == [], "a kecamatan is no village"
            desk.pass_time(days=91)
            assert await here("Dukuhsalam Slawi") == []
        finally:
            await reader.stop()


async def test_the_form_is_asked_the_next_question_the_card_has_no_answer_to(database: Database) -> None:
    async with desk_on(database) as desk:
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()

        async def asked(*answered: str) -> str:
            words = wire.EntryWords(text="kecelakaan motor", place="Kalisapu Slawi", answered=list(answered))
            told = await advise_entry(
                reader, words, desk.knowledge, desk.moment[0], tz=UTC, cards=lambda kind, sub: [], lang="id"
            )
            return str(told.question.get("key", ""))

        try:
            first = await asked()
            assert first == "injured"
            assert await asked(first) == "people_inside"
            assert await asked(first, "trapped", "awake") == ""
        finally:
            await reader.stop()


async def test_who_calls_again_finds_the_form_knowing_what_was_reported(database: Database) -> None:
    """The card must be there at once: the second call of somebody beside a dying person is no new story."""
    async with desk_on(database) as desk:
        first = await desk.report("tolong bapak saya tidak bernapas di desa Dukuhsalam kecamatan Slawi")
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()

        async def told(**words: Any) -> wire.EntryAdvice:
            asked = wire.EntryWords(incident=first.number, **words)
            return await advise_entry(
                reader, asked, desk.knowledge, desk.moment[0], tz=UTC, lang="id",
                cards=lambda kind, sub: [{"code": f"{kind}.{sub}"}],
            )

        try:
            again = await told()
            assert (again.type, again.severity, again.life_threat) == ("medical", "critical", True)
            assert (again.place.desa, again.place.ambiguous) == ("Dukuhsalam", False)
            assert again.cards == [{"code": "medical.cardiac_arrest"}]
            assert again.agencies == ["health"]
            assert (await told(place="Kalisapu Slawi")).place.desa == "Kalisapu", "what is typed goes before it"
            assert (await told(type="fire")).type == "fire"
            assert (await told(text="sudah bernapas lagi")).severity == "critical", "words never lower it"
            lamp = await desk.report("lampu jalan mati di desa Kalisapu slawi", sender="+6281290000077")
            await desk.command("scene", incident=lamp.number, scene="1 korban")
            asked = wire.EntryWords(incident=lamp.number, type="public_order")
            told_again = await advise_entry(
                reader, asked, desk.knowledge, desk.moment[0], tz=UTC, lang="id", cards=lambda kind, sub: []
            )
            assert told_again.severity == "high", "what was noted before counts with the type that comes later"
        finally:
            await reader.stop()


async def test_an_answer_that_adds_a_type_calls_its_agencies(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        await desk.command("new", incident=number, text="kecelakaan motor di Slawi", also=["medical"])
        item = await desk.incident(number)
        assert (item.type, "medical" in item.types, "health" in item.agencies) == ("traffic_accident", True, True)
        with pytest.raises(Invalid):
            await desk.command("new", incident=number, also=["nonsense"])


async def test_saving_again_adds_and_never_lowers(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        await desk.command("new", incident=number, text="kobongan nang umah, ana wong nang njero", place="Kalisapu")
        await desk.command("new", incident=number, type="fire", severity="critical")
        before = await desk.incident(number)
        with pytest.raises(NeedsReason):
            await desk.command("new", incident=number, text="sudah padam", severity="low")
        after = await desk.incident(number)
        assert (after.severity, after.version) == (Severity.CRITICAL, before.version), "all of it or nothing"
        assert len(await desk.rows(REPORTS)) == 2


async def test_a_twin_village_is_settled_by_the_district_that_was_picked(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        await desk.command("new", incident=number, place="Desa Kedungsugih", text="kebakaran")
        await desk.command("new", incident=number, place="Kalisapu rt 2", district="Slawi")
        item = await desk.incident(number)
        assert (item.place.desa, item.place.kecamatan, item.place.verified) == ("Kalisapu", "Slawi", True)


async def test_a_new_entry_has_its_caller_and_its_place(database: Database) -> None:
    async with desk_on(database) as desk:
        result = await desk.command(
            "new", text="kebakaran rumah", place="Dukuhsalam", caller="0812-3456-7771", answers=["KBK-01 di dalam? ya"]
        )
        assert result.incident is not None
        item = await desk.incident(result.incident)
        assert (item.caller, item.place.desa, item.type) == (CALLER, "Dukuhsalam", "fire")


async def test_why_does_not_ask_what_the_card_has_an_answer_to(sqlite_database: Database) -> None:
    async with desk_on(sqlite_database) as desk:
        made = await desk.command("new", text="maling bawa kabur motor di Kalisapu Slawi, saya di depan rumah")
        number, key = int(made.incident or 0), "still_happening"
        cards = [{"questions": [{"key": "weapon", "text": {"id": "Ada senjata?", "en": "Any weapon?"}},
                                {"key": "there", "text": {"id": "Masih di sana?", "en": "Still there?"}}]}]

        async def asked() -> str:
            reader = Reader(sqlite_database, desk.knowledge.rules.centre, connections=1)
            await reader.start()
            try:
                detail = await show_incident(
                    reader, number, UTC, desk.moment[0], lang="id", full_phone=True,
                    cards=lambda kind, subtype: cards, knowledge=desk.knowledge,
                )
            finally:
                await reader.stop()
            return str((detail.explanation["question"] or {}).get("key"))

        before = await asked()
        assert before in ("weapon", key)
        await desk.command("new", incident=number, answers=["KJH Ada senjata? tidak"])
        assert await asked() == key
        await desk.command("remark", incident=number, text="Masih di sana? ya")
        assert await asked() == key, "a remark is no answer of the card"
        await desk.command("new", incident=number, answers=["KJH Still there? yes"])
        assert await asked() not in ("weapon", key)


async def test_nothing_said_makes_no_incident(database: Database) -> None:
    async with desk_on(database) as desk:
        for said in ({}, {"text": "  ", "place": ""}, {"also": [], "reason": "uji coba"}):
            with pytest.raises(Invalid) as refused:
                await desk.command("new", **said)
            assert refused.value.code == "nothing_said"
        assert not [row for row in await desk.rows(EVENTS) if row["kind"] == "incident.opened"]
        made = await desk.command("new", landmark="belakang pasar")
        assert (await desk.incident(int(made.incident or 0))).is_open


async def test_a_ghost_call_is_closed_also_when_something_was_written(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        await desk.command("new", incident=number, text="tidak ada suara")
        await desk.command("dispose", code=1)
        item = await desk.incident(number)
        assert (item.is_open, item.disposition) == (False, CallDisposition.GHOST.value)


async def test_a_caller_help_was_sent_to_is_not_cut_off_by_one_key(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        await desk.command("new", incident=number, text="rumah kebakaran, anak di dalam", place="Dukuhsalam Slawi")
        await desk.command("dispatch", incident=number, units=["D01"])
        with pytest.raises(NeedsConfirmation):
            await desk.command("dispose", code=1)
        assert "call.disposed" not in await desk.kinds()
        await desk.command("dispose", code=6)
        assert (await desk.incident(number)).is_open


async def test_the_question_goes_to_the_caller_once_with_its_event(database: Database) -> None:
    async with desk_on(database) as desk:
        number = await answered(desk)
        result = await desk.command("message", incident=number, question="breathing")
        [sent] = await desk.messages("question")
        assert (sent["recipient"], sent["channel"]) == (CALLER, "sms")
        assert sent["body"].startswith("112 Kab. Tegal: ")
        assert len(sent["body"]) <= 160
        assert str(number) in result.message
        assert (await desk.kinds())[-1] == "question.asked"
        with pytest.raises(Refused) as refused:
            await desk.command("message", incident=number, question="breathing")
        assert refused.value.code == "already_asked"
        await desk.command("message", incident=number, question="location")
        desk.pass_time(minutes=6)
        await desk.command("message", incident=number, question="breathing")
        assert len(await desk.messages("question")) == 3


async def test_nobody_is_asked_without_a_number_or_a_question(database: Database) -> None:
    async with desk_on(database) as desk:
        made = await desk.command("new", text="kebakaran di Kalisapu")
        with pytest.raises(Refused) as refused:
            await desk.command("message", incident=made.incident, question="location")
        assert refused.value.code == "no_caller_phone"
        with pytest.raises(Invalid):
            await desk.command("message", incident=made.incident, question="sms_open")
        assert await desk.messages("question") == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_question_has_its_sentence(key: str, lang: str) -> None:
    assert text(f"question.{key}", lang)
