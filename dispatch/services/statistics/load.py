"""Load by hour against the forecast, the seats it needs, and the control chart of hourly processing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.domain.control_chart import FEWEST, draw_chart
from dispatch.domain.erlang import seats_needed, service_level
from dispatch.domain.forecast import forecast_hour
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.services.statistics.calls import ANSWER_SHARE, ANSWER_TARGET_S
from dispatch.services.statistics.figure import nearest_rank
from dispatch.services.statistics.history import HOUR_MS, CallHour, LoadHistory
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import incident

BACK, AHEAD = 24, 8
"""Hours shown: so many that are over, the one that runs, and so many to come."""
ASSUMED_S, FEW_CALLS = 120.0, 20
"""Until so many calls were spoken on, their mean length is an assumption."""
HOUR = timedelta(hours=1)
ROWS_LIMIT = 50_000

PROCESSED = Statement(
    select(incident.c.opened_at, incident.c.dispatched_at)
    .where(
        incident.c.centre == bindparam("centre"), incident.c.opened_at >= bindparam("since"),
        incident.c.opened_at < bindparam("until"), incident.c.dispatched_at.is_not(None),
        incident.c.merged_into.is_(None), incident.c.type.not_in(sorted(NO_SEVERITY_TYPES)),
    )
    .limit(ROWS_LIMIT)
)


async def read_load(reader: Reader, history: LoadHistory, now: datetime, tz: tzinfo) -> wire.Load:
    """The hour that runs is in the list of loads and not in the chart: it is not over."""
    running = from_ms(to_ms(now) // HOUR_MS * HOUR_MS)
    async with reader.snapshot() as snapshot:
        hours, since = await history.read(snapshot, now)
        span = {"since": to_ms(running - BACK * HOUR), "until": to_ms(running)}
        processed = await snapshot.all(PROCESSED, **span)
    spoken = sum(one.spoken for one in hours.values())
    assumed = spoken < FEW_CALLS
    handling = ASSUMED_S if assumed else max(1.0, sum(one.talk_ms for one in hours.values()) / spoken / 1000)
    shown = [running + step * HOUR for step in range(-BACK, AHEAD + 1)] if since else []
    chart = _chart(processed, tz)
    return wire.Load(
        hours=[_hour(at, hours, since, handling, now, tz) for at in shown],
        handling_s=handling, handling_n=spoken, handling_assumed=assumed, target=ANSWER_SHARE, within_s=ANSWER_TARGET_S,
        **chart,
    )


def _hour(
    at: datetime, hours: Mapping[datetime, CallHour], since: datetime | None, handling: float, now: datetime, tz: tzinfo
) -> wire.LoadHour:
    calls = hours[at].n if at in hours else 0
    expected = forecast_hour(at, {hour: one.n for hour, one in hours.items()}, since)
    load = wire.LoadHour(at=at.astimezone(tz), calls=None if at > now else calls)
    if expected is None:
        return load
    seats = seats_needed(expected.mean, handling, ANSWER_SHARE, ANSWER_TARGET_S)
    return wire.LoadHour(
        at=load.at, calls=load.calls, forecast=expected.mean, weeks=expected.n, seats=seats,
        level=service_level(expected.mean, handling, seats, ANSWER_TARGET_S),
    )


def _chart(rows: list[Row], tz: tzinfo) -> dict[str, Any]:
    """The chart's part of ``wire.Load``: a point for each hour that had an incident."""
    by_hour: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_hour[row["opened_at"] // HOUR_MS * HOUR_MS].append(row["dispatched_at"] - row["opened_at"])
    hours = sorted(by_hour)
    values = [(nearest_rank(sorted(by_hour[hour]), 0.9) or 0) / 1000 for hour in hours]
    chart = draw_chart(values)
    signals = chart.signals if chart else {}
    points = [
        wire.ControlPoint(
            at=from_ms(hour, tz), n=len(by_hour[hour]), p90_s=value, signals=sorted(signals.get(index, ()))
        )
        for index, (hour, value) in enumerate(zip(hours, values, strict=True))
    ]
    limits = {"mean": chart.mean, "upper": chart.upper, "lower": chart.lower} if chart else {}
    return {"points": points, "needed": FEWEST, **limits}
