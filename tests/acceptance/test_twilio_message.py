"""Texts in and out over real HTTP: a citizen writes, a crew is told, answers, arrives; Twilio misbehaves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dispatch.domain.unit import Unit
from dispatch.services.assignments import assign_units
from dispatch.services.units import import_units
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.tables import alarm, assignment, call, event, incident, outbox, report
from tests.fakes.twilio_server import NEXT_TOKEN, SentMessage, sign
from tests.support.twilio_centre import TwilioCentre, twilio_centre

CITIZEN, CREW = "+6281234567890", "+6281999000111"
FIRE = "tolong rumah saya kebakaran di Desa Dukuhsalam Slawi, ada orang di dalam"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[TwilioCentre]:
    async with twilio_centre(tmp_path) as running:
        await running.run(lambda tx: import_units(tx, [Unit("D77", "fire", "Damkar uji", "Slawi", "Slawi", CREW)]))
        yield running


async def send_crew(centre: TwilioCentre, body: str = FIRE) -> SentMessage:
    """A report comes in, D77 is sent; returns the notice that Twilio was asked to send."""
    await centre.twilio.text(CITIZEN, body)
    item_id = (await centre.rows(incident))[-1]["id"]
    knowledge = centre.app.knowledge
    await centre.run(
        lambda tx: assign_units(tx, fetch_incident(tx, item_id), ["D77"], actor="rina", knowledge=knowledge)
    )
    await centre.until(outbox, lambda rows: ("assignment", "accepted") in {(r["purpose"], r["status"]) for r in rows})
    return next(message for message in centre.twilio.messages if message.to == CREW)


async def status_of_crew(centre: TwilioCentre) -> str:
    return str((await centre.rows(assignment))[-1]["status"])


async def test_a_text_becomes_a_report_and_gets_its_receipt(centre: TwilioCentre) -> None:
    answer = await centre.twilio.text(CITIZEN, FIRE)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.endswith("<Response/>")
    [stored] = await centre.rows(report)
    assert (stored["text"], stored["sender"], stored["channel"]) == (FIRE, CITIZEN, "sms")
    [receipt] = await centre.twilio.expect_messages(1)
    assert receipt.to == CITIZEN
    assert "diterima" in receipt.body


async def test_whatsapp_is_answered_over_whatsapp_with_its_place_and_picture_kept(centre: TwilioCentre) -> None:
    await centre.twilio.text(
        f"whatsapp:{CITIZEN}", "pohon tumbang menutup jalan", To="whatsapp:+622830112002", ProfileName="Budi",
        Latitude="-6.9821", Longitude="109.1341", Label="Alun-alun", Address="Jl. A. Yani, Slawi", NumMedia="1",
        MediaUrl0="https://api.twilio.com/media/ME1", MediaContentType0="image/jpeg",
    )
    [stored] = await centre.rows(report)
    assert (stored["channel"], stored["sender_name"]) == ("whatsapp", "Budi")
    assert "https://api.twilio.com/media/ME1" in stored["attachments"]
    [item] = await centre.rows(incident)
    assert "-6.9821" in item["place"]
    [receipt] = await centre.twilio.expect_messages(1)
    assert receipt.to == f"whatsapp:{CITIZEN}"
    assert receipt.fields["From"] == "whatsapp:+622830112002"


async def test_a_location_alone_is_a_report_too(centre: TwilioCentre) -> None:
    answer = await centre.twilio.text(f"whatsapp:{CITIZEN}", "", Latitude="-6.98", Longitude="109.13")
    assert answer.status_code == 200
    assert len(await centre.rows(report)) == 1


async def test_the_same_message_again_is_the_same_report(centre: TwilioCentre) -> None:
    centre.twilio.repeats = 3
    await centre.twilio.text(CITIZEN, FIRE, sid="SM" + "1" * 32)
    assert len(await centre.rows(report)) == 1
    await centre.until(outbox, lambda rows: len(rows) == 1)


async def test_both_tokens_are_good_while_one_is_being_changed(centre: TwilioCentre) -> None:
    url = f"{centre.twilio.public_url}/twilio/sms"
    fields = {"MessageSid": "SM2", "From": CITIZEN, "Body": FIRE}
    async with httpx.AsyncClient() as client:
        headers = {"X-Twilio-Signature": sign(url, fields, NEXT_TOKEN)}
        assert (await client.post(url, data=fields, headers=headers)).status_code == 200


@pytest.mark.parametrize("signature", [None, "", "x", "ÿþ", "A" * 28])
async def test_an_unsigned_text_is_refused_and_leaves_no_trace(centre: TwilioCentre, signature: str | None) -> None:
    fields = {"MessageSid": "SM2", "From": CITIZEN, "Body": FIRE}
    headers = {} if signature is None else {"X-Twilio-Signature": signature.encode("latin-1")}
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{centre.twilio.public_url}/twilio/sms", data=fields, headers=headers)
    assert answer.status_code == 403
    assert await centre.rows(report) == []


async def test_a_changed_word_breaks_the_signature(centre: TwilioCentre) -> None:
    url = f"{centre.twilio.public_url}/twilio/sms"
    fields = {"MessageSid": "SM2", "From": CITIZEN, "Body": FIRE}
    headers = {"X-Twilio-Signature": sign(url, fields, "token-of-the-tests")}
    async with httpx.AsyncClient() as client:
        answer = await client.post(url, data={**fields, "Body": "sudah padam"}, headers=headers)
    assert answer.status_code == 403


async def test_missing_fields_and_too_much_are_told_apart(centre: TwilioCentre) -> None:
    assert (await centre.twilio.post("/twilio/sms", {"Body": "x"})).status_code == 400
    assert (await centre.twilio.text(CITIZEN, "x" * 70_000)).status_code == 413
    assert await centre.rows(report) == []


async def test_bytes_that_are_no_text_are_stored_as_far_as_they_can_be_read(centre: TwilioCentre) -> None:
    url, shown = f"{centre.twilio.public_url}/twilio/sms", "kebakaran \ufffd\ufffd di slawi \x1b[31m"
    fields = {"MessageSid": "SM9", "From": CITIZEN, "Body": shown}
    raw = b"MessageSid=SM9&From=%2B6281234567890&Body=kebakaran+%FF%FE+di+slawi+%1B%5B31m"
    headers = {
        "X-Twilio-Signature": sign(url, fields, "token-of-the-tests"),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with httpx.AsyncClient() as client:
        assert (await client.post(url, content=raw, headers=headers)).status_code == 200
    [stored] = await centre.rows(report)
    assert stored["text"] == shown


async def test_the_crew_gets_the_citizens_own_words_and_the_digits(centre: TwilioCentre) -> None:
    notice = await send_crew(centre)
    assert FIRE in notice.body
    number = str((await centre.rows(incident))[0]["number"])
    assert number in notice.body
    for answer in ("1 terima", "2 jalan", "3 tiba", "4 selesai", "0 tolak"):
        assert answer in notice.body


@pytest.mark.parametrize(
    ("words", "status"),
    [("1", "acknowledged"), ("siap ndan", "acknowledged"), ("2", "en_route"), ("OTW", "en_route"), ("3", "on_scene"),
     ("wis tekan", "on_scene"), ("4", "cleared"), ("0", "declined"), ("ora bisa", "declined")],
)
async def test_a_crews_answer_moves_its_assignment(centre: TwilioCentre, words: str, status: str) -> None:
    await send_crew(centre)
    await centre.twilio.text(CREW, words)
    assert await status_of_crew(centre) == status
    assert len(await centre.rows(report)) == 1, "an answer is no report"


async def test_a_repeated_answer_does_not_answer_the_next_task(centre: TwilioCentre) -> None:
    await send_crew(centre)
    await centre.twilio.text(CREW, "4", sid="SM" + "4" * 32)
    await send_crew(centre, "kebakaran lahan di Margasari")
    await centre.twilio.text(CREW, "4", sid="SM" + "4" * 32)
    assert await status_of_crew(centre) == "assigned"


async def test_other_words_of_a_crew_are_a_remark_on_its_incident(centre: TwilioCentre) -> None:
    await send_crew(centre)
    await centre.twilio.text(CREW, "jalan ditutup, kami memutar lewat Adiwerna")
    assert await status_of_crew(centre) == "assigned"
    remarks = [row for row in await centre.rows(event) if row["kind"] == "remark.added"]
    assert [("memutar" in row["data"], row["actor"]) for row in remarks] == [(True, "crew:D77")]


async def test_a_crew_without_a_task_reports_like_anybody(centre: TwilioCentre) -> None:
    await centre.twilio.text(CREW, "1")
    [stored] = await centre.rows(report)
    assert (stored["text"], stored["sender"]) == ("1", CREW)


async def test_delivery_is_written_down_once_whatever_the_order(centre: TwilioCentre) -> None:
    notice = await send_crew(centre)
    for status in ("delivered", "sent", "queued", "delivered", "failed"):
        assert (await centre.twilio.deliver(notice, status)).status_code == 200
    row = next(row for row in await centre.rows(outbox) if row["purpose"] == "assignment")
    assert (row["status"], row["provider_id"]) == ("delivered", notice.sid)
    assert await status_of_crew(centre) == "notified"
    kinds = [row["kind"] for row in await centre.rows(event)]
    assert kinds.count("message.delivered") == 1


async def test_a_page_that_does_not_arrive_is_an_alarm_until_the_crew_answers(centre: TwilioCentre) -> None:
    notice = await send_crew(centre)
    await centre.twilio.deliver(notice, "undelivered", "30003")
    rows = await centre.rows(alarm)
    [failed] = [row for row in rows if row["kind"] == "message_failed"]
    assert failed["level"] == 1
    assert CREW not in failed["params"]
    assert "30003" in next(row for row in await centre.rows(outbox) if row["purpose"] == "assignment")["error"]


async def test_twilio_slow_down_is_obeyed_and_the_message_still_goes_once(centre: TwilioCentre) -> None:
    centre.twilio.failures.extend([429, 500])
    await centre.twilio.text(CITIZEN, FIRE)
    await centre.until(outbox, lambda rows: [row["attempts"] for row in rows] == [1] and rows[0]["status"] == "pending")
    await centre.run(lambda tx: tx.update(outbox, {}, next_at=tx.now_ms))
    centre.app.outbox.wake()
    await centre.until(outbox, lambda rows: [row["attempts"] for row in rows] == [2] and rows[0]["status"] == "pending")
    await centre.run(lambda tx: tx.update(outbox, {}, next_at=tx.now_ms))
    centre.app.outbox.wake()
    await centre.until(outbox, lambda rows: rows[0]["status"] == "accepted")
    assert len(centre.twilio.messages) == 1


async def test_a_number_twilio_refuses_is_given_up_at_once(centre: TwilioCentre) -> None:
    centre.twilio.failures.append(400)
    await centre.twilio.text(CITIZEN, FIRE)
    [row] = await centre.until(outbox, lambda rows: bool(rows) and rows[0]["status"] == "failed")
    assert (row["attempts"], "21211" in row["error"]) == (1, True)


async def test_a_lost_answer_is_not_sent_again_once_twilio_reports_the_message(centre: TwilioCentre) -> None:
    centre.twilio.failures.append("lose")
    await centre.twilio.text(CITIZEN, FIRE)
    await centre.until(outbox, lambda rows: bool(rows) and rows[0]["status"] == "pending" and rows[0]["attempts"] == 1)
    [sent] = centre.twilio.messages
    await centre.twilio.deliver(sent)
    [row] = await centre.rows(outbox)
    assert (row["status"], row["next_at"], row["provider_id"]) == ("delivered", None, sent.sid)


async def test_secrets_and_whole_numbers_stay_out_of_the_log(
    centre: TwilioCentre, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        await send_crew(centre)
        centre.twilio.failures.append(400)
        await centre.twilio.text("+6281234567891", FIRE)
        await centre.until(outbox, lambda rows: rows[-1]["status"] == "failed")
    ours = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith(("dispatch", "twilio")))
    assert "taken as SM" in ours
    for secret in (CREW, CITIZEN, "token-of-the-tests", "Dukuhsalam"):
        assert secret not in ours
    assert await centre.rows(call) == []
