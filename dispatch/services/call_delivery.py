"""Requests about lines in the outbox: whether one is still wanted, and what follows when it was done or failed.

The outbox sends each at least once and asks here first; a request whose state has moved on is not sent.
"""

from __future__ import annotations

from dispatch.domain.transitions import CallStatus
from dispatch.services import call_back
from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.call_legs import find_leg, is_wanted, join_leg
from dispatch.services.call_record import WAITING, attempt_of, is_bridged, require_call, tell
from dispatch.services.call_recording import note_erased, note_not_erased
from dispatch.services.call_talk import leave_leg
from dispatch.services.calls import bridge_call, may_join, return_call
from dispatch.services.shield import is_asked
from dispatch.storage.calls import find_call
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx

PURPOSES = frozenset({"bridge", "join", "leg", "participant", "callback", "erase", "probe_line"})
NEEDS = {
    "bridge": {"call_id", "attempt"}, "leg": {"call_id", "leg"}, "erase": {"recording"},
    "join": {"call_id"}, "participant": {"call_id"}, "callback": {"call_id"},
    "probe_line": {"call_id"},
}
OVER = "the call is over or somebody else's"


def lost_reason(tx: Tx, purpose: str, payload: dict[str, str]) -> str:
    """Why this request must not be sent any more; '' when it must. Raises LookupError for a row without its fields."""
    if purpose == "erase":
        return ""
    row = find_call(tx, int(payload["call_id"]))
    if row is None:
        return OVER
    if purpose == "bridge":
        wanted = row["status"] == CallStatus.ANSWERED and attempt_of(row) == int(payload["attempt"])
    elif purpose == "join":
        wanted = may_join(row) and not is_bridged(row)
    elif purpose == "leg":
        leg = find_leg(row, int(payload["leg"]))
        wanted = leg is not None and is_wanted(row, leg)
    elif purpose == "probe_line":
        wanted = row["status"] in WAITING and is_asked(row)
    elif purpose == "callback":
        return call_back.why_not(tx, row)
    else:
        wanted = _participant_wanted(row, payload)
    return "" if wanted else OVER


def _participant_wanted(row: Row, payload: dict[str, str]) -> bool:
    """Two requests may be under way at once: only the one that agrees with the state is sent."""
    if "hold" in payload:
        return bool(row["status"] == (CallStatus.HELD if payload["hold"] == "true" else CallStatus.ANSWERED))
    if row["status"] not in (CallStatus.ANSWERED, CallStatus.HELD):
        return False
    return payload["act"] != "mute" or bool(row["muted"]) is (payload["muted"] == "true")


def request_failed(tx: Tx, purpose: str, payload: dict[str, str], error: str) -> None:
    """The provider refused, or could not be reached: the caller must not be left alone with it."""
    if not payload.keys() >= NEEDS[purpose]:
        return  # a row that cannot be read says nothing about any call
    if purpose == "erase":
        note_not_erased(tx, int(payload["recording"]), error)
        return
    call_id = int(payload["call_id"])
    if purpose == "bridge":
        return_call(tx, call_id, int(payload["attempt"]), "phone_unreachable")
    elif purpose == "leg":
        leave_leg(tx, call_id, int(payload["leg"]), "phone_unreachable")
    elif purpose == "callback":
        call_back.give_up(tx, call_id)
    else:
        row = require_call(tx, call_id)
        act = payload.get("act", purpose)
        tell(tx, "call.act_failed", "system", call_id, act=act, error=error)
        raise_alarm(
            tx, level=NEEDED, kind="call_act_failed", cause=f"call_act:{call_id}:{act}",
            incident_id=row["incident_id"], call=call_id, act=act,
        )


def request_done(tx: Tx, purpose: str, payload: dict[str, str]) -> None:
    """Done at once. Only a driver without a telephone network says so of a phone: an operator's counts as picked up,
    a citizen's as rung in vain.
    """
    if purpose == "erase":
        note_erased(tx, int(payload["recording"]))
    elif purpose == "bridge":
        bridge_call(tx, int(payload["call_id"]))
    elif purpose == "callback":
        call_back.give_up(tx, int(payload["call_id"]))
    elif purpose == "leg":
        row = require_call(tx, int(payload["call_id"]))
        leg = find_leg(row, int(payload["leg"]))
        if leg is not None and leg.role != "ring":
            join_leg(tx, row["id"], leg.leg)
