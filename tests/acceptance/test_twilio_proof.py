"""Proof of life over real HTTP: out through the provider's REST side, back through the signed webhooks."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from dispatch.storage.tables import alarm, call, incident, proof, report
from tests.fakes.twilio_server import VOICE_NUMBER, Agent, Caller
from tests.support.twilio_centre import TwilioCentre, twilio_centre

OURS_SMS, OURS_VOICE = "+622830112008", "+622830112009"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[TwilioCentre]:
    async with twilio_centre(tmp_path, PROBE_SMS=OURS_SMS, PROBE_VOICE=OURS_VOICE) as running:
        await running.app.proofs.tick()
        await running.app.proofs.tick()
        yield running


def keys_of(agent: Agent) -> str:
    """What our own call plays once it is picked up."""
    found = re.search(r'digits="([0-9w]+)"', agent.fields["Twiml"][0])
    assert found is not None
    return found[1].replace("w", "")


async def our_call_comes_in(centre: TwilioCentre) -> tuple[Agent, Caller]:
    agent = await centre.twilio.expect_agent()
    assert agent.number == OURS_VOICE
    return agent, await centre.twilio.ring(VOICE_NUMBER)


async def state_of(centre: TwilioCentre, channel: str) -> str:
    return next(str(row["state"]) for row in await centre.rows(proof) if row["channel"] == channel)


async def test_a_text_goes_round_and_the_header_says_when(centre: TwilioCentre) -> None:
    [sent] = await centre.twilio.expect_messages(1)
    assert sent.to == OURS_SMS
    await centre.until(proof, lambda rows: any(row["driver"] == "twilio" for row in rows))
    await centre.twilio.text(OURS_SMS, sent.body)
    assert await state_of(centre, "sms") == "ok"
    assert await centre.rows(report) == []
    row = centre.app.describe_centre("id").proofs["sms"]
    assert (row.state, row.driver) == ("ok", "twilio")
    assert row.took_ms is not None
    async with httpx.AsyncClient() as client:
        ready = (await client.get(f"{centre.twilio.public_url}/readyz")).json()
        metrics = (await client.get(f"{centre.twilio.public_url}/metrics")).text
    assert ready["proofs"]["sms"]["state"] == "ok"
    assert 'kentongan_proof_ok{channel="sms"} 1' in metrics
    assert 'kentongan_proof_age_seconds{channel="voice"} -1' in metrics


async def test_a_call_goes_round_and_rings_nobody(centre: TwilioCentre) -> None:
    agent, caller = await our_call_comes_in(centre)
    assert caller.says() == []
    await caller.press(keys_of(agent))
    assert caller.verb("Hangup") is not None
    await caller.hang_up()
    assert await state_of(centre, "voice") == "ok"
    assert (await centre.rows(call), await centre.rows(incident)) == ([], [])


async def test_our_own_call_that_is_cut_off_is_no_abandoned_call(centre: TwilioCentre) -> None:
    _, caller = await our_call_comes_in(centre)
    await caller.hang_up()
    assert (await centre.rows(call), await centre.rows(incident)) == ([], [])
    assert await state_of(centre, "voice") == "waiting"


@pytest.mark.parametrize("keys", ["", "112", "0000000000"])
async def test_whoever_stays_on_the_line_without_the_keys_is_a_person(centre: TwilioCentre, keys: str) -> None:
    _, caller = await our_call_comes_in(centre)
    await caller.press(keys)
    assert caller.verb("Enqueue") is not None
    [row] = await centre.rows(call)
    assert row["status"] == "ringing"


async def test_a_citizen_is_never_taken_for_a_proof(centre: TwilioCentre) -> None:
    await centre.twilio.expect_agent()
    caller = await centre.twilio.ring("+6281234567890")
    assert caller.verb("Enqueue") is not None


async def test_a_provider_that_refuses_is_told_on_every_screen(tmp_path: Path) -> None:
    async with twilio_centre(tmp_path, PROBE_SMS=OURS_SMS) as centre:
        centre.twilio.failures.append(400)
        await centre.app.proofs.tick()
        await centre.app.proofs.tick()
        await centre.until(alarm, lambda rows: [row["kind"] for row in rows if row["is_open"]] == ["proof_failed"])
        async with asyncio.timeout(5):
            while not centre.app.degraded("en"):
                await asyncio.sleep(0.01)
        assert "NOT PROVED" in centre.app.degraded("en")[0]
        assert centre.app.describe_centre("id").proofs["sms"].state == "failed"


async def test_without_a_provider_the_simulator_brings_it_back_and_says_so(tmp_path: Path) -> None:
    bare = {"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_AUTH_TOKEN_NEXT": ""}
    async with twilio_centre(tmp_path, PROBE_SMS=OURS_SMS, PROBE_VOICE=OURS_VOICE, **bare) as centre:
        await centre.app.proofs.tick()
        await centre.app.proofs.tick()
        await centre.until(proof, lambda rows: sum(row["state"] == "ok" for row in rows) == 2)
        assert {row.driver for row in centre.app.describe_centre("id").proofs.values()} == {"simulator"}
