"""The board, changed rows and one incident in full, each read on one snapshot. Owns these queries only.

The lists are bounded. Measured plans: every statement runs on an index of ``tables`` (the test
``test_board_plans`` explains them).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import Select, and_, bindparam, case, func, select

from dispatch import wire
from dispatch.domain.phone import mask_phone
from dispatch.errors import NotFound
from dispatch.storage import wire_row
from dispatch.storage.reach_row import reach_rows
from dispatch.storage.reaching import OF_INCIDENT, PAGES_OF_MANY
from dispatch.storage.reader import Reader, Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import (
    alarm,
    assignment,
    call,
    clock,
    dialogue,
    event,
    head,
    incident,
    operator,
    outbox,
    report,
    unit,
)

BOARD_LIMIT = 500
UNITS_LIMIT = 2_000
CALLS_LIMIT = 200
OPERATORS_LIMIT = 500
ALARMS_LIMIT = 300
TIMELINE_LIMIT = 200
REPORTS_LIMIT = 200
OF_INCIDENTS_LIMIT = 20_000
SLICE = 50
"""Incident rows built before the event loop gets a turn: about 2 ms."""
LIVE_CALLS = ("ringing", "queued", "answered", "held", "wrap_up")

HEAD_SEQ = Statement(select(head.c.seq).where(head.c.centre == bindparam("centre")))


def _mine(table: Any) -> Any:
    return table.c.centre == bindparam("centre")


def _numbered(table: Any, link: Any) -> Select[Any]:
    """All columns and the spoken number of the linked incident."""
    same = and_(incident.c.centre == table.c.centre, incident.c.id == link)
    return select(table, incident.c.number.label("incident_number")).select_from(table.outerjoin(incident, same))


_RANK = case({"critical": 1, "high": 2, "medium": 3, "low": 4}, value=incident.c.severity, else_=5)
_ROW_COLUMNS = [column for column in incident.columns if column.name not in ("decision", "rules_digest")]

OPEN_IDS = Statement(
    select(incident.c.id)
    .where(_mine(incident), incident.c.is_open == 1)
    .order_by(_RANK, incident.c.opened_at, incident.c.id)
    .limit(bindparam("most"))
)
"""Narrow on purpose: the sort holds ids, not rows."""
COUNT_OPEN = Statement(
    select(func.count().label("n")).select_from(incident).where(_mine(incident), incident.c.is_open == 1)
)
INCIDENTS = Statement(
    select(*_ROW_COLUMNS).where(_mine(incident), incident.c.id.in_(bindparam("ids", expanding=True))), many="ids"
)
ASSIGNMENTS = Statement(
    select(assignment)
    .where(_mine(assignment), assignment.c.incident_id.in_(bindparam("ids", expanding=True)))
    .limit(OF_INCIDENTS_LIMIT),
    many="ids",
)
_CLOCK_COLUMNS = [
    clock.c[name] for name in (
        "id", "incident_id", "phase", "subject", "started_at", "warn_at", "due_at", "level", "pauses", "stopped_at",
        "outcome", "lateness_ms",
    )
]
CLOCKS = Statement(
    select(*_CLOCK_COLUMNS)
    .where(_mine(clock), clock.c.incident_id.in_(bindparam("ids", expanding=True)))
    .limit(OF_INCIDENTS_LIMIT),
    many="ids",
)
QUIET = Statement(
    select(dialogue.c.incident_id)
    .where(_mine(dialogue), dialogue.c.incident_id.in_(bindparam("ids", expanding=True)), dialogue.c.quiet_by != "")
    .limit(OF_INCIDENTS_LIMIT),
    many="ids",
)
NUMBERS = Statement(
    select(incident.c.id, incident.c.number)
    .where(_mine(incident), incident.c.id.in_(bindparam("ids", expanding=True))),
    many="ids",
)
BY_NUMBER = Statement(
    select(incident).where(_mine(incident), incident.c.number == bindparam("number"))
    .order_by(incident.c.opened_at.desc()).limit(1)
)
_UNITS = _numbered(unit, unit.c.incident_id).where(_mine(unit)).order_by(unit.c.call_sign)
UNITS = Statement(_UNITS.limit(UNITS_LIMIT))
UNITS_OF = Statement(_UNITS.where(unit.c.call_sign.in_(bindparam("keys", expanding=True))), many="keys")
_CALLS = _numbered(call, call.c.incident_id).where(_mine(call))
CALLS = Statement(_CALLS.where(call.c.status.in_(LIVE_CALLS)).limit(CALLS_LIMIT))
CALLS_OF = Statement(_CALLS.where(call.c.id.in_(bindparam("keys", expanding=True))), many="keys")
_OPERATORS = select(operator).where(_mine(operator)).order_by(operator.c.name)
OPERATORS = Statement(_OPERATORS.where(operator.c.state.not_in(("", wire_row.OPERATOR_GONE))).limit(OPERATORS_LIMIT))
OPERATORS_OF = Statement(_OPERATORS.where(operator.c.name.in_(bindparam("keys", expanding=True))), many="keys")
_ALARMS = _numbered(alarm, alarm.c.incident_id).where(_mine(alarm)).order_by(alarm.c.level, alarm.c.at, alarm.c.id)
ALARMS = Statement(_ALARMS.where(alarm.c.is_open == 1).limit(ALARMS_LIMIT))
ALARMS_OF = Statement(_ALARMS.where(alarm.c.id.in_(bindparam("keys", expanding=True))), many="keys")
REPORTS = Statement(
    select(report).where(_mine(report), report.c.incident_id == bindparam("id"))
    .order_by((report.c.id + 0).desc()).limit(REPORTS_LIMIT)
)
"""The newest of them. '+ 0' keeps SQLite from walking the whole table by its key, here and below."""
TIMELINE = Statement(
    select(event).where(_mine(event), event.c.incident_id == bindparam("id"))
    .order_by(event.c.seq.desc()).limit(TIMELINE_LIMIT)
)
MESSAGES = Statement(
    select(outbox).where(_mine(outbox), outbox.c.incident_id == bindparam("id"))
    .order_by((outbox.c.id + 0).desc()).limit(REPORTS_LIMIT)
)


@dataclass(slots=True)
class Rows:
    """Rows as the wire shows them, at log position ``seq``. Alarms stay stored rows: their text has a language."""

    seq: int
    incidents: list[wire.IncidentRow] = field(default_factory=list)
    units: list[wire.UnitRow] = field(default_factory=list)
    calls: list[wire.CallRow] = field(default_factory=list)
    operators: list[wire.OperatorRow] = field(default_factory=list)
    alarms: list[Row] = field(default_factory=list)
    numbers: dict[int, int] = field(default_factory=dict)
    truncated: int = 0


async def head_seq(snapshot: Snapshot | Reader) -> int:
    """The last committed line of the log; 0 for an empty centre."""
    rows = await snapshot.all(HEAD_SEQ)
    return int(rows[0]["seq"]) if rows else 0


async def read_board(reader: Reader, tz: tzinfo, now: datetime, limit: int = BOARD_LIMIT) -> Rows:
    """Everything the boards show, the most severe and oldest first."""
    async with reader.snapshot() as snapshot:
        rows = Rows(await head_seq(snapshot))
        ids = [row["id"] for row in await snapshot.all(OPEN_IDS, most=limit)]
        if len(ids) == limit:
            rows.truncated = (await snapshot.all(COUNT_OPEN))[0]["n"] - limit
        rows.incidents = await _incidents(snapshot, ids, rows.numbers, tz, now)
        rows.units = [wire_row.unit_row(row, tz) for row in await snapshot.all(UNITS)]
        rows.calls = [wire_row.call_row(row, tz) for row in _in_order(await snapshot.all(CALLS), "rang_at")]
        rows.operators = [wire_row.operator_row(row, tz) for row in await snapshot.all(OPERATORS)]
        rows.alarms = await snapshot.all(ALARMS)
    return rows


async def read_rows(reader: Reader, keys: Iterable[str], tz: tzinfo, now: datetime, also: Iterable[int] = ()) -> Rows:
    """The rows behind feed keys; keys of parts unknown here are ignored. ``also``: ids whose numbers are needed."""
    wanted: dict[str, list[str]] = defaultdict(list)
    for key in sorted(keys):
        kind, _, name = key.partition(":")
        wanted[kind].append(name)
    async with reader.snapshot() as snapshot:
        rows = Rows(await head_seq(snapshot))
        ids = [int(name) for name in wanted["incident"]]
        rows.incidents = await _incidents(snapshot, ids, rows.numbers, tz, now)
        if wanted["unit"]:
            rows.units = [wire_row.unit_row(row, tz) for row in await snapshot.all(UNITS_OF, keys=wanted["unit"])]
        if wanted["call"]:
            found = await snapshot.all(CALLS_OF, keys=[int(name) for name in wanted["call"]])
            rows.calls = [wire_row.call_row(row, tz) for row in _in_order(found, "rang_at")]
        if wanted["operator"]:
            found = await snapshot.all(OPERATORS_OF, keys=wanted["operator"])
            rows.operators = [wire_row.operator_row(row, tz) for row in found]
        if wanted["alarm"]:
            rows.alarms = await snapshot.all(ALARMS_OF, keys=[int(name) for name in wanted["alarm"]])
        await _learn_numbers(snapshot, also, rows.numbers)
    return rows


async def _incidents(
    snapshot: Snapshot, ids: list[int], numbers: dict[int, int], tz: tzinfo, now: datetime
) -> list[wire.IncidentRow]:
    """Incident rows in the order of ``ids``, with assignments and clocks: four statements for any number."""
    if not ids:
        return []
    found = {row["id"]: row for row in await snapshot.all(INCIDENTS, ids=ids)}
    assignments = _grouped(await snapshot.all(ASSIGNMENTS, ids=ids))
    clocks = _grouped(await snapshot.all(CLOCKS, ids=ids))
    quiet = {row["incident_id"] for row in await snapshot.all(QUIET, ids=ids)}
    numbers |= {id_: row["number"] for id_, row in found.items()}
    await _learn_numbers(snapshot, (row["merged_into"] for row in found.values()), numbers)
    rows: list[wire.IncidentRow] = []
    for position, id_ in enumerate(id_ for id_ in ids if id_ in found):
        if position % SLICE == SLICE - 1:
            await asyncio.sleep(0)  # a webhook must not wait until a whole board is built
        rows.append(wire_row.incident_row(
            found[id_], assignments[id_], clocks[id_], numbers, tz, now, quiet=id_ in quiet
        ))
    return rows


async def _learn_numbers(snapshot: Snapshot, ids: Iterable[int | None], numbers: dict[int, int]) -> None:
    missing = sorted({id_ for id_ in ids if id_ is not None} - numbers.keys())
    if missing:
        numbers |= {row["id"]: row["number"] for row in await snapshot.all(NUMBERS, ids=missing)}


def _grouped(rows: list[Row]) -> defaultdict[int, list[Row]]:
    """By incident, oldest first."""
    groups: defaultdict[int, list[Row]] = defaultdict(list)
    for row in _in_order(rows, "id"):
        groups[row["incident_id"]].append(row)
    return groups


def _in_order(rows: list[Row], column: str) -> list[Row]:
    """Sorted here where an ORDER BY would make SQLite walk the whole table along that column's index."""
    return sorted(rows, key=itemgetter(column))


async def read_incident(reader: Reader, number: int, tz: tzinfo, now: datetime) -> wire.IncidentRow | None:
    """The newest incident of a spoken number, or None."""
    async with reader.snapshot() as snapshot:
        found = await snapshot.all(BY_NUMBER, number=number)
        rows = await _incidents(snapshot, [found[0]["id"]], {}, tz, now) if found else []
    return rows[0] if rows else None


async def read_detail(
    reader: Reader, number: int, tz: tzinfo, now: datetime, *, lang: str, full_phone: bool
) -> tuple[wire.IncidentDetail, Row]:
    """One incident with its reports, chronology (newest first), decision and messages, and its stored row.

    Raises NotFound.
    """
    async with reader.snapshot() as snapshot:
        found = await snapshot.all(BY_NUMBER, number=number)
        if not found:
            raise NotFound("no_incident", f"no incident {number}", number=number)
        id_ = found[0]["id"]
        [row] = await _incidents(snapshot, [id_], {}, tz, now)
        reports = await snapshot.all(REPORTS, id=id_)
        timeline = await snapshot.all(TIMELINE, id=id_)
        messages = await snapshot.all(MESSAGES, id=id_)
        steps = await snapshot.all(OF_INCIDENT, incident_id=id_)
        pages = await snapshot.all(PAGES_OF_MANY, ids=sorted({s["assignment_id"] for s in steps})) if steps else []
    subjects = {item.id: item.unit or item.agency for item in row.assignments}
    detail = wire.IncidentDetail(
        incident=row,
        reports=[wire_row.report_row(item, tz, full_phone=full_phone) for item in reversed(reports)],
        timeline=[wire_row.log_line(line, row.number, tz, lang) for line in timeline],
        decision=decision_of(found[0]),
        caller_name=found[0]["caller_name"] if full_phone else row.caller_name,
        callback=found[0]["callback"] if full_phone else row.callback,
        messages=[_message(item, tz) for item in messages],
        reaching=reach_rows(steps, pages, messages, subjects, tz),
    )
    return detail, found[0]


def decision_of(row: Row) -> dict[str, Any]:
    """The stored trace of the decision, and with it the rules that raised for what was noted of the scene."""
    decision: dict[str, Any] = msgspec.json.decode(row["decision"])
    raised = msgspec.json.decode(row["scene"]).get("raised") or []
    return {**decision, "raised": raised} if raised else decision


def _message(row: Row, tz: tzinfo) -> dict[str, Any]:
    """An outgoing message as the chronology shows it; the receiver's number stays masked."""
    return {
        "id": row["id"], "purpose": row["purpose"], "channel": row["channel"],
        "to": mask_phone(row["recipient"]), "body": row["body"], "status": row["status"],
        "attempts": row["attempts"], "error": row["error"], "driver": row["driver"],
        "created_at": wire_row.at(row["created_at"], tz), "accepted_at": wire_row.at(row["accepted_at"], tz),
        "delivered_at": wire_row.at(row["delivered_at"], tz),
    }
