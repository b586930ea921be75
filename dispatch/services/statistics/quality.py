"""How well contacts are disposed of: what a supervisor's second look found in a span of time."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from dispatch.storage.past import JUNK_CODES
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident, junk_review

DISPOSED = Statement(
    select(func.count().label("n")).select_from(incident)
    .where(incident.c.centre == bindparam("centre"), incident.c.is_open == 0)
    .where(incident.c.opened_at >= bindparam("since"), incident.c.opened_at < bindparam("until"))
    .where(incident.c.disposition.in_(JUNK_CODES))
)
VERDICTS = Statement(
    select(junk_review.c.verdict.label("key"), func.count().label("n"))
    .where(junk_review.c.centre == bindparam("centre"))
    .where(junk_review.c.at >= bindparam("since"), junk_review.c.at < bindparam("until"))
    .group_by(junk_review.c.verdict)
)


async def read_quality(snapshot: Snapshot, *, since: int, until: int) -> dict[str, int]:
    """``disposed``: contacts opened in the span and closed as junk; ``review_ok``, ``review_miss``: verdicts given in
    it."""
    given = {row["key"]: row["n"] for row in await snapshot.all(VERDICTS, since=since, until=until)}
    [disposed] = await snapshot.all(DISPOSED, since=since, until=until)
    return {"disposed": disposed["n"], "review_ok": given.get("ok", 0), "review_miss": given.get("miss", 0)}
