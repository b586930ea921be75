"""Which call comes next: the waiting ones, in the order of their hints and their waiting. Owns the hints on the row."""

from __future__ import annotations

from dispatch.domain.call_queue import KEYS, Waiting, place_in_queue
from dispatch.domain.severity import Severity, highest
from dispatch.services.call_record import WAITING, has_step, note_step, require_call, tell
from dispatch.services.trust import by_trust
from dispatch.storage.calls import live_calls
from dispatch.storage.incidents import incidents_of_sender
from dispatch.storage.statement import Row
from dispatch.storage.tables import call
from dispatch.storage.transaction import Tx

LOOKBACK_MS = 24 * 3600 * 1000


def is_waiting(row: Row) -> bool:
    """Whether somebody may answer it: in the queue, and not speaking to the voicemail."""
    return row["status"] in WAITING and not has_step(row, "voicemail")


def waiting_calls(tx: Tx) -> list[Row]:
    """All calls somebody may answer, the next one first."""
    rows = [row for row in live_calls(tx) if is_waiting(row)]
    return by_trust(sorted(rows, key=lambda row: place_in_queue(_waiting(row))))


def _waiting(row: Row) -> Waiting:
    return Waiting(row["id"], row["rang_at"], hint_of(row), row["callback_of"] is not None)


def hint_of(row: Row) -> Severity | None:
    """The most urgent severity anything has spoken for so far."""
    return Severity(row["hint"]) if row["hint"] else None


def raise_hint(tx: Tx, row: Row, severity: Severity | None) -> None:
    """A hint only rises."""
    best = highest(hint_of(row), severity)
    if best is not hint_of(row) and best is not None:
        tx.update(call, {"id": row["id"]}, hint=best.value)


def hint_by_number(tx: Tx, row: Row) -> None:
    """The number has an open incident: its severity speaks for the call."""
    if row["caller"]:
        known = incidents_of_sender(tx, row["caller"], tx.now_ms - LOOKBACK_MS)
        raise_hint(tx, row, highest(*(item.severity for item in known)))


def hint_call(tx: Tx, call_id: int, keys: str) -> None:
    """Keys pressed while waiting: 55 = cannot speak, 1-3 = what it is about. Orders the queue, decides nothing."""
    row = require_call(tx, call_id)
    if keys and row["status"] in WAITING and not has_step(row, "keys", keys=keys):
        row = note_step(tx, call_id, "keys", keys=keys)
        raise_hint(tx, row, KEYS.get(keys))
        tell(tx, "call.hinted", "citizen", call_id, keys=keys)
