"""All numbers of a window in one answer, from one snapshot. The values are put in order off the event loop."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any

from dispatch import wire
from dispatch.domain.clock import Phase
from dispatch.domain.instant import from_ms, to_ms
from dispatch.errors import Invalid
from dispatch.services.detail import Cards
from dispatch.services.statistics.alarm_load import read_alarm_figures
from dispatch.services.statistics.calls import count_calls
from dispatch.services.statistics.definitions import DEFINITIONS
from dispatch.services.statistics.figure import Measured, figure_of, nearest_rank, seconds, spread
from dispatch.services.statistics.measuring import OF_CLOCKS, Group, Measurement, measure
from dispatch.services.statistics.present import read_at_risk, read_sla, read_units
from dispatch.services.statistics.quality import read_quality
from dispatch.services.statistics.window import Window
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row


async def read_stats(
    reader: Reader, window: Window, now: datetime, tz: tzinfo, *, cards: Cards, by: str = ""
) -> wire.Stats:
    """``by`` divides the phases by severity, type or kecamatan. Raises Invalid for another word."""
    if by not in OF_CLOCKS:
        choices = ", ".join(filter(None, OF_CLOCKS))
        raise Invalid("bad_group", f"'by' is one of {choices}", choices=choices)
    async with reader.snapshot() as snapshot:
        found = await measure(snapshot, window, cards, by)
        sla, at_risk = await read_sla(snapshot), await read_at_risk(snapshot, tz)
        units = await read_units(snapshot)
        quality = await read_quality(snapshot, **window.span)
        alarms, causes = await read_alarm_figures(snapshot, **_span(window), now_ms=to_ms(now))
    counted = await asyncio.to_thread(_count, found, tz)
    return wire.Stats(
        from_=window.since.astimezone(tz), to=window.until.astimezone(tz), sla=sla, at_risk=at_risk, units=units,
        alarms=alarms, alarm_causes=causes, quality=quality, **counted,
    )


def _span(window: Window) -> dict[str, int]:
    return {"since_ms": window.span["since"], "until_ms": window.span["until"]}


def _count(found: Measurement, tz: tzinfo) -> dict[str, Any]:
    """The part of ``wire.Stats`` that is made of what was measured."""
    measured = found.all()
    figures = {key: figure_of(definition, measured[key]) for key, definition in DEFINITIONS.items()}
    return {
        "figures": list(figures.values()), "calls": count_calls(measured, figures),
        "phases": _phase_stats(found.clocks), "types": _tally(found.incidents, "type"),
        "districts": _tally(found.incidents, "kecamatan"),
        "hours": _hours(found.quarters, tz), "lateness_ms": _lateness(measured["system.lateness"]),
        "heat": _heat(found.incidents),
    }


def _tally(groups: Iterable[Group], name: str) -> dict[str, int]:
    """The most frequent first."""
    total: Counter[str] = Counter()
    for group in groups:
        total[group.row[name] or "-"] += group.row["rows"]
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def _hours(quarters: Iterable[Row], tz: tzinfo) -> dict[str, int]:
    """Incidents by local hour."""
    hours: Counter[str] = Counter()
    for row in quarters:
        hours[f"{from_ms(row['at'], tz):%Y-%m-%d %H}"] += row["n"]
    return dict(sorted(hours.items()))


def _phase_stats(groups: Iterable[Group]) -> list[wire.PhaseStat]:
    """One line a phase (and group) of which a clock was stopped, in the order of the phases."""
    order = list(Phase)
    stats = [_phase(group.row, group.measured) for group in groups if group.measured[f"met.{group.row['part']}"].n]
    return sorted(stats, key=lambda stat: (order.index(Phase(stat.phase)), stat.group))


def _phase(row: Row, measured: dict[str, Measured]) -> wire.PhaseStat:
    phase = row["part"]
    took, met = measured[f"clock.{phase}"], measured[f"met.{phase}"]
    p50, p90, p95 = spread(took)
    return wire.PhaseStat(
        phase=phase, group=str(row["group"] or "-") if "group" in row else "", n=took.n, p50=p50, p90=p90, p95=p95,
        target_s=row["target_least"] / 1000 if row["target_least"] == row["target_most"] else None,
        met_share=met.total / met.n,
    )


def _lateness(measured: Measured) -> dict[str, float]:
    """Milliseconds between a limit and the moment its clock fired."""
    late = measured.ordered()
    if not len(late):
        return {"n": 0}
    return {
        "n": len(late), "p50": nearest_rank(late, 0.5) or 0, "p99": nearest_rank(late, 0.99) or 0, "max": int(late[-1]),
    }


def _heat(groups: Iterable[Group]) -> list[wire.DistrictFigure]:
    """Per district, the busiest first."""
    places: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        places[group.row["kecamatan"] or "-"].append(group)
    heat = [_district(kecamatan, here) for kecamatan, here in places.items()]
    return sorted(heat, key=lambda item: (-item.n, item.kecamatan))


def _district(kecamatan: str, here: list[Group]) -> wire.DistrictFigure:
    total = sum((group.measured["phase.total"] for group in here), Measured())
    return wire.DistrictFigure(
        kecamatan=kecamatan, n=sum(group.row["rows"] for group in here), arrived=total.n,
        total_p90_s=seconds(nearest_rank(total.ordered(), 0.9)),
        late=sum(group.measured["quality.late"].total for group in here),
    )
