"""The second pair of eyes on the clocks: derives what should have fired, without trusting what the sweep stored.

Reads only, and never the sweep's own ``next_at``: the instants are derived anew from start, target,
calendar and pauses. Run in a process of its own (``kentongan watch``), so that whatever stops the
server's sweep cannot stop this too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select

from dispatch.domain.clock import Clock, Level, deadlines
from dispatch.domain.instant import to_ms
from dispatch.domain.routing import RuleSet
from dispatch.storage.clocks import clock_of
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import clock, incident

GRACE = timedelta(seconds=2)
MOST = 5_000

C = clock.c
MAY_BE_DUE = Statement(
    select(clock, incident.c.number)
    .select_from(clock.join(incident, (incident.c.centre == C.centre) & (incident.c.id == C.incident_id)))
    .where(C.centre == bindparam("centre"), C.stopped_at.is_(None), C.level < int(Level.SERIOUS))
    # The earliest any level can be due: pauses and calendars only ever move it later.
    .where(C.started_at + C.target_ms * 3 / 4 <= bindparam("before"))
    .limit(MOST)
)


@dataclass(frozen=True, slots=True)
class Unfired:
    """A level that was due at ``due_at`` and has not fired. ``parked`` says why, when the sweep gave it up."""

    clock_id: int
    number: int
    phase: str
    subject: str
    severity: str
    level: Level
    due_at: datetime
    parked: str = ""


def overdue_level(item: Clock, rules: RuleSet, now: datetime) -> tuple[Level, datetime] | None:
    """The level that should have fired by ``now`` but has not, and when; None when all is well."""
    if item.is_paused or item.level is Level.SERIOUS:
        return None
    due = deadlines(item.started_at, item.target, rules.calendars[item.calendar], item.pauses).at(item.level)
    return (Level(item.level + 1), due) if due is not None and due <= now else None


def judge(row: Row, rules: RuleSet, now: datetime) -> Unfired | None:
    """One stored clock; a row that cannot be read counts as unfired since its start."""
    try:
        item = clock_of(row)
        found = overdue_level(item, rules, now)
    except (ValueError, KeyError) as error:
        found, reason = (Level.WARNED, now), f"{type(error).__name__}: {error}"
    else:
        reason = row["parked"]
    if found is None:
        return None
    return Unfired(
        row["id"], row["number"], row["phase"], row["subject"], row["severity"], found[0], found[1], reason
    )


async def find_unfired(reader: Reader, rules: RuleSet, now: datetime, grace: timedelta = GRACE) -> list[Unfired]:
    """All clocks with a level due more than ``grace`` ago that has not fired, most severe first."""
    before = now - grace
    rows = await reader.all(MAY_BE_DUE, before=to_ms(before))
    found = [unfired for row in rows if (unfired := judge(row, rules, before)) is not None]
    return sorted(found, key=lambda u: (u.severity != "critical", u.due_at))
