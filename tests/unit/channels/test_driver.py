"""Drivers over real HTTP against a Twilio of our own, and their requests against Twilio's published description."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.channels.registry import build_drivers, driver_names
from dispatch.channels.simulator import Simulator
from dispatch.channels.twilio_messages import MAX_BODY, TwilioMessages
from dispatch.channels.twilio_rest import TwilioAccount, redirect_base
from dispatch.channels.twilio_voice import TwilioVoice
from dispatch.errors import ChannelError, ConfigurationError
from dispatch.ports import Outgoing
from dispatch.settings import Settings, load_settings
from dispatch.settings_channels import Twilio
from tests.fakes.twilio_server import (
    ACCOUNT_SID,
    SMS_NUMBER,
    TOKEN,
    VOICE_NUMBER,
    WHATSAPP_NUMBER,
    Agent,
    FakeTwilio,
    SentMessage,
    call_resource,
    message_resource,
)

OPENAPI = Path(os.environ.get("TWILIO_OPENAPI", Path(__file__).parents[4] / "shared/standards/twilio_api_v2010.json"))
BASE = "/2010-04-01/Accounts/{AccountSid}"
TO = "+6281234567890"
SINCE = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
"""When the fake says that its messages were made."""


@pytest.fixture
async def twilio() -> AsyncIterator[FakeTwilio]:
    fake = FakeTwilio()
    async with fake.running():
        yield fake


def account_of(fake: FakeTwilio, **more: Any) -> TwilioAccount:
    values: dict[str, Any] = {
        "account_sid": ACCOUNT_SID, "auth_token": TOKEN, "api_base": fake.url, "voice_number": VOICE_NUMBER,
        "sms_from": SMS_NUMBER, "whatsapp_from": WHATSAPP_NUMBER,
    }
    return TwilioAccount(Twilio(**{**values, **more}), timeout_s=0.5)


@pytest.fixture
async def messages(twilio: FakeTwilio) -> AsyncIterator[TwilioMessages]:
    driver = TwilioMessages(account_of(twilio), "https://112.example.id/twilio/status/message")
    yield driver
    await driver.close()


@pytest.fixture
async def voice(twilio: FakeTwilio) -> AsyncIterator[TwilioVoice]:
    driver = TwilioVoice(account_of(twilio), "https://112.example.id")
    yield driver
    await driver.close()


def outgoing(channel: str = "sms", body: str = "uji", **payload: str) -> Outgoing:
    return Outgoing("key", channel, TO, body, {"message_id": "5", **payload})


async def test_a_message_carries_its_own_way_back(twilio: FakeTwilio, messages: TwilioMessages) -> None:
    accepted = await messages.send(outgoing())
    [sent] = twilio.messages
    assert accepted.provider_id == sent.sid
    assert not accepted.delivered, "taken is not delivered"
    assert sent.fields == {
        "To": TO, "From": SMS_NUMBER, "Body": "uji",
        "StatusCallback": "https://112.example.id/twilio/status/message?message=5",
    }


async def test_whatsapp_addresses_are_marked(twilio: FakeTwilio, messages: TwilioMessages) -> None:
    await messages.send(outgoing("whatsapp"))
    [sent] = twilio.messages
    assert (sent.to, sent.fields["From"]) == (f"whatsapp:{TO}", f"whatsapp:{WHATSAPP_NUMBER}")


async def test_a_messaging_service_may_stand_for_the_number(twilio: FakeTwilio) -> None:
    driver = TwilioMessages(account_of(twilio, sms_from="MG" + "1" * 32), "https://x")
    await driver.send(outgoing())
    await driver.close()
    assert twilio.messages[0].fields["MessagingServiceSid"] == "MG" + "1" * 32
    assert "From" not in twilio.messages[0].fields


async def test_a_text_beyond_twilios_limit_is_cut_not_lost(twilio: FakeTwilio, messages: TwilioMessages) -> None:
    await messages.send(outgoing(body="x" * 2000))
    assert len(twilio.messages[0].body) == MAX_BODY


@pytest.mark.parametrize(
    ("failure", "permanent"),
    [(400, True), (401, True), (404, True), (408, False), (409, False), (429, False), (500, False), (503, False)],
)
async def test_permanent_and_passing_failures_are_told_apart(
    twilio: FakeTwilio, messages: TwilioMessages, failure: int, *, permanent: bool
) -> None:
    twilio.failures.append(failure)
    with pytest.raises(ChannelError) as error:
        await messages.send(outgoing())
    assert error.value.permanent is permanent
    assert TO not in str(error.value)
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize(("failure", "uncertain"), [
    (400, False), (401, False), (429, False), (503, False), (500, True), (502, True), (504, True), ("hang", True),
    ("lose", True),
])
async def test_only_an_answer_that_says_nothing_is_uncertain(
    twilio: FakeTwilio, messages: TwilioMessages, failure: int | str, *, uncertain: bool
) -> None:
    twilio.failures.append(failure)
    with pytest.raises(ChannelError) as error:
        await messages.send(outgoing())
    assert error.value.uncertain is uncertain


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("", 1.0), ("0", 1.0), ("soon", 1.0), ("99999", 600.0)])
async def test_a_busy_provider_says_how_long_to_wait(
    twilio: FakeTwilio, messages: TwilioMessages, header: str, seconds: float
) -> None:
    twilio.failures.append(f"busy {header}")
    with pytest.raises(ChannelError) as error:
        await messages.send(outgoing())
    assert (error.value.retry_after_s, error.value.permanent, error.value.uncertain) == (seconds, False, False)


async def test_what_was_taken_is_found_afterwards_and_what_was_not_is_not(
    twilio: FakeTwilio, messages: TwilioMessages
) -> None:
    for channel in ("sms", "whatsapp"):
        message = outgoing(channel, body="no 1042 diterima")
        assert await messages.find(message, SINCE) is None
        twilio.failures.append("lose")
        with pytest.raises(ChannelError):
            await messages.send(message)
        found = await messages.find(message, SINCE)
        assert found is not None
        assert found.provider_id == twilio.messages[-1].sid
        assert await messages.find(outgoing(channel, body="no 1043 diterima"), SINCE) is None
        assert await messages.find(message, SINCE + timedelta(days=1)) is None, "the same words, another day"
    twilio.failures.append(500)
    with pytest.raises(ChannelError):
        await messages.find(message, SINCE)


async def test_a_silent_provider_is_given_up_in_time_and_tried_again(
    twilio: FakeTwilio, messages: TwilioMessages
) -> None:
    twilio.failures.append("hang")
    with pytest.raises(ChannelError) as error:
        await messages.send(outgoing())
    assert not error.value.permanent
    assert (await messages.send(outgoing())).provider_id


async def test_nobody_listening_is_a_passing_failure() -> None:
    fake = FakeTwilio()
    async with fake.running():
        pass
    driver = TwilioMessages(account_of(fake), "https://x")
    with pytest.raises(ChannelError) as error:
        await driver.send(outgoing())
    await driver.close()
    assert (error.value.permanent, error.value.uncertain) == (False, False), "nothing can have been taken"


async def test_many_at_once_each_get_their_own_answer(twilio: FakeTwilio, messages: TwilioMessages) -> None:
    bodies = [f"body {number}" for number in range(40)]
    accepted = await asyncio.gather(*(messages.send(outgoing(body=body)) for body in bodies))
    by_sid = {message.sid: message.body for message in twilio.messages}
    assert [by_sid[answer.provider_id] for answer in accepted] == bodies


async def test_the_operators_phone_is_rung_for_one_call(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    await voice.send(outgoing("voice", call_id="7", attempt="2"))
    fields = twilio.agents[0].fields
    assert (fields["To"], fields["From"]) == ([TO], [VOICE_NUMBER])
    assert fields["Url"] == ["https://112.example.id/twilio/voice/agent?call=7&attempt=2"]
    assert fields["StatusCallback"] == ["https://112.example.id/twilio/status/call?call=7&attempt=2"]
    assert "completed" in fields["StatusCallbackEvent"]


async def test_hanging_up_what_is_over_is_fine(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    for _ in range(2):
        await voice.send(outgoing("voice", hangup="CA5"))
    assert twilio.ended == ["CA5"]


async def test_an_operator_without_a_phone_is_told_at_once(twilio: FakeTwilio, voice: TwilioVoice) -> None:
    with pytest.raises(ChannelError) as error:
        await voice.send(Outgoing("k", "voice", "", "", {"call_id": "7", "attempt": "1"}))
    assert error.value.permanent
    assert twilio.agents == []


def test_another_base_keeps_path_and_query() -> None:
    uri = "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json?x=1"
    assert redirect_base(uri, "http://127.0.0.1:9/proxy/") == (
        "http://127.0.0.1:9/proxy/2010-04-01/Accounts/AC1/Messages.json?x=1"
    )
    assert redirect_base(uri, "") == uri


# which driver carries what


def settings_of(folder: Path, **environ: str) -> Settings:
    named = {f"KENTONGAN_{name}": value for name, value in environ.items()}
    return load_settings(named, env_file=folder / "no.env")


CREDENTIALS = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": TOKEN}


def test_without_credentials_everything_is_simulated_and_says_so(tmp_path: Path) -> None:
    drivers = build_drivers(settings_of(tmp_path))
    assert driver_names(drivers) == dict.fromkeys(("mail", "sms", "voice", "whatsapp"), "simulator")


def test_with_credentials_a_channel_without_a_number_is_off_not_simulated(tmp_path: Path) -> None:
    drivers = build_drivers(settings_of(tmp_path, **CREDENTIALS, TWILIO_SMS_FROM=SMS_NUMBER))
    assert driver_names(drivers) == {"mail": "off", "sms": "twilio", "voice": "off", "whatsapp": "off"}


def test_a_modem_alone_carries_sms_and_the_rest_is_off(tmp_path: Path) -> None:
    drivers = build_drivers(settings_of(tmp_path, GAMMU_DATABASE="sqlite:////var/lib/gammu/smsd.db"))
    assert driver_names(drivers) == {"mail": "off", "sms": "gammu", "voice": "off", "whatsapp": "off"}


@pytest.mark.parametrize(("name", "value"), [
    ("GAMMU_DATABASE", "mysql://gammu:geheim@db/smsd"), ("GAMMU_NUMBER", "112"), ("GAMMU_SILENCE", "0"),
    ("GAMMU_SPOOL", "many"),
])
def test_faults_of_the_modems_settings_are_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        settings_of(tmp_path, **{name: value})
    assert [problem.key for problem in error.value.problems] == [f"KENTONGAN_{name}"]
    assert "geheim" not in str(error.value)


def test_the_first_of_several_is_first_in_the_header(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, **CREDENTIALS, TWILIO_SMS_FROM=SMS_NUMBER, GAMMU_DATABASE="sqlite:////var/lib/gammu/smsd.db",
        SMS_ROUTES="+62811=gammu,twilio; *=twilio,gammu", SMS_RATES="twilio=1, gammu=0.25",
    )
    assert driver_names(build_drivers(settings))["sms"] == "twilio>gammu"
    assert settings.sms.routes == {"+62811": ("gammu", "twilio"), "": ("twilio", "gammu")}
    assert settings.sms.rates == {"twilio": 1.0, "gammu": 0.25}


@pytest.mark.parametrize(("name", "value"), [
    ("SMS_ROUTES", "62811=twilio"), ("SMS_ROUTES", "+62811"), ("SMS_ROUTES", "*=twilio,twilio"),
    ("SMS_ROUTES", "*=telegram"), ("SMS_ROUTES", "*=twilio; *=twilio"), ("SMS_ROUTES", "*=gammu"),
    ("SMS_RATES", "twilio"), ("SMS_RATES", "twilio=0"), ("SMS_RATES", "telegram=1"), ("SMS_RATES", "twilio=1e9"),
])
def test_faults_of_routes_and_rates_are_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        settings_of(tmp_path, **CREDENTIALS, TWILIO_SMS_FROM=SMS_NUMBER, **{name: value})
    assert [problem.key for problem in error.value.problems] == [f"KENTONGAN_{name}"]


def test_training_never_reaches_a_real_phone(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, **CREDENTIALS, TWILIO_SMS_FROM=SMS_NUMBER, MODE="training")
    assert set(driver_names(build_drivers(settings)).values()) == {"simulator"}


async def test_the_simulator_takes_everything_and_keeps_the_last() -> None:
    simulator = Simulator(remember=2)
    for number in range(3):
        accepted = await simulator.send(Outgoing(f"k{number}", "sms", TO, "uji"))
        assert accepted.delivered
    assert [message.key for message in simulator.sent] == ["k1", "k2"]


# the published contract


@pytest.fixture(scope="module")
def contract() -> dict[str, Any]:
    if not OPENAPI.is_file():
        pytest.skip("Twilio's OpenAPI description is not here (set TWILIO_OPENAPI to its path)")
    loaded: dict[str, Any] = json.loads(OPENAPI.read_text())
    return loaded


def _accepted(contract: dict[str, Any], path: str) -> tuple[set[str], set[str]]:
    body = contract["paths"][path]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    return set(body["properties"]), set(body.get("required", ()))


async def test_message_requests_fit_twilios_description(
    contract: dict[str, Any], twilio: FakeTwilio, messages: TwilioMessages
) -> None:
    await messages.send(outgoing())
    known, required = _accepted(contract, f"{BASE}/Messages.json")
    assert required <= twilio.messages[0].fields.keys() <= known


async def test_questions_about_messages_fit_twilios_description(
    contract: dict[str, Any], twilio: FakeTwilio, messages: TwilioMessages
) -> None:
    await messages.send(outgoing())
    await messages.find(outgoing(), SINCE)
    known = {entry["name"] for entry in contract["paths"][f"{BASE}/Messages.json"]["get"]["parameters"]}
    assert twilio.asked[0].keys() <= known
    assert {"To", "From"} <= twilio.asked[0].keys()
    listed = contract["paths"][f"{BASE}/Messages.json"]["get"]["responses"]["200"]["content"]["application/json"]
    assert set(twilio.listed) <= set(listed["schema"]["properties"])


async def test_call_requests_fit_twilios_description(
    contract: dict[str, Any], twilio: FakeTwilio, voice: TwilioVoice
) -> None:
    await voice.send(outgoing("voice", call_id="7", attempt="2"))
    known, required = _accepted(contract, f"{BASE}/Calls.json")
    assert required <= twilio.agents[0].fields.keys() <= known
    known, _ = _accepted(contract, f"{BASE}/Calls/{{Sid}}.json")
    assert "Status" in known


def test_our_twilio_answers_as_twilio_does(contract: dict[str, Any]) -> None:
    schemas = contract["components"]["schemas"]
    message = message_resource(SentMessage("SM1", {"To": TO, "From": SMS_NUMBER, "Body": "uji"}))
    assert message.keys() <= schemas["api.v2010.account.message"]["properties"].keys()
    assert message["status"] in schemas["message_enum_status"]["enum"]
    answered = call_resource(Agent(None, "CA1", TO))  # type: ignore[arg-type]
    assert answered.keys() <= schemas["api.v2010.account.call"]["properties"].keys()
