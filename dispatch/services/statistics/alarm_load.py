"""How much a seat is alarmed: rate, burst, mix, time to acknowledge and the usual causes. Reads only.

An alarm counts for whoever heard it: the owner of its incident if signed on at that moment, else everybody who was.
The target of ISA-18.2 is one in ten minutes a person; above ten it is a flood.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from sqlalchemy import and_, bindparam, func, select

from dispatch.services.statistics.figure import Measured, Values, flag, joined, nearest_rank
from dispatch.storage.duty import ON_DUTY
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, incident

WINDOW_MS = 600_000
FLOOD_OVER = 10
STANDING_MS = 24 * 3_600_000
"""An alarm that stands longer is a defect of its rule, not news."""
CAUSES_SHOWN = 10
LEVELS = (1, 2, 3)
NOBODY = ""
"""Stands in wherever nobody was signed on: such alarms are not to vanish from the mean. Nobody is called so."""
Duty = tuple[int, int]
"""From when until when somebody was signed on, in milliseconds."""

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

async def read_alarm_figures(
    snapshot: Snapshot, since_ms: int, until_ms: int, now_ms: int
) -> tuple[dict[str, float], dict[str, int]]:
    """The figures of [since, until) and how often each of the ten most usual causes was raised."""
    span, over_ms = {"since": since_ms, "until": until_ms}, min(until_ms, now_ms)
    owners, duties = await snapshot.all(BY_OWNER, **span), await snapshot.all(ON_DUTY, **span)
    causes = await snapshot.all(CAUSES, **span)
    [still] = await snapshot.all(OPEN, stands_since=now_ms - STANDING_MS)
    on_duty = duties_by_name(duties, since_ms, over_ms)
    figures = await asyncio.to_thread(count_alarms, owners, on_duty)
    figures |= {name: still[name] or 0 for name in ("open", "unacknowledged", "standing_24h")}
    return figures, count_causes(causes)


def duties_by_name(rows: Iterable[Row], since_ms: int, until_ms: int) -> dict[str, list[Duty]]:
    """``rows`` of ``ON_DUTY``, the earliest first, cut to the span; whenever nobody was on, ``NOBODY`` was."""
    found: dict[str, list[Duty]] = {}
    alone_since = since_ms
    for row in rows:
        begin, end = max(row["on_at"], since_ms), min(row["off_at"], until_ms)
        if begin < end:
            found.setdefault(row["operator"], []).append((begin, end))
            if begin > alone_since:
                found.setdefault(NOBODY, []).append((alone_since, begin))
            alone_since = max(alone_since, end)
    if alone_since < until_ms or not found:
        found.setdefault(NOBODY, []).append((alone_since, until_ms))
    return found


def count_alarms(owners: Sequence[Row], on_duty: Mapping[str, Sequence[Duty]]) -> dict[str, float]:
    """``owners``: rows of ``BY_OWNER``. Times in seconds."""
    moments = {row["owner"]: Measured(row["n"], texts=(row["moments"],)).ordered() for row in owners}
    taken = Measured(texts=tuple(row["taken"] for row in owners if row["acknowledged"])).ordered()
    figures: dict[str, float] = {
        "n": sum(row["n"] for row in owners), "operators": len(on_duty.keys() - {NOBODY}),
        **count_heard(moments, on_duty), "acknowledged": len(taken),
        **{name: sum(row[name] for row in owners) for name in (f"class{level}" for level in LEVELS)},
    }
    if len(taken):
        figures |= {f"ack_p{rank}_s": (nearest_rank(taken, rank / 100) or 0) / 1000 for rank in (50, 90)}
    return figures


def count_heard(moments: Mapping[str, Values], on_duty: Mapping[str, Sequence[Duty]]) -> dict[str, float]:
    """``moments`` of alarms by the owner of their incident, ``on_duty``: who was signed on when; the earliest first.

    ``per_operator_10min`` is the mean over ten minutes of one person's duty, ``peak_10min`` the fullest ten minutes of
    any one person.
    """
    unowned = {owner: found[~_is_on(found, on_duty.get(owner, ()))] for owner, found in moments.items()}
    heard = [_heard_by(name, duties, moments, unowned) for name, duties in on_duty.items()]
    worked_ms = sum(end - begin for duties in on_duty.values() for begin, end in duties)
    return {
        "per_operator_10min": sum(map(len, heard)) / max(1.0, worked_ms / WINDOW_MS),
        "peak_10min": max(map(_fullest, heard)),
    }


def count_causes(rows: Iterable[Row]) -> dict[str, int]:
    """Slug of the cause ('clock_breached:dispatch', 'declined') -> times, the most usual first."""
    counts = {f"{row['kind']}:{row['phase']}" if row["phase"] else row["kind"]: row["n"] for row in rows}
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:CAUSES_SHOWN])


def _heard_by(
    name: str, duties: Sequence[Duty], moments: Mapping[str, Values], unowned: Mapping[str, Values]
) -> Values:
    """Their own, and of all others those whose owner was not there."""
    own = moments.get(name, np.empty(0, np.int64))
    heard = np.concatenate([own, *(found for owner, found in unowned.items() if owner != name)])
    return np.sort(heard[_is_on(heard, duties)])


def _is_on(moments: Values, duties: Sequence[Duty]) -> npt.NDArray[np.bool_]:
    """Of each moment whether it lies in one of the duties, which never overlap."""
    if not duties:
        return np.zeros(len(moments), np.bool_)
    begin, end = np.array(duties, np.int64).T
    last = np.searchsorted(begin, moments, side="right") - 1
    found: npt.NDArray[np.bool_] = (last >= 0) & (moments < end[last])
    return found


def _fullest(moments: Values) -> int:
    """The most of them within any ten minutes."""
    before = np.searchsorted(moments, moments - WINDOW_MS, side="right")
    return int((np.arange(1, len(moments) + 1) - before).max(initial=0))
