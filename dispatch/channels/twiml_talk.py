"""What Twilio is told once people speak: the conference of a call, further phones in it, hold. Pure, like twiml."""

from __future__ import annotations

import io
import math
import struct
import wave
from functools import cache
from typing import Any

from dispatch.channels.twiml import SPEECH
from dispatch.texts import text

CONFERENCE_EVENTS = "start end join leave"
HOLD_PAUSE_S = 8
PRESS_WAIT_S = 8
RING_HZ, RING_ON_S, RING_S, RATE = 425, 1.0, 5.0, 8000
"""The ring-back tone of Indonesian networks: 425 Hz, one second in five."""


class TalkScript:
    """TwiML in one language; ``base`` is the public address that Twilio calls back, ``record`` the centre's wish."""

    def __init__(self, base: str, lang: str = "id", *, record: bool = True) -> None:
        self._base, self._lang, self._record = base, lang, record

    def _url(self, path: str, call_id: int, **more: int) -> str:
        query = "&".join(f"{name}={value}" for name, value in {"call": call_id, **more}.items())
        return f"{self._base}/twilio/{path}?{query}"

    def join_caller(self, call_id: int, room: str) -> str:
        """The caller's leg: into the room; when it leaves, the talk is over for everybody."""
        response = _response()
        dial = response.dial(action=self._url("voice/talked", call_id))
        self._room(dial, call_id, room, start=True, end=True, record=self._record)
        return str(response)

    def join_operator(self, call_id: int, room: str) -> str:
        """The phone of the seat that answered: waits for the caller, who is on the way."""
        response = _response()
        response.say(text("voice.agent", self._lang), language=SPEECH[self._lang])
        self._room(response.dial(), call_id, room, start=True, record=self._record)
        return str(response)

    def join_other(self, call_id: int, room: str, role: str, coached: str = "") -> str:
        """Somebody else in the talk: a seat or a team speaks with all, a listener with nobody, a coach with one."""
        response = _response()
        if role in ("seat", "unit"):
            response.say(text(f"voice.{role}_joins", self._lang), language=SPEECH[self._lang])
        coach = coached if role == "coach" else ""
        self._room(response.dial(), call_id, room, muted=role == "listen", coach=coach)
        return str(response)

    def ask_to_join(self, call_id: int, leg: int, role: str) -> str:
        """A key first: an answering machine presses none, so it neither takes a caller nor joins a talk."""
        response = _response()
        listen = response.gather(
            input="dtmf", num_digits=1, timeout=PRESS_WAIT_S, action=self._url("voice/accept", call_id, leg=leg)
        )
        for _ in range(2):
            listen.say(text(f"voice.{role}_asked", self._lang), language=SPEECH[self._lang])
            listen.pause(length=1)
        response.hangup()
        return str(response)

    def hold(self, call_id: int) -> str:
        """While on hold: told not to hang up, again and again."""
        response = _response()
        response.say(text("voice.hold", self._lang), language=SPEECH[self._lang])
        response.pause(length=HOLD_PAUSE_S)
        response.redirect(self._url("voice/hold", call_id))
        return str(response)

    def _room(
        self, dial: Any, call_id: int, room: str, *, start: bool = False, end: bool = False, muted: bool = False,
        coach: str = "", record: bool = False,
    ) -> None:
        more: dict[str, Any] = {"coach": coach} if coach else {}
        if record:
            more |= {
                "record": "record-from-start", "recording_status_callback": self._url("status/recording", call_id),
                "recording_status_callback_event": "completed",
            }
        dial.conference(
            room, beep="false", start_conference_on_enter=start, end_conference_on_exit=end, muted=muted,
            # Silence, not music, for the second before the other one is there.
            wait_url="", status_callback=self._url("status/conference", call_id),
            status_callback_event=CONFERENCE_EVENTS, **more,
        )


@cache
def ring_tone() -> bytes:
    """Five seconds of ring-back tone as a WAV file: the caller hears that it rings, in a call that is already up."""
    frames = bytearray()
    for index in range(int(RING_S * RATE)):
        loud = 8000 if index < RING_ON_S * RATE else 0
        frames += struct.pack("<h", round(loud * math.sin(2 * math.pi * RING_HZ * index / RATE)))
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(bytes(frames))
    return out.getvalue()


def _response() -> Any:
    from twilio.twiml.voice_response import VoiceResponse  # lazily: a server without telephony never needs it

    return VoiceResponse()
