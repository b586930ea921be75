"""How much a seat is alarmed: rate, burst, mix, time to acknowledge and the usual causes. Reads only.

An alarm counts for whoever hears it: the owner of its incident while signed on, else everybody. The target of
ISA-18.2 is one in ten minutes a person; above ten it is a flood.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from sqlalchemy import and_, bindparam, func, select

from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, incident, operator
from dispatch.storage.wire_row import OPERATOR_GONE

WINDOW_MS = 600_000
FLOOD_OVER = 10
STANDING_MS = 24 * 3_600_000
"""An alarm that stands longer is a defect of its rule, not news."""
CAUSES_SHOWN = 10
ROWS_LIMIT = 100_000
LISTENING = ("call_taker", "dispatcher", "supervisor")

_OF_INCIDENT = and_(incident.c.centre == alarm.c.centre, incident.c.id == alarm.c.incident_id)
RAISED = Statement(
    select(
        alarm.c.at, alarm.c.level, alarm.c.kind, alarm.c.phase, alarm.c.acknowledged_by, alarm.c.acknowledged_at,
        func.coalesce(incident.c.owner, "").label("owner"),
    )
    .select_from(alarm.outerjoin(incident, _OF_INCIDENT))
    .where(alarm.c.centre == bindparam("centre"), alarm.c.at >= bindparam("since"), alarm.c.at < bindparam("until"))
    .limit(ROWS_LIMIT)
)
OPEN = Statement(
    select(alarm.c.at, alarm.c.acknowledged_by)
    .where(alarm.c.centre == bindparam("centre"), alarm.c.is_open == 1).limit(ROWS_LIMIT)
)
PRESENT = Statement(
    select(operator.c.name).where(
        operator.c.centre == bindparam("centre"), operator.c.state.not_in(("", OPERATOR_GONE)),
        operator.c.role.in_(LISTENING),
    )
)


async def read_alarm_figures(
    snapshot: Snapshot, since_ms: int, until_ms: int, now_ms: int
) -> tuple[dict[str, float], dict[str, int]]:
    """The figures of [since, until) and how often each of the ten most usual causes was raised."""
    raised = await snapshot.all(RAISED, since=since_ms, until=until_ms)
    present = {row["name"] for row in await snapshot.all(PRESENT)}
    figures = count_alarms(raised, present, min(until_ms, now_ms) - since_ms)
    still = await snapshot.all(OPEN)
    figures["open"] = len(still)
    figures["unacknowledged"] = sum(not row["acknowledged_by"] for row in still)
    figures["standing_24h"] = sum(now_ms - row["at"] > STANDING_MS for row in still)
    return figures, count_causes(raised)


def count_alarms(rows: Sequence[Row], present: set[str], span_ms: int) -> dict[str, float]:
    """``rows`` of the span, ``present``: who is signed on and listens now. Times in seconds.

    ``per_operator_10min`` is the mean over people and windows, ``peak_10min`` the fullest window of any one person.
    """
    people = max(1, len(present))
    heard = sum(1 if row["owner"] in present else people for row in rows)
    windows = max(1.0, span_ms / WINDOW_MS)
    figures: dict[str, float] = {
        "n": len(rows), "operators": len(present), "per_operator_10min": heard / people / windows,
        "peak_10min": max((_fullest(_heard_by(name, rows, present)) for name in present or {""}), default=0),
    }
    for level in (1, 2, 3):
        figures[f"class{level}"] = sum(row["level"] == level for row in rows)
    taken = sorted((row["acknowledged_at"] - row["at"]) / 1000 for row in rows if row["acknowledged_at"] is not None)
    figures["acknowledged"] = len(taken)
    if taken:
        figures |= {"ack_p50_s": _nearest(taken, 0.5), "ack_p90_s": _nearest(taken, 0.9)}
    return figures


def count_causes(rows: Iterable[Row]) -> dict[str, int]:
    """Slug of the cause ('clock_breached:dispatch', 'declined') -> times, the most usual first."""
    counts = Counter(f"{row['kind']}:{row['phase']}" if row["phase"] else row["kind"] for row in rows)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CAUSES_SHOWN])


def _heard_by(name: str, rows: Iterable[Row], present: set[str]) -> list[int]:
    return sorted(row["at"] for row in rows if row["owner"] == name or row["owner"] not in present)


def _fullest(moments: list[int]) -> int:
    """The most of them within any ten minutes."""
    most = first = 0
    for last, at in enumerate(moments):
        while at - moments[first] >= WINDOW_MS:
            first += 1
        most = max(most, last - first + 1)
    return most


def _nearest(ordered: list[float], share: float) -> float:
    """Nearest rank, as every percentile of the wallboard."""
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)]
