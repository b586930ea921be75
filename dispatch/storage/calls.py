"""Phone calls in the database: rows in, rows out, nothing decided here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, or_, select

from dispatch.domain.transitions import CallStatus
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call
from dispatch.storage.transaction import Tx

C = call.c
BY_ID = Statement(select(call).where(C.centre == bindparam("centre"), C.id == bindparam("id")))
BY_EXTERNAL_ID = Statement(
    select(call).where(C.centre == bindparam("centre"), C.external_id == bindparam("external_id"))
)
CALLS_SINCE = Statement(
    select(func.count().label("n")).select_from(call)
    .where(C.centre == bindparam("centre"), C.caller == bindparam("caller"), C.rang_at >= bindparam("since"))
)
LATER_CALL = Statement(
    select(C.id)
    .where(C.centre == bindparam("centre"), C.caller == bindparam("caller"), C.rang_at >= bindparam("since"))
    .where(C.id > bindparam("id"))
    .limit(1)
)
LIVE = (CallStatus.RINGING, CallStatus.QUEUED, CallStatus.ANSWERED, CallStatus.HELD, CallStatus.WRAP_UP)
LIVE_CALLS = Statement(
    select(call)
    .where(C.centre == bindparam("centre"), or_(*[C.status == status.value for status in LIVE]))
    # "+ 0": in order of an expression, so that SQLite finds the few live ones instead of walking all by time.
    .order_by(C.rang_at + 0, C.id)
    .limit(500)
)


def find_call(tx: Tx, call_id: int) -> Row | None:
    """One call by id."""
    return tx.first(BY_ID, id=call_id)


def call_of_provider(tx: Tx, external_id: str) -> Row | None:
    """One call by the provider's SID."""
    return tx.first(BY_EXTERNAL_ID, external_id=external_id)


def live_calls(tx: Tx) -> list[Row]:
    """Calls on the board, oldest first."""
    return tx.all(LIVE_CALLS)


def calls_since(tx: Tx, caller: str, since_ms: int) -> int:
    """How often this number has called since then; a withheld number has no history."""
    row = tx.first(CALLS_SINCE, caller=caller, since=since_ms) if caller else None
    return int(row["n"]) if row else 0


def has_called_again(tx: Tx, row: Row) -> bool:
    """Whether this caller has rung once more since that call."""
    return tx.first(LATER_CALL, caller=row["caller"], since=row["rang_at"], id=row["id"]) is not None


def save_call(tx: Tx, row: Row, **values: Any) -> bool:
    """Change a call as it was read; False when somebody else changed it meanwhile."""
    return tx.update(call, {"id": row["id"], "status": row["status"], "operator": row["operator"]}, **values) == 1
