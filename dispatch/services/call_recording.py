"""Recordings of calls: where they are, until when, and that they are gone. The provider keeps the sound, not we."""

from __future__ import annotations

from datetime import timedelta

from dispatch.services.call_record import require_call, tell
from dispatch.services.messages import queue_message
from dispatch.storage.statement import Row
from dispatch.storage.tables import call, recording
from dispatch.storage.transaction import Tx
from dispatch.storage.voice import due_recordings, find_recording, recording_of

AGAIN_MS = 3600 * 1000
"""A deletion the provider refused is asked for again after so long."""


def store_recording(
    tx: Tx, call_id: int, *, sid: str, url: str, seconds: int, kind: str, retention: timedelta
) -> bool:
    """Keep where it is and when it must go; False when it was told before."""
    if recording_of(tx, sid) is not None:
        return False
    tx.insert(
        recording, id=tx.new_id(), call_id=call_id, sid=sid, url=url, kind=kind, seconds=seconds, at=tx.now_ms,
        delete_at=tx.now_ms + retention // timedelta(milliseconds=1), deleted_at=None,
    )
    tx.update(call, {"id": call_id}, recording_url=url)
    if kind == "call":
        tell(tx, "call.recording_stored", "system", call_id, sid=sid, seconds=seconds)
    return True


def erase_due(tx: Tx) -> int:
    """Ask the provider to delete what has been kept long enough; returns how many."""
    rows = due_recordings(tx)
    for row in rows:
        tx.update(recording, {"id": row["id"]}, delete_at=None)
        queue_message(
            tx, purpose="erase", channel="voice", recipient="", body="",
            dedupe_key=f"erase:{row['sid']}:{row['delete_at']}", incident_id=None,
            payload={"do": "erase", "recording": str(row["id"]), "sid": row["sid"]},
        )
    return len(rows)


def note_erased(tx: Tx, recording_id: int) -> None:
    """The provider has deleted it: our address of it goes too, and the log says so."""
    row = find_recording(tx, recording_id)
    if row is None or row["deleted_at"] is not None:
        return
    tx.update(recording, {"id": row["id"]}, deleted_at=tx.now_ms, url="")
    found = require_call(tx, row["call_id"])
    if found["recording_url"] == row["url"]:
        tx.update(call, {"id": row["call_id"]}, recording_url="")
    tell(tx, "call.recording_deleted", "system", row["call_id"], sid=row["sid"], days=_days(tx, row))


def _days(tx: Tx, row: Row) -> int:
    return int((tx.now_ms - row["at"]) // (24 * 3600 * 1000))


def note_not_erased(tx: Tx, recording_id: int, error: str) -> None:
    """The provider did not delete it: asked again later, and the log says so."""
    row = find_recording(tx, recording_id)
    if row is not None and row["deleted_at"] is None:
        tx.update(recording, {"id": row["id"]}, delete_at=tx.now_ms + AGAIN_MS)
        tell(tx, "call.recording_kept", "system", row["call_id"], sid=row["sid"], error=error)
