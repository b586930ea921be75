"""Acts on lines that are up: what is asked of Twilio, in its own words, and what its refusals mean."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from dispatch.channels.twilio_rest import TwilioAccount
from dispatch.channels.twilio_voice import TwilioVoice
from dispatch.errors import ChannelError, ConfigurationError
from dispatch.ports import Outgoing
from dispatch.settings import load_settings
from dispatch.settings_channels import Twilio
from tests.fakes.twilio_ids import ACCOUNT_SID, VOICE_NUMBER
from tests.fakes.twilio_server import TOKEN, FakeTwilio

OPENAPI = Path(os.environ.get("TWILIO_OPENAPI", Path(__file__).parents[4] / "shared/standards/twilio_api_v2010.json"))
BASE = "/2010-04-01/Accounts/{AccountSid}"
ACTS = [
    {"do": "leg", "call_id": "7", "leg": "2"},
    {"do": "callback", "call_id": "7"},
    {"do": "redirect", "call_id": "7", "sid": "CA1"},
    {"do": "participant", "call_id": "7", "sid": "CA1", "conference": "CF1", "hold": "true"},
    {"do": "participant", "call_id": "7", "sid": "CA1", "conference": "CF1", "muted": "false"},
    {"do": "participant", "call_id": "7", "sid": "CA1", "conference": "CF1", "coaching": "true", "muted": "false",
     "coached": "CA2"},
    {"do": "erase", "recording": "3", "sid": "RE1"},
    {"hangup": "CA1"},
]


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    fake = FakeTwilio()
    async with fake.running():
        yield fake


@pytest.fixture
async def voice(twilio: FakeTwilio) -> AsyncIterator[TwilioVoice]:
    account = TwilioAccount(Twilio(ACCOUNT_SID, TOKEN, api_base=twilio.url, voice_number=VOICE_NUMBER), timeout_s=2)
    driver = TwilioVoice(account, "https://112.example.id")
    yield driver
    await driver.close()


def outgoing(payload: dict[str, str]) -> Outgoing:
    return Outgoing("key", "voice", "sip:budi@10.0.0.7", "", payload)


async def test_a_further_phone_is_rung_with_its_way_back(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    await voice.send(outgoing({"do": "leg", "call_id": "7", "leg": "2"}))
    fields = twilio.agents[0].fields
    assert (fields["To"], fields["From"]) == (["sip:budi@10.0.0.7"], [VOICE_NUMBER])
    assert fields["Url"] == ["https://112.example.id/twilio/voice/leg?call=7&leg=2"]
    assert fields["StatusCallback"] == ["https://112.example.id/twilio/status/leg?call=7&leg=2"]


@pytest.mark.parametrize("payload", [act for act in ACTS if act.get("do") not in ("leg", "callback")])
async def test_what_is_gone_already_was_the_wanted_end(
    twilio: FakeTwilio, voice: TwilioVoice, payload: dict[str, str]
) -> None:
    twilio.ended.append("CA1")
    assert (await voice.send(outgoing(payload))).delivered


async def test_another_refusal_is_a_failure(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    twilio.failures.append(403)
    with pytest.raises(ChannelError) as error:
        await voice.send(outgoing(ACTS[3]))
    assert error.value.permanent


async def test_an_act_nobody_knows_is_refused_at_once(voice: TwilioVoice) -> None:
    with pytest.raises(ChannelError) as error:
        await voice.send(outgoing({"do": "dance"}))
    assert error.value.permanent


async def test_every_request_fits_twilios_description(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    if not OPENAPI.is_file():
        pytest.skip("Twilio's OpenAPI description is not here (set TWILIO_OPENAPI to its path)")
    described: dict[str, Any] = json.loads(OPENAPI.read_text())["paths"]
    for act in ACTS:
        await voice.send(outgoing(act))
    assert len(twilio.line_requests) == len(ACTS)
    for method, path, fields in twilio.line_requests:
        operation = described[BASE + path][method]
        body = operation.get("requestBody", {}).get("content", {}).get("application/x-www-form-urlencoded", {})
        known, required = body.get("schema", {}).get("properties", {}), body.get("schema", {}).get("required", ())
        assert set(required) <= fields.keys() <= set(known), path
        for name, values in fields.items():
            if choices := known[name].get("enum"):
                assert set(values) <= set(choices), name
            if known[name].get("type") == "boolean":
                assert values[0] in ("true", "false", "True", "False"), name


# settings


def plan_of(folder: Path, **environ: str) -> Any:
    named = {f"KENTONGAN_{name}": value for name, value in environ.items()}
    return load_settings(named, env_file=folder / "no.env").calls


def test_the_plan_of_calls_is_read(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, RING_GROUPS="60:+628119000009; 30: rina, D01,rina", RECORDING_DAYS="30", RECORD_CALLS="0")
    assert [(group.after.seconds, group.members) for group in plan.ring_groups] == [
        (30, ("rina", "D01")), (60, ("+628119000009",)),
    ]
    assert (plan.record, plan.retention.days, plan.transcribe) == (False, 30, True)


@pytest.mark.parametrize(("name", "value"), [
    ("RECORD_CALLS", "yes"), ("RECORDING_DAYS", "0"), ("RECORDING_DAYS", "soon"), ("TRANSCRIBE_CALLS", "2"),
    ("RING_GROUPS", "rina"), ("RING_GROUPS", "30:"), ("RING_GROUPS", "9999:rina"),
])
def test_a_bad_value_of_the_plan_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        plan_of(tmp_path, **{name: value})
    assert [problem.key for problem in error.value.problems] == [f"KENTONGAN_{name}"]
