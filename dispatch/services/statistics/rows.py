"""The rows that figures are made of, one statement a population. Owns limits: a span that is cut says so."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from sqlalchemy import and_, bindparam, select

from dispatch.domain.severity import Severity
from dispatch.services.statistics.window import NARROW, Window
from dispatch.storage import wire_row
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, assignment, call, clock, event, incident
from dispatch.storage.transaction import json_value

ROWS_LIMIT = 200_000
"""Of one statement. A year of a busy centre has more clocks; then the answer names what was cut."""
HANDFUL = 1_000
MARKS = (
    "incident.located", "incident.split", "incident.severity_changed", "command.undone", "remark.added",
    "question.asked",
)
"""Events that say how an incident was worked on."""
CARD = '"card":true'
"""In a remark that holds the answers of a protocol card."""
WITH_DATA = frozenset({"incident.severity_changed"})

_OF_INCIDENT = (incident.c.number, incident.c.type, incident.c.severity, incident.c.kecamatan)
_OPENED = (
    incident.c.centre == bindparam("centre"), incident.c.opened_at >= bindparam("since"),
    incident.c.opened_at < bindparam("until"), *NARROW,
)


def _beside(table: Any) -> Any:
    return and_(table.c.centre == incident.c.centre, table.c.incident_id == incident.c.id)


def _made_by(table: Any) -> Any:
    return and_(incident.c.centre == table.c.centre, incident.c.id == table.c.incident_id)


def _between(column: Any) -> tuple[Any, ...]:
    return (column.table.c.centre == bindparam("centre"), column >= bindparam("since"), column < bindparam("until"))


CALLS = Statement(
    select(
        call.c.id, call.c.rang_at.label("at"), call.c.answered_at, call.c.ended_at, call.c.status, call.c.disposition,
        call.c.repeat, call.c.operator, call.c.incident_id, incident.c.summary, *_OF_INCIDENT,
    )
    .select_from(call.outerjoin(incident, _made_by(call)))
    .where(*_between(call.c.rang_at), *NARROW).order_by(call.c.rang_at).limit(ROWS_LIMIT)
)
INCIDENTS = Statement(
    select(
        incident.c.id, incident.c.opened_at.label("at"), incident.c.triaged_at, incident.c.dispatched_at,
        incident.c.on_scene_at, incident.c.status, incident.c.subtype, incident.c.channel, incident.c.merged_into,
        incident.c.owner, incident.c.place.like('%"verified":true%').label("verified"), *_OF_INCIDENT,
    )
    .where(*_OPENED).order_by(incident.c.opened_at).limit(ROWS_LIMIT)
)
CLOCKS = Statement(
    select(
        clock.c.incident_id, clock.c.phase, clock.c.subject, clock.c.started_at.label("at"), clock.c.stopped_at,
        clock.c.target_ms, clock.c.outcome, clock.c.pauses, clock.c.lateness_ms, *_OF_INCIDENT,
    )
    .select_from(incident.join(clock, _beside(clock))).where(*_OPENED).limit(ROWS_LIMIT)
)
SENT = Statement(
    select(assignment.c.incident_id, assignment.c.times)
    .select_from(incident.join(assignment, _beside(assignment)))
    .where(*_OPENED, incident.c.dispatched_at.is_not(None)).limit(ROWS_LIMIT)
)
WORKED = Statement(
    select(event.c.incident_id, event.c.at, event.c.kind, event.c.data)
    .select_from(incident.join(event, _beside(event))).where(*_OPENED, event.c.kind.in_(MARKS)).limit(ROWS_LIMIT)
)
ALARMS = Statement(
    select(
        alarm.c.id, alarm.c.at, alarm.c.level, alarm.c.kind, alarm.c.phase, alarm.c.acknowledged_at,
        alarm.c.acknowledged_by, *_OF_INCIDENT,
    )
    .select_from(alarm.outerjoin(incident, _made_by(alarm)))
    .where(*_between(alarm.c.at), *NARROW).limit(ROWS_LIMIT)
)


class Gathered:
    """Rows of one window, read from one snapshot. ``truncated`` names what did not fit."""

    def __init__(self) -> None:
        self.calls: list[Row] = []
        self.incidents: list[Row] = []
        self.clocks: list[Row] = []
        self.alarms: list[Row] = []
        self.sent: list[Row] = []
        self.worked: list[Row] = []
        self._phases: dict[str, list[Row]] = {}

    @property
    def truncated(self) -> list[str]:
        return [name for name, rows in vars(self).items() if isinstance(rows, list) and len(rows) >= ROWS_LIMIT]

    def population(self, name: str, part: str = "") -> list[Row]:
        """``part``: only the clocks of that phase; they are told apart once, not once a figure."""
        if not part:
            rows: list[Row] = getattr(self, name)
            return rows
        if not self._phases:
            for row in self.clocks:
                self._phases.setdefault(row["phase"], []).append(row)
        return self._phases.get(part, [])


    def release(self) -> None:
        """Let go of the rows in handfuls: a hundred thousand at once would hold up every other thread."""
        kept = (self.calls, self.incidents, self.clocks, self.alarms, self.sent, self.worked)
        for rows in (*self._phases.values(), *kept):
            while rows:
                del rows[-HANDFUL:]


async def gather(snapshot: Snapshot, window: Window, *, only: str = "") -> Gathered:
    """Everything of the window, or what the figures of one population need."""
    found, given = Gathered(), window.given
    if only in ("", "calls"):
        found.calls = await snapshot.all(CALLS, **given)
    if only in ("", "incidents"):
        found.incidents = await snapshot.all(INCIDENTS, **given)
        found.sent = await snapshot.all(SENT, **given)
    if only in ("", "incidents", "calls"):
        found.worked = await snapshot.all(WORKED, **given)
    if only in ("", "incidents", "clocks"):
        found.clocks = await snapshot.all(CLOCKS, **given)
    if only in ("", "alarms"):
        found.alarms = await snapshot.all(ALARMS, **given)
    return found


def join_rows(found: Gathered) -> None:
    """Put beside each incident and call what its events, assignments and clocks say. Pure but for the rows."""
    marks: dict[int, list[Row]] = defaultdict(list)
    for row in found.worked:
        marks[row["incident_id"]].append(row)
    sent: dict[int, list[dict[str, int]]] = defaultdict(list)
    for row in found.sent:
        sent[row["incident_id"]].append(json_value(row["times"]))
    missed = {row["incident_id"] for row in found.clocks if row["outcome"] == "missed" and row["phase"] != "resolve"}
    for item in found.incidents:
        item |= _worked(marks[item["id"]]) | _first_unit(sent[item["id"]])
        item["late"] = item["id"] in missed
    for item in found.calls:
        item["noted"] = bool(item["summary"]) or any(m["kind"] == "remark.added" for m in marks[item["incident_id"]])


def _worked(marks: list[Row]) -> Row:
    kinds = [mark["kind"] for mark in marks]
    lowered = [change for mark in marks if mark["kind"] in WITH_DATA and _is_lower(change := json_value(mark["data"]))]
    return {
        "located_at": min((mark["at"] for mark in marks if mark["kind"] == "incident.located"), default=None),
        "unmerged": kinds.count("incident.split"), "undone": kinds.count("command.undone"),
        "asked": sum(mark["kind"] == "question.asked" or CARD in mark["data"] for mark in marks),
        "lowered": len(lowered), "lowered_silently": sum(not change.get("reason") for change in lowered),
    }


def _is_lower(change: dict[str, Any]) -> bool:
    before, after = change.get("before"), change.get("severity")
    return before is not None and after is not None and Severity(after).rank > Severity(before).rank


def _first_unit(sent: list[dict[str, int]]) -> Row:
    """Turnout and travel of the unit that arrived first; of the first to move while nobody has."""
    gone = [times for times in sent if "assigned" in times and "en_route" in times]
    arrived = [times for times in gone if "on_scene" in times]
    first = min(arrived, key=lambda t: t["on_scene"], default=min(gone, key=lambda t: t["en_route"], default=None))
    if first is None:
        return {"turnout_ms": None, "travel_ms": None}
    return {
        "turnout_ms": first["en_route"] - first["assigned"],
        "travel_ms": first["on_scene"] - first["en_route"] if "on_scene" in first else None,
    }


def taken_ms(row: Row) -> int:
    """How long a stopped clock ran, pauses not counted."""
    return int(row["stopped_at"] - row["at"] - wire_row.paused_ms(row["pauses"], row["stopped_at"]))
