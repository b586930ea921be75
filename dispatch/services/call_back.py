"""A lost call is rung back once within 60 seconds; when that reaches nobody, one SMS. Withheld numbers get neither."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.domain.transitions import CallStatus
from dispatch.services.call_record import HOUR_MS, has_step, note_step, probe_caller, require_call, tell
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.quiet import is_quiet
from dispatch.storage.calls import has_called_again, save_call
from dispatch.storage.incidents import fetch_incident, save_incident, surviving, touch
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import outbox
from dispatch.storage.transaction import Tx
from dispatch.storage.voice import add_task, drop_tasks

ABANDONED_MS, DROPPED_MS = 5_000, 40_000
"""From the lost line to our ring: a moment for the caller's own second try; after a talk, time to say it was done."""
REACHED_BY_MS = 75_000
"""After our ring: by then it was picked up, or it will not be."""
LOST = (CallStatus.ABANDONED, CallStatus.WRAP_UP)
TASKS = ("callback", "callback_over")
BY_KEY = Statement(
    select(outbox.c.id).where(outbox.c.centre == bindparam("centre"), outbox.c.dedupe_key == bindparam("key"))
)


def plan_callback(tx: Tx, row: Row, knowledge: Knowledge, delay_ms: int) -> None:
    """The line was lost: ring back soon. One that was itself a call-back, or an hour's second, gets the SMS."""
    if not row["caller"] or has_step(row, "callback_planned"):
        return
    if is_quiet(tx, row["caller"]):
        # A phone that rings may give them away: whether to ring is a person's to decide.
        tell(tx, "call.callback_dropped", "system", row["id"], reason="SENYAP")
        return
    if row["callback_of"] is not None or tx.first(BY_KEY, key=_key(row)) is not None:
        probe_caller(tx, row["id"], knowledge)
        return
    note_step(tx, row["id"], "callback_planned")
    add_task(tx, row["id"], "callback", tx.now_ms + delay_ms)
    tell(tx, "call.callback_planned", "system", row["id"], seconds=delay_ms // 1000)


def _key(row: Row) -> str:
    return f"callback:{row['caller']}:{row['rang_at'] // HOUR_MS}"


def call_off(tx: Tx, call_id: int) -> None:
    """A person has said what the call was, or speaks with the caller again."""
    drop_tasks(tx, call_id, *TASKS)


def place_callback(tx: Tx, call_id: int, knowledge: Knowledge) -> None:
    """Ring the lost caller now, unless they have rung again or a person has settled it."""
    row = require_call(tx, call_id)
    if why_not(tx, row):
        tell(tx, "call.callback_dropped", "system", call_id, reason=why_not(tx, row))
        return
    placed = queue_message(
        tx, purpose="callback", channel="voice", recipient=row["caller"], body="", critical=True,
        dedupe_key=_key(row), incident_id=row["incident_id"], payload={"do": "callback", "call_id": str(call_id)},
    )
    if placed is None:
        probe_caller(tx, call_id, knowledge)
        return
    note_step(tx, call_id, "callback_placed")
    tell(tx, "call.callback_placed", "system", call_id)
    add_task(tx, call_id, "callback_over", tx.now_ms + REACHED_BY_MS)


def why_not(tx: Tx, row: Row) -> str:
    """Why the caller need not be rung back; '' when they must."""
    if row["disposition"]:
        return "disposed"
    if row["status"] not in LOST:
        return "settled"
    if has_called_again(tx, row):
        return "called_again"
    item = surviving(tx, fetch_incident(tx, row["incident_id"])) if row["incident_id"] is not None else None
    if item is not None and not item.is_open:
        return "incident_closed"
    # In a talk that came this far the place and the trouble are known: it ended, it was not lost.
    return "taken_down" if item is not None and item.triaged_at is not None and has_step(row, "bridged") else ""


def picked_up(tx: Tx, lost_id: int) -> Row | None:
    """The caller has answered our ring; None when they were not to be rung any more. A repeat changes nothing."""
    row = require_call(tx, lost_id)
    if not has_step(row, "callback_placed"):
        return None
    if not has_step(row, "callback_reached"):
        row = note_step(tx, lost_id, "callback_reached")
        drop_tasks(tx, lost_id, *TASKS)
        tell(tx, "call.callback_reached", "citizen", lost_id)
        _flag(tx, row, due=False)
    return row


def _flag(tx: Tx, row: Row, *, due: bool) -> None:
    """Whether a person still has to ring back."""
    if row["incident_id"] is None:
        return
    before = surviving(tx, fetch_incident(tx, row["incident_id"]))
    if not before.is_open or before.callback_due is due:
        return
    after = save_incident(tx, before, "system", callback_due=due)
    kind = "incident.callback_due" if due else "incident.called_back"
    tx.emit(kind, "system", incident_id=after.id, touched=[touch(after)], number=after.number)


def not_reached(tx: Tx, lost_id: int, reason: str, knowledge: Knowledge) -> None:
    """Our ring reached nobody: one SMS, and the incident keeps its call-back for a person."""
    row = require_call(tx, lost_id)
    if not has_step(row, "callback_placed") or has_step(row, "callback_reached") or has_step(row, "callback_failed"):
        return
    row = note_step(tx, lost_id, "callback_failed", reason=reason)
    drop_tasks(tx, lost_id, *TASKS)
    _flag(tx, row, due=True)
    tell(tx, "call.callback_failed", "system", lost_id, reason=reason)
    probe_caller(tx, lost_id, knowledge)


def give_up(tx: Tx, lost_id: int) -> None:
    """Our ring could not even be made: what follows on a call-back that reached nobody is due now."""
    drop_tasks(tx, lost_id, *TASKS)
    add_task(tx, lost_id, "callback_over", tx.now_ms)


def finish_wrap_up(tx: Tx, row: Row, actor: str) -> bool:
    """The operator is done with a call: that settles it, nobody rings back. False when somebody was first."""
    if not save_call(tx, row, status=CallStatus.ENDED.value):
        return False
    call_off(tx, row["id"])
    tell(tx, "call.wrapped_up", actor, row["id"])
    return True
