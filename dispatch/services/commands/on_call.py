"""Commands while people speak: hold, mute, transfer, a team on the line, listen and coach, leave."""

from __future__ import annotations

from dispatch.services import call_talk, calls
from dispatch.services.commands.context import Context, Outcome
from dispatch.storage.calls import live_calls
from dispatch.storage.incidents import fetch_incident, touch
from dispatch.storage.statement import Row


def _outcome(c: Context, key: str, row: Row, **params: str) -> Outcome:
    item = fetch_incident(c.tx, row["incident_id"]) if row["incident_id"] is not None else None
    touched = [f"call:{row['id']}", *([touch(item)] if item is not None else [])]
    return Outcome(key, {"call": row["id"], **params}, touched, item)


def callhold(c: Context) -> Outcome:
    """``tahan`` and ``sambung``: the caller on hold and off it."""
    on = c.need("state") == "held"
    row = call_talk.hold_call(c.tx, c.args.get("call"), c.actor.name, on=on)
    return _outcome(c, "call_held" if on else "call_resumed", row)


def mute(c: Context) -> Outcome:
    """``bisukan`` and ``suara``: the operator's own voice off and on."""
    on = c.need("state") == "muted"
    row = call_talk.mute_call(c.tx, c.args.get("call"), c.actor.name, on=on)
    return _outcome(c, "call_muted" if on else "call_unmuted", row)


def transfer(c: Context) -> Outcome:
    """``alihkan @budi``: their phone rings; both talk, then the first hangs up and the call is theirs."""
    who = str(c.need("who"))
    row = calls.in_hand(c.tx, c.args.get("call"), c.actor.name)
    call_talk.transfer_call(c.tx, row["id"], c.actor.name, who)
    return _outcome(c, "call_transfer", row, who=who)


def conference(c: Context) -> Outcome:
    """``konferensi p07``: the team's phone rings into the talk."""
    signs = c.units
    c.need("units")
    row = calls.in_hand(c.tx, c.args.get("call"), c.actor.name)
    for sign in signs:
        call_talk.conference_unit(c.tx, row["id"], c.actor.name, sign)
    return _outcome(c, "call_conference", row, units=", ".join(signs))


def listen(c: Context) -> Outcome:
    """``dengar`` and ``bimbing``: a supervisor hears the talk, or speaks to the operator alone."""
    coach = c.verb == "coach"
    call_id = c.args.get("call")
    leg_of = call_talk.supervise_call(c.tx, call_id, c.actor.name, c.actor.phone, coach=coach)
    row = next(row for row in live_calls(c.tx) if leg_of in call_talk.people_on(row))
    return _outcome(c, f"call_{c.verb}", row)


def hangup(c: Context) -> Outcome:
    """End this seat's part: a talk that another seat has joined is theirs then, a supervisor's listening ends."""
    call_id, name = c.args.get("call"), c.actor.name
    if (row := call_talk.finish_talk(c.tx, call_id, name)) is not None:
        return _outcome(c, "call_handed_over", row, who=row["operator"])
    mine = any(row["operator"] == name for row in live_calls(c.tx))
    if call_id is None and not mine and (row := call_talk.leave_supervision(c.tx, name)) is not None:
        return _outcome(c, "call_left", row)
    row = calls.hang_up(c.tx, call_id, name, c.knowledge)
    return Outcome("hangup", {"call": row["id"]}, [f"call:{row['id']}"])
