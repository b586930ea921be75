"""Stories of a team: it is texted, called, found at last; it presses keys and buttons. Over real HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from dispatch.domain.unit import Unit
from dispatch.services.assignments import assign_units
from dispatch.services.units import import_units
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.tables import alarm, assignment, incident, outbox, page, reach_step
from tests.fakes.twilio_server import Agent, SentMessage, sign
from tests.support.server import ROOT
from tests.support.twilio_centre import TwilioCentre, twilio_centre

CITIZEN, CREW, ANDI, BOSS = "+6281234567890", "+6281999000111", "+6281290001010", "+6281290001001"
FIRE = "tolong rumah saya kebakaran di Desa Dukuhsalam Slawi, ada orang di dalam"


def rules_with(folder: Path, steps: list[dict[str, str]], **more: Any) -> Path:
    """The shipped rules, in which teams are reached by these steps."""
    rules: dict[str, Any] = yaml.safe_load((ROOT / "routing_rules.yaml").read_text("utf-8"))
    rules["reaching"] = [{"name": "uji", "severities": ["critical", "high"], "steps": steps, **more}]
    rules["tests"] = [case for case in rules["tests"] if not {"due", "reaching"} & case.get("expect", {}).keys()]
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump(rules, allow_unicode=True, sort_keys=False), "utf-8")
    return path


def step(after: str, who: str, by: str = "own") -> dict[str, str]:
    return {"after": after, "who": who, "by": by}


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[TwilioCentre]:
    rules = rules_with(tmp_path, [
        step("0s", "unit"), step("0s", "unit", "voice"), step("1h", "contact"), step("1h", "supervisor", "voice"),
    ], pause="1h")
    async with twilio_centre(tmp_path, RULES=str(rules)) as running:
        await running.run(lambda tx: import_units(tx, [Unit("D77", "fire", "Damkar uji", "Slawi", "Slawi", CREW)]))
        yield running


async def send_crew(centre: TwilioCentre) -> SentMessage:
    """A fire comes in, rina sends D77; returns the text that reached its phone."""
    await centre.twilio.text(CITIZEN, FIRE)
    item_id = (await centre.rows(incident))[-1]["id"]
    knowledge = centre.app.knowledge
    await centre.run(
        lambda tx: assign_units(tx, fetch_incident(tx, item_id), ["D77"], actor="rina", knowledge=knowledge)
    )
    await centre.until(outbox, lambda rows: any(r["recipient"] == CREW and r["status"] == "accepted" for r in rows))
    return next(message for message in centre.twilio.messages if message.to == CREW)


async def pick_up(phone: Agent) -> list[str]:
    """A person, or a machine, answers; returns what is said."""
    await phone.request(phone.fields["Url"][0])
    return phone.says()


async def press(phone: Agent, digit: str) -> list[str]:
    gather = phone.verb("Gather")
    assert gather is not None, "nothing listens to keys"
    await phone.request(gather.attrib["action"], Digits=digit)
    return phone.says()


async def hear(centre: TwilioCentre, phone: Agent, answered_by: str) -> None:
    """Twilio has listened to who answered."""
    told = {"CallSid": phone.sid, "AccountSid": "AC0", "AnsweredBy": answered_by, "MachineDetectionDuration": "2400"}
    answer = await centre.twilio.post(phone.fields["AsyncAmdStatusCallback"][0], told)
    assert answer.status_code == 200


async def end(centre: TwilioCentre, phone: Agent, status: str) -> None:
    told = {"CallSid": phone.sid, "AccountSid": "AC0", "CallStatus": status, "CallDuration": "20"}
    answer = await centre.twilio.post(phone.fields["StatusCallback"][0], told)
    assert answer.status_code == 200


async def state(centre: TwilioCentre) -> str:
    return str((await centre.rows(assignment))[-1]["status"])


async def outcomes(centre: TwilioCentre) -> list[tuple[str, str, str]]:
    return [(row["phone"], row["channel"], row["outcome"]) for row in await centre.rows(page)]


async def test_the_crew_accepts_by_key(centre: TwilioCentre) -> None:
    await send_crew(centre)
    phone = await centre.twilio.expect_agent()
    assert phone.number == CREW
    assert phone.fields["MachineDetection"] == ["Enable"]
    said = await pick_up(phone)
    assert len(said) == 4, "the notice and the keys, twice"
    number = str((await centre.rows(incident))[-1]["number"])
    assert " ".join(number) in said[0]
    assert FIRE[:60] in said[0]
    assert "Tekan 1" in said[1]
    await hear(centre, phone, "human")
    assert await state(centre) in ("assigned", "notified"), "a voice alone is no answer"
    assert await press(phone, "1") == ["Diterima. Hati-hati di jalan."]
    assert await state(centre) == "acknowledged"
    await end(centre, phone, "completed")
    assert (CREW, "voice", "accepted") in await outcomes(centre)
    assert {row["state"] for row in await centre.rows(reach_step)} == {"fired", "stopped"}


async def test_an_answering_machine_is_no_answer_and_the_duty_contact_is_told_at_once(centre: TwilioCentre) -> None:
    await send_crew(centre)
    phone = await centre.twilio.expect_agent()
    await pick_up(phone)
    await hear(centre, phone, "machine_start")
    await centre.until(page, lambda rows: [r["phone"] for r in rows] == [CREW, CREW, ANDI])
    await end(centre, phone, "completed")
    assert (CREW, "voice", "machine") in await outcomes(centre)
    assert len(await centre.rows(page)) == 3, "the end of the call moves nothing a second time"
    await centre.twilio.text(ANDI, "1")
    assert await state(centre) == "acknowledged"


@pytest.mark.parametrize(("way", "outcome"), [("silent", "silent"), ("no-answer", "unreached"), ("busy", "unreached")])
async def test_no_key_is_no_answer(centre: TwilioCentre, way: str, outcome: str) -> None:
    await send_crew(centre)
    phone = await centre.twilio.expect_agent()
    if way == "silent":
        await pick_up(phone)
        redirect = phone.verb("Redirect")
        assert redirect is not None
        await phone.request(redirect.text or "")
        assert phone.says() == ["Tidak ada jawaban. Kami hubungi yang lain."]
    await end(centre, phone, "completed" if way == "silent" else way)
    await centre.until(page, lambda rows: rows[-1]["phone"] == ANDI)
    assert (CREW, "voice", outcome) in await outcomes(centre)


async def test_a_key_counts_although_a_machine_was_suspected(centre: TwilioCentre) -> None:
    await send_crew(centre)
    phone = await centre.twilio.expect_agent()
    await pick_up(phone)
    await hear(centre, phone, "machine_start")
    await press(phone, "1")
    assert await state(centre) == "acknowledged"


async def test_the_crew_refuses_by_key_and_the_centre_is_alarmed(centre: TwilioCentre) -> None:
    await send_crew(centre)
    phone = await centre.twilio.expect_agent()
    await pick_up(phone)
    assert await press(phone, "7") == []
    await phone.request(phone.verb("Redirect").text or "")  # type: ignore[union-attr]
    assert await press(phone, "2") == ["Penolakan dicatat. Kami hubungi yang lain."]
    assert await state(centre) == "declined"
    assert "declined" in {row["kind"] for row in await centre.rows(alarm)}
    late = await centre.twilio.post(
        phone.fields["Url"][0].replace("/notice", "/keys"), {"CallSid": phone.sid, "Digits": "1"}
    )
    assert "Tugas ini sudah dijawab. Terima kasih." in late.text
    assert await state(centre) == "declined"


async def test_a_supervisor_takes_over_by_key(tmp_path: Path) -> None:
    steps = [step("0s", "unit"), step("0s", "supervisor", "voice"), step("1h", "supervisor")]
    async with twilio_centre(tmp_path, RULES=str(rules_with(tmp_path, steps))) as centre:
        await centre.run(lambda tx: import_units(tx, [Unit("D77", "fire", "Damkar uji", "Slawi", "Slawi", CREW)]))
        await send_crew(centre)
        phone = await centre.twilio.expect_agent()
        assert phone.number == BOSS
        said = await pick_up(phone)
        assert "D 7 7 belum menjawab" in said[0]
        assert await press(phone, "1") == ["Dicatat, Anda ambil alih."]
        assert await state(centre) in ("assigned", "notified"), "a supervisor's word does not make the engine go"
        assert "waiting" not in {row["state"] for row in await centre.rows(reach_step)}


async def test_the_link_in_the_text_leads_through_the_whole_task(centre: TwilioCentre) -> None:
    notice = await send_crew(centre)
    [address] = re.findall(rf"{re.escape(centre.twilio.public_url)}/u/[a-z0-9]{{26}}", notice.body)
    stored = [row["body"] for row in await centre.rows(outbox) if row["recipient"] == CREW and row["channel"] == "sms"]
    assert address not in stored[0]
    assert "*" * 26 in stored[0]
    async with httpx.AsyncClient(follow_redirects=True) as browser:
        first = await browser.get(address)
        assert FIRE in first.text
        for pressed, shown in (("acknowledged", "MENUJU"), ("en_route", "TIBA"), ("on_scene", "SELESAI")):
            answer = await browser.post(address, data={"step": pressed})
            assert answer.status_code == 200
            assert shown in answer.text
            assert await state(centre) == pressed
        assert "selesai. Terima kasih" in (await browser.post(address, data={"step": "cleared"})).text
    assert (await centre.rows(incident))[-1]["status"] == "resolved"


async def test_webhooks_of_team_calls_are_signed_and_odd_ones_are_refused(centre: TwilioCentre) -> None:
    await send_crew(centre)
    phone = await centre.twilio.expect_agent()
    url = phone.fields["Url"][0].replace("/notice", "/keys")
    fields = {"CallSid": phone.sid, "Digits": "1"}
    async with httpx.AsyncClient() as client:
        for headers in ({}, {"X-Twilio-Signature": sign(url, fields, "wrong token")}):
            assert (await client.post(url, data=fields, headers=headers)).status_code == 403
    assert await state(centre) in ("assigned", "notified")
    for odd in ("", "?page=", "?page=x", "?page=-1", "?page=999999", f"?page={'9' * 30}"):
        for path in ("notice", "keys", "silent", "status"):
            answer = await centre.twilio.post(
                f"/twilio/team/{path}{odd}", {"CallSid": "CA1", "CallStatus": "completed", "Digits": "1"}
            )
            assert answer.status_code == 404, (path, odd)
