"""Threads of texts in the database: rows in, rows out, nothing decided here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import bindparam, select

from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import dialogue
from dispatch.storage.transaction import Tx, json_text, json_value

D = dialogue.c
MAX_THREADS = 20
"""Threads of one phone that are looked at, newest first."""
OF_PHONE = Statement(
    select(dialogue)
    .where(D.centre == bindparam("centre"), D.phone == bindparam("phone"))
    .order_by(D.id.desc())
    .limit(MAX_THREADS)
)
OF_INCIDENT = Statement(
    select(dialogue).where(D.centre == bindparam("centre"), D.incident_id == bindparam("incident_id")).limit(500)
)
DUE = Statement(
    select(dialogue)
    .where(D.centre == bindparam("centre"), D.next_at <= bindparam("now"))
    .order_by(D.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True, slots=True)
class Thread:
    """One row; times are ms since the epoch, None where it never was."""

    id: int
    phone: str
    channel: str
    incident_id: int | None
    lang: str
    opened_at: int
    step: str = ""
    asked: tuple[str, ...] = ()
    texts: tuple[int, ...] = ()
    next_at: int | None = None
    reminders: int = 0
    quiet_by: str = ""
    stopped_at: int | None = None
    muted_until: int | None = None


LISTS = ("asked", "texts")
NAMES = tuple(Thread.__dataclass_fields__)


def thread_of(row: Row) -> Thread:
    """The thread a row holds."""
    values: dict[str, Any] = {name: tuple(json_value(row[name])) if name in LISTS else row[name] for name in NAMES}
    return Thread(**values)


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    return {name: json_text(value).decode() if name in LISTS else value for name, value in values.items()}


def threads_of_phone(tx: Tx, phone: str) -> list[Thread]:
    """The threads of a phone, newest first."""
    return [thread_of(row) for row in tx.all(OF_PHONE, phone=phone)] if phone else []


def threads_of_incident(tx: Tx, incident_id: int) -> list[Thread]:
    """Everybody who writes about an incident."""
    return [thread_of(row) for row in tx.all(OF_INCIDENT, incident_id=incident_id)]


def due_threads(tx: Tx, most: int) -> list[Thread]:
    """Threads whose silence counts now, the longest first."""
    return [thread_of(row) for row in tx.all(DUE, now=tx.now_ms, most=most)]


def insert_thread(tx: Tx, thread: Thread) -> Thread:
    """Store a new thread."""
    tx.insert(dialogue, **_stored({name: getattr(thread, name) for name in NAMES}))
    return thread


def save_thread(tx: Tx, before: Thread, **changes: Any) -> Thread:
    """Write the changed fields; nothing changed = nothing written."""
    changes = {name: value for name, value in changes.items() if getattr(before, name) != value}
    if not changes:
        return before
    tx.update(dialogue, {"id": before.id}, **_stored(changes))
    return replace(before, **changes)
