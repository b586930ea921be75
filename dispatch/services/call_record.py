"""What every part of a call's life needs: its steps, its events, its report, the probe after a silent end."""

from __future__ import annotations

from typing import Any

from dispatch.domain.instant import from_ms
from dispatch.domain.report import Attachment, Channel, NewReport
from dispatch.domain.transitions import CallStatus
from dispatch.errors import NotFound
from dispatch.services.intake import Received, receive_report
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.positions import position_of_caller
from dispatch.services.quiet import is_quiet
from dispatch.storage.calls import find_call, live_calls
from dispatch.storage.dialogues import threads_of_phone
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.statement import Row
from dispatch.storage.tables import call, operator
from dispatch.storage.transaction import Tx, json_text, json_value
from dispatch.texts import text

WAITING = (CallStatus.RINGING, CallStatus.QUEUED)
IN_HAND = (CallStatus.ANSWERED, CallStatus.HELD)
HOUR_MS = 3600 * 1000
MAX_STEPS = 200


def require_call(tx: Tx, call_id: int) -> Row:
    """One call by id. Raises NotFound."""
    row = find_call(tx, call_id)
    if row is None:
        raise NotFound("no_call", f"no call {call_id}", call=call_id)
    return row


def steps_of(row: Row) -> list[dict[str, Any]]:
    """What happened on the line, in order."""
    steps: list[dict[str, Any]] = json_value(row["steps"])
    return steps


def note_step(tx: Tx, call_id: int, step: str, **details: str) -> Row:
    """Add one line to the call's own history; returns the call as it is now."""
    row = require_call(tx, call_id)
    steps = steps_of(row)
    if len(steps) < MAX_STEPS:
        steps.append({"step": step, "at": tx.now_ms, **details})
        tx.update(call, {"id": call_id}, steps=json_text(steps).decode())
    return require_call(tx, call_id)


def has_step(row: Row, step: str, **details: str) -> bool:
    """Whether it happened on this call, with these details."""
    return any(s["step"] == step and details.items() <= s.items() for s in steps_of(row))


def is_bridged(row: Row) -> bool:
    """Whether the operator who has it now was connected to the caller."""
    for step in reversed(steps_of(row)):
        if step["step"] in ("bridged", "returned"):
            return bool(step["step"] == "bridged")
    return False


def attempt_of(row: Row) -> int:
    """How often the call has been answered so far: names the operator's leg that belongs to it now."""
    return sum(step["step"] == "answered" for step in steps_of(row))


def tell(tx: Tx, kind: str, actor: str, call_id: int, **data: Any) -> None:
    """Write the call's event; its incident's row changes with it."""
    row = require_call(tx, call_id)
    incident_id = row["incident_id"]
    touched = [f"call:{call_id}", *([f"incident:{incident_id}"] if incident_id else [])]
    tx.emit(kind, actor, incident_id=incident_id, touched=touched, call=call_id, **data)


def set_seat(tx: Tx, name: str, state: str) -> None:
    """Show on the board what the operator's seat is doing because of a call: ready, on_call, wrap_up.

    Whoever has a caller in hand is on a call, also when another call of theirs has just ended.
    """
    if any(row["operator"] == name and row["status"] in IN_HAND for row in live_calls(tx)):
        state = "on_call"
    if name and tx.update(operator, {"name": name}, state=state, since=tx.now_ms):
        tx.emit("operator.changed", name, touched=[f"operator:{name}"], state=state)


def report_call(
    tx: Tx, row: Row, knowledge: Knowledge, *, callback: bool = False, attachments: tuple[Attachment, ...] = (),
    external_id: str = "",
) -> Received:
    """The call's report and incident, made at the first need; the SID makes a repeat harmless.

    Its words are those heard so far. ``external_id`` is given for a further report of the same call (a recording that
    came late). Our own ring back is no report: it belongs to the incident of the call that was lost.
    """
    if row["callback_of"] is not None and not external_id and row["report_id"] is not None:
        item = fetch_incident(tx, row["incident_id"])
        return Received(row["report_id"], item.id, item.number, "", repeated=True)
    extra = {"repeat": str(row["repeat"]), **({"callback": "1"} if callback else {})}
    received = receive_report(
        tx,
        NewReport(
            channel=Channel.CALL, external_id=external_id or row["external_id"], text=row["transcript"],
            received_at=from_ms(row["rang_at"]), sender=row["caller"], recipient=row["called"], call_id=row["id"],
            attachments=attachments, extra=extra, place=position_of_caller(tx, row["caller"]),
        ),
        knowledge,
    )
    if row["report_id"] is None:
        tx.update(call, {"id": row["id"]}, report_id=received.report_id, incident_id=received.incident_id)
        # What was pressed while waiting belongs to the incident's story: 55 means that nobody will speak.
        for keys in dict.fromkeys(str(step["keys"]) for step in steps_of(row) if step["step"] == "keys"):
            tell(tx, "call.hinted", "citizen", row["id"], keys=keys)
    return received


def probe_caller(tx: Tx, call_id: int, knowledge: Knowledge) -> None:
    """One message an hour to a caller who was cut off or silent: no such call is closed without asking.

    In the language they have written in before; SENYAP keeps their phone dark.
    """
    row = require_call(tx, call_id)
    if row["caller"] and not is_quiet(tx, row["caller"]):
        lang = next((thread.lang for thread in threads_of_phone(tx, row["caller"])), knowledge.lang)
        queue_message(
            tx, purpose="probe", channel="sms", recipient=row["caller"], body=text("citizen.probe", lang),
            dedupe_key=f"probe:{row['caller']}:{row['rang_at'] // HOUR_MS}", critical=True,
            incident_id=row["incident_id"], payload={"call_id": str(call_id)},
        )
