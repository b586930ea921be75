"""How much a seat is alarmed: rate, burst, mix, time to acknowledge and the usual causes. Reads only.

An alarm counts for whoever hears it: the owner of its incident while signed on, else everybody. The target of
ISA-18.2 is one in ten minutes a person; above ten it is a flood.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from sqlalchemy import and_, bindparam, func, select

from dispatch.services.statistics.figure import Measured, Values, flag, joined, nearest_rank
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, incident, operator
from dispatch.storage.wire_row import OPERATOR_GONE

WINDOW_MS = 600_000
FLOOD_OVER = 10
STANDING_MS = 24 * 3_600_000
"""An alarm that stands longer is a defect of its rule, not news."""
CAUSES_SHOWN = 10
LEVELS = (1, 2, 3)
LISTENING = ("call_taker", "dispatcher", "supervisor")

_OF_INCIDENT = and_(incident.c.centre == alarm.c.centre, incident.c.id == alarm.c.incident_id)
_RAISED = (alarm.c.centre == bindparam("centre"), alarm.c.at >= bindparam("since"), alarm.c.at < bindparam("until"))
_OWNER = func.coalesce(incident.c.owner, "")
_TAKEN = alarm.c.acknowledged_at - alarm.c.at
BY_OWNER = Statement(
    select(
        _OWNER.label("owner"), func.count().label("n"), joined(alarm.c.at).label("moments"),
        func.count(_TAKEN).label("acknowledged"), joined(_TAKEN).label("taken"),
        *(func.sum(flag(alarm.c.level == level)).label(f"class{level}") for level in LEVELS),
    )
    .select_from(alarm.outerjoin(incident, _OF_INCIDENT)).where(*_RAISED).group_by(_OWNER)
)
"""``owner`` of the incident, '' of none."""
CAUSES = Statement(
    select(alarm.c.kind, alarm.c.phase, func.count().label("n")).where(*_RAISED).group_by(alarm.c.kind, alarm.c.phase)
)
OPEN = Statement(
    select(
        func.count().label("open"), func.sum(flag(alarm.c.acknowledged_by == "")).label("unacknowledged"),
        func.sum(flag(alarm.c.at < bindparam("stands_since"))).label("standing_24h"),
    )
    .where(alarm.c.centre == bindparam("centre"), alarm.c.is_open == 1)
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
    span = {"since": since_ms, "until": until_ms}
    owners = await snapshot.all(BY_OWNER, **span)
    present = {row["name"] for row in await snapshot.all(PRESENT)}
    [still] = await snapshot.all(OPEN, stands_since=now_ms - STANDING_MS)
    figures = count_alarms(owners, present, min(until_ms, now_ms) - since_ms)
    figures |= {name: still[name] or 0 for name in ("open", "unacknowledged", "standing_24h")}
    return figures, count_causes(await snapshot.all(CAUSES, **span))


def count_alarms(owners: Iterable[Row], present: set[str], span_ms: int) -> dict[str, float]:
    """``owners``: rows of ``BY_OWNER``, ``present``: who is signed on and listens now. Times in seconds."""
    owners = list(owners)
    moments = {row["owner"]: Measured(row["n"], texts=(row["moments"],)).ordered() for row in owners}
    taken = Measured(texts=tuple(row["taken"] for row in owners if row["acknowledged"])).ordered()
    figures: dict[str, float] = {
        "n": sum(row["n"] for row in owners), "operators": len(present), **count_heard(moments, present, span_ms),
        **{name: sum(row[name] for row in owners) for name in (f"class{level}" for level in LEVELS)},
        "acknowledged": len(taken),
    }
    if len(taken):
        figures |= {f"ack_p{rank}_s": (nearest_rank(taken, rank / 100) or 0) / 1000 for rank in (50, 90)}
    return figures


def count_heard(moments: Mapping[str, Values], present: set[str], span_ms: int) -> dict[str, float]:
    """``moments`` of alarms by the owner of their incident, the earliest first.

    ``per_operator_10min`` is the mean over people and windows, ``peak_10min`` the fullest window of any one person.
    """
    people = max(1, len(present))
    heard = sum(len(found) if owner in present else people * len(found) for owner, found in moments.items())
    return {
        "per_operator_10min": heard / people / max(1.0, span_ms / WINDOW_MS),
        "peak_10min": max(_fullest(_heard_by(name, moments, present)) for name in present or {""}),
    }


def count_causes(rows: Iterable[Row]) -> dict[str, int]:
    """Slug of the cause ('clock_breached:dispatch', 'declined') -> times, the most usual first."""
    counts = {f"{row['kind']}:{row['phase']}" if row["phase"] else row["kind"]: row["n"] for row in rows}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CAUSES_SHOWN])


def _heard_by(name: str, moments: Mapping[str, Values], present: set[str]) -> Values:
    heard = [found for owner, found in moments.items() if owner == name or owner not in present]
    return np.sort(np.concatenate([np.empty(0, np.int64), *heard]))


def _fullest(moments: Values) -> int:
    """The most of them within any ten minutes."""
    before = np.searchsorted(moments, moments - WINDOW_MS, side="right")
    return int((np.arange(1, len(moments) + 1) - before).max(initial=0))
