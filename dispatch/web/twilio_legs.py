"""Twilio's webhooks of the phones we ring: the answering seat's, other seats', teams', supervisors', the lost caller's.

Each stores what happened on its line, then says what that phone hears next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from dispatch.channels.twiml import NOTHING, Script
from dispatch.channels.twiml_talk import TalkScript
from dispatch.domain.phone import phone_of
from dispatch.errors import NotFound
from dispatch.services import call_back
from dispatch.services.call_end import end_call, end_callback
from dispatch.services.call_legs import PRESSES_A_KEY, Leg, join_leg, note_leg_sid, room_of
from dispatch.services.call_record import WAITING, require_call
from dispatch.services.call_talk import accept_call, end_leg, leave_room, note_room
from dispatch.services.calls import connect_operator, line_of, return_call, ring_call
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx
from dispatch.web.edge import Edge
from dispatch.web.twilio_form import Form

Handler = Callable[[Request, Form], Awaitable[str]]
ENDED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""States of a line after which nothing more comes."""
HUNG_UP = "hung_up"
LEAVING = frozenset({"participant-leave", "conference-end"})
ACCEPT = "1"


def number_of(request: Request, name: str) -> int:
    """A number every address we give out carries in its query. Raises NotFound."""
    value = request.query_params.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise NotFound("no_call", f"no {name} named", call=value[:20])
    return int(value)


def call_id_of(request: Request) -> int:
    """Our own id of the call. Raises NotFound."""
    return number_of(request, "call")


def reason_of(form: Form) -> str:
    """Why a line ended, as the log says it."""
    state = form.get("CallStatus")
    return HUNG_UP if state == "completed" else state


class Phones:
    """The handlers of every line but the caller's own, one a webhook."""

    def __init__(self, edge: Edge, script: Script, talk: TalkScript) -> None:
        self._edge, self._script, self._talk = edge, script, talk

    def handlers(self) -> list[tuple[str, Handler]]:
        """Path and handler of each."""
        return [
            ("/twilio/voice/agent", self.agent), ("/twilio/voice/leg", self.leg), ("/twilio/voice/accept", self.accept),
            ("/twilio/voice/callback", self.callback), ("/twilio/status/leg", self.leg_status),
            ("/twilio/status/callback", self.callback_status), ("/twilio/status/conference", self.conference),
        ]

    async def agent(self, request: Request, form: Form) -> str:
        """The answering operator's phone was picked up: into the room, the caller is brought there."""
        form.require("CallSid")
        call_id, attempt, sid = call_id_of(request), number_of(request, "attempt"), form.get("CallSid")
        room = await self._edge.committer.run(lambda tx: connect_operator(tx, call_id, attempt, sid))
        return self._talk.join_operator(call_id, room) if room else self._script.say_and_end("voice.agent_gone")

    async def agent_status(self, request: Request, form: Form) -> None:
        """The answering operator's line: not reached gives the caller back, hung up ends the talk."""
        call_id, attempt = call_id_of(request), number_of(request, "attempt")
        if form.get("CallStatus") not in ENDED:
            return
        sid, reason, knowledge = form.get("CallSid"), reason_of(form), self._edge.knowledge()

        def end(tx: Tx) -> None:
            return_call(tx, call_id, attempt, reason)
            leave_room(tx, call_id, sid, reason, knowledge)

        await self._edge.committer.run(end)

    async def leg(self, request: Request, form: Form) -> str:
        """A further phone was picked up. Where a machine may answer, a key is asked for first."""
        form.require("CallSid")
        call_id, number, sid = call_id_of(request), number_of(request, "leg"), form.get("CallSid")

        def pick_up(tx: Tx) -> tuple[Leg | None, str, Row]:
            leg = note_leg_sid(tx, call_id, number, sid)
            if leg is not None and leg.role not in PRESSES_A_KEY:
                leg = join_leg(tx, call_id, number)
            return leg, room_of(tx, call_id), require_call(tx, call_id)

        leg, room, row = await self._edge.committer.run(pick_up)
        if leg is None or not leg.is_live:
            return self._script.say_and_end("voice.too_late")
        if leg.role in PRESSES_A_KEY:
            return self._talk.ask_to_join(call_id, number, leg.role)
        return self._talk.join_other(call_id, room, leg.role, row["agent_sid"])

    async def accept(self, request: Request, form: Form) -> str:
        """The key of a rung phone: the first one of a ring group has the call, a team joins the talk."""
        form.require("CallSid")
        call_id, number, sid = call_id_of(request), number_of(request, "leg"), form.get("CallSid")
        if form.get("Digits")[:1] != ACCEPT:
            return self._script.say_and_end("voice.declined")
        knowledge = self._edge.knowledge()

        def take(tx: Tx) -> tuple[Leg | None, str]:
            return accept_call(tx, call_id, number, sid, knowledge), room_of(tx, call_id)

        leg, room = await self._edge.committer.run(take)
        if leg is None:
            return self._script.say_and_end("voice.too_late")
        if leg.role == "ring":
            return self._talk.join_operator(call_id, room)
        return self._talk.join_other(call_id, room, leg.role)

    async def leg_status(self, request: Request, form: Form) -> str:
        """The state of a further phone's line."""
        form.require("CallSid", "CallStatus")
        call_id, number, sid = call_id_of(request), number_of(request, "leg"), form.get("CallSid")
        over, reason, knowledge = form.get("CallStatus") in ENDED, reason_of(form), self._edge.knowledge()

        def note(tx: Tx) -> None:
            note_leg_sid(tx, call_id, number, sid)
            if over:
                end_leg(tx, call_id, number, sid, reason, knowledge)

        await self._edge.committer.run(note)
        return NOTHING

    async def conference(self, request: Request, form: Form) -> str:
        """Who came and went in a call's room. Repeats and late words change nothing."""
        form.require("ConferenceSid", "StatusCallbackEvent")
        call_id, conference, event = call_id_of(request), form.get("ConferenceSid"), form.get("StatusCallbackEvent")
        sid, knowledge = form.get("CallSid"), self._edge.knowledge()

        def note(tx: Tx) -> None:
            row = require_call(tx, call_id)
            if event in LEAVING and row["conference_sid"] not in ("", conference):
                return  # a late word about a room that this call has left since
            note_room(tx, call_id, conference)
            if event == "participant-leave" and sid == row["external_id"]:
                # A caller who waits again was taken out of the room by us: their line itself tells of its end.
                if row["status"] not in WAITING:
                    end_call(tx, call_id, knowledge, reason=HUNG_UP)
            elif event == "participant-leave" and sid:
                leave_room(tx, call_id, sid, HUNG_UP, knowledge)

        await self._edge.committer.run(note)
        return NOTHING

    async def callback(self, request: Request, form: Form) -> str:
        """A lost caller has picked up our ring: first in the queue, under the same incident."""
        form.require("CallSid")
        lost_id, sid, knowledge = call_id_of(request), form.get("CallSid"), self._edge.knowledge()
        caller, called = phone_of(form.get("To")), phone_of(form.get("From"))

        def ring(tx: Tx) -> Row | None:
            lost = call_back.picked_up(tx, lost_id)
            if lost is None:
                return None
            return ring_call(tx, external_id=sid, caller=caller, called=called, plan=knowledge.calls, lost=lost)

        row = await self._edge.committer.run(ring)
        if row is None:
            return self._script.say_and_end("voice.too_late")
        hear = knowledge.calls.transcribe
        return self._script.enter_queue(row["id"], line_of(row), words="voice.callback", hear=hear)

    async def callback_status(self, request: Request, form: Form) -> str:
        """Our ring to a lost caller has ended; once picked up it is a call like any other."""
        form.require("CallSid", "CallStatus")
        lost_id, state, knowledge = call_id_of(request), form.get("CallStatus"), self._edge.knowledge()
        if state in ENDED:
            sid, reason = form.get("CallSid"), reason_of(form)
            await self._edge.committer.run(lambda tx: end_callback(tx, lost_id, sid, reason, knowledge))
        return NOTHING
