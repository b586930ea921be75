"""What a team's phone is told when we call it. Pure: builds TwiML, knows no database.

Only a key is an answer: whoever says nothing, a machine above all, was not reached.
"""

from __future__ import annotations

from typing import Any

from dispatch.channels.twiml import SPEECH
from dispatch.domain.harmless import harmless
from dispatch.texts import text

TIMES = 2
"""How often the notice is said: the first words are lost while a phone is lifted to an ear."""
WAIT_FOR_KEY_S = 5


class TeamScript:
    """TwiML in one language; ``base`` is the public address that Twilio calls back."""

    def __init__(self, base: str, lang: str) -> None:
        self._base, self._lang = base, lang

    def _url(self, path: str, page_id: int) -> str:
        return f"{self._base}/twilio/team/{path}?page={page_id}"

    def notice(self, page_id: int, words: str, *, supervisor: bool) -> str:
        """The notice and the keys, twice; any key cuts it short. Then: nobody was there."""
        response = _response()
        keys = text("team_voice.supervisor_keys" if supervisor else "team_voice.keys", self._lang)
        for _ in range(TIMES):
            listen = response.gather(
                input="dtmf", num_digits=1, timeout=WAIT_FOR_KEY_S, action=self._url("keys", page_id),
                action_on_empty_result=False,
            )
            listen.say(harmless(words), language=SPEECH[self._lang])
            listen.say(keys, language=SPEECH[self._lang])
        response.redirect(self._url("silent", page_id))
        return str(response)

    def again(self, page_id: int) -> str:
        """A key that means nothing: from the start."""
        response = _response()
        response.redirect(self._url("notice", page_id))
        return str(response)

    def say_and_end(self, key: str) -> str:
        """One sentence, then hang up."""
        response = _response()
        response.say(text(f"team_voice.{key}", self._lang), language=SPEECH[self._lang])
        response.hangup()
        return str(response)


def call_request(base: str, number: str, sender: str, page_id: str, ring_for_s: int) -> dict[str, Any]:
    """The REST call that rings a team: what to say, where its end and a machine's voice are told.

    The machine is detected beside the talk: a person hears the notice at once, without seconds of silence.
    """
    return {
        "to": number, "from_": sender, "timeout": ring_for_s,
        "url": f"{base}/twilio/team/notice?page={page_id}",
        "status_callback": f"{base}/twilio/team/status?page={page_id}", "status_callback_event": ["completed"],
        "machine_detection": "Enable", "async_amd": "true",
        "async_amd_status_callback": f"{base}/twilio/team/machine?page={page_id}",
        "async_amd_status_callback_method": "POST",
    }


def _response() -> Any:
    from twilio.twiml.voice_response import VoiceResponse  # lazily: a server without telephony never needs it

    return VoiceResponse()
