"""Twilio's voice webhooks: each stores what happened to the call, then says what happens next on the line."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dispatch.channels.twiml import NOTHING, Script
from dispatch.channels.twiml_talk import TalkScript, ring_tone
from dispatch.domain.phone import phone_of
from dispatch.domain.transitions import CallStatus
from dispatch.errors import Invalid
from dispatch.services.call_end import end_call, leave_queue, record_voicemail
from dispatch.services.call_legs import room_of
from dispatch.services.call_order import hint_call
from dispatch.services.call_record import WAITING, require_call
from dispatch.services.call_recording import store_recording
from dispatch.services.call_transcript import CITIZEN, hear_words
from dispatch.services.calls import bridge_call, line_of, may_join, queue_call, requeue_call, ring_call
from dispatch.services.proof import expect_proof_call, is_proof_call, receive_proof
from dispatch.services.shield import SILENT_KEYS, answered_silently, take_answer, take_keys
from dispatch.storage.calls import call_of_provider
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx
from dispatch.web.edge import Edge
from dispatch.web.twilio_form import Form
from dispatch.web.twilio_legs import ENDED, Phones, call_id_of

log = logging.getLogger(__name__)
Handler = Callable[[Request, Form], Awaitable[str]]
VOICEMAIL_AFTER_S = 120
"""How long a caller waits for a person before being offered the voicemail."""
GONE_RESULTS = frozenset({"redirected", "redirected-from-bridged"})
"""We took the caller out of the queue: what they hear now was told with that."""
TO_VOICEMAIL = frozenset({"leave", "queue-full", "error", "system-error"})
OWN_TRACK = "inbound_track"
TWILIO = "twilio"


def handlers(edge: Edge) -> list[tuple[str, Handler]]:
    """Path and handler of every voice webhook."""
    voice = Voice(edge)
    return [
        ("/twilio/voice", voice.ring),
        ("/twilio/voice/wait", voice.wait),
        ("/twilio/voice/keys", voice.keys),
        ("/twilio/voice/left", voice.left),
        ("/twilio/voice/probe", voice.probe),
        ("/twilio/voice/probed", voice.probed),
        ("/twilio/voice/join", voice.join),
        ("/twilio/voice/talked", voice.talked),
        ("/twilio/voice/hold", voice.hold),
        ("/twilio/voice/proof", voice.proof),
        ("/twilio/voice/recorded", voice.recorded),
        ("/twilio/voice/fallback", voice.fallback),
        ("/twilio/status/call", voice.status),
        ("/twilio/status/recording", voice.recording),
        ("/twilio/status/transcription", voice.transcription),
        *voice.phones.handlers(),
    ]


def sounds() -> list[Route]:
    """What Twilio plays and fetches without a signature: the ring tone, the same for everybody."""

    async def tone(request: Request) -> Response:
        return Response(ring_tone(), media_type="audio/wav", headers={"Cache-Control": "public, max-age=86400"})

    return [Route("/twilio/voice/ring.wav", tone, methods=["GET"])]


class _Heard(msgspec.Struct):
    """The JSON in a transcription's form."""

    transcript: str = ""


class Voice:
    """The handlers of the caller's own line, one a webhook."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        base, lang = edge.settings.public_url, edge.settings.lang
        self._script = Script(base, lang)
        self._talk = TalkScript(base, lang, record=edge.settings.calls.record)
        self.phones = Phones(edge, self._script, self._talk)

    async def ring(self, request: Request, form: Form) -> str:
        """First ring: on the operators' screens before the caller hears a word."""
        form.require("CallSid")
        own = self._edge.settings.twilio.voice_number
        if own and phone_of(form.get("From")) == own:
            sid = form.get("CallSid")
            if await self._edge.committer.run(lambda tx: expect_proof_call(tx, sid)):
                return self._script.listen_for_proof()
        return await self._enter(form)

    async def _enter(self, form: Form) -> str:
        row = await self._edge.committer.run(lambda tx: self._ring(tx, form))
        return self._queue(row)

    def _ring(self, tx: Tx, form: Form) -> Row:
        return ring_call(
            tx, external_id=form.get("CallSid"), caller=phone_of(form.get("From")), called=phone_of(form.get("To")),
            plan=self._edge.knowledge().calls,
        )

    def _queue(self, row: Row) -> str:
        # Words are heard from the first second, also of who waits; a second start would be refused.
        first = row["status"] == CallStatus.RINGING
        hear, words = first and self._edge.knowledge().calls.transcribe, "voice.greeting" if first else "voice.wait"
        return self._script.enter_queue(row["id"], line_of(row), words=words, hear=hear)

    async def proof(self, request: Request, form: Form) -> str:
        """The keys of our own call. Whoever is on the line without them is a person and rings like everybody."""
        form.require("CallSid")
        keys = form.get("Digits")
        if await self._edge.committer.run(lambda tx: receive_proof(tx, keys, TWILIO)):
            return self._script.proved()
        return await self._enter(form)

    async def wait(self, request: Request, form: Form) -> str:
        """One round in the queue; out of it to whoever has answered, or after too long to the voicemail."""
        call_id, waited = call_id_of(request), form.number("QueueTime")
        row = await self._edge.committer.run(lambda tx: queue_call(tx, call_id))
        if may_join(row):
            # The request that brings the caller to the operator was lost: the next round does it.
            return self._script.leave_queue()
        if waited >= VOICEMAIL_AFTER_S and row["status"] == CallStatus.QUEUED:
            leaves = await self._edge.committer.run(lambda tx: leave_queue(tx, call_id))
            return self._script.leave_queue() if leaves else self._script.wait(call_id, waited)
        return self._script.wait(call_id, waited)

    async def keys(self, request: Request, form: Form) -> str:
        """Keys pressed while waiting."""
        call_id, digits = call_id_of(request), form.get("Digits")[:2]
        if digits.isascii() and digits.isdigit():
            knowledge = self._edge.knowledge()

            def take(tx: Tx) -> None:
                hint_call(tx, call_id, digits)
                take_keys(tx, call_id, digits, knowledge)

            await self._edge.committer.run(take)
        return self._script.heard_keys(call_id, silent=digits == SILENT_KEYS)

    async def probe(self, request: Request, form: Form) -> str:
        """A caller whom the operator cannot hear was taken out of the talk to be asked."""
        return self._script.probe(call_id_of(request))

    async def probed(self, request: Request, form: Form) -> str:
        """Keys or a sound after that question, or nothing: into the queue, a person decides."""
        call_id, keys, heard = call_id_of(request), form.get("Digits"), form.get("SpeechResult")
        knowledge = self._edge.knowledge()
        row = await self._edge.committer.run(lambda tx: take_answer(tx, call_id, keys, heard, knowledge))
        if row["status"] not in WAITING:
            return await self._join(call_id)
        words = "voice.heard" if answered_silently(row) else "voice.wait"
        return self._script.enter_queue(row["id"], line_of(row), words=words)

    async def left(self, request: Request, form: Form) -> str:
        """The caller is out of the queue: brought to somebody, hung up, or goes to the voicemail."""
        call_id, result, knowledge = call_id_of(request), form.get("QueueResult"), self._edge.knowledge()
        if result in GONE_RESULTS:
            return NOTHING
        if result in TO_VOICEMAIL:
            row = await self._edge.committer.run(lambda tx: require_call(tx, call_id))
            return await self._join(call_id) if may_join(row) else self._script.record(call_id)
        await self._edge.committer.run(lambda tx: end_call(tx, call_id, knowledge, reason=result))
        return NOTHING

    async def join(self, request: Request, form: Form) -> str:
        """The caller was taken out of the queue: into the room where somebody waits for them."""
        return await self._join(call_id_of(request))

    async def _join(self, call_id: int) -> str:
        def meet(tx: Tx) -> tuple[Row, str]:
            row = require_call(tx, call_id)
            if may_join(row):
                bridge_call(tx, call_id)
            return row, room_of(tx, call_id)

        row, room = await self._edge.committer.run(meet)
        if may_join(row):
            return self._talk.join_caller(call_id, room)
        # Whoever was there has gone again while the caller was on the way.
        waits = row["status"] in (CallStatus.RINGING, CallStatus.QUEUED)
        return self._queue(row) if waits else self._script.say_and_end("voice.closing")

    async def talked(self, request: Request, form: Form) -> str:
        """The caller's part in the room is over: hung up, or the room failed: then back into the queue."""
        call_id, knowledge, gone = call_id_of(request), self._edge.knowledge(), form.get("CallStatus") in ENDED

        def end(tx: Tx) -> Row:
            row = require_call(tx, call_id)
            if may_join(row) and not gone:
                requeue_call(tx, row, "conference_failed")
            else:
                end_call(tx, call_id, knowledge, reason=form.get("CallStatus"))
            return require_call(tx, call_id)

        row = await self._edge.committer.run(end)
        if row["status"] == CallStatus.QUEUED:
            return self._queue(row)
        return self._script.say_and_end("voice.closing")

    async def hold(self, request: Request, form: Form) -> str:
        """What a caller on hold hears."""
        return self._talk.hold(call_id_of(request))

    async def recorded(self, request: Request, form: Form) -> str:
        """A voice message is there. Told by the recording's end and by its status, in either order."""
        form.require("RecordingSid", "RecordingUrl")
        call_id, knowledge = call_id_of(request), self._edge.knowledge()
        await self._edge.committer.run(
            lambda tx: record_voicemail(
                tx, call_id, knowledge, recording_sid=form.get("RecordingSid"), url=form.get("RecordingUrl"),
                seconds=form.number("RecordingDuration"), retention=knowledge.calls.retention,
            )
        )
        return self._script.say_and_end("voice.recorded")

    async def recording(self, request: Request, form: Form) -> str:
        """A recording is complete: of a talk when it names a conference, of the voicemail otherwise."""
        if not form.get("ConferenceSid"):
            return await self.recorded(request, form)
        form.require("RecordingSid", "RecordingUrl")
        call_id, retention = call_id_of(request), self._edge.knowledge().calls.retention
        await self._edge.committer.run(
            lambda tx: store_recording(
                tx, call_id, sid=form.get("RecordingSid"), url=form.get("RecordingUrl"),
                seconds=form.number("RecordingDuration"), kind="call", retention=retention,
            )
        )
        return NOTHING

    async def transcription(self, request: Request, form: Form) -> str:
        """Words heard on the line. Only finished pieces count; an error of the service is in the log."""
        form.require("TranscriptionSid", "TranscriptionEvent")
        call_id, event, knowledge = call_id_of(request), form.get("TranscriptionEvent"), self._edge.knowledge()
        if event == "transcription-error":
            log.warning("transcription of call %d failed: %s", call_id, form.get("TranscriptionErrorCode")[:40])
        if event != "transcription-content" or form.get("Final") == "false":
            return NOTHING
        try:
            heard = msgspec.json.decode(form.get("TranscriptionData"), type=_Heard)
        except msgspec.DecodeError:
            raise Invalid("bad_arguments", "TranscriptionData is not the JSON it should be") from None
        speaker = CITIZEN if form.get("Track") == OWN_TRACK else "operator"
        await self._edge.committer.run(
            lambda tx: hear_words(
                tx, call_id, sid=form.get("TranscriptionSid"), sequence=form.number("SequenceId"), speaker=speaker,
                words=heard.transcript, knowledge=knowledge,
            )
        )
        return NOTHING

    async def fallback(self, request: Request, form: Form) -> str:
        """Twilio comes here when the first address failed: needs no storage, rings whoever is on duty."""
        duty = next((contact.phone for contact in self._edge.knowledge().rules.supervisors), "")
        return self._script.fallback(duty)

    async def status(self, request: Request, form: Form) -> str:
        """The state of a line: the answering operator's when it carries our call's id, the caller's own otherwise."""
        form.require("CallSid", "CallStatus")
        state = form.get("CallStatus")
        if "call" in request.query_params:
            await self.phones.agent_status(request, form)
        elif state in ENDED:
            knowledge = self._edge.knowledge()

            def end(tx: Tx) -> None:
                # A call we never heard of ended: its first webhook was lost. It still becomes a report.
                sid = form.get("CallSid")
                row = call_of_provider(tx, sid)
                if row is None and is_proof_call(tx, sid):
                    return
                row = row or self._ring(tx, form)
                end_call(tx, row["id"], knowledge, reason=state)

            await self._edge.committer.run(end)
        return NOTHING
