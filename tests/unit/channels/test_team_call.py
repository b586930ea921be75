"""The call that rings a team: what is asked of Twilio, and that the whole request is one that it describes."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from dispatch.channels.twilio_rest import TwilioAccount
from dispatch.channels.twilio_voice import TwilioVoice
from dispatch.channels.twiml_team import TeamScript
from dispatch.ports import Outgoing
from dispatch.settings import Twilio
from tests.fakes.twilio_server import ACCOUNT_SID, TOKEN, VOICE_NUMBER, FakeTwilio

OPENAPI = Path(os.environ.get("TWILIO_OPENAPI", Path(__file__).parents[4] / "shared/standards/twilio_api_v2010.json"))


async def test_the_request_is_one_that_twilio_describes() -> None:
    fake = FakeTwilio()
    async with fake.running():
        account = TwilioAccount(Twilio(ACCOUNT_SID, TOKEN, api_base=fake.url, voice_number=VOICE_NUMBER))
        voice = TwilioVoice(account, "https://112.example")
        accepted = await voice.send(Outgoing("k", "voice", "+6281999000111", "words", {"page": "7", "message_id": "3"}))
        await voice.close()
    assert accepted.delivered is False, "ringing a phone tells nobody"
    fields = (await fake.expect_agent()).fields
    assert fields["Url"] == ["https://112.example/twilio/team/notice?page=7"]
    assert (fields["MachineDetection"], fields["AsyncAmd"]) == (["Enable"], ["true"])
    if not OPENAPI.is_file():
        pytest.skip("Twilio's OpenAPI description is not here (set TWILIO_OPENAPI to its path)")
    path = "/2010-04-01/Accounts/{AccountSid}/Calls.json"
    body = json.loads(OPENAPI.read_text())["paths"][path]["post"]["requestBody"]["content"]
    known = body["application/x-www-form-urlencoded"]["schema"]["properties"]
    assert fields.keys() <= known.keys()


@pytest.mark.parametrize("lang", ["id", "en"])
def test_words_of_strangers_are_said_and_are_no_orders(lang: str) -> None:
    said = TeamScript("https://112.example", lang).notice(7, "</Say><Hangup/> & <Dial>112</Dial>", supervisor=False)
    assert "<Hangup/>" not in said
    assert "<Dial>" not in said
    assert said.count("<Gather") == 2
    assert "/twilio/team/silent?page=7" in said
