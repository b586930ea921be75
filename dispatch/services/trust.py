"""What a caller's number brings with it into the queue: worked out at the first ring, kept on the call, told as reason.

Decides only who of equals comes first; see ``domain.trust``. Nothing is refused, shortened or hidden because of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dispatch.domain.instant import from_ms
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.domain.trust import KINDS, REAL, Past, Trust, reorder, trust_of
from dispatch.services.call_record import note_step, steps_of, tell
from dispatch.storage.past import PAST_OF
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx
from dispatch.storage.wire_row import trust_of_steps

LOOK_BACK = timedelta(days=60)
"""Older disposals weigh nothing that anybody would notice: eight half lives and more."""
OVER = (IncidentStatus.CLOSED.value, IncidentStatus.MERGED.value)
STEP = "trust"


def kind_of(row: Row) -> str:
    """What one earlier contact says of its number: a kind of ``domain.trust``, or '' when it says nothing yet.

    Help that was sent, or a supervisor's second look, outweighs what somebody called it.
    """
    if row["missed"] or row["dispatched_at"] is not None:
        return REAL
    if row["status"] not in OVER:
        return ""
    return KINDS.get(row["disposition"], "") or KINDS.get(row["call_disposition"] or "", "")


def trust_in(tx: Tx, number: str) -> Trust:
    """What this number's contacts of the last 60 days come to; a withheld number is trusted like a new one."""
    if not number:
        return Trust()
    since = tx.now_ms - LOOK_BACK // timedelta(milliseconds=1)
    seen: dict[tuple[int, int | None], Past] = {}
    for row in tx.all(PAST_OF, sender=number, since=since):
        past = Past(kind_of(row), from_ms(row["received_at"]))
        seen.setdefault((row["incident_id"], row["call_id"]), past)
    return trust_of((past for past in seen.values() if past.kind), tx.now)


def weigh_caller(tx: Tx, row: Row) -> Row:
    """Keep on a ringing call what is known of its number, and tell why it may wait a little longer."""
    trust = trust_in(tx, row["caller"])
    if not trust.counts:
        return row
    row = note_step(
        tx, row["id"], STEP, score=f"{trust.score:.2f}", doubt_ms=str(trust.doubt_ms),
        **{kind: str(count) for kind, count in sorted(trust.counts.items())},
    )
    tell(tx, "call.weighed", "system", row["id"], score=round(trust.score, 2), counts=trust.counts)
    return row


def doubt_of(row: Row) -> int:
    """Milliseconds this call counts as having rung later, among its equals."""
    return max((int(step["doubt_ms"]) for step in steps_of(row) if step["step"] == STEP), default=0)


def known_of(row: Row) -> tuple[float, dict[str, int]]:
    """Score and reason of a call, for the screens; (1.0, {}) when nothing speaks against its number."""
    return trust_of_steps(row["steps"])


def _hint(row: Row) -> Severity | None:
    """Whoever we lost and rang back stands with the critical ones: their number's past counts no more."""
    if row["callback_of"] is not None:
        return Severity.CRITICAL
    return Severity(row["hint"]) if row["hint"] else None


def by_trust(ordered: Iterable[Row]) -> list[Row]:
    """Waiting calls in the order they are to be answered, given in the order of their hints and their waiting."""
    return reorder(list(ordered), hint=_hint, late=lambda row: row["rang_at"] + doubt_of(row))


def note_passed_over(tx: Tx, waiting: list[Row], taken: Row) -> None:
    """Somebody who rang earlier with the same hint waits on because their number is trusted less: written down."""
    for row in waiting:
        if row["rang_at"] < taken["rang_at"] and _hint(row) is _hint(taken) and doubt_of(row):
            score, counts = known_of(row)
            tell(tx, "call.passed_over", "system", row["id"], by=taken["id"], score=score, counts=counts)
