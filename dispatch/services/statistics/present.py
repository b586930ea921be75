"""What holds at this moment: open clocks by state, those at risk, units by agency."""

from __future__ import annotations

from collections import Counter
from datetime import tzinfo
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from dispatch.domain.clock import Level, state_of
from dispatch.domain.instant import from_ms
from dispatch.domain.transitions import UnitStatus
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import clock, incident, unit

AT_RISK_LIMIT = 20

_CLOCKS = incident.join(clock, and_(clock.c.centre == incident.c.centre, clock.c.incident_id == incident.c.id))
_OPEN_IDS = select(incident.c.id).where(incident.c.centre == bindparam("centre"), incident.c.is_open == 1)
_RUNNING = (clock.c.centre == bindparam("centre"), clock.c.incident_id.in_(_OPEN_IDS), clock.c.stopped_at.is_(None))
"""By way of the open incidents: a plain join made SQLite walk every clock ever started."""

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
    select(unit.c.agency, unit.c.status, func.count().label("n")).where(unit.c.centre == bindparam("centre"))
    .group_by(unit.c.agency, unit.c.status).limit(1000)
)


async def read_sla(snapshot: Snapshot) -> dict[str, int]:
    """Open clocks by state. A clock that stands still short of the last level is paused, unless parked."""
    counts: Counter[str] = Counter()
    for row in await snapshot.all(RUNNING):
        level = Level(row["level"])
        paused = bool(row["still"]) and level < Level.SERIOUS and not row["parked"]
        counts[state_of(level, "", paused=paused).value] += row["n"]
    return dict(counts)


async def read_at_risk(snapshot: Snapshot, tz: tzinfo) -> list[dict[str, Any]]:
    """The open clocks that have warned, the worst first."""
    return [
        {
            "incident": row["number"], "type": row["type"], "severity": row["severity"],
            "kecamatan": row["kecamatan"], "phase": row["phase"], "subject": row["subject"],
            "due_at": from_ms(row["due_at"], tz), "state": state_of(Level(row["level"]), "", paused=False).value,
        }
        for row in await snapshot.all(AT_RISK)
    ]


async def read_units(snapshot: Snapshot) -> list[dict[str, Any]]:
    """Per agency: how many of each status, and in all."""
    return _by_agency(await snapshot.all(UNITS))


def _by_agency(rows: list[Row]) -> list[dict[str, Any]]:
    agencies: dict[str, dict[str, Any]] = {}
    none: dict[str, Any] = {"total": 0, **{status.value: 0 for status in UnitStatus}}
    for row in rows:
        counts = agencies.setdefault(row["agency"], {"agency": row["agency"], **none})
        counts[row["status"]] = counts.get(row["status"], 0) + row["n"]
        counts["total"] += row["n"]
    return [agencies[code] for code in sorted(agencies)]
