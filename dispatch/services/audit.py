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
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.policy import PENDING
from dispatch.domain.routing import RuleSet
from dispatch.storage.clocks import clock_of
from dispatch.storage.reaching import STOPPABLE
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment, clock, incident, reach_step

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

UNANSWERED = Statement(
    select(reach_step, assignment.c.unit, assignment.c.agency, incident.c.number, incident.c.severity)
    .select_from(
        assignment
        .join(reach_step, (reach_step.c.centre == assignment.c.centre)
              & (reach_step.c.assignment_id == assignment.c.id))
        .join(incident, (incident.c.centre == assignment.c.centre) & (incident.c.id == assignment.c.incident_id))
    )
    .where(assignment.c.centre == bindparam("centre"), assignment.c.is_live == 1)
    .where(assignment.c.status.in_(sorted(PENDING)))
    .order_by(reach_step.c.id + 0)  # not by the key: SQLite would walk the table along it
    .limit(MOST)
)
"""Steps of every team that has not answered, oldest first."""


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


def judge_steps(rows: list[Row], now: datetime) -> Unfired | None:
    """The steps of one unanswered assignment, in order: the first that waits is due its wait after the last that fired,
    whatever moment the sweep has stored for it; only quiet hours are taken from there."""
    waiting = next((row for row in rows if row["state"] in STOPPABLE), None)
    if waiting is None:
        return None
    fired = [row["fired_at"] for row in rows if row["fired_at"] is not None and row["id"] < waiting["id"]]
    due_ms = fired[-1] + waiting["after_ms"] if fired else waiting["due_at"]
    if waiting["state"] == "held":
        due_ms = waiting["next_at"] or due_ms
    if due_ms > to_ms(now):
        return None
    return Unfired(
        waiting["id"], waiting["number"], "reach", waiting["unit"] or waiting["agency"], waiting["severity"] or "",
        Level.BREACHED, from_ms(due_ms),
    )


async def find_unfired(reader: Reader, rules: RuleSet, now: datetime, grace: timedelta = GRACE) -> list[Unfired]:
    """All clocks with a level, and all escalations with a step, due more than ``grace`` ago that has not fired, most
    severe first."""
    before = now - grace
    steps: dict[int, list[Row]] = {}
    for row in await reader.all(UNANSWERED):
        steps.setdefault(row["assignment_id"], []).append(row)
    rows = await reader.all(MAY_BE_DUE, before=to_ms(before))
    found = [unfired for row in rows if (unfired := judge(row, rules, before)) is not None]
    found += [unfired for mine in steps.values() if (unfired := judge_steps(mine, before)) is not None]
    return sorted(found, key=lambda u: (u.severity != "critical", u.due_at))
