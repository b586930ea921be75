"""How a call ends: hung up, abandoned, left on voicemail, or lost by the provider. None goes without a report."""

from __future__ import annotations

from datetime import timedelta

from dispatch.domain.call_plan import CallPlan
from dispatch.domain.report import Attachment
from dispatch.domain.transitions import CallStatus
from dispatch.services.call_back import ABANDONED_MS, DROPPED_MS, finish_wrap_up, not_reached, plan_callback
from dispatch.services.call_legs import close_legs
from dispatch.services.call_record import (
    IN_HAND,
    WAITING,
    has_step,
    is_bridged,
    note_step,
    report_call,
    require_call,
    set_seat,
    tell,
)
from dispatch.services.call_recording import store_recording
from dispatch.services.calls import close_talk
from dispatch.services.knowledge import Knowledge
from dispatch.storage.calls import call_of_provider, live_calls, save_call
from dispatch.storage.incidents import fetch_incident, save_incident, touch
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx

S = CallStatus
LOST_AFTER_MS = {S.RINGING: 90_000, S.QUEUED: 30 * 60_000, S.WRAP_UP: 15 * 60_000}
"""A state that lasts longer means that the provider's word got lost, or that nobody closed the wrap-up."""
TOO_SHORT_S = 3
"""A recording this short holds no words."""
KEEP = CallPlan().retention


def end_call(tx: Tx, call_id: int, knowledge: Knowledge, *, reason: str = "") -> None:
    """The caller's line is closed. Answered: wrap-up. Never answered: reported. Lost either way: to be rung back."""
    row = require_call(tx, call_id)
    if row["status"] in WAITING:
        _abandon(tx, row, knowledge, reason)
    elif row["status"] in IN_HAND and save_call(tx, row, status=S.WRAP_UP.value, ended_at=tx.now_ms):
        close_talk(tx, row)
        tell(tx, "call.ended", "citizen", call_id, reason=reason, bridged=is_bridged(row))
        set_seat(tx, row["operator"], "wrap_up")
        if is_bridged(row):
            # The line broke, or they were done: what was taken down by then tells which.
            plan_callback(tx, row, knowledge, DROPPED_MS)
        else:
            # Hung up between the operator's key and the connection: nobody has spoken with them.
            report_call(tx, row, knowledge)
            _want_callback(tx, require_call(tx, call_id)["incident_id"])
            plan_callback(tx, row, knowledge, ABANDONED_MS)


def end_callback(tx: Tx, lost_id: int, sid: str, reason: str, knowledge: Knowledge) -> None:
    """Our own ring has ended: a call that was picked up ends like any other, one that was not reached nobody."""
    reached = call_of_provider(tx, sid)
    if reached is None:
        not_reached(tx, lost_id, reason, knowledge)
    else:
        end_call(tx, reached["id"], knowledge, reason=reason)


def _abandon(tx: Tx, row: Row, knowledge: Knowledge, reason: str) -> None:
    said = has_step(row, "recorded", words="yes")
    if not save_call(tx, row, status=(S.ENDED if said else S.ABANDONED).value, ended_at=tx.now_ms):
        return
    close_legs(tx, row)
    sound = _recording(row["recording_url"]) if row["recording_url"] else ()
    report_call(tx, row, knowledge, callback=True, attachments=sound)
    kind = "call.recorded" if said else "call.abandoned"
    tell(tx, kind, "citizen", row["id"], reason=reason, waited_ms=tx.now_ms - row["rang_at"])
    if not said:
        plan_callback(tx, require_call(tx, row["id"]), knowledge, ABANDONED_MS)


def _recording(url: str) -> tuple[Attachment, ...]:
    return (Attachment(url, "audio/x-wav"),)


def _want_callback(tx: Tx, incident_id: int) -> None:
    before = fetch_incident(tx, incident_id)
    after = save_incident(tx, before, "system", callback_due=True)
    if after is not before:
        tx.emit("incident.callback_due", "system", incident_id=incident_id, touched=[touch(after)], number=after.number)


def leave_queue(tx: Tx, call_id: int) -> bool:
    """Nobody has answered: the caller is sent to voicemail. False when somebody answered just now."""
    row = require_call(tx, call_id)
    if row["status"] not in WAITING:
        return False
    if not has_step(row, "voicemail"):
        note_step(tx, call_id, "voicemail")
        close_legs(tx, row)
        tell(tx, "call.to_voicemail", "system", call_id)
    return True


def record_voicemail(
    tx: Tx, call_id: int, knowledge: Knowledge, *, recording_sid: str, url: str, seconds: int,
    retention: timedelta = KEEP,
) -> None:
    """A voice message has come in; the call ends with it. The provider says so twice, in either order."""
    row = require_call(tx, call_id)
    if not url or has_step(row, "recorded", sid=recording_sid):
        return
    row = note_step(tx, call_id, "recorded", sid=recording_sid, words="no" if seconds < TOO_SHORT_S else "yes")
    store_recording(
        tx, call_id, sid=recording_sid, url=url, seconds=seconds, kind="voicemail", retention=retention
    )
    if row["status"] in WAITING:
        _abandon(tx, require_call(tx, call_id), knowledge, "voicemail")
        return
    # The end was told first and is reported: the recording follows as one more report of the same caller.
    late = f"{row['external_id']}:{recording_sid}"
    report_call(tx, row, knowledge, callback=True, attachments=_recording(url), external_id=late)
    tell(tx, "call.recorded", "citizen", call_id)


def sweep_calls(tx: Tx, knowledge: Knowledge) -> int:
    """End calls whose end nobody told us; returns how many."""
    ended = 0
    for row in live_calls(tx):
        since = max(row[name] or 0 for name in ("rang_at", "queued_at", "answered_at", "ended_at"))
        limit = LOST_AFTER_MS.get(S(row["status"]))
        if limit is None or tx.now_ms - since < limit:
            continue
        if row["status"] == S.WRAP_UP:
            finish_wrap_up(tx, row, "system")
            set_seat(tx, row["operator"], "ready")
        else:
            end_call(tx, row["id"], knowledge, reason="lost")
        ended += 1
    return ended
