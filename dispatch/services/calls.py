"""Phone calls, the operators' side: first ring, queue, answer, bridge, hang up, disposition.

Exactly one seat gets a call. A call is on the screen from its first ring; its report and incident are
made when somebody answers it (so that the form has a number) or when nobody did: see call_end. The
answering phone and the caller meet in a conference of the provider's: see call_talk for what is done there.
"""

from __future__ import annotations

from dispatch.domain.call_plan import CallPlan
from dispatch.domain.transitions import CallDisposition, CallStatus
from dispatch.errors import NotFound, Refused
from dispatch.services import call_claim
from dispatch.services.call_back import call_off, finish_wrap_up
from dispatch.services.call_legs import close_legs, hang_up_line, room_of
from dispatch.services.call_order import hint_by_number, is_waiting, waiting_calls
from dispatch.services.call_record import (
    IN_HAND,
    WAITING,
    attempt_of,
    is_bridged,
    note_step,
    probe_caller,
    report_call,
    require_call,
    set_seat,
    steps_of,
    tell,
)
from dispatch.services.call_ring import plan_rings
from dispatch.services.incidents import see_incident
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.trust import note_passed_over, weigh_caller
from dispatch.storage.calls import call_of_provider, calls_since, find_call, live_calls, save_call
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.statement import Row
from dispatch.storage.tables import call
from dispatch.storage.transaction import Tx

S = CallStatus
DAY_MS = 24 * 3600 * 1000
LINES = 200
NO_PLAN = CallPlan()


def ring_call(
    tx: Tx, *, external_id: str, caller: str, called: str, plan: CallPlan = NO_PLAN, lost: Row | None = None
) -> Row:
    """A call has reached us: put it on the screens. A repeat returns the call it already is.

    ``lost``: it is our own ring back to the caller of that call, whose incident it belongs to.
    """
    known = call_of_provider(tx, external_id)
    if known is not None:
        return known
    call_id, repeat = tx.new_id(), calls_since(tx, caller, tx.now_ms - DAY_MS)
    tx.insert(
        call, id=call_id, external_id=external_id, caller=caller, called=called, status=S.RINGING.value,
        rang_at=tx.now_ms, repeat=repeat, callback_of=lost["id"] if lost else None,
        incident_id=lost["incident_id"] if lost else None, report_id=lost["report_id"] if lost else None,
    )
    row = note_step(tx, call_id, "rang", line=_free_line(tx, call_id))
    hint_by_number(tx, row)
    weigh_caller(tx, row)
    plan_rings(tx, row, plan)
    tell(tx, "call.rang", "citizen", call_id, repeat=repeat)
    return require_call(tx, call_id)


def _free_line(tx: Tx, call_id: int) -> str:
    """A provider's queue that no open call is in. One queue for all would be full at 100 callers.

    Names are used again, because the provider keeps every queue it ever made.
    """
    used = {line_of(row) for row in live_calls(tx) if row["status"] != S.WRAP_UP}
    names = (f"kentongan-{(call_id + offset) % LINES}" for offset in range(LINES))
    return next((name for name in names if name not in used), f"kentongan-extra-{call_id}")


def line_of(row: Row) -> str:
    """The provider's queue this call waits in."""
    return next((str(step["line"]) for step in steps_of(row) if step["step"] == "rang"), "")


def queue_call(tx: Tx, call_id: int) -> Row:
    """The caller is in the waiting queue now."""
    row = require_call(tx, call_id)
    if row["status"] == S.RINGING and save_call(tx, row, status=S.QUEUED.value, queued_at=tx.now_ms):
        tell(tx, "call.queued", "system", call_id)
    return require_call(tx, call_id)


def answer_call(tx: Tx, call_id: int | None, operator: str, phone: str, knowledge: Knowledge) -> Row:
    """This operator takes this call, or the next one in the queue; their phone is rung and meets the caller.

    Returns the call with its ``incident_id``. Raises NotFound, or Refused naming who was first or whom this
    operator is still talking to. Repeating one's own answer changes nothing.
    """
    row = require_call(tx, call_id) if call_id is not None else _next_waiting(tx)
    if row["status"] in IN_HAND and row["operator"] == operator:
        return row
    require_free(tx, row, operator)
    row = take_call(tx, row, operator, knowledge)
    call_claim.reserve(tx, row)
    attempt = attempt_of(row)
    queue_message(
        tx, purpose="bridge", channel="voice", recipient=phone, body="", critical=True,
        dedupe_key=f"bridge:{row['id']}:{attempt}", incident_id=row["incident_id"],
        payload={"call_id": str(row["id"]), "attempt": str(attempt)},
    )
    return require_call(tx, row["id"])


def require_free(tx: Tx, row: Row, operator: str) -> None:
    """Raises Refused when the call is nobody's to take, or this operator is talking to somebody."""
    if not is_waiting(row):
        raise _not_waiting(row)
    if talking := [other["id"] for other in live_calls(tx) if talks(other, operator)]:
        raise Refused("still_talking", f"{operator} is talking on call {talking[0]}", call=talking[0])


def take_call(tx: Tx, row: Row, operator: str, knowledge: Knowledge) -> Row:
    """The call is this operator's, with its incident; raises Refused when another seat was first."""
    if not save_call(tx, row, status=S.ANSWERED.value, operator=operator, answered_at=tx.now_ms, muted=0):
        raise _not_waiting(require_call(tx, row["id"]))
    _finish_wrap_ups(tx, operator)
    row = note_step(tx, row["id"], "answered", operator=operator)
    close_legs(tx, row, "ring")
    incident_id = report_call(tx, row, knowledge).incident_id
    tell(tx, "call.answered", operator, row["id"], waited_ms=tx.now_ms - row["rang_at"])
    # Speaking with the caller is having opened the report: its answer clock stops here.
    see_incident(tx, fetch_incident(tx, incident_id), operator, knowledge)
    set_seat(tx, operator, "on_call")
    return require_call(tx, row["id"])


def talks(row: Row, operator: str) -> bool:
    """Whether this seat's line is taken: a caller on hold would leave it free."""
    return bool(row["operator"] == operator and row["status"] == S.ANSWERED)


def _finish_wrap_ups(tx: Tx, operator: str) -> None:
    """Who answers the next call is done with the ones before."""
    for row in live_calls(tx):
        if row["operator"] == operator and row["status"] == S.WRAP_UP:
            finish_wrap_up(tx, row, operator)


def _next_waiting(tx: Tx) -> Row:
    waiting = waiting_calls(tx)
    if not waiting:
        raise NotFound("no_waiting_call", "no call is waiting")
    note_passed_over(tx, waiting, waiting[0])
    return waiting[0]


def _not_waiting(row: Row) -> Refused:
    if row["status"] in IN_HAND:
        return Refused(
            "call_taken", f"call {row['id']} was answered by {row['operator']}", call=row["id"], who=row["operator"]
        )
    status = "voicemail" if row["status"] in WAITING else row["status"]
    return Refused("call_over", f"call {row['id']} is {status}", call=row["id"], status=status)


def return_call(tx: Tx, call_id: int, attempt: int, reason: str) -> None:
    """The operator's phone was not reached while the caller waits: back into the queue, for every seat.

    ``attempt`` names the leg that failed: a late or repeated word about an earlier one changes nothing.
    """
    row = require_call(tx, call_id)
    if row["status"] == S.ANSWERED and not is_bridged(row) and attempt_of(row) == attempt:
        requeue_call(tx, row, reason)


def requeue_call(tx: Tx, row: Row, reason: str) -> None:
    """The caller waits again, for every seat; whoever had the call is told by its event."""
    if save_call(tx, row, status=S.QUEUED.value, operator="", agent_sid="", answered_at=None):
        note_step(tx, row["id"], "returned", reason=reason, operator=row["operator"])
        call_claim.settle(tx, row["id"], "")
        hang_up_line(tx, row, row["agent_sid"])
        tell(tx, "call.queued", "system", row["id"], reason=reason, operator=row["operator"])
        set_seat(tx, row["operator"], "ready")


def connect_operator(tx: Tx, call_id: int, attempt: int, agent_sid: str) -> str:
    """The operator's phone was picked up: the room where the caller will be; '' when the call is no longer theirs."""
    row = find_call(tx, call_id)
    if row is None or row["status"] != S.ANSWERED or attempt_of(row) != attempt:
        return ""
    if row["agent_sid"] not in ("", agent_sid):
        return ""
    if not row["agent_sid"]:
        note_step(tx, call_id, "agent", sid=agent_sid)
        bring_caller(tx, row, agent_sid)
    return room_of(tx, call_id)


def bring_caller(tx: Tx, row: Row, agent_sid: str) -> None:
    """Somebody is there to speak with: the caller is brought out of the queue into the room."""
    tx.update(call, {"id": row["id"]}, agent_sid=agent_sid)
    call_claim.settle(tx, row["id"], "joined")
    tell(tx, "call.agent_joined", row["operator"], row["id"])
    queue_message(
        tx, purpose="join", channel="voice", recipient="", body="", critical=True,
        dedupe_key=f"join:{row['id']}:{attempt_of(row)}", incident_id=row["incident_id"],
        payload={"do": "redirect", "call_id": str(row["id"]), "sid": row["external_id"]},
    )


def may_join(row: Row) -> bool:
    """Whether somebody is in the room for the caller."""
    return row["status"] in IN_HAND and bool(row["agent_sid"])


def bridge_call(tx: Tx, call_id: int) -> None:
    """Caller and operator are together."""
    row = require_call(tx, call_id)
    if row["status"] == S.ANSWERED and not is_bridged(row):
        note_step(tx, call_id, "bridged")
        call_claim.settle(tx, call_id, "joined")
        tell(tx, "call.bridged", row["operator"], call_id)


def hang_up(tx: Tx, call_id: int | None, operator: str, knowledge: Knowledge) -> Row:
    """End this seat's talk, or its wrap-up when the line is closed already. Raises NotFound or Refused."""
    row = in_hand(tx, call_id, operator)
    if row["status"] in IN_HAND:
        end_talk(tx, row, operator)
    elif row["status"] == S.WRAP_UP and finish_wrap_up(tx, row, operator):
        set_seat(tx, row["operator"], "ready")
    return require_call(tx, row["id"])


def end_talk(tx: Tx, row: Row, actor: str) -> None:
    """The answering side is done: wrap-up, and every line of the call is closed."""
    if not save_call(tx, row, status=S.WRAP_UP.value, ended_at=tx.now_ms):
        return
    close_talk(tx, row)
    tell(tx, "call.ended", actor, row["id"], bridged=is_bridged(row))
    set_seat(tx, row["operator"], "wrap_up")


def close_talk(tx: Tx, row: Row) -> None:
    """End every line of the call: the caller's first, whose leaving ends the conference."""
    call_claim.settle(tx, row["id"], "")
    hang_up_line(tx, row, row["external_id"])
    hang_up_line(tx, row, row["agent_sid"])
    close_legs(tx, row)


def in_hand(tx: Tx, call_id: int | None, operator: str) -> Row:
    """The named call, or the newest this operator has. A waiting call is nobody's yet. Raises NotFound or Refused."""
    if call_id is None:
        mine = [row for row in live_calls(tx) if row["operator"] == operator]
        if not mine:
            raise NotFound("no_call_in_hand", f"{operator} is on no call", who=operator)
        return mine[-1]
    row = require_call(tx, call_id)
    if row["status"] in WAITING:
        raise Refused("call_waiting", f"call {call_id} is still waiting: answer it first", call=call_id)
    return row


def dispose_call(
    tx: Tx, call_id: int | None, disposition: CallDisposition, operator: str, knowledge: Knowledge, reason: str = ""
) -> Row:
    """Say what the call was; its line and its wrap-up end with it, and nobody rings back.

    A silent or dropped call is asked by message before it counts as closed. Raises NotFound or Refused.
    """
    row = in_hand(tx, call_id, operator)
    if row["status"] in IN_HAND:
        close_talk(tx, row)
    call_off(tx, row["id"])
    if disposition in (CallDisposition.GHOST, CallDisposition.DROPPED):
        probe_caller(tx, row["id"], knowledge)
    status = row["status"] if row["status"] == S.ABANDONED else S.ENDED.value
    tx.update(
        call, {"id": row["id"]}, status=status, disposition=disposition.value, ended_at=row["ended_at"] or tx.now_ms
    )
    tell(tx, "call.disposed", operator, row["id"], disposition=disposition.value, reason=reason)
    set_seat(tx, row["operator"] if row["status"] in (*IN_HAND, S.WRAP_UP) else "", "ready")
    return require_call(tx, row["id"])
