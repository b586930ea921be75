"""The wallboard's numbers for a span of time, and the gauges of /metrics. Reads only.

Percentiles are nearest-rank on raw milliseconds, always with n. Noise (ghost and prank calls) is
counted beside the service level, never inside it. Phases count incidents opened in the span.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from operator import itemgetter
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from dispatch import wire
from dispatch.domain.clock import Level, Phase, state_of
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.transitions import UnitStatus
from dispatch.errors import Invalid
from dispatch.services.alarm_statistics import read_alarm_figures
from dispatch.storage import wire_row
from dispatch.storage.reader import Reader, Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, call, clock, incident, outbox, unit

ANSWER_LIMIT_MS = 15_000
ABANDON_GRACE_MS = 5_000
NOISE = frozenset({"ghost", "prank"})
GROUPS = ("severity", "type", "kecamatan")
AT_RISK_LIMIT = 20
ROWS_LIMIT = 200_000
GROUPS_LIMIT = 10_000
HOUR_MS = 3_600_000


def _mine(table: Any) -> Any:
    return table.c.centre == bindparam("centre")


_OPENED = (incident.c.opened_at >= bindparam("since"), incident.c.opened_at < bindparam("until"))
_CLOCKS = incident.join(clock, and_(clock.c.centre == incident.c.centre, clock.c.incident_id == incident.c.id))
_OPEN_IDS = select(incident.c.id).where(_mine(incident), incident.c.is_open == 1)
_RUNNING = (_mine(clock), clock.c.incident_id.in_(_OPEN_IDS), clock.c.stopped_at.is_(None))
"""By way of the open incidents: a plain join made SQLite walk every clock ever started."""

CALLS = Statement(
    select(call.c.rang_at, call.c.answered_at, call.c.ended_at, call.c.status, call.c.disposition)
    .where(_mine(call), call.c.rang_at >= bindparam("since"), call.c.rang_at < bindparam("until")).limit(ROWS_LIMIT)
)
PHASES = Statement(
    select(
        clock.c.phase, clock.c.started_at, clock.c.stopped_at, clock.c.target_ms, clock.c.outcome, clock.c.pauses,
        incident.c.severity, incident.c.type, incident.c.kecamatan,
    )
    .select_from(_CLOCKS).where(_mine(incident), *_OPENED, clock.c.outcome.in_(("met", "missed"))).limit(ROWS_LIMIT)
)
LATENESS = Statement(
    select(clock.c.lateness_ms)
    .select_from(_CLOCKS).where(_mine(incident), *_OPENED, clock.c.lateness_ms.is_not(None)).limit(ROWS_LIMIT)
)


def _opened_by(key: Any) -> Statement:
    """Incidents of the span, counted by a column: the database counts, the event loop does not."""
    return Statement(
        select(key.label("key"), func.count().label("n")).where(_mine(incident), *_OPENED)
        .group_by(key).order_by(func.count().desc(), key).limit(GROUPS_LIMIT)
    )


BY_TYPE = _opened_by(incident.c.type)
BY_KECAMATAN = _opened_by(incident.c.kecamatan)
BY_HOUR = _opened_by(incident.c.opened_at - incident.c.opened_at % HOUR_MS)
RUNNING = Statement(
    select(clock.c.level, clock.c.next_at.is_(None).label("still"), clock.c.parked, func.count().label("n"))
    .where(*_RUNNING)
    .group_by(clock.c.level, clock.c.next_at.is_(None), clock.c.parked).limit(1000)
)
AT_RISK = Statement(
    select(
        incident.c.number, incident.c.type, incident.c.severity, incident.c.kecamatan, clock.c.phase, clock.c.subject,
        clock.c.due_at, clock.c.level,
    )
    .select_from(_CLOCKS).where(*_RUNNING, clock.c.level >= int(Level.WARNED))
    .order_by(clock.c.level, clock.c.due_at).limit(AT_RISK_LIMIT)
)
UNITS = Statement(
    select(unit.c.agency, unit.c.status, func.count().label("n")).where(_mine(unit))
    .group_by(unit.c.agency, unit.c.status).limit(1000)
)


async def read_stats(
    reader: Reader, since: datetime, until: datetime, now: datetime, tz: tzinfo, *, by: str = ""
) -> wire.Stats:
    """All numbers from one snapshot. ``by`` divides the phases by severity, type or kecamatan."""
    if by and by not in GROUPS:
        raise Invalid("bad_group", f"'by' is one of {', '.join(GROUPS)}", choices=", ".join(GROUPS))
    span = {"since": to_ms(since), "until": to_ms(until)}
    async with reader.snapshot() as snapshot:
        calls = await snapshot.all(CALLS, **span)
        phases = await snapshot.all(PHASES, **span)
        types, districts, hours = [
            await snapshot.all(statement, **span) for statement in (BY_TYPE, BY_KECAMATAN, BY_HOUR)
        ]
        lateness = sorted(row["lateness_ms"] for row in await snapshot.all(LATENESS, **span))
        sla = await _sla(snapshot)
        at_risk = [_at_risk(row, tz) for row in await snapshot.all(AT_RISK)]
        units = _units(await snapshot.all(UNITS))
        alarms, causes = await read_alarm_figures(snapshot, span["since"], span["until"], to_ms(now))
    return wire.Stats(
        from_=since.astimezone(tz), to=until.astimezone(tz), calls=count_calls(calls), phases=_phases(phases, by),
        sla=sla, at_risk=at_risk, units=units, types={row["key"]: row["n"] for row in types},
        districts={row["key"] or "-": row["n"] for row in districts},
        hours={f"{from_ms(row['key'], tz):%Y-%m-%d %H}": row["n"] for row in sorted(hours, key=itemgetter("key"))},
        lateness_ms=_spread_of_lateness(lateness), alarms=alarms, alarm_causes=causes,
    )


def nearest_rank(ordered: Sequence[int], share: float) -> int | None:
    """The smallest value with at least ``share`` of all at or below it; None of nothing."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def count_calls(rows: Iterable[Row]) -> dict[str, float]:
    """Offered, answered and lost calls; service level over calls that were not noise."""
    rows = list(rows)
    real = [row for row in rows if row["disposition"] not in NOISE]
    waits = sorted(row["answered_at"] - row["rang_at"] for row in real if row["answered_at"] is not None)
    lost = [
        row for row in real
        if row["answered_at"] is None and row["status"] in ("abandoned", "ended")
        and (row["ended_at"] or row["rang_at"]) - row["rang_at"] > ABANDON_GRACE_MS
    ]
    counts: dict[str, float] = {
        "offered": len(rows), "answered": len(waits), "abandoned": len(lost), "noise": len(rows) - len(real),
        "answered_15s": sum(wait <= ANSWER_LIMIT_MS for wait in waits),
    }
    if waits:
        counts["answered_15s_share"] = counts["answered_15s"] / len(waits)
        counts["answer_p50_s"] = (nearest_rank(waits, 0.5) or 0) / 1000
        counts["answer_p90_s"] = (nearest_rank(waits, 0.9) or 0) / 1000
    if rows:
        counts["noise_share"] = counts["noise"] / len(rows)
    return counts


def _phases(rows: list[Row], by: str) -> list[wire.PhaseStat]:
    """One line a phase (and group), in the order of the phases."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row["outcome"] in ("met", "missed") and row["stopped_at"] is not None:
            groups[(row["phase"], str(row[by] or "-") if by else "")].append(row)
    order = list(Phase)
    keys = sorted(groups, key=lambda key: (order.index(Phase(key[0])), key[1]))
    return [_phase(phase, group, groups[(phase, group)]) for phase, group in keys]


def _phase(phase: str, group: str, rows: list[Row]) -> wire.PhaseStat:
    taken = sorted(row["stopped_at"] - row["started_at"] - _paused(row) for row in rows)
    targets = {row["target_ms"] for row in rows}

    def seconds(share: float) -> float:
        return (nearest_rank(taken, share) or 0) / 1000

    return wire.PhaseStat(
        phase=phase, group=group, n=len(rows), p50=seconds(0.5), p90=seconds(0.9), p95=seconds(0.95),
        target_s=targets.pop() / 1000 if len(targets) == 1 else None,
        met_share=sum(row["outcome"] == "met" for row in rows) / len(rows),
    )


def _paused(row: Row) -> int:
    return wire_row.paused_ms(row["pauses"], row["stopped_at"])


async def _sla(snapshot: Snapshot) -> dict[str, int]:
    """Open clocks by state. A clock that stands still short of the last level is paused, unless parked."""
    counts: Counter[str] = Counter()
    for row in await snapshot.all(RUNNING):
        level = Level(row["level"])
        paused = bool(row["still"]) and level < Level.SERIOUS and not row["parked"]
        counts[state_of(level, "", paused=paused).value] += row["n"]
    return dict(counts)


def _at_risk(row: Row, tz: tzinfo) -> dict[str, Any]:
    return {
        "incident": row["number"], "type": row["type"], "severity": row["severity"], "kecamatan": row["kecamatan"],
        "phase": row["phase"], "subject": row["subject"], "due_at": from_ms(row["due_at"], tz),
        "state": state_of(Level(row["level"]), "", paused=False).value,
    }


def _units(rows: list[Row]) -> list[dict[str, Any]]:
    """Per agency: how many of each status, and in all."""
    agencies: dict[str, dict[str, Any]] = {}
    none: dict[str, Any] = {"total": 0, **{status.value: 0 for status in UnitStatus}}
    for row in rows:
        counts = agencies.setdefault(row["agency"], {"agency": row["agency"], **none})
        counts[row["status"]] = counts.get(row["status"], 0) + row["n"]
        counts["total"] += row["n"]
    return [agencies[code] for code in sorted(agencies)]


def _spread_of_lateness(ordered: list[int]) -> dict[str, float]:
    if not ordered:
        return {"n": 0}
    return {
        "n": len(ordered), "p50": nearest_rank(ordered, 0.5) or 0, "p99": nearest_rank(ordered, 0.99) or 0,
        "max": ordered[-1],
    }


# /metrics

OPEN_BY_SEVERITY = Statement(
    select(incident.c.severity.label("key"), func.count().label("n"))
    .where(_mine(incident), incident.c.is_open == 1).group_by(incident.c.severity)
)
CALLS_BY_STATUS = Statement(
    select(call.c.status.label("key"), func.count().label("n"))
    .where(_mine(call), call.c.status.in_(("ringing", "queued", "answered", "held", "wrap_up"))).group_by(call.c.status)
)
WAITING_MESSAGES = Statement(
    select(outbox.c.status.label("key"), func.count().label("n"))
    .where(_mine(outbox), outbox.c.critical.in_((0, 1)), outbox.c.next_at > 0)
    .group_by(outbox.c.status)
)
OPEN_ALARMS = Statement(
    select(alarm.c.level.label("key"), func.count().label("n"))
    .where(_mine(alarm), alarm.c.is_open == 1).group_by(alarm.c.level)
)
GAUGES = {
    ("kentongan_incidents_open", "severity"): OPEN_BY_SEVERITY,
    ("kentongan_calls_live", "status"): CALLS_BY_STATUS,
    ("kentongan_messages_waiting", "status"): WAITING_MESSAGES,
    ("kentongan_alarms_open", "level"): OPEN_ALARMS,
}


async def count_gauges(reader: Reader) -> dict[tuple[str, str], dict[str, int]]:
    """Metric name and label -> label value -> count. Label values are our own slugs, never outside text."""
    async with reader.snapshot() as snapshot:
        return {
            name: {str(row["key"] or "none"): row["n"] for row in await snapshot.all(statement)}
            for name, statement in GAUGES.items()
        }
