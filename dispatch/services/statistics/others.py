"""The figures of SLA clocks and of alarms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from dispatch import wire
from dispatch.domain.clock import Phase
from dispatch.services.statistics.figure import Definition, Unit, nearest_rank, seconds
from dispatch.services.statistics.rows import taken_ms
from dispatch.storage.statement import Row

STOPPED = ("met", "missed")


def _took(row: Row) -> int | None:
    return taken_ms(row) if _is_stopped(row) else None


def _met(row: Row) -> int | None:
    return int(row["outcome"] == "met") if _is_stopped(row) else None


def _is_stopped(row: Row) -> bool:
    return row["outcome"] in STOPPED and row["stopped_at"] is not None


CLOCK_FIGURES = (
    *(Definition(f"clock.{phase}", "clocks", Unit.SECONDS, _took, part=phase) for phase in Phase),
    *(Definition(f"met.{phase}", "clocks", Unit.SHARE, _met, 0.9, is_wanted=True, part=phase) for phase in Phase),
    Definition("system.lateness", "clocks", Unit.SECONDS, lambda row: row["lateness_ms"], 1.0),
)
ALARM_FIGURES = (
    Definition("alarms.raised", "alarms", Unit.COUNT, lambda row: 1),
    Definition(
        "alarms.acknowledged", "alarms", Unit.SECONDS,
        lambda row: None if row["acknowledged_at"] is None else row["acknowledged_at"] - row["at"],
    ),
)


def phase_stats(rows: Iterable[Row], by: str) -> list[wire.PhaseStat]:
    """One line a phase (and group), in the order of the phases."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if _is_stopped(row):
            groups[(row["phase"], str(row[by] or "-") if by else "")].append(row)
    order = list(Phase)
    keys = sorted(groups, key=lambda key: (order.index(Phase(key[0])), key[1]))
    return [_phase(phase, group, groups[(phase, group)]) for phase, group in keys]


def _phase(phase: str, group: str, rows: list[Row]) -> wire.PhaseStat:
    taken = sorted(map(taken_ms, rows))
    targets = {row["target_ms"] for row in rows}
    p50, p90, p95 = (seconds(nearest_rank(taken, share)) for share in (0.5, 0.9, 0.95))
    return wire.PhaseStat(
        phase=phase, group=group, n=len(rows), p50=p50, p90=p90, p95=p95,
        target_s=targets.pop() / 1000 if len(targets) == 1 else None,
        met_share=sum(row["outcome"] == "met" for row in rows) / len(rows),
    )


def lateness_spread(rows: Iterable[Row]) -> dict[str, float]:
    """Milliseconds between a limit and the moment its clock fired."""
    late = sorted(row["lateness_ms"] for row in rows if row["lateness_ms"] is not None)
    if not late:
        return {"n": 0}
    return {
        "n": len(late), "p50": nearest_rank(late, 0.5) or 0, "p99": nearest_rank(late, 0.99) or 0, "max": late[-1],
    }
