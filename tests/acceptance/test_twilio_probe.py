"""A caller who says nothing, over real HTTP: asked before anybody calls them a ghost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from dispatch import wire
from dispatch.domain.roles import Actor, Role
from dispatch.errors import NeedsConfirmation, Refused
from dispatch.services.call_order import waiting_calls
from dispatch.services.calls import answer_call
from dispatch.services.commands import run_command
from dispatch.services.shield import probe_call
from dispatch.storage.statement import Row
from dispatch.storage.tables import alarm, call, incident
from tests.fakes.twilio_lines import Caller
from tests.support.twilio_centre import TwilioCentre, twilio_centre

CITIZEN, OTHER, PHONE = "+6281234567890", "+6281234567891", "+628119000001"
RINA = Actor("rina", Role.DISPATCHER, PHONE, "1")


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[TwilioCentre]:
    async with twilio_centre(tmp_path) as running:
        yield running


async def silent_talk(centre: TwilioCentre) -> Caller:
    """Rina has answered and hears nothing."""
    caller = await centre.twilio.ring(CITIZEN)
    await caller.wait(0)
    await centre.run(lambda tx: answer_call(tx, None, "rina", PHONE, centre.app.knowledge))
    agent = await centre.twilio.expect_agent()
    await agent.pick_up()
    await centre.until(call, lambda rows: '"bridged"' in rows[0]["steps"])
    return caller


async def asked(centre: TwilioCentre) -> Caller:
    caller = await silent_talk(centre)
    await centre.run(lambda tx: probe_call(tx, None, "rina"))
    await centre.twilio.settle()
    await centre.until(call, lambda rows: rows[0]["status"] == "queued")
    for _ in range(100):
        if caller.verb("Gather") is not None and "tekan 5 dua kali" in " ".join(caller.says()):
            return caller
        await centre.twilio.settle()
        await asyncio.sleep(0.02)
    raise AssertionError("the caller was not asked")


async def the_call(centre: TwilioCentre) -> Row:
    return (await centre.rows(call))[0]


async def alarms(centre: TwilioCentre) -> list[str]:
    return [row["kind"] for row in await centre.rows(alarm) if row["kind"] != "clock_warned"]


async def test_the_silent_caller_is_taken_out_of_the_talk_and_asked(centre: TwilioCentre) -> None:
    await asked(centre)
    row = await the_call(centre)
    assert (row["status"], row["operator"]) == ("queued", "")


@pytest.mark.parametrize("answer", [{"Digits": "55"}, {"Digits": "5"}, {"SpeechResult": "hmm"}])
async def test_a_key_or_a_sound_is_a_silent_emergency(centre: TwilioCentre, answer: dict[str, str]) -> None:
    caller = await asked(centre)
    gather = caller.verb("Gather")
    assert gather is not None
    await caller.request(gather.attrib["action"], **answer)
    assert caller.waits
    [item] = await centre.rows(incident)
    assert (item["severity"], item["unsure"], item["is_open"]) == ("high", 1, 1)
    assert "silent_emergency" in await alarms(centre)
    await centre.twilio.ring(OTHER)
    assert next(row["caller"] for row in await centre.run(waiting_calls)) == CITIZEN


async def test_no_answer_makes_nothing_of_it_but_one_text(centre: TwilioCentre) -> None:
    caller = await asked(centre)
    gather = caller.verb("Gather")
    assert gather is not None
    centre.twilio.repeats = 2
    await caller.request(gather.attrib["action"], Digits="")
    assert "silent_emergency" not in await alarms(centre)
    row = await the_call(centre)
    assert (row["status"], row["disposition"]) == ("queued", "")
    assert row["steps"].count('"probe_answer"') == 1, "a repeat of the webhook changes nothing"
    [probe] = await centre.twilio.expect_messages(1)
    assert probe.to == CITIZEN
    assert "apa yang terjadi" in probe.body


async def test_five_twice_while_waiting_does_not_wait_for_an_operator(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    await caller.wait(0)
    await caller.wait(35)
    await caller.press("55")
    [item] = await centre.rows(incident)
    assert (item["severity"], item["unsure"]) == ("high", 1)
    assert "silent_emergency" in await alarms(centre)
    await caller.wait(10)
    await caller.press("55")
    assert len(await centre.rows(incident)) == 1


async def test_who_gave_a_sign_is_not_disposed_of_by_one_key(centre: TwilioCentre) -> None:
    caller = await centre.twilio.ring(CITIZEN)
    await caller.wait(0)
    await caller.press("55")
    row = await centre.run(lambda tx: answer_call(tx, None, "rina", PHONE, centre.app.knowledge))
    command = wire.Command(command="dispose", args={"code": 1, "call": row["id"]}, idempotency_key="k")
    with pytest.raises(NeedsConfirmation):
        await centre.run(lambda tx: run_command(tx, command, RINA, centre.app.knowledge))
    assert (await the_call(centre))["disposition"] == ""
    sure = wire.Command(command="dispose", args={"code": 1, "call": row["id"]}, idempotency_key="k2", confirmed=True)
    await centre.run(lambda tx: run_command(tx, sure, RINA, centre.app.knowledge))
    assert (await the_call(centre))["disposition"] == "ghost"


async def test_nobody_is_asked_who_is_not_on_the_line_yet(centre: TwilioCentre) -> None:
    await centre.twilio.ring(CITIZEN)
    await centre.run(lambda tx: answer_call(tx, None, "rina", PHONE, centre.app.knowledge))
    with pytest.raises(Refused):
        await centre.run(lambda tx: probe_call(tx, None, "rina"))
