"""The telephone side of the fake Twilio: lines that run TwiML, queues, conferences, recordings, transcriptions.

A line does what Twilio documents: it runs one document verb by verb, waits where a verb waits, asks for the action of a
verb that has ended, hangs up at the end of a document, and tells its status. Nothing of the product is used here.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from tests.fakes.twilio_ids import ACCOUNT_SID, VOICE_NUMBER, new_sid

if TYPE_CHECKING:
    from tests.fakes.twilio_server import FakeTwilio

HEARD = ("Say", "Play", "Pause")
WAITING_VERBS = ("Gather", "Record", "Enqueue", "Dial", "Redirect")


@dataclass(eq=False)
class Leg:
    """One line; ``script`` is the TwiML it runs now, ``heard`` all that was said to it."""

    twilio: FakeTwilio
    sid: str
    number: str
    script: ET.Element | None = None
    fields: dict[str, list[str]] = field(default_factory=dict)
    room: Conference | None = None
    dial_action: str = ""
    over: bool = False
    in_progress: bool = False
    heard: list[str] = field(default_factory=list)
    transcription: tuple[str, str] | None = None
    pieces: int = 0

    direction = "outbound-api"

    def verb(self, name: str) -> ET.Element | None:
        """The first verb of that name in the script."""
        return None if self.script is None else self.script.find(f".//{name}")

    def says(self) -> list[str]:
        return [] if self.script is None else [say.text or "" for say in self.script.iter("Say")]

    def basic(self, status: str) -> dict[str, str]:
        """What every webhook about this line carries."""
        ours = {"From": VOICE_NUMBER, "To": self.number}
        theirs = {"From": self.number, "To": VOICE_NUMBER}
        return {
            "CallSid": self.sid, "AccountSid": ACCOUNT_SID, "ApiVersion": "2010-04-01", "CallStatus": status,
            "Direction": self.direction, **(ours if self.direction == "outbound-api" else theirs),
        }

    async def request(self, url: str, status: str = "in-progress", **more: str) -> httpx.Response:
        """Ask for the next TwiML and run it; after the end of a line what is answered is not run any more."""
        answer = await self.twilio.post(url, {**self.basic(status), **more})
        if answer.status_code == 200 and answer.text and not self.over:
            self.script = ET.fromstring(answer.text)
            await self._run()
        return answer

    async def _run(self) -> None:
        assert self.script is not None
        for verb in list(self.script):
            if verb.tag == "Start":
                await self._start_transcription(verb)
            elif verb.tag in HEARD:
                self.heard.append(verb.text or "")
            elif verb.tag == "Hangup":
                await self.end()
            elif verb.tag == "Leave":
                await self._leave_queue()
                return
            elif verb.tag in WAITING_VERBS:
                await self._wait_at(verb)
                return
        await self.end()

    async def _wait_at(self, verb: ET.Element) -> None:
        room = verb.find("Conference")
        if room is not None:
            self.dial_action = verb.attrib.get("action", "")
            await self.twilio.room(room.text or "").join(self, room.attrib)

    async def _leave_queue(self) -> None:
        raise AssertionError(f"{self.number} is in no queue")

    async def _start_transcription(self, start: ET.Element) -> None:
        noun = start.find("Transcription")
        assert noun is not None
        assert self.transcription is None, "a second transcription of that name is refused"
        self.transcription = (new_sid("GT"), noun.attrib["statusCallbackUrl"])
        await self._tell_transcription("transcription-started")

    async def _tell_transcription(self, event: str, **more: str) -> None:
        assert self.transcription is not None
        sid, url = self.transcription
        self.pieces += 1
        await self.twilio.post(url, {
            "CallSid": self.sid, "AccountSid": ACCOUNT_SID, "TranscriptionSid": sid, "TranscriptionEvent": event,
            "SequenceId": str(self.pieces), "Timestamp": "2026-01-12T07:00:00Z", **more,
        })

    async def heard_say(self, words: str, track: str = "inbound_track", *, sequence: int = 0) -> None:
        """A finished piece of speech on this line reaches the product; ``sequence`` repeats or reorders one."""
        assert self.transcription is not None, "nothing is transcribed"
        self.pieces = sequence - 1 if sequence else self.pieces
        data = json.dumps({"transcript": words, "confidence": 0.94})
        await self._tell_transcription(
            "transcription-content", Track=track, Final="true", LanguageCode="id-ID", TranscriptionData=data
        )

    async def press(self, digits: str) -> list[str]:
        """Keys on this phone; returns what is said then."""
        gather = self.verb("Gather")
        assert gather is not None, "nothing listens to keys"
        await self.request(gather.attrib["action"], Digits=digits)
        return self.says()

    async def end(self, status: str = "completed") -> None:
        """The line ends."""
        if self.over:
            return
        self.over, self.in_progress = True, False
        if self.room is not None:
            await self.room.leave(self)
        await self.tell_status(status)

    async def tell_status(self, status: str) -> None:
        if "StatusCallback" in self.fields:
            await self.twilio.post(self.fields["StatusCallback"][0], self.basic(status))


class Caller(Leg):
    """A citizen's line to us."""

    direction = "inbound"
    waited_s: int = 0
    action: str = ""
    wait_url: str = ""

    async def ring(self) -> httpx.Response:
        self.in_progress = True
        return await self.request("/twilio/voice", "ringing")

    async def _wait_at(self, verb: ET.Element) -> None:
        await super()._wait_at(verb)
        if verb.tag == "Enqueue":
            self.twilio.queues.setdefault(verb.text or "", deque()).append(self)
            self.action, self.wait_url = verb.attrib["action"], verb.attrib["waitUrl"]

    @property
    def waits(self) -> bool:
        """Whether it is in a queue."""
        return any(self in queue for queue in self.twilio.queues.values())

    async def wait(self, seconds: int) -> list[str]:
        """Time passes in the queue: the wait document is asked for and run. Returns what is said."""
        self.waited_s += seconds
        await self.request(self.wait_url, QueueTime=str(self.waited_s), QueuePosition="1")
        return self.says()

    async def _leave_queue(self) -> None:
        self.twilio.leave(self)
        await self.request(self.action, QueueResult="leave", QueueTime=str(self.waited_s))

    async def hang_up(self) -> None:
        """The caller closes the line."""
        await self.end()

    async def end(self, status: str = "completed") -> None:
        """Twilio asks for the action of what the line was in, then tells the status of the number's call."""
        if self.over:
            return
        self.over, self.in_progress = True, False
        if self.twilio.leave(self):
            await self.request(self.action, status, QueueResult="hangup", QueueTime=str(self.waited_s))
        if self.room is not None:
            await self.room.leave(self)
            await self.request(self.dial_action, status, DialCallStatus="completed")
        if self.transcription is not None:
            await self._tell_transcription("transcription-stopped")
        await self.tell_status(status)

    async def tell_status(self, status: str) -> None:
        url = self.fields["StatusCallback"][0] if "StatusCallback" in self.fields else "/twilio/status/call"
        await self.twilio.post(url, {**self.basic(status), "CallDuration": "30"})

    async def speak(self, seconds: int, words: str = "") -> None:
        """Leave a voice message, then hang up: Twilio tells of the recording twice."""
        record = self.verb("Record")
        assert record is not None, "nothing records"
        if words:
            await self.heard_say(words)
        told = {
            "RecordingSid": new_sid("RE"), "RecordingDuration": str(seconds),
            "RecordingUrl": f"https://api.twilio.com/recordings/{self.sid}",
        }
        self.twilio.recordings.add(told["RecordingSid"])
        await self.request(record.attrib["action"], "completed", Digits="hangup", **told)
        await self.twilio.post(record.attrib["recordingStatusCallback"], {**told, "RecordingStatus": "completed"})
        await self.end()


class Agent(Caller):
    """A phone that we were asked to ring: an operator's, a team's, or a citizen's we call back."""

    direction = "outbound-api"

    async def pick_up(self) -> None:
        """Answer: the line runs its TwiML."""
        self.in_progress = True
        await self.tell_status("in-progress")
        await self.request(self.fields["Url"][0])

    async def status(self, status: str) -> None:
        """One more word about the line's state: repeats and late ones are Twilio's habit."""
        await self.twilio.post(self.fields["StatusCallback"][0], self.basic(status))


@dataclass(eq=False)
class Participant:
    """One line in a conference, as Twilio keeps it."""

    leg: Leg
    muted: bool = False
    hold: bool = False
    coaches: str = ""
    ends: bool = False


class Conference:
    """A room: tells who comes and goes, ends with who may end it, and is recorded when one asked for it."""

    def __init__(self, twilio: FakeTwilio, name: str) -> None:
        self.twilio, self.name, self.sid = twilio, name, new_sid("CF")
        self.people: dict[str, Participant] = {}
        self._callback = self._recording = ""
        self._number = 0
        self._started = self.over = False

    def hears(self, listener: Leg, speaker: Leg) -> bool:
        """Whether what one says reaches the other."""
        one, other = self.people.get(listener.sid), self.people.get(speaker.sid)
        if one is None or other is None or other.muted or one.hold or other.hold:
            return False
        return not other.coaches or other.coaches == listener.sid

    async def join(self, leg: Leg, wanted: dict[str, str]) -> None:
        leg.room = self
        self.people[leg.sid] = Participant(
            leg, muted=wanted.get("muted") == "true", coaches=wanted.get("coach", ""),
            ends=wanted.get("endConferenceOnExit") == "true",
        )
        self._callback = self._callback or wanted.get("statusCallback", "")
        if wanted.get("record") == "record-from-start":
            self._recording = wanted["recordingStatusCallback"]
        await self._tell("participant-join", leg)
        if wanted.get("startConferenceOnEnter") != "false" and len(self.people) > 1 and not self._started:
            self._started = True
            await self._tell("conference-start", leg)
        await self.twilio.changed()

    async def leave(self, leg: Leg) -> None:
        """One has gone; who may end the room takes everybody out of it."""
        gone = self.people.pop(leg.sid)
        leg.room = None
        await self._tell("participant-leave", leg)
        if self.over:
            return
        if gone.ends or not self.people:
            self.over = True
            for other in list(self.people.values()):
                await self.leave(other.leg)
                if other.leg.dial_action and not other.leg.over:
                    await other.leg.request(other.leg.dial_action, DialCallStatus="completed")
                else:
                    await other.leg.end()
            await self._tell("conference-end", leg)
            await self._tell_recording()
        await self.twilio.changed()

    async def _tell(self, event: str, leg: Leg) -> None:
        self._number += 1
        if self._callback:
            await self.twilio.post(self._callback, {
                "AccountSid": ACCOUNT_SID, "ConferenceSid": self.sid, "FriendlyName": self.name,
                "StatusCallbackEvent": event, "SequenceNumber": str(self._number), "CallSid": leg.sid,
                "Timestamp": "Mon, 12 Jan 2026 07:00:00 +0000",
            })

    async def _tell_recording(self) -> None:
        if self._recording and self._started:
            sid = new_sid("RE")
            self.twilio.recordings.add(sid)
            await self.twilio.post(self._recording, {
                "AccountSid": ACCOUNT_SID, "ConferenceSid": self.sid, "RecordingSid": sid,
                "RecordingUrl": f"https://api.twilio.com/recordings/{sid}", "RecordingStatus": "completed",
                "RecordingDuration": "42",
            })
