"""What Twilio is told to do with a call. Pure: builds TwiML, knows no database and no state of a call."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from dispatch.texts import text

SPEECH = {"id": "id-ID", "en": "en-US", "jv": "id-ID"}
"""No provider voice speaks Tegal Javanese: an Indonesian one reads it."""
FIRST_PROMPT_S, OFFER_S, RING_S = 10, 30, 5
"""``RING_S``: one ring tone as it is played, tone and pause."""
MAX_RECORDING_S = 120
PROBE_WAIT_S = 8
"""After the question to a silent caller: to find the keys takes a moment."""
PROOF_DIGITS, PROOF_LISTEN_S, PROOF_WAIT_S = 10, 15, 2
"""The sender hangs up before the listener gives up: what is still on the line then is a person."""
NOTHING = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


class Script:
    """TwiML in one language; ``base`` is the public address that Twilio calls back."""

    def __init__(self, base: str, lang: str = "id") -> None:
        self._base, self._lang = base, lang

    def _url(self, path: str, call_id: int) -> str:
        return f"{self._base}/twilio/voice/{path}?call={call_id}"

    def enter_queue(self, call_id: int, queue: str, *, words: str = "voice.greeting", hear: bool = False) -> str:
        """The first answer: a word of greeting, then the queue, where it rings. No menu, no questions.

        ``words``: the key of what is said first. ``hear``: what is spoken from now on is written down, until the end.
        """
        response = _response()
        if hear:
            response.start().transcription(
                name=f"call-{call_id}", language_code=SPEECH[self._lang], track="both_tracks", partial_results=False,
                status_callback_url=f"{self._base}/twilio/status/transcription?call={call_id}",
            )
        response.say(text(words, self._lang), language=SPEECH[self._lang])
        response.enqueue(queue, action=self._url("left", call_id), wait_url=self._url("wait", call_id))
        return str(response)

    def wait(self, call_id: int, waited_s: int) -> str:
        """One round of waiting: it rings for 10 s, then a prompt every 10 s, from 30 s on the offer for the silent."""
        response = _response()
        listen = response.gather(
            input="dtmf", num_digits=2, timeout=1, action=self._url("keys", call_id), action_on_empty_result=False,
        )
        if waited_s < FIRST_PROMPT_S:
            listen.play(f"{self._base}/twilio/voice/ring.wav", loop=max(1, (FIRST_PROMPT_S - waited_s) // RING_S))
        else:
            for lang in (self._lang, "jv") if self._lang == "id" else (self._lang,):
                listen.say(text("voice.wait", lang), language=SPEECH[lang])
                if waited_s >= OFFER_S:
                    listen.say(text("voice.silent", lang), language=SPEECH[lang])
            if waited_s >= OFFER_S:
                listen.play(f"{self._base}/twilio/voice/ring.wav", loop=1)
        response.redirect(self._url("wait", call_id))
        return str(response)

    def probe(self, call_id: int) -> str:
        """Asked of a caller who says nothing: press 5 twice; any key and any sound counts."""
        response = _response()
        listen = response.gather(
            input="dtmf speech", num_digits=2, timeout=PROBE_WAIT_S, language=SPEECH[self._lang],
            action=self._url("probed", call_id), action_on_empty_result=True,
        )
        for lang in (self._lang, "jv") if self._lang == "id" else (self._lang,):
            listen.say(text("voice.silent", lang), language=SPEECH[lang])
        return str(response)

    def heard_keys(self, call_id: int, *, silent: bool) -> str:
        """After a key: a word of comfort for who cannot speak, then on with the waiting."""
        response = _response()
        if silent:
            response.say(text("voice.heard", self._lang), language=SPEECH[self._lang])
        response.redirect(self._url("wait", call_id))
        return str(response)

    def leave_queue(self) -> str:
        """Take the caller out of the queue: nobody has answered for too long."""
        response = _response()
        response.leave()
        return str(response)

    def record(self, call_id: int) -> str:
        """Voicemail: what happened and where."""
        response = _response()
        response.say(text("voice.voicemail", self._lang), language=SPEECH[self._lang])
        response.record(
            action=self._url("recorded", call_id), max_length=MAX_RECORDING_S, timeout=10, play_beep=True,
            recording_status_callback=f"{self._base}/twilio/status/recording?call={call_id}",
        )
        return str(response)

    def say_and_end(self, key: str) -> str:
        """One sentence, then hang up."""
        response = _response()
        response.say(text(key, self._lang), language=SPEECH[self._lang])
        response.hangup()
        return str(response)

    def listen_for_proof(self) -> str:
        """A call that is most likely our own: silent, until its keys have come or have not."""
        response = _response()
        response.gather(
            input="dtmf", num_digits=PROOF_DIGITS, timeout=PROOF_LISTEN_S, action=f"{self._base}/twilio/voice/proof",
            action_on_empty_result=True,
        )
        return str(response)

    def proved(self) -> str:
        """Our own call has come back: that was all."""
        response = _response()
        response.hangup()
        return str(response)

    def fallback(self, number: str) -> str:
        """When nothing else works: straight to the phone of whoever is on duty."""
        response = _response()
        response.say(text("voice.fallback" if number else "voice.wait", self._lang), language=SPEECH[self._lang])
        if number:
            response.dial(number, timeout=40)
        else:
            response.pause(length=10)
            response.redirect(f"{self._base}/twilio/voice")
        return str(response)


def reply(words: str) -> str:
    """A text back to whoever wrote, without any state of ours."""
    return f'<?xml version="1.0" encoding="UTF-8"?><Response><Message>{escape(words)}</Message></Response>'


def play_proof(nonce: str) -> str:
    """The sending side of a proof of life: its keys, slowly enough for any line, then the end."""
    response = _response()
    response.pause(length=PROOF_WAIT_S)
    response.play(digits="".join(f"{key}w" for key in nonce))
    response.hangup()
    return str(response)


def _response() -> Any:
    from twilio.twiml.voice_response import VoiceResponse  # lazily: a server without telephony never needs it

    return VoiceResponse()
