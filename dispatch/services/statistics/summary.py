"""All numbers of a window in one answer, from one snapshot. The counting is done off the event loop."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from dispatch import wire
from dispatch.domain.instant import from_ms, to_ms
from dispatch.errors import Invalid
from dispatch.services.alarm_statistics import read_alarm_figures
from dispatch.services.detail import Cards
from dispatch.services.statistics.calls import CALL_FIGURES, count_calls
from dispatch.services.statistics.figure import Definition, measure, nearest_rank, seconds
from dispatch.services.statistics.incidents import INCIDENT_FIGURES, card_figure
from dispatch.services.statistics.others import ALARM_FIGURES, CLOCK_FIGURES, lateness_spread, phase_stats
from dispatch.services.statistics.present import read_at_risk, read_sla, read_units
from dispatch.services.statistics.quality import read_quality
from dispatch.services.statistics.rows import Gathered, gather, join_rows
from dispatch.services.statistics.window import Window
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row

GROUPS = ("severity", "type", "kecamatan")


def definitions(cards: Cards) -> dict[str, Definition]:
    """Every figure by its key."""
    known = (*CALL_FIGURES, *INCIDENT_FIGURES, card_figure(cards), *CLOCK_FIGURES, *ALARM_FIGURES)
    return {definition.key: definition for definition in known}


async def read_stats(
    reader: Reader, window: Window, now: datetime, tz: tzinfo, *, cards: Cards, by: str = ""
) -> wire.Stats:
    """``by`` divides the phases by severity, type or kecamatan. Raises Invalid for another word."""
    if by and by not in GROUPS:
        raise Invalid("bad_group", f"'by' is one of {', '.join(GROUPS)}", choices=", ".join(GROUPS))
    async with reader.snapshot() as snapshot:
        found = await gather(snapshot, window)
        sla, at_risk = await read_sla(snapshot), await read_at_risk(snapshot, tz)
        units = await read_units(snapshot)
        quality = await read_quality(snapshot, **window.span)
        alarms, causes = await read_alarm_figures(snapshot, **_span(window), now_ms=to_ms(now))
    truncated = found.truncated
    counted = await asyncio.to_thread(_count, found, cards, by, tz)
    return wire.Stats(
        from_=window.since.astimezone(tz), to=window.until.astimezone(tz), sla=sla, at_risk=at_risk, units=units,
        alarms=alarms, alarm_causes=causes, quality=quality, truncated=truncated, **counted,
    )


def _span(window: Window) -> dict[str, int]:
    return {"since_ms": window.span["since"], "until_ms": window.span["until"]}


def _count(found: Gathered, cards: Cards, by: str, tz: tzinfo) -> dict[str, Any]:
    """The part of ``wire.Stats`` that is made of rows."""
    join_rows(found)
    counted = {
        "figures": [measure(d, found.population(d.population, d.part)) for d in definitions(cards).values()],
        "calls": count_calls(found.calls), "phases": phase_stats(found.clocks, by),
        "types": _tally(row["type"] for row in found.incidents),
        "districts": _tally(row["kecamatan"] or "-" for row in found.incidents),
        "hours": dict(sorted(Counter(f"{from_ms(row['at'], tz):%Y-%m-%d %H}" for row in found.incidents).items())),
        "lateness_ms": lateness_spread(found.clocks), "heat": _heat(found.incidents),
    }
    found.release()
    return counted


def _tally(keys: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(keys).items(), key=lambda item: (-item[1], item[0])))


def _heat(rows: Iterable[Row]) -> list[wire.DistrictFigure]:
    """Per district, the busiest first."""
    total = next(d for d in INCIDENT_FIGURES if d.key == "phase.total")
    places: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        places[row["kecamatan"] or "-"].append(row)
    heat = []
    for kecamatan, here in places.items():
        taken = sorted(value for value, _ in total.values(here))
        heat.append(wire.DistrictFigure(
            kecamatan=kecamatan, n=len(here), arrived=len(taken), total_p90_s=seconds(nearest_rank(taken, 0.9)),
            late=sum(row["late"] for row in here),
        ))
    return sorted(heat, key=lambda item: (-item.n, item.kecamatan))
