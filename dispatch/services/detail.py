"""One incident with everything an operator needs beside it: reports, chronology, whom to send, which cards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

from msgspec.structs import replace
from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.domain.transitions import ENDED, UnitStatus
from dispatch.services.explanation import explain_reports
from dispatch.services.knowledge import Knowledge
from dispatch.services.recommendation import recommend
from dispatch.storage.board import read_detail
from dispatch.storage.incidents import incident_of
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import unit

FREE_LIMIT = 500
FREE_UNITS = Statement(
    select(unit)
    .where(unit.c.centre == bindparam("centre"), unit.c.status == UnitStatus.AVAILABLE.value)
    .order_by(unit.c.call_sign).limit(FREE_LIMIT)
)
Cards = Callable[[str, str], list[dict[str, Any]]]
"""Protocol cards of a type and subtype."""


async def show_incident(
    reader: Reader, number: int, tz: tzinfo, now: datetime, *, lang: str, full_phone: bool, cards: Cards,
    knowledge: Knowledge,
) -> wire.IncidentDetail:
    """Raises NotFound."""
    detail, stored = await read_detail(reader, number, tz, now, lang=lang, full_phone=full_phone)
    incident = incident_of(stored)
    busy = [a.agency for a in detail.incident.assignments if a.status not in ENDED]
    proposals = recommend(incident, await reader.all(FREE_UNITS), knowledge, busy) if incident.is_open else []
    of_kind = cards(incident.type, incident.subtype)
    return replace(
        detail, recommendation=[proposal.as_wire() for proposal in proposals], cards=of_kind,
        explanation=await explain_reports(detail, of_kind, knowledge, lang),
    )
