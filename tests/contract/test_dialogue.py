"""A citizen writes and is asked, told and never lost: location, what, safe and hurt, over both databases."""

from __future__ import annotations

import pytest

from dispatch.domain.gsm import is_one_sms
from dispatch.domain.place import Place
from dispatch.domain.report import Attachment, Channel, NewReport
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.crew_messages import receive_text
from dispatch.services.silence import sweep_silence
from dispatch.storage.database import Database
from dispatch.storage.dialogues import Thread, threads_of_phone
from dispatch.storage.incidents import incidents_of_sender
from dispatch.storage.statement import Row
from tests.support.desk import LAMP, Desk, desk_on

ME, OTHER = "+6281290000001", "+6281290000002"
FIRE = "kebakaran rumah di Desa Dukuhsalam Slawi, api besar"


async def write(
    desk: Desk, text: str, sender: str = ME, key: str = "", channel: Channel = Channel.SMS, **more: object
) -> None:
    desk._count += 1
    report = NewReport(
        channel, key or f"SM{desk._count:08d}", text, desk.moment[0], sender=sender, **more,  # type: ignore[arg-type]
    )
    await desk.run(lambda tx: receive_text(tx, report, desk.knowledge))


async def told(desk: Desk, phone: str = ME) -> list[str]:
    """Everything that goes out to a phone, oldest first; each is one SMS."""
    bodies = [row["body"] for row in await desk.messages() if row["recipient"] == phone]
    assert all(is_one_sms(body) for body in bodies), bodies
    return bodies


async def threads(desk: Desk, phone: str = ME) -> list[Thread]:
    found: list[Thread] = await desk.run(lambda tx: threads_of_phone(tx, phone))
    return found


async def silence(desk: Desk, seconds: float) -> int:
    desk.pass_time(seconds=seconds)
    acted: int = await desk.run(lambda tx: sweep_silence(tx, desk.knowledge))
    return acted


async def open_ones(desk: Desk, phone: str = ME) -> list[int]:
    found = await desk.run(lambda tx: incidents_of_sender(tx, phone, 0))
    return [item.number for item in found]


async def alarms(desk: Desk) -> list[str]:
    return [row["kind"] for row in await desk.alarms() if not row["kind"].startswith("clock")]


async def one_alarm(desk: Desk, kind: str) -> Row:
    [row] = [row for row in await desk.alarms() if row["kind"] == kind]
    return row


async def test_where_what_safe_one_question_a_message(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, "tolong cepat tolong")
        await write(desk, "Desa Dukuhsalam Slawi RT 3")
        await write(desk, "2")
        await write(desk, "TIDAK, 2")
        texts = await told(desk)
        assert "Di mana lokasi" in texts[0]
        assert texts[1].startswith("Lokasi dicatat: Dukuhsalam, Kec. Slawi. Apa yang terjadi?")
        assert texts[2].startswith("Apakah Anda aman sekarang?")
        assert "masuk ke laporan" in texts[3]
        assert len(texts) == 4
        [number] = await open_ones(desk)
        item = await desk.incident(number)
        assert (item.type, item.place.desa, item.reports) == ("fire", "Dukuhsalam", 4)
        assert item.severity in (Severity.CRITICAL, Severity.HIGH)


async def test_what_is_known_already_is_not_asked(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        [first] = await told(desk)
        assert "diterima, Dukuhsalam, Slawi. Apakah Anda aman?" in first
        await write(desk, LAMP, sender=OTHER)
        [receipt] = await told(desk, OTHER)
        assert "Kec. Slawi" in receipt
        assert "?" not in receipt
        assert [t.next_at for t in await threads(desk, OTHER)] == [None]


@pytest.mark.parametrize("words", ["ada kebakaran rumah tetangga", "6", "2 kobongan", "ya tolong cepat"])
async def test_free_text_is_taken_at_every_step_and_each_question_is_put_once(
    database: Database, words: str
) -> None:
    async with desk_on(database) as desk:
        await write(desk, "tolong cepat tolong")
        for _ in range(4):
            await write(desk, words)
        texts = await told(desk)
        assert len(texts) == len(set(texts))
        assert len(await open_ones(desk)) == 1


@pytest.mark.parametrize(("first", "lang", "words"), [
    ("Tulung kobongan umahe nyong, genine gede, gagian teka", "jv", "nang endi?"),
    ("help, there is a fire, please hurry", "en", "Where is the emergency?"),
])
async def test_the_thread_keeps_the_language_of_the_citizen(
    database: Database, first: str, lang: str, words: str
) -> None:
    async with desk_on(database) as desk:
        await write(desk, first)
        await write(desk, "Dukuhsalam Slawi")
        assert words in (await told(desk))[0]
        assert [t.lang for t in await threads(desk)] == [lang]
        assert not any("Anda" in body for body in await told(desk))


async def test_a_repeat_of_the_provider_answers_nothing_again(database: Database) -> None:
    async with desk_on(database) as desk:
        for text, key in (("tolong cepat tolong", "A"), ("Dukuhsalam Slawi", "B"), ("STOP", "C")):
            for _ in range(3):
                await write(desk, text, key=key)
        assert len(await told(desk)) == 2
        assert (await desk.kinds()).count("report.received") == 3


async def test_media_and_a_shared_place_stay_with_the_thread(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, "tolong cepat tolong", channel=Channel.WHATSAPP)
        await write(
            desk, "", channel=Channel.WHATSAPP, place=Place(lat=-6.9821, lon=109.1341),
            attachments=(Attachment("https://api.twilio.com/ME1", "image/jpeg"),),
        )
        [number] = await open_ones(desk)
        item = await desk.incident(number)
        assert (item.place.lat, item.place.lon) == (-6.9821, 109.1341)
        assert "Apa yang terjadi" in (await told(desk))[1]
        assert {row["channel"] for row in await desk.messages()} == {"whatsapp"}


# silence


async def test_silence_is_reminded_once_then_a_task_then_an_alarm(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        assert await silence(desk, 59) == 0
        assert await silence(desk, 2) == 1
        assert "belum menerima balasan" in (await told(desk))[1]
        assert (await one_alarm(desk, "citizen_silent"))["level"] == 2
        assert await silence(desk, 181) == 1
        assert (await one_alarm(desk, "citizen_lost"))["level"] == 1
        [number] = await open_ones(desk)
        assert (await desk.incident(number)).callback_due
        assert await silence(desk, 3600) == 0
        assert len(await told(desk)) == 2


async def test_an_answer_ends_the_silence_and_its_alarm(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        await silence(desk, 61)
        await write(desk, "YA 0")
        assert "citizen_silent" not in await alarms(desk)
        assert await silence(desk, 3600) == 0


async def test_nobody_is_reminded_once_help_is_on_its_way(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        [number] = await open_ones(desk)
        await desk.command("dispatch", incident=number, units=["D01"])
        await silence(desk, 61)
        assert await alarms(desk) == []
        assert [m["purpose"] for m in await desk.messages() if m["recipient"] == ME] == ["receipt", "sent"]


# words of command


@pytest.mark.parametrize("words", ["BATAL", "batal.", "Cancel", "ora sida"])
async def test_batal_never_closes_an_urgent_one(database: Database, words: str) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        await write(desk, words)
        [number] = await open_ones(desk)
        item = await desk.incident(number)
        assert item.status is IncidentStatus.NEW
        assert (await one_alarm(desk, "cancel_asked"))["incident_id"] == item.id
        assert "tetap memeriksa" in (await told(desk))[-1]
        assert "report.cancel_asked" in await desk.kinds()


async def test_batal_closes_a_routine_one_of_ones_own_and_buka_opens_it(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, LAMP)
        [number] = await open_ones(desk)
        await write(desk, "batal")
        item = await desk.incident(number)
        assert (item.status, item.disposition) == (IncidentStatus.CLOSED, "batal")
        assert "dibatalkan" in (await told(desk))[-1]
        desk.pass_time(days=29)
        await write(desk, f"BUKA {number}")
        assert (await desk.incident(number)).status is IncidentStatus.REOPENED
        assert "citizen_reopened" in await alarms(desk)
        assert "dibuka lagi" in (await told(desk))[-1]


async def test_batal_does_not_close_what_somebody_else_reported_too(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, LAMP)
        [number] = await open_ones(desk)
        await write(desk, LAMP, sender=OTHER)
        if await open_ones(desk, OTHER) != [number]:
            pytest.skip("the two were not taken for one")
        await write(desk, "batal")
        assert (await desk.incident(number)).is_open


async def test_batal_inside_a_sentence_is_free_text(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, LAMP)
        await write(desk, "jangan batal ya pak lampunya masih mati semua")
        assert "report.cancel_asked" not in await desk.kinds()


async def test_buka_is_refused_after_thirty_days_and_for_anothers_report(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, LAMP)
        [number] = await open_ones(desk)
        await write(desk, "batal")
        await write(desk, f"buka {number}", sender=OTHER)
        assert not (await desk.incident(number)).is_open
        desk.pass_time(days=31)
        await write(desk, f"buka {number}")
        assert not (await desk.incident(number)).is_open


async def test_stop_is_respected_except_for_receipts(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        await write(desk, "STOP")
        [number] = await open_ones(desk)
        await silence(desk, 61)
        await desk.command("dispatch", incident=number, units=["D01"])
        assert len(await told(desk)) == 1
        desk.pass_time(hours=3)
        await write(desk, "banjir di Desa Margasari sejak tadi, air masuk rumah")
        assert [m["purpose"] for m in await desk.messages() if m["recipient"] == ME] == ["receipt", "receipt"]
        await write(desk, "START")
        await write(desk, "airnya naik terus sampai jendela")
        assert len(await told(desk)) > 2


async def test_stop_of_a_stranger_opens_nothing_and_counts(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, "STOP", key="A")
        await write(desk, "STOP", key="A")
        assert await open_ones(desk) == []
        assert (await desk.kinds()).count("message.stopped") == 1
        await write(desk, FIRE)
        assert len(await told(desk)) == 1


async def test_who_asks_for_silence_gets_none_of_our_texts(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, "suami saya memukuli saya di Dukuhsalam Slawi, jangan balas")
        assert await told(desk) == []
        await silence(desk, 61)
        await write(desk, "cepat")
        assert await told(desk) == []
        assert "citizen_silent" not in await alarms(desk)


async def test_abuse_gets_a_receipt_and_nothing_after_it(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, "suami saya memukuli saya terus di Desa Dukuhsalam Slawi")
        [number] = await open_ones(desk)
        assert (await desk.incident(number)).type == "domestic_violence"
        await silence(desk, 61)
        assert len(await told(desk)) == 1


# loops and threads


async def test_a_machine_that_answers_us_is_stored_and_not_answered(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        for _ in range(5):
            await write(desk, "Balasan otomatis: kami sedang tidak di tempat")
        assert len(await told(desk)) == 1
        assert (await desk.kinds()).count("report.received") == 6


async def test_two_systems_that_answer_each_other_stop_after_six_texts(database: Database) -> None:
    async with desk_on(database) as desk:
        places = ("Slawi", "Margasari", "Bumijawa", "Suradadi", "Pangkah", "Tarub", "Kramat", "Talang", "Lebaksiu")
        for round_ in range(4):
            for place in places:
                await write(desk, f"satu lagi kebakaran rumah nomor {round_} di {place}")
                desk.pass_time(seconds=5)
        assert len(await told(desk)) == 6
        assert (await alarms(desk)).count("text_loop") == 1


async def test_another_emergency_of_the_same_phone_is_a_thread_of_its_own(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        await write(desk, "kecelakaan motor di Margasari, dua orang luka")
        assert len(await open_ones(desk)) == 2
        assert len(await threads(desk)) == 2


async def test_when_it_is_unclear_the_citizen_is_asked_and_the_operator_joins(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, LAMP)
        desk.pass_time(minutes=20)
        await write(desk, "sampah menumpuk belum diangkut di Desa Dukuhsalam Slawi")
        question = (await told(desk))[-1]
        assert "BARU atau LANJUT" in question
        first, second = sorted(await open_ones(desk))
        await write(desk, "LANJUT")
        assert len(await open_ones(desk)) == 2, "a person joins, not a word"
        assert (await desk.incident(second)).duplicates[0].number == first
        await write(desk, "baru")
        assert (await threads(desk))[0].step != "which"


# after the help


async def test_closing_is_asked_and_the_answer_kept(database: Database) -> None:
    async with desk_on(database) as desk:
        await write(desk, FIRE)
        [number] = await open_ones(desk)
        await desk.command("dispatch", incident=number, units=["D01"])
        await desk.command("arrive", units=["D01"])
        await write(desk, "tidak ada")
        assert "team_not_seen" in await alarms(desk)
        await desk.command("clear", units=["D01"])
        assert "Apakah bantuan datang?" in (await told(desk))[-1]
        await write(desk, "3")
        assert {"help_missed", "team_not_seen"} <= set(await alarms(desk))
        assert (await desk.kinds()).count("report.feedback") == 1
        assert (await desk.incident(number)).status is IncidentStatus.RESOLVED
        assert "BUKA" in (await told(desk))[-1]
        await write(desk, "BUKA")
        assert (await desk.incident(number)).status is IncidentStatus.REOPENED
