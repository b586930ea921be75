"""A caller who says nothing is asked before anybody may call them a ghost: press 5 twice, or make any sound.

A key or a sound makes a silent emergency: doubtful, urgent, never disposed of without a second Enter. No answer makes
nothing: the caller is back in the queue for a person, and is asked once more by SMS.
"""

from __future__ import annotations

from dispatch.domain.severity import Severity, highest
from dispatch.errors import Refused
from dispatch.services.alarms import EMERGENCY, raise_alarm
from dispatch.services.call_order import raise_hint
from dispatch.services.call_record import (
    IN_HAND,
    is_bridged,
    note_step,
    probe_caller,
    report_call,
    require_call,
    steps_of,
    tell,
)
from dispatch.services.calls import in_hand, requeue_call
from dispatch.services.clocks import retarget_clocks
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.storage.incidents import fetch_incident, save_incident, surviving, touch
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx

SILENT_KEYS = "55"
ASKED, ANSWERED = "probe", "probe_answer"


def probe_call(tx: Tx, call_id: int | None, operator: str) -> Row:
    """The operator hears nobody: the caller's line is taken out of the talk, asked, and put back into the queue.

    Raises NotFound, or Refused when nobody is connected with this caller.
    """
    row = in_hand(tx, call_id, operator)
    if row["status"] not in IN_HAND or not is_bridged(row):
        raise Refused("not_connected", f"nobody speaks on call {row['id']} yet", call=row["id"])
    row = note_step(tx, row["id"], ASKED, operator=operator)
    count = _count(row, ASKED)
    tell(tx, "call.probed", operator, row["id"])
    requeue_call(tx, row, "probe")
    queue_message(
        tx, purpose="probe_line", channel="voice", recipient="", body="", critical=True,
        dedupe_key=f"probe_line:{row['id']}:{count}", incident_id=row["incident_id"],
        payload={"do": "redirect", "to": ASKED, "call_id": str(row["id"]), "sid": row["external_id"]},
    )
    return require_call(tx, row["id"])


def _count(row: Row, step: str) -> int:
    return sum(one["step"] == step for one in steps_of(row))


def is_asked(row: Row) -> bool:
    """Whether an answer to the question is still awaited."""
    return _count(row, ASKED) > _count(row, ANSWERED)


def take_answer(tx: Tx, call_id: int, keys: str, heard: str, knowledge: Knowledge) -> Row:
    """What came on the caller's line after the question: keys, words, or neither. A repeat changes nothing."""
    row = require_call(tx, call_id)
    if not is_asked(row):
        return row
    alive = bool(keys.strip() or heard.strip())
    row = note_step(tx, call_id, ANSWERED, keys=keys[:4], heard="yes" if alive else "no")
    if alive:
        silent_emergency(tx, row, keys, knowledge)
    else:
        tell(tx, "call.probe_silent", "system", call_id)
        probe_caller(tx, call_id, knowledge)
    return require_call(tx, call_id)


def take_keys(tx: Tx, call_id: int, keys: str, knowledge: Knowledge) -> None:
    """Keys pressed while waiting: 5 twice makes a silent emergency of the call before anybody has answered it."""
    row = require_call(tx, call_id)
    if keys == SILENT_KEYS and not _is_marked(row):
        silent_emergency(tx, row, keys, knowledge)


def _is_marked(row: Row) -> bool:
    return any(step["step"] == "silent_emergency" for step in steps_of(row))


def answered_silently(row: Row) -> bool:
    """Whether a sign of life has come from this caller who does not speak: never disposed of lightly."""
    return _is_marked(row)


def silent_emergency(tx: Tx, row: Row, keys: str, knowledge: Knowledge) -> None:
    """First in the queue, an incident of at least P2 that is doubtful, and an alarm for every seat."""
    raise_hint(tx, row, Severity.CRITICAL)
    received = report_call(tx, row, knowledge)
    note_step(tx, row["id"], "silent_emergency", keys=keys[:4])
    item = surviving(tx, fetch_incident(tx, received.incident_id))
    tell(tx, "call.silent_emergency", "citizen", row["id"], keys=keys[:4])
    if item.is_open:
        after = save_incident(
            tx, item, "system", severity=highest(item.severity, Severity.HIGH), unsure=True, callback_due=True
        )
        retarget_clocks(tx, after, knowledge)
        tx.emit(
            "incident.silent_emergency", "system", incident_id=item.id, touched=[touch(after)], number=item.number
        )
    raise_alarm(
        tx, level=EMERGENCY, kind="silent_emergency", cause=f"silent_emergency:{row['id']}", incident_id=item.id,
        number=item.number, call=row["id"],
    )
