"""No seat answers: groups of phones, or whoever is on duty, are rung one after the other until a key is pressed.

Whoever presses first gets the call, exactly as a seat would; the other phones stop ringing.
"""

from __future__ import annotations

from datetime import timedelta

from dispatch.domain.call_plan import CallPlan, RingGroup
from dispatch.domain.phone import address_of
from dispatch.domain.transitions import CallStatus
from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.call_legs import live_legs, ring_leg
from dispatch.services.call_order import is_waiting
from dispatch.services.call_record import IN_HAND, require_call, tell
from dispatch.services.knowledge import Knowledge
from dispatch.services.roster import on_duty
from dispatch.storage.calls import live_calls
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit
from dispatch.storage.voice import add_task, finish_task, move_task, person_of

MILLISECOND = timedelta(milliseconds=1)
LATER_MS = 5_000


def plan_rings(tx: Tx, row: Row, plan: CallPlan) -> None:
    """Rows for every group, due when the call has waited so long."""
    for index, group in enumerate(plan.ring_groups):
        add_task(tx, row["id"], "ring", row["rang_at"] + group.after // MILLISECOND, group=index)


def ring_group(tx: Tx, task: Row, group: RingGroup, knowledge: Knowledge) -> None:
    """Ring everybody of a group at once; who is talking to a caller, or rings already, is left out."""
    row = require_call(tx, task["call_id"])
    if row["status"] == CallStatus.ANSWERED and row["claim"] in ("reserved", "stale"):
        # A seat's phone is ringing: should the call come back, the group's turn comes too.
        move_task(tx, task, tx.now_ms + LATER_MS)
        return
    if not finish_task(tx, task) or not is_waiting(row):
        return
    rung = {leg.address for leg in live_legs(row, "ring")}
    found = {name: _phones_of(tx, name, knowledge) for name in group.members}
    for who, address in dict.fromkeys(person for people in found.values() if people for person in people):
        if address not in rung:
            rung.add(address)
            ring_leg(tx, row["id"], "ring", who, address)
    tell(tx, "call.ring_group", "system", row["id"], phones=len(rung), waited_ms=tx.now_ms - row["rang_at"])
    if nobody := [name for name, people in found.items() if people is None]:
        raise_alarm(tx, level=NEEDED, kind="ring_nobody", cause="ring_groups", names=", ".join(nobody))


def _phones_of(tx: Tx, name: str, knowledge: Knowledge) -> list[tuple[str, str]] | None:
    """Who and where: a user, a unit, those on duty for an agency, or the address itself.

    Empty when there is nobody to ring now (talking to a caller), None when the name leads to no phone at all.
    """
    person = person_of(tx, name)
    found = find_unit(tx, name.upper()) if person is None else None
    if person is not None:
        if any(row["operator"] == name and row["status"] in IN_HAND for row in live_calls(tx)):
            return []
        people = [] if person["disabled"] else [(name, person["phone"])]
    elif found is not None:
        people = [(found["call_sign"], found["phone"])]
    elif name in knowledge.rules.agencies:
        people = [(contact.name, contact.phone) for contact in on_duty(tx, name, knowledge)]
    else:
        people = [("", address_of(name))]
    return [(who, address) for who, address in people if address] or None
