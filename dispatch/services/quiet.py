"""SENYAP: nothing that rings or lights up a phone beside whoever does harm. Set and lifted by an operator, both ways.

The citizen may ask for it too (``conversation``); lifting it is a person's alone.
"""

from __future__ import annotations

from dispatch.domain.incident import Incident
from dispatch.domain.transitions import MessageStatus
from dispatch.errors import Refused
from dispatch.services.knowledge import Knowledge
from dispatch.storage.dialogues import Thread, insert_thread, save_thread, threads_of_incident, threads_of_phone
from dispatch.storage.incidents import touch
from dispatch.storage.tables import outbox
from dispatch.storage.transaction import Tx

CANCELLED = "silenced"
DAY_MS = 24 * 60 * 60_000


def set_quiet(tx: Tx, incident: Incident, *, on: bool, actor: str, knowledge: Knowledge) -> int:
    """For every phone that writes about this incident, its caller and the number to ring back; what waits is dropped.

    Returns how many phones. Raises Refused when no number is known. What is so already stays so.
    """
    writers = (thread.phone for thread in threads_of_incident(tx, incident.id))
    phones = dict.fromkeys([incident.caller, incident.callback, *writers])
    phones.pop("", None)
    if not phones:
        raise Refused("no_caller_phone", f"{incident.number} has no caller's number", number=incident.number)
    changed = {phone: _set(tx, phone, incident, actor if on else "", knowledge) for phone in phones}
    dropped = sum(_drop_waiting(tx, phone, incident) for phone in phones) if on else 0
    touched = {touch(incident), *(f"incident:{one}" for ids in changed.values() for one in ids)}
    if any(changed.values()) or dropped:
        tx.emit(
            "message.silenced" if on else "message.unsilenced", actor, incident_id=incident.id,
            touched=sorted(touched), number=incident.number, dropped=dropped,
        )
    return len(phones)


def _set(tx: Tx, phone: str, incident: Incident, quiet_by: str, knowledge: Knowledge) -> list[int]:
    """A phone is one phone: all its threads, and one for this incident that later texts will find.

    Returns the incidents whose threads have changed.
    """
    threads = threads_of_phone(tx, phone)
    differ = [thread for thread in threads if bool(thread.quiet_by) is not bool(quiet_by)]
    for thread in differ:
        save_thread(tx, thread, quiet_by=quiet_by)
    about = any(thread.incident_id == incident.id for thread in threads)
    if quiet_by and not about:
        latest = threads[0] if threads else None
        insert_thread(tx, Thread(
            tx.new_id(), phone, latest.channel if latest else "sms", incident.id,
            latest.lang if latest else knowledge.lang, tx.now_ms, quiet_by=quiet_by,
            stopped_at=latest.stopped_at if latest else None, muted_until=latest.muted_until if latest else None,
        ))
    fresh = [incident.id] if quiet_by and not about else []
    return [thread.incident_id for thread in differ if thread.incident_id is not None] + fresh


def _drop_waiting(tx: Tx, phone: str, incident: Incident) -> int:
    """Texts and calls under way to this phone that no provider has yet."""
    waiting = {"incident_id": incident.id, "recipient": phone, "status": MessageStatus.PENDING.value}
    return tx.update(outbox, waiting, status=MessageStatus.CANCELLED.value, next_at=None, error=CANCELLED)


def is_quiet(tx: Tx, phone: str) -> bool:
    """Whether this phone must not ring or light up by itself: its newest thread says so, for a day."""
    latest = next(iter(threads_of_phone(tx, phone)), None)
    return latest is not None and bool(latest.quiet_by) and tx.now_ms - latest.opened_at < DAY_MS
