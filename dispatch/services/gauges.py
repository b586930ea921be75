"""The gauges of /metrics that stand in the database. Reads only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select

from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import alarm, call, incident, outbox


def _mine(table: Any) -> Any:
    return table.c.centre == bindparam("centre")


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


NEVER_ABSENT = {
    "kentongan_incidents_open": ("critical", "high", "medium", "low"),
    "kentongan_calls_live": ("ringing", "answered"),
    "kentongan_messages_waiting": ("pending",),
    "kentongan_alarms_open": ("1", "2", "3"),
}
"""Told as 0 while there are none: a series that comes and goes cannot be watched."""


async def count_gauges(reader: Reader) -> dict[tuple[str, str], dict[str, int]]:
    """Metric name and label -> label value -> count. Label values are our own slugs, never outside text."""
    async with reader.snapshot() as snapshot:
        return {
            (name, label): dict.fromkeys(NEVER_ABSENT[name], 0)
            | {str(row["key"] or "none"): row["n"] for row in await snapshot.all(statement)}
            for (name, label), statement in GAUGES.items()
        }
