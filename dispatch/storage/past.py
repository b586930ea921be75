"""What a number's contacts came to: the rows behind trust and behind the second look. Nothing decided here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import and_, bindparam, exists, select

from dispatch.storage.statement import Statement
from dispatch.storage.tables import call, incident, junk_review, report

R, N, C = report.c, incident.c, call.c
PAST_MOST, JUNK_MOST, OWN_MOST, OTHERS_MOST = 200, 2_000, 8_000, 20_000
JUNK_CODES = ("ghost", "prank", "palsu", "wrong_number", "salah", "information", "info")
"""Dispositions that say that nobody needed help."""
_WITH_ALL = (
    report
    .join(incident, and_(N.centre == R.centre, N.id == R.incident_id))
    .outerjoin(call, and_(C.centre == R.centre, C.id == R.call_id))
)
_MISSED: Any = exists().where(
    junk_review.c.centre == R.centre, junk_review.c.incident_id == R.incident_id, junk_review.c.verdict == "miss",
)
_OUTCOME = (
    R.incident_id, R.call_id, R.received_at, N.status, N.disposition, N.dispatched_at, N.opened_at, N.closed_at,
    C.disposition.label("call_disposition"), _MISSED.label("missed"),
)
PAST_OF = Statement(
    select(*_OUTCOME).select_from(_WITH_ALL)
    .where(R.centre == bindparam("centre"), R.sender == bindparam("sender"), R.received_at >= bindparam("since"))
    .order_by(R.received_at.desc()).limit(PAST_MOST)
)
OTHERS_OF = Statement(
    select(R.sender, R.channel, R.text, *_OUTCOME).select_from(_WITH_ALL)
    .where(R.centre == bindparam("centre"), R.sender.in_(bindparam("senders", expanding=True)))
    .where(R.received_at >= bindparam("since")).limit(OTHERS_MOST),
    many="senders",
)
_DISPOSED = select(
    N.id, N.number, N.channel, N.caller, N.summary, N.disposition, N.life_threat, N.opened_at, N.closed_at,
    N.last_actor,
).where(N.centre == bindparam("centre"))
DISPOSED_ONE = Statement(_DISPOSED.where(N.id == bindparam("id")))
DISPOSED = Statement(
    _DISPOSED.where(N.is_open == 0, N.opened_at >= bindparam("since"))
    .where(N.disposition.in_(JUNK_CODES)).order_by(N.opened_at.desc()).limit(JUNK_MOST)
)
OWN_REPORTS = Statement(
    select(
        R.incident_id, R.text, R.triage, R.received_at, R.sender, R.channel, R.call_id, C.steps, C.answered_at,
        C.ended_at,
    )
    .select_from(report.outerjoin(call, and_(C.centre == R.centre, C.id == R.call_id)))
    .where(R.centre == bindparam("centre"), R.incident_id.in_(bindparam("ids", expanding=True))).limit(OWN_MOST),
    many="ids",
)
REVIEWS_OF = Statement(
    select(junk_review.c.incident_id, junk_review.c.at, junk_review.c.verdict)
    .where(junk_review.c.centre == bindparam("centre"))
    .where(junk_review.c.incident_id.in_(bindparam("ids", expanding=True))).limit(OWN_MOST),
    many="ids",
)
