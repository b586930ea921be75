"""Messages to people: puts them into the outbox inside the caller's transaction. Never sends anything itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dispatch.domain.harmless import harmless
from dispatch.domain.instant import to_ms
from dispatch.domain.transitions import MessageStatus
from dispatch.storage.outbox import BY_KEY
from dispatch.storage.tables import outbox
from dispatch.storage.transaction import Tx, json_text

NOT_BEFORE = "not_before"
"""In a payload: the moment (ms) until which the message is held."""


def queue_message(
    tx: Tx,
    *,
    purpose: str,
    channel: str,
    recipient: str,
    body: str,
    dedupe_key: str,
    critical: bool = False,
    incident_id: int | None = None,
    assignment_id: int | None = None,
    payload: dict[str, Any] | None = None,
    not_before: datetime | None = None,
) -> int | None:
    """Store one outgoing message; returns its id, or None when ``dedupe_key`` was queued before.

    ``not_before``: held until then, whatever wakes the outbox meanwhile.
    """
    if tx.entered_at is not None:
        # It happened earlier and is only entered now: whom it concerned was told then, by voice or radio.
        return None
    if tx.first(BY_KEY, dedupe_key=dedupe_key) is not None:
        return None
    message_id = tx.new_id()
    if not_before is not None:
        payload = {**(payload or {}), NOT_BEFORE: to_ms(not_before)}
    tx.insert(
        outbox, id=message_id, purpose=purpose, channel=channel, recipient=recipient, body=harmless(body),
        payload=json_text(payload or {}).decode(), dedupe_key=dedupe_key, critical=int(critical),
        status=MessageStatus.PENDING.value, attempts=0, created_at=tx.now_ms,
        next_at=tx.now_ms if not_before is None else to_ms(not_before),
        incident_id=incident_id, assignment_id=assignment_id,
    )
    # A message changes no row of the boards: its log line is all the consoles need.
    tx.emit(
        "message.queued", "system", incident_id=incident_id, message_id=message_id, purpose=purpose, channel=channel,
        critical=critical,
    )
    tx.wake("outbox" if critical else "outbox_routine")
    return message_id

