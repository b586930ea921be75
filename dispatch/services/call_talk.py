"""What is done while people speak: hold, mute, transfer with hand-over, a team on the line, listen and coach.

Every act is a state on the call's row, an event and one request to the provider, in one transaction.
"""

from __future__ import annotations

from dispatch.domain.phone import mask
from dispatch.domain.transitions import CallStatus
from dispatch.errors import Invalid, NotFound, Refused
from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.call_back import DROPPED_MS, plan_callback
from dispatch.services.call_legs import (
    Leg,
    LegStatus,
    find_leg,
    hang_up_line,
    join_leg,
    leg_of_sid,
    legs_of,
    live_legs,
    ring_leg,
    set_leg,
)
from dispatch.services.call_order import is_waiting
from dispatch.services.call_record import IN_HAND, is_bridged, note_step, require_call, set_seat, steps_of, tell
from dispatch.services.calls import bring_caller, end_talk, in_hand, requeue_call, take_call, talks
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.storage.calls import live_calls, save_call
from dispatch.storage.incidents import fetch_incident, save_incident, touch
from dispatch.storage.statement import Row
from dispatch.storage.tables import call
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit
from dispatch.storage.voice import person_of

S = CallStatus


def note_room(tx: Tx, call_id: int, conference_sid: str) -> None:
    """The provider has told which conference this call's room is."""
    if conference_sid:
        tx.update(call, {"id": call_id}, conference_sid=conference_sid)


def hold_call(tx: Tx, call_id: int | None, operator: str, *, on: bool) -> Row:
    """Put the caller on hold, or take them back. Raises NotFound or Refused; what is so already stays so."""
    row = _own_talk(tx, call_id, operator)
    wanted = S.HELD if on else S.ANSWERED
    if row["status"] == wanted:
        return row
    if not on and (other := next((o["id"] for o in live_calls(tx) if talks(o, operator)), None)) is not None:
        raise Refused("still_talking", f"{operator} is talking on call {other}", call=other)
    if save_call(tx, row, status=wanted.value):
        _ask(tx, row, "hold", row["external_id"], hold=on)
        tell(tx, "call.held" if on else "call.resumed", operator, row["id"])
    return require_call(tx, row["id"])


def mute_call(tx: Tx, call_id: int | None, operator: str, *, on: bool) -> Row:
    """Switch the operator's own voice off or on; the caller is still heard. Raises NotFound or Refused."""
    row = _own_talk(tx, call_id, operator)
    if bool(row["muted"]) is not on:
        tx.update(call, {"id": row["id"]}, muted=int(on))
        _ask(tx, row, "mute", row["agent_sid"], muted=on)
        tell(tx, "call.muted" if on else "call.unmuted", operator, row["id"])
    return require_call(tx, row["id"])


def _own_talk(tx: Tx, call_id: int | None, operator: str) -> Row:
    """The connected call of this seat. Raises NotFound or Refused."""
    row = in_hand(tx, call_id, operator)
    if row["operator"] != operator:
        raise Refused("not_your_call", f"call {row['id']} is {row['operator']}'s", call=row["id"], who=row["operator"])
    return _connected(row)


def _connected(row: Row) -> Row:
    if row["status"] not in IN_HAND or not is_bridged(row):
        raise Refused("not_connected", f"nobody speaks on call {row['id']} yet", call=row["id"])
    return row


def _ask(tx: Tx, row: Row, act: str, sid: str, **flags: bool | str) -> None:
    """One request about one participant. The claim looks again whether it is still wanted."""
    words = {name: str(value).lower() if isinstance(value, bool) else value for name, value in flags.items()}
    row = note_step(tx, row["id"], act, sid=sid, **words)
    count = sum(step["step"] == act for step in steps_of(row))
    queue_message(
        tx, purpose="participant", channel="voice", recipient="", body="", critical=True,
        dedupe_key=f"{act}:{row['id']}:{count}", incident_id=row["incident_id"],
        payload={
            "do": "participant", "act": act, "call_id": str(row["id"]), "sid": sid,
            "conference": row["conference_sid"], **words,
        },
    )


# somebody else joins


def transfer_call(tx: Tx, call_id: int | None, operator: str, to: str) -> Leg:
    """Ring another seat into the talk; when the first one leaves, the call and its incident are theirs.

    Raises NotFound, Invalid or Refused.
    """
    row = _own_talk(tx, call_id, operator)
    person = person_of(tx, to)
    if person is None or person["disabled"]:
        raise NotFound("no_user", f"no user '{to}'", name=to)
    if to == operator:
        raise Invalid("transfer_to_self", "a call cannot be transferred to oneself", name=to)
    if busy := [other["id"] for other in live_calls(tx) if talks(other, to)]:
        raise Refused("seat_talks", f"{to} is talking on call {busy[0]}", who=to, call=busy[0])
    return _ring(tx, row, "seat", to, person["phone"], operator)


def conference_unit(tx: Tx, call_id: int | None, operator: str, sign: str) -> Leg:
    """Ring a team's phone into the talk. Raises NotFound or Refused."""
    row = _own_talk(tx, call_id, operator)
    found = find_unit(tx, sign)
    if found is None:
        raise NotFound("no_unit", f"no unit {sign}", unit=sign)
    return _ring(tx, row, "unit", sign, found["phone"], operator)


def supervise_call(tx: Tx, call_id: int | None, supervisor: str, phone: str, *, coach: bool) -> Leg:
    """Listen unheard, or speak so that only the operator hears; from one to the other without a second ring.

    Without a number the oldest talk is meant. Raises NotFound or Refused.
    """
    row = _connected(require_call(tx, call_id)) if call_id is not None else _oldest_talk(tx)
    role = "coach" if coach else "listen"
    there = next((leg for leg in live_legs(row, "listen", "coach") if leg.who == supervisor), None)
    if there is None:
        return _ring(tx, row, role, supervisor, phone, supervisor)
    if there.role != role:
        there = set_leg(tx, row, there, role=role)
        if there.has_joined:
            coached: dict[str, bool | str] = {"coached": row["agent_sid"]} if coach else {}
            _ask(tx, row, f"coach{there.leg}", there.sid, coaching=coach, muted=not coach, **coached)
        tell(tx, f"call.{role}_asked", supervisor, row["id"])
    return there


def _oldest_talk(tx: Tx) -> Row:
    rows = [row for row in live_calls(tx) if row["status"] in IN_HAND and is_bridged(row)]
    if not rows:
        raise NotFound("no_talk", "nobody is talking")
    return rows[0]


def _ring(tx: Tx, row: Row, role: str, who: str, address: str, actor: str) -> Leg:
    if not address:
        raise Refused("no_phone_of", f"{who} has no phone", who=who)
    there = next((leg for leg in live_legs(row, role) if leg.who == who), None)
    if there is not None:
        return there
    leg = ring_leg(tx, row["id"], role, who, address)
    if leg is None:
        raise Refused("too_many_legs", "too many phones were rung for this call", call=row["id"])
    tell(tx, f"call.{role}_asked", actor, row["id"], who=who)
    return leg


# what the lines tell


def end_leg(tx: Tx, call_id: int, number: int, sid: str, reason: str, knowledge: Knowledge) -> None:
    """The provider says that this line is over: by now it may be the answering one."""
    if require_call(tx, call_id)["agent_sid"] == sid:
        leave_room(tx, call_id, sid, reason, knowledge)
    else:
        leave_leg(tx, call_id, number, reason)



def accept_call(tx: Tx, call_id: int, number: int, sid: str, knowledge: Knowledge) -> Leg | None:
    """A key was pressed on a rung phone: a ring group's takes the call, a team's joins. None = it came too late."""
    row = require_call(tx, call_id)
    leg = find_leg(row, number)
    if leg is None or leg.role != "ring":
        return join_leg(tx, call_id, number)
    if sid == row["agent_sid"] and row["status"] in IN_HAND:
        return leg
    if not leg.is_live or not is_waiting(row):
        return None
    # No further phone any more, so that it is not hung up with the rest of its group.
    set_leg(tx, row, leg, sid=sid, status=LegStatus.LEFT.value)
    row = take_call(tx, require_call(tx, call_id), leg.who or mask(leg.address), knowledge)
    # Its line is the answering one from here on, as a seat's would be.
    bring_caller(tx, row, sid)
    return leg


def leave_leg(tx: Tx, call_id: int, number: int, reason: str) -> None:
    """A further phone's line has ended, or never came up."""
    row = require_call(tx, call_id)
    leg = find_leg(row, number)
    if leg is None or not leg.is_live:
        return
    set_leg(tx, row, leg, status=(LegStatus.LEFT if leg.has_joined else LegStatus.FAILED).value)
    kind = "call.leg_left" if leg.has_joined else "call.leg_failed"
    tell(tx, kind, "system", call_id, role_on_call=leg.role, who=leg.who or leg.role, reason=reason)
    if not leg.has_joined and leg.role in ("seat", "unit") and row["status"] in IN_HAND:
        # Whoever asked for it speaks with the caller and sees no log.
        raise_alarm(
            tx, level=NEEDED, kind="leg_failed", cause=f"leg:{call_id}:{number}", incident_id=row["incident_id"],
            call=call_id, who=leg.who,
        )


def leave_room(tx: Tx, call_id: int, sid: str, reason: str, knowledge: Knowledge) -> None:
    """Somebody has left the conference: a further phone, or the answering one, with whom the talk ends."""
    row = require_call(tx, call_id)
    leg = leg_of_sid(row, sid)
    if row["agent_sid"] == sid and row["status"] in IN_HAND:
        _operator_left(tx, row, reason, knowledge)
    elif leg is not None:
        leave_leg(tx, call_id, leg.leg, reason)


def _operator_left(tx: Tx, row: Row, reason: str, knowledge: Knowledge) -> None:
    """The handset was put down, or the line broke: nobody can tell, so what was taken down by then decides."""
    if not is_bridged(row):
        requeue_call(tx, row, reason or "hung_up")
    elif not hand_over(tx, row):
        end_talk(tx, row, row["operator"])
        plan_callback(tx, require_call(tx, row["id"]), knowledge, DROPPED_MS)


def finish_talk(tx: Tx, call_id: int | None, operator: str) -> Row | None:
    """This seat leaves a talk that another seat is in already: theirs now. None when there is nobody to leave it to."""
    rows = [require_call(tx, call_id)] if call_id is not None else live_calls(tx)
    mine = [row for row in rows if row["operator"] == operator and row["status"] in IN_HAND]
    return next((after for row in reversed(mine) if (after := hand_over(tx, row)) is not None), None)


def hand_over(tx: Tx, row: Row) -> Row | None:
    """The first seat leaves, the second one has the call, the form and the incident. None without a second one."""
    leg = next((leg for leg in live_legs(row, "seat") if leg.has_joined), None)
    if leg is None:
        return None
    before, held = row["operator"], row["status"] == S.HELD
    after = save_call(
        tx, row, operator=leg.who, agent_sid=leg.sid, status=S.ANSWERED.value, muted=0, claim="joined",
    )
    if not after:
        return None
    set_leg(tx, require_call(tx, row["id"]), leg, status=LegStatus.LEFT.value)
    now = note_step(tx, row["id"], "transferred", outgoing=before, operator=leg.who)
    if held:
        _ask(tx, now, "hold", row["external_id"], hold=False)
    hang_up_line(tx, row, row["agent_sid"])
    tell(tx, "call.transferred", before, row["id"], outgoing=before, incoming=leg.who)
    _pass_incident(tx, row["incident_id"], before, leg.who)
    set_seat(tx, before, "ready")
    set_seat(tx, leg.who, "on_call")
    return require_call(tx, row["id"])


def _pass_incident(tx: Tx, incident_id: int | None, outgoing: str, incoming: str) -> None:
    if incident_id is None:
        return
    before = fetch_incident(tx, incident_id)
    if not before.is_open or before.owner not in ("", outgoing):
        return  # it is somebody else's already: only the talk moves
    after = save_incident(tx, before, outgoing, owner=incoming)
    tx.emit(
        "incident.passed_on", outgoing, incident_id=after.id, touched=[touch(after)], number=after.number,
        outgoing=outgoing, incoming=incoming,
    )


def leave_supervision(tx: Tx, supervisor: str) -> Row | None:
    """End this supervisor's listening; None when there is none."""
    for row in live_calls(tx):
        for leg in live_legs(row, "listen", "coach"):
            if leg.who == supervisor:
                hang_up_line(tx, row, leg.sid)
                set_leg(tx, row, leg, status=LegStatus.LEFT.value)
                tell(tx, "call.leg_left", supervisor, row["id"], role_on_call=leg.role, who=supervisor, reason="")
                return require_call(tx, row["id"])
    return None


def people_on(row: Row) -> list[Leg]:
    """Who else is rung or speaks on this call, for the boards."""
    return [leg for leg in legs_of(row) if leg.is_live and leg.role != "ring"]
