"""SENYAP by the operator, both ways, and what must then stay dark; a picture is never junk. Over both databases."""

from __future__ import annotations

from datetime import UTC

import pytest

from dispatch.domain.place import Place
from dispatch.domain.report import Attachment, Channel, NewReport
from dispatch.errors import NeedsConfirmation, Refused
from dispatch.services.call_end import end_call
from dispatch.services.calls import queue_call, ring_call
from dispatch.services.crew_messages import receive_text
from dispatch.services.silence import sweep_silence
from dispatch.storage.board import read_incident
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row
from tests.support.desk import LAMP, Desk, desk_on

ME = "+6281290000001"
ABUSE = "suami saya memukul saya di Desa Dukuhsalam Slawi"
PICTURE = (Attachment("https://api.twilio.com/ME1", "image/jpeg"),)


async def write(desk: Desk, words: str, sender: str = ME, channel: Channel = Channel.SMS, **more: object) -> None:
    desk._count += 1
    new = NewReport(channel, f"SM{desk._count:08d}", words, desk.moment[0], sender=sender, **more)  # type: ignore[arg-type]
    await desk.run(lambda tx: receive_text(tx, new, desk.knowledge))


async def told(desk: Desk, status: str = "") -> list[str]:
    return [row["purpose"] for row in await desk.messages()
            if row["recipient"] == ME and (not status or row["status"] == status)]


async def number_of(desk: Desk) -> int:
    from tests.contract.test_dialogue import open_ones

    return (await open_ones(desk))[0]


async def test_nothing_automatic_goes_out_any_more_and_what_waits_is_dropped(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, ABUSE)
        number = await number_of(desk)
        assert await told(desk, "pending") == ["receipt"]
        await desk.command("silence", incident=number, quiet=True)
        assert await told(desk, "pending") == []
        desk.pass_time(minutes=2)
        await desk.run(lambda tx: sweep_silence(tx, desk.knowledge))
        await write(desk, "Desa Dukuhsalam Slawi RT 3")
        await desk.command("dispatch", incident=number, units=["P07"])
        await desk.command("arrive", units=["P07"])
        assert await told(desk, "pending") == []
        assert "message.silenced" in await desk.kinds()


@pytest.mark.parametrize("more", [{}, {"caller": "0813-4567-8901"}])
async def test_the_number_to_ring_back_falls_silent_too(database: Database, more: dict[str, str]) -> None:
    async with desk_on(database) as desk:
        made = await desk.command("new", text=ABUSE, place="Dukuhsalam Slawi", callback=ME, **more)
        number = int(made.incident or 0)
        await desk.command("message", incident=number, question="conscious")
        assert await told(desk, "pending") == ["question"]
        await desk.command("silence", incident=number, quiet=True)
        assert await told(desk, "pending") == []
        with pytest.raises(NeedsConfirmation):
            await desk.command("message", incident=number, question="people_inside")
        await desk.command("silence", incident=number, quiet=False)
        await desk.command("message", incident=number, question="people_inside")
        assert await told(desk, "pending") == ["question"]


async def test_it_is_lifted_by_a_person_again(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, ABUSE)
        number = await number_of(desk)
        await desk.command("silence", incident=number, quiet=True)
        await desk.command("silence", incident=number, quiet=False)
        await desk.command("dispatch", incident=number, units=["P07"])
        assert await told(desk, "pending") == ["sent"]
        assert "message.unsilenced" in await desk.kinds()


async def test_what_the_citizen_asked_for_a_person_may_lift(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, LAMP)
        number = await number_of(desk)
        await write(desk, "jangan dibalas ya")
        before = await told(desk)
        await write(desk, "lampu juga mati di sebelah")
        assert await told(desk) == before
        await desk.command("silence", incident=number, quiet=False)
        await desk.command("dispatch", incident=number, units=["D01"])
        assert "sent" in await told(desk)


async def lost_call(desk: Desk) -> Row:
    desk._count += 1
    sid = f"CA{desk._count}"
    row: Row = await desk.run(lambda tx: ring_call(tx, external_id=sid, caller=ME, called="+62283112"))
    await desk.run(lambda tx: queue_call(tx, row["id"]))
    await desk.run(lambda tx: end_call(tx, row["id"], desk.knowledge))
    return row


async def test_a_silenced_phone_is_not_rung_back_by_itself(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, ABUSE)
        await desk.command("silence", incident=await number_of(desk), quiet=True)
        await lost_call(desk)
        kinds = await desk.kinds()
        assert "call.callback_dropped" in kinds
        assert "call.callback_planned" not in kinds
        assert "probe" not in await told(desk)


async def test_a_caller_who_never_wrote_can_be_silenced(database: Database) -> None:
    async with desk_on(database) as desk:
        await lost_call(desk)
        number = await number_of(desk)
        await desk.command("silence", incident=number, quiet=True)
        await write(desk, "di rumah Desa Dukuhsalam Slawi")
        assert await told(desk, "pending") == []


async def test_a_question_to_a_silenced_phone_asks_twice(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, ABUSE)
        number = await number_of(desk)
        await desk.command("silence", incident=number, quiet=True)
        with pytest.raises(NeedsConfirmation):
            await desk.command("message", incident=number, question="location")
        await desk.command("message", incident=number, question="location", confirmed=True)
        assert await told(desk, "pending") == ["question"]


async def test_the_boards_say_so_and_cease_to(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, ABUSE)
        number = await number_of(desk)
        reader = Reader(database, desk.knowledge.rules.centre, connections=1)
        await reader.start()
        try:
            for quiet in (True, False):
                await desk.command("silence", incident=number, quiet=quiet)
                row = await read_incident(reader, number, UTC, desk.moment[0])
                assert row is not None
                assert row.quiet is quiet
        finally:
            await reader.stop()


@pytest.mark.parametrize(("first", "then", "lang"), [
    ("tolong", "umahe nyong kobongan nang Dukuhsalam, genine gede", "jv"),
    ("halo tolong", "please help, fire here", "en"),
    ("help, there is a fire", "di Dukuhsalam Slawi", "en"),
])
async def test_the_language_is_that_of_the_first_words_that_tell_one(
    database: Database, first: str, then: str, lang: str
) -> None:
    from tests.contract.test_dialogue import threads

    async with desk_on(database) as desk:
        await write(desk, first)
        await write(desk, then)
        assert (await threads(desk))[0].lang == lang


async def test_without_a_number_there_is_nobody_to_silence(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP, "", Channel.WEB)).number
        with pytest.raises(Refused):
            await desk.command("silence", incident=number, quiet=True)


# pictures and places


@pytest.mark.parametrize("more", [{"attachments": PICTURE}, {"place": Place(lat=-6.98, lon=109.13)}])
async def test_a_picture_or_a_place_is_never_junk(database: Database, more: dict[str, object]) -> None:
    async with desk_on(database) as desk:
        await write(desk, "halo", channel=Channel.WHATSAPP, **more)
        item = await desk.incident(await number_of(desk))
        assert (item.type, item.severity is not None) == ("other_service", True)
        assert await told(desk) == ["receipt"]


async def test_bare_greetings_stay_what_they_were(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, "halo", channel=Channel.WHATSAPP)
        item = await desk.incident(await number_of(desk))
        assert (item.type, item.severity) == ("not_a_report", None)
