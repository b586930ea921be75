"""Twilio's voice webhooks: each stores what happened to the call, then says what happens next on the line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from dispatch.channels.twiml import NOTHING, Script
from dispatch.domain.phone import phone_of
from dispatch.domain.transitions import CallStatus
from dispatch.errors import NotFound
from dispatch.services.call_end import end_call, leave_queue, record_voicemail
from dispatch.services.calls import (
    SILENT_KEYS,
    bridge_call,
    connect_operator,
    hint_call,
    line_of,
    queue_call,
    return_call,
    ring_call,
)
from dispatch.services.proof import expect_proof_call, is_proof_call, receive_proof
from dispatch.storage.calls import call_of_provider
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx
from dispatch.web.edge import Edge
from dispatch.web.twilio_form import Form

Handler = Callable[[Request, Form], Awaitable[str]]
VOICEMAIL_AFTER_S = 120
"""How long a caller waits for a person before being offered the voicemail."""
BRIDGED = frozenset({"bridged", "bridging-in-process"})
UNREACHED = frozenset({"no-answer", "busy", "failed", "canceled", "completed"})
"""Ends of the operator's leg; one that was never bridged gives the caller back to the queue."""
TWILIO = "twilio"
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


def handlers(edge: Edge) -> list[tuple[str, Handler]]:
    """Path and handler of every voice webhook."""
    voice = Voice(edge)
    return [
        ("/twilio/voice", voice.ring),
        ("/twilio/voice/wait", voice.wait),
        ("/twilio/voice/keys", voice.keys),
        ("/twilio/voice/left", voice.left),
        ("/twilio/voice/proof", voice.proof),
        ("/twilio/voice/recorded", voice.recorded),
        ("/twilio/voice/agent", voice.agent),
        ("/twilio/voice/bridged", voice.bridged),
        ("/twilio/voice/fallback", voice.fallback),
        ("/twilio/status/call", voice.status),
        ("/twilio/status/recording", voice.recorded),
    ]


def call_id_of(request: Request) -> int:
    """Our own id of the call, which every address we give out carries. Raises NotFound."""
    return _number(request, "call")


def _number(request: Request, name: str) -> int:
    value = request.query_params.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise NotFound("no_call", f"no {name} named", call=value[:20])
    return int(value)


class Voice:
    """The handlers, one a webhook."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._script = Script(edge.settings.public_url, edge.settings.lang)

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
        row = await self._edge.committer.run(lambda tx: _ring(tx, form))
        return self._script.enter_queue(row["id"], line_of(row))

    async def proof(self, request: Request, form: Form) -> str:
        """The keys of our own call. Whoever is on the line without them is a person and rings like everybody."""
        form.require("CallSid")
        keys = form.get("Digits")
        if await self._edge.committer.run(lambda tx: receive_proof(tx, keys, TWILIO)):
            return self._script.proved()
        return await self._enter(form)

    async def wait(self, request: Request, form: Form) -> str:
        """One round in the queue; after too long without a person, out of it to the voicemail."""
        call_id, waited = call_id_of(request), form.number("QueueTime")
        row = await self._edge.committer.run(lambda tx: queue_call(tx, call_id))
        if waited >= VOICEMAIL_AFTER_S and row["status"] == CallStatus.QUEUED:
            leaves = await self._edge.committer.run(lambda tx: leave_queue(tx, call_id))
            return self._script.leave_queue() if leaves else self._script.wait(call_id, waited)
        return self._script.wait(call_id, waited)

    async def keys(self, request: Request, form: Form) -> str:
        """Keys pressed while waiting."""
        call_id, digits = call_id_of(request), form.get("Digits")[:2]
        if digits.isascii() and digits.isdigit():
            await self._edge.committer.run(lambda tx: hint_call(tx, call_id, digits))
        return self._script.heard_keys(call_id, silent=digits == SILENT_KEYS)

    async def left(self, request: Request, form: Form) -> str:
        """The caller is out of the queue: spoke with somebody, hung up, or goes to the voicemail."""
        call_id, result, knowledge = call_id_of(request), form.get("QueueResult"), self._edge.knowledge()
        if result in ("leave", "queue-full", "error", "system-error"):
            return self._script.record(call_id)
        await self._edge.committer.run(lambda tx: end_call(tx, call_id, knowledge, reason=result))
        return self._script.say_and_end("voice.closing") if result in BRIDGED else NOTHING

    async def recorded(self, request: Request, form: Form) -> str:
        """A voice message is there. Told by the recording's end and by its status, in either order."""
        form.require("RecordingSid", "RecordingUrl")
        call_id, knowledge = call_id_of(request), self._edge.knowledge()
        await self._edge.committer.run(
            lambda tx: record_voicemail(
                tx, call_id, knowledge, recording_sid=form.get("RecordingSid"), url=form.get("RecordingUrl"),
                seconds=form.number("RecordingDuration"),
            )
        )
        return self._script.say_and_end("voice.recorded")

    async def agent(self, request: Request, form: Form) -> str:
        """The operator's phone was picked up: connect it to exactly the call they answered."""
        form.require("CallSid")
        call_id, attempt, sid = call_id_of(request), _number(request, "attempt"), form.get("CallSid")
        line = await self._edge.committer.run(lambda tx: connect_operator(tx, call_id, attempt, sid))
        return self._script.connect_operator(call_id, line) if line else self._script.say_and_end("voice.agent_gone")

    async def bridged(self, request: Request, form: Form) -> str:
        """Asked on the caller's leg just before the two are connected."""
        call_id = call_id_of(request)
        await self._edge.committer.run(lambda tx: bridge_call(tx, call_id))
        return NOTHING

    async def fallback(self, request: Request, form: Form) -> str:
        """Twilio comes here when the first address failed: needs no storage, rings whoever is on duty."""
        duty = next((contact.phone for contact in self._edge.knowledge().rules.supervisors), "")
        return self._script.fallback(duty)

    async def status(self, request: Request, form: Form) -> str:
        """The state of a leg: the operator's when it carries our call's id, the caller's own otherwise."""
        form.require("CallSid", "CallStatus")
        state = form.get("CallStatus")
        if "call" in request.query_params:
            call_id, attempt = call_id_of(request), _number(request, "attempt")
            if state in UNREACHED:
                reason = "hung_up" if state == "completed" else state
                await self._edge.committer.run(lambda tx: return_call(tx, call_id, attempt, reason))
        elif state in ENDED:
            knowledge = self._edge.knowledge()

            def end(tx: Tx) -> None:
                # A call we never heard of ended: its first webhook was lost. It still becomes a report.
                sid = form.get("CallSid")
                row = call_of_provider(tx, sid)
                if row is None and is_proof_call(tx, sid):
                    return
                row = row or _ring(tx, form)
                end_call(tx, row["id"], knowledge, reason=state)

            await self._edge.committer.run(end)
        return NOTHING


def _ring(tx: Tx, form: Form) -> Row:
    return ring_call(
        tx, external_id=form.get("CallSid"), caller=phone_of(form.get("From")), called=phone_of(form.get("To"))
    )
