"""Further phones on a call besides the answering seat's: another seat, a team, a supervisor, a ring group.

Owns the call's ``legs``: who was rung, on which line, whether they joined. What follows from a leg that joined or
left is decided by call_talk and call_end.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from dispatch.domain.transitions import CallStatus
from dispatch.services.call_record import require_call, tell
from dispatch.services.messages import queue_message
from dispatch.storage.statement import Row
from dispatch.storage.tables import call
from dispatch.storage.transaction import Tx, json_text, json_value

MAX_LEGS = 60
PRESSES_A_KEY = frozenset({"ring", "unit"})
"""Phones where a machine may answer: somebody must press a key before they count."""


class LegStatus(StrEnum):
    CALLING = "calling"
    JOINED = "joined"
    LEFT = "left"
    FAILED = "failed"


LIVE_LEG = frozenset({LegStatus.CALLING.value, LegStatus.JOINED.value})


@dataclass(frozen=True, slots=True)
class Leg:
    """``role``: seat, unit, listen, coach, ring. ``who`` is a user's name, a call sign, or '' for a bare phone."""

    leg: int
    role: str
    who: str
    address: str
    sid: str = ""
    status: str = LegStatus.CALLING.value

    @property
    def is_live(self) -> bool:
        return self.status in LIVE_LEG

    @property
    def has_joined(self) -> bool:
        return self.status == LegStatus.JOINED


def room_of(tx: Tx, call_id: int) -> str:
    """The provider's conference of this call."""
    return f"kentongan-{tx.centre}-{call_id}"


def legs_of(row: Row) -> list[Leg]:
    """All further phones of a call, in the order they were rung."""
    return [Leg(**item) for item in json_value(row["legs"])]


def live_legs(row: Row, *roles: str) -> list[Leg]:
    """Those still ringing or talking, of these roles (all when none is named)."""
    return [leg for leg in legs_of(row) if leg.is_live and (not roles or leg.role in roles)]


def find_leg(row: Row, number: int) -> Leg | None:
    """A leg by its number on the call."""
    return next((leg for leg in legs_of(row) if leg.leg == number), None)


def leg_of_sid(row: Row, sid: str) -> Leg | None:
    """The leg on this line of the provider's."""
    return next((leg for leg in legs_of(row) if sid and leg.sid == sid), None)


def set_leg(tx: Tx, row: Row, leg: Leg, *, sid: str = "", status: str = "", role: str = "") -> Leg:
    """Change what is given of one leg; returns it as it is now."""
    after = replace(leg, sid=sid or leg.sid, status=status or leg.status, role=role or leg.role)
    kept = [after if other.leg == leg.leg else other for other in legs_of(row)]
    tx.update(call, {"id": row["id"]}, legs=_stored(kept))
    return after


def _stored(legs: list[Leg]) -> str:
    return json_text([asdict(leg) for leg in legs]).decode()


def ring_leg(tx: Tx, call_id: int, role: str, who: str, address: str) -> Leg | None:
    """Ring one more phone for this call; None when it has had too many already."""
    row = require_call(tx, call_id)
    legs = legs_of(row)
    if len(legs) >= MAX_LEGS:
        return None
    leg = Leg(len(legs) + 1, role, who, address)
    tx.update(call, {"id": call_id}, legs=_stored([*legs, leg]))
    queue_message(
        tx, purpose="leg", channel="voice", recipient=address, body="", critical=True,
        dedupe_key=f"leg:{call_id}:{leg.leg}", incident_id=row["incident_id"],
        payload={"do": "leg", "call_id": str(call_id), "leg": str(leg.leg)},
    )
    return leg


def is_wanted(row: Row, leg: Leg) -> bool:
    """Whether this phone still has a reason to ring: the call goes on and is, for a ring group, nobody's yet."""
    if leg.status != LegStatus.CALLING:
        return False
    waiting = row["status"] in (CallStatus.RINGING, CallStatus.QUEUED)
    return waiting if leg.role == "ring" else row["status"] in (CallStatus.ANSWERED, CallStatus.HELD)


def note_leg_sid(tx: Tx, call_id: int, number: int, sid: str) -> Leg | None:
    """The provider has told which line it is; returns the leg, None for an unknown one."""
    row = require_call(tx, call_id)
    leg = find_leg(row, number)
    if leg is None or leg.sid not in ("", sid):
        return None
    return leg if leg.sid else set_leg(tx, row, leg, sid=sid)


def join_leg(tx: Tx, call_id: int, number: int) -> Leg | None:
    """It is in the talk now; None when the talk is over or was never meant for it. A repeat changes nothing."""
    row = require_call(tx, call_id)
    leg = find_leg(row, number)
    if leg is None or leg.has_joined:
        return leg
    if not is_wanted(row, leg):
        return None
    after = set_leg(tx, row, leg, status=LegStatus.JOINED.value)
    tell(tx, "call.leg_joined", leg.who or "system", call_id, role_on_call=leg.role, who=leg.who or leg.role)
    return after


def close_legs(tx: Tx, row: Row, *roles: str) -> None:
    """End these phones' lines; one that is not rung yet is not rung any more."""
    for leg in live_legs(row, *roles):
        row = require_call(tx, row["id"])
        set_leg(tx, row, leg, status=LegStatus.LEFT.value)
        hang_up_line(tx, row, leg.sid)


def hang_up_line(tx: Tx, row: Row, sid: str) -> None:
    """End one line at the provider, once."""
    if sid:
        queue_message(
            tx, purpose="hangup", channel="voice", recipient="", body="", critical=True, dedupe_key=f"hangup:{sid}",
            incident_id=row["incident_id"], payload={"hangup": sid},
        )
