"""Rows of an escalation as the wire shows them: who was told when, what became of it, what is due next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from dispatch import wire
from dispatch.domain.phone import mask
from dispatch.storage.statement import Row
from dispatch.storage.wire_row import at


def reach_rows(
    steps: list[Row], pages: list[Row], messages: Iterable[Row], subjects: dict[int, str], tz: tzinfo
) -> list[wire.ReachRow]:
    """The steps that fired, in order, and of each escalation the one that is due next."""
    sent = {row["id"]: row for row in messages}
    told: dict[int, list[Row]] = {}
    for page in pages:
        told.setdefault(page["step_id"], []).append(page)
    return [
        wire.ReachRow(
            subject=subjects.get(step["assignment_id"], ""), assignment=step["assignment_id"], policy=step["policy"],
            round=step["round"], who=step["who"], channel=step["channel"], state=step["state"],
            due_at=at(step["due_at"] if step["next_at"] is None else step["next_at"], tz),
            fired_at=at(step["fired_at"], tz), lateness_ms=step["lateness_ms"],
            told=[_told(page, sent.get(page["message_id"]), tz) for page in told.get(step["id"], [])],
        )
        for step in steps if step["fired_at"] is not None or step["next_at"] is not None
    ]


def _told(page: Row, message: Row | None, tz: tzinfo) -> wire.ToldRow:
    return wire.ToldRow(
        name=page["name"], to=mask(page["phone"]), channel=page["channel"], outcome=page["outcome"],
        status=message["status"] if message else "", queued_at=at(page["at"], tz),
        accepted_at=at(message["accepted_at"], tz) if message else None,
        delivered_at=at(message["delivered_at"], tz) if message else None, answered_at=at(page["answered_at"], tz),
    )
