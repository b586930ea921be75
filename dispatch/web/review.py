"""``GET /review`` and the words of its lines: disposed contacts that may have been none. Supervisors only."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from dispatch import wire
from dispatch.domain.phone import mask_phone
from dispatch.domain.roles import Actor, Role
from dispatch.errors import Forbidden
from dispatch.services.review import DAYS, Found, Suspect, read_suspects
from dispatch.texts import text
from dispatch.web.edge import Edge

SHOWN = 200
LINES = 20


async def review_list(edge: Edge, actor: Actor, lang: str, days: int = DAYS) -> wire.ReviewList:
    """The suspects, the loudest first. Raises Forbidden or Invalid."""
    if actor.role is not Role.SUPERVISOR:
        raise Forbidden("not_your_role", f"{actor.role} may not review", role=actor.role.value, command="review")
    found = await read_suspects(edge.reader, edge.clock(), days)
    return _rendered(found, edge.settings.tz, lang)


def _rendered(found: Found, tz: tzinfo, lang: str) -> wire.ReviewList:
    return wire.ReviewList(
        disposed=found.disposed, reviewed=found.reviewed, waiting=len(found.suspects),
        truncated=found.truncated,
        items=[_row(suspect, tz, lang) for suspect in found.suspects[:SHOWN]],
    )


def _row(suspect: Suspect, tz: tzinfo, lang: str) -> wire.ReviewRow:
    return wire.ReviewRow(
        number=suspect.number, disposition=suspect.disposition, channel=suspect.channel,
        caller=mask_phone(suspect.caller), text=suspect.text, at=suspect.at.astimezone(tz),
        closed_at=suspect.closed_at.astimezone(tz), closed_by=suspect.closed_by, signs=list(suspect.signs),
        why=[text(f"review.{sign}", lang) for sign in suspect.signs],
    )


def review_result(listed: wire.ReviewList, lang: str, seq: int) -> wire.CommandResult:
    """The same as the answer of TINJAU."""
    return wire.CommandResult(ok=True, seq=seq, message=_head(listed, lang), data=review_data(listed, lang))


def review_data(listed: wire.ReviewList, lang: str) -> dict[str, Any]:
    """The lines, and the line to type ``next``: one key and Enter judge the loudest, then the one after it."""
    lines = [
        text(
            "review.line", lang, number=row.number, at=f"{row.at:%d-%m %H:%M}", who=row.closed_by,
            disposition=text(f"log.disposition.{row.disposition}", lang), why="; ".join(row.why),
            text=" ".join(row.text.split())[:80],
        ).strip()
        for row in listed.items[:LINES]
    ]
    following = {"next": text("review.next", lang, number=listed.items[0].number)} if listed.items else {}
    return {"lines": [_head(listed, lang), *lines], **following}


def _head(listed: wire.ReviewList, lang: str) -> str:
    return text("review.head", lang, waiting=listed.waiting, disposed=listed.disposed, reviewed=listed.reviewed)
