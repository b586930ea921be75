"""A citizen who does not answer: reminded once, then a person's task, then an alarm. Rows with due times."""

from __future__ import annotations

from dispatch.domain.incident import Incident
from dispatch.domain.severity import Severity
from dispatch.services.alarms import EMERGENCY, NEEDED, raise_alarm
from dispatch.services.dialogue import ABUSE_TYPES, say, silence_of
from dispatch.services.knowledge import Knowledge
from dispatch.storage.dialogues import Thread, due_threads, save_thread
from dispatch.storage.incidents import fetch_incident, save_incident, surviving, touch
from dispatch.storage.transaction import Tx

BATCH = 100
AGAIN_MS = 3 * 60_000
"""After the reminder an urgent caller is waited for this long before the alarm rises."""


def sweep_silence(tx: Tx, knowledge: Knowledge) -> int:
    """Act on the threads whose citizen has been silent too long; returns how many were looked at."""
    due = due_threads(tx, BATCH)
    for thread in due:
        if thread.incident_id is None:
            save_thread(tx, thread, next_at=None)
            continue
        incident = surviving(tx, fetch_incident(tx, thread.incident_id))
        if not incident.is_open or incident.dispatched_at is not None:
            save_thread(tx, thread, next_at=None)
        elif thread.reminders == 0:
            _remind(tx, thread, incident)
        else:
            _give_up(tx, thread, incident)
    return len(due)


def _remind(tx: Tx, thread: Thread, incident: Incident) -> None:
    """S6 once, and a task for the operator; who may not be texted is only the operator's."""
    urgent = incident.severity is not None and incident.severity.is_urgent
    again = tx.now_ms + AGAIN_MS if urgent or incident.life_threat else None
    thread = save_thread(tx, thread, reminders=1, next_at=again)
    if incident.type not in ABUSE_TYPES:
        say(
            tx, thread, "reminder", incident, purpose="reminder", dedupe=f"reminder:{thread.id}",
            critical=again is not None,
        )
    _tell(tx, thread, incident, "citizen_silent", NEEDED)


def _give_up(tx: Tx, thread: Thread, incident: Incident) -> None:
    save_thread(tx, thread, reminders=2, next_at=None)
    critical = incident.life_threat or incident.severity is Severity.CRITICAL
    _tell(tx, thread, incident, "citizen_lost", EMERGENCY if critical else NEEDED)
    after = save_incident(tx, incident, "system", callback_due=True)
    if after is not incident:
        tx.emit(
            "incident.callback_due", "system", incident_id=after.id, touched=[touch(after)], number=after.number,
        )


def _tell(tx: Tx, thread: Thread, incident: Incident, kind: str, level: int) -> None:
    tx.emit("report.silent", "system", incident_id=incident.id, number=incident.number, step=thread.step)
    raise_alarm(
        tx, level=level, kind=kind, cause=silence_of(incident.id), incident_id=incident.id, number=incident.number,
    )
