"""What really happened in an exercise, read from its own database: what its steps became, and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.clock import Level
from dispatch.domain.instant import from_ms, to_ms
from dispatch.storage.inspection import Inspection
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment, call, clock, event, incident, report, unit
from dispatch.training.run import Run, key_of
from dispatch.training.scenario import Expected, Step

CALL_STATE = Statement(
    select(call.c.status, call.c.answered_at, call.c.ended_at, call.c.disposition, call.c.rang_at, call.c.incident_id,
           call.c.id, call.c.steps)
    .where(call.c.centre == bindparam("centre"), call.c.external_id == bindparam("external_id"))
)
REPORT = Statement(
    select(report.c.incident_id, report.c.received_at).where(
        report.c.centre == bindparam("centre"), report.c.channel == bindparam("channel"),
        report.c.external_id == bindparam("external_id"),
    )
)
INCIDENT = Statement(
    select(incident).where(incident.c.centre == bindparam("centre"), incident.c.id == bindparam("id"))
)
ASSIGNMENTS = Statement(
    select(assignment.c.unit, assignment.c.agency, assignment.c.status).where(
        assignment.c.centre == bindparam("centre"), assignment.c.incident_id == bindparam("id")
    )
)
CLOCKS = Statement(
    select(clock.c.phase, clock.c.due_at, clock.c.stopped_at, clock.c.outcome, clock.c.level, clock.c.next_at).where(
        clock.c.centre == bindparam("centre"), clock.c.incident_id == bindparam("id")
    )
)
LAST_EVENT = Statement(
    select(event.c.at).where(event.c.centre == bindparam("centre")).order_by(event.c.seq.desc()).limit(1)
)
UNIT_PHONES = Statement(
    select(unit.c.call_sign, unit.c.phone).where(unit.c.centre == bindparam("centre")).order_by(unit.c.call_sign)
)
PREFIX = {"sms": "SM", "whatsapp": "SM", "call": "CA", "web": ""}
NOT_SENT = frozenset({"declined", "timed_out", "withdrawn", "diverted"})
MERGES = 20
"""A chain of merges is followed so far."""


class LineState(NamedTuple):
    """``attempt`` counts how often somebody has answered: it names the operator's phone that rings for it now."""

    call_id: int = 0
    status: str = ""
    attempt: int = 0


class CallFact(msgspec.Struct, frozen=True, kw_only=True):
    rang_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    disposition: str
    abandoned: bool


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One expected event as it went. ``numbers``: the incidents it is spread over, the one worked on first.

    All of the incident's own fields are those of the first number; '' or None where there is none.
    ``missed``: phase -> clocks that ran out, of all its incidents. ``arrived``: contacts the server has.
    """

    key: str
    arrived: int = 0
    channel: str = ""
    numbers: tuple[int, ...] = ()
    first_at: datetime | None = None
    seen_at: datetime | None = None
    triaged_at: datetime | None = None
    dispatched_at: datetime | None = None
    closed_at: datetime | None = None
    type: str = ""
    subtype: str = ""
    severity: str = ""
    kecamatan: str = ""
    desa: str = ""
    disposition: str = ""
    units: dict[str, int] = {}
    calls: tuple[CallFact, ...] = ()
    clocks: int = 0
    missed: dict[str, int] = {}


def read_facts(found: Inspection, run: Run, now: datetime) -> list[Happened]:
    """What became of every expected event, in the scenario's order. ``now``: when what still runs is judged."""
    steps: dict[str, list[tuple[int, Step]]] = {}
    for index, step in enumerate(run.scenario.steps):
        steps.setdefault(step.event, []).append((index, step))
    return [_happened(found, run, wanted, steps.get(wanted.key, []), now) for wanted in run.scenario.expected]


def _happened(
    found: Inspection, run: Run, wanted: Expected, steps: Sequence[tuple[int, Step]], now: datetime
) -> Happened:
    first_at: list[int] = []
    channels: list[str] = []
    ids: list[int] = []
    calls: list[CallFact] = []
    for index, step in steps:
        external_id = PREFIX[step.channel] + key_of(run.id, index)
        row = _first(found, CALL_STATE if step.channel == "call" else REPORT, run, step, external_id)
        if row is None:
            continue
        first_at.append(row["rang_at"] if step.channel == "call" else row["received_at"])
        channels.append(step.channel)
        if step.channel == "call":
            calls.append(_call_fact(row))
        if row["incident_id"] is not None:
            ids.append(row["incident_id"])
    rows = surviving(found, run.centre, ids)
    start = min(first_at, default=None)
    return _filled(
        found, run, Happened(
            key=wanted.key, arrived=len(first_at), channel=channels[first_at.index(start)] if start is not None else "",
            first_at=None if start is None else from_ms(start), calls=tuple(calls),
        ), rows, now,
    )


def _first(found: Inspection, statement: Statement, run: Run, step: Step, external_id: str) -> Row | None:
    given = {"centre": run.centre, "external_id": external_id}
    rows = found.all(statement, **given) if step.channel == "call" else found.all(
        statement, channel=step.channel, **given
    )
    return rows[0] if rows else None


def _call_fact(row: Row) -> CallFact:
    return CallFact(
        rang_at=from_ms(row["rang_at"]), answered_at=_moment(row["answered_at"]), ended_at=_moment(row["ended_at"]),
        disposition=row["disposition"], abandoned=row["answered_at"] is None and row["ended_at"] is not None,
    )


def _moment(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else from_ms(at_ms)


def surviving(found: Inspection, centre: str, ids: Iterable[int]) -> list[Row]:
    """The incidents that are left after merging: whoever was sent somebody first, then the oldest."""
    kept: dict[int, Row] = {}
    for wanted in ids:
        row: Row | None = None
        following: int | None = wanted
        for _ in range(MERGES):
            rows = found.all(INCIDENT, centre=centre, id=following) if following is not None else []
            if not rows:
                break
            row, following = rows[0], rows[0]["merged_into"]
        if row is not None:
            kept[row["id"]] = row
    return sorted(kept.values(), key=lambda row: (row["dispatched_at"] is None, row["opened_at"], row["id"]))


def _filled(found: Inspection, run: Run, happened: Happened, rows: Sequence[Row], now: datetime) -> Happened:
    if not rows:
        return happened
    main = rows[0]
    units: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    clocks = 0
    for row in rows:
        sent = found.all(ASSIGNMENTS, centre=run.centre, id=row["id"])
        units.update(item["agency"] for item in sent if item["status"] not in NOT_SENT)
        counted = [c for c in found.all(CLOCKS, centre=run.centre, id=row["id"]) if c["outcome"] != "cancelled"]
        clocks += len(counted)
        missed.update(c["phase"] for c in counted if _is_missed(c, now))
    place = msgspec.json.decode(main["place"])
    return msgspec.structs.replace(
        happened, numbers=tuple(row["number"] for row in rows), seen_at=_moment(main["seen_at"]),
        triaged_at=_moment(main["triaged_at"]), dispatched_at=_moment(main["dispatched_at"]),
        closed_at=_moment(main["closed_at"]), type=main["type"], subtype=main["subtype"],
        severity=main["severity"] or "", kecamatan=main["kecamatan"], desa=str(place.get("desa") or ""),
        disposition=main["disposition"], units=dict(units), clocks=clocks, missed=dict(missed),
    )


def _is_missed(row: Row, now: datetime) -> bool:
    """It ran out, or it still runs and its time is over; one that stands still is not judged."""
    if row["outcome"]:
        return bool(row["outcome"] == "missed")
    return row["level"] >= Level.BREACHED or (row["next_at"] is not None and row["due_at"] < to_ms(now))


def last_moment(found: Inspection, run: Run) -> datetime:
    """When the last thing was written down; an exercise nobody ended is over then."""
    rows = found.all(LAST_EVENT, centre=run.centre)
    return from_ms(rows[0]["at"]) if rows else run.started_at


def unit_phones(found: Inspection, centre: str) -> dict[str, str]:
    """Call sign -> number of every unit that has one."""
    return {row["call_sign"]: row["phone"] for row in found.all(UNIT_PHONES, centre=centre) if row["phone"]}


def call_state(found: Inspection, centre: str, external_id: str) -> LineState:
    """A call by the provider's id; status '' while the server does not know it."""
    rows = found.all(CALL_STATE, centre=centre, external_id=external_id)
    if not rows:
        return LineState()
    answered = sum(step["step"] == "answered" for step in msgspec.json.decode(rows[0]["steps"]))
    return LineState(rows[0]["id"], rows[0]["status"], answered)
