"""The answering seat's line on its way: reserved, stale (amber on every board), joined, or back in the queue.

A seat that took a call keeps it while its phone rings. When the phone is late everybody is told, and the call still is
that seat's; when it is later still the call goes back to all seats, with its reason in the log. Nobody takes it away.
"""

from __future__ import annotations

from dispatch.domain.transitions import CallStatus
from dispatch.services.alarms import NEEDED, clear_alarm, raise_alarm
from dispatch.services.call_record import attempt_of, require_call, tell
from dispatch.storage.statement import Row
from dispatch.storage.tables import call
from dispatch.storage.transaction import Tx
from dispatch.storage.voice import add_task, drop_tasks

STALE_AFTER_MS = 10_000
RETURN_AFTER_MS = 30_000
"""Above the time a phone is rung (20 s and the provider's 5): normally its own 'no answer' comes first."""
TASKS = ("claim_stale", "claim_over")


def reserve(tx: Tx, row: Row) -> None:
    """A seat has taken the call; its phone is about to ring."""
    attempt = attempt_of(row)
    tx.update(call, {"id": row["id"]}, claim="reserved")
    drop_tasks(tx, row["id"], *TASKS)
    add_task(tx, row["id"], "claim_stale", tx.now_ms + STALE_AFTER_MS, attempt=attempt)
    add_task(tx, row["id"], "claim_over", tx.now_ms + RETURN_AFTER_MS, attempt=attempt)


def settle(tx: Tx, call_id: int, claim: str) -> None:
    """The claim is over: ``joined``, or '' when the call went back or ended."""
    tx.update(call, {"id": call_id}, claim=claim)
    drop_tasks(tx, call_id, *TASKS)
    clear_alarm(tx, _cause(call_id))


def is_pending(row: Row, attempt: int) -> bool:
    """Whether this very claim waits for its phone and nobody was told yet."""
    return bool(
        row["status"] == CallStatus.ANSWERED and row["claim"] == "reserved" and attempt_of(row) == attempt
    )


def mark_stale(tx: Tx, call_id: int, attempt: int) -> None:
    """The phone is late: amber on every board, and an alarm for who can help."""
    row = require_call(tx, call_id)
    if not is_pending(row, attempt):
        return
    tx.update(call, {"id": call_id}, claim="stale")
    tell(tx, "call.claim_stale", "system", call_id, who=row["operator"])
    raise_alarm(
        tx, level=NEEDED, kind="claim_stale", cause=_cause(call_id), incident_id=row["incident_id"], call=call_id,
        who=row["operator"],
    )


def _cause(call_id: int) -> str:
    return f"claim:{call_id}"
