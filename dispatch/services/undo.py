"""Undo: an operator's own last command is compensated within 60 seconds, never erased.

Before an undoable command, the rows it may change are kept; undo puts them back as new versions, ends
what the command created, and tells the crews. The log keeps both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.scene import Scene
from dispatch.domain.transitions import AssignmentStatus
from dispatch.errors import NotFound, Refused, StaleVersion
from dispatch.services.alarms import clear_alarm
from dispatch.services.clocks import show_alarm
from dispatch.services.danger import tell_danger
from dispatch.services.knowledge import Knowledge
from dispatch.services.labels import forget_answers
from dispatch.services.merging import last_merge, merge_incidents, split_incident
from dispatch.services.notices import notify_withdrawal
from dispatch.services.policy import resume_reaching, stop_reaching
from dispatch.services.units import refresh_unit
from dispatch.storage import assignments as stored_assignments
from dispatch.storage import clocks as stored_clocks
from dispatch.storage import incidents as stored_incidents
from dispatch.storage.assignments import assignment_of, live_assignments_of, save_assignment
from dispatch.storage.clocks import clock_of, fetch_clock_row
from dispatch.storage.incidents import fetch_incident, incident_of
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment, clock, command_log, incident, unit
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit

UNDO_S = 60
PASSED_OVER = ("open", "acknowledge", "seat", "undo", "handover")
"""Commands that change nothing an operator would want back: the last one before them is meant."""
CANNOT_UNDO, DID_NOTHING = "{}", ""
"""Instead of a record: a command that cannot be taken back, and one that changed nothing, which U passes over."""
C = command_log.c
LATEST_OF = Statement(
    select(command_log)
    .where(C.centre == bindparam("centre"), C.actor == bindparam("actor"), C.at >= bindparam("since"))
    .where(C.undone_at.is_(None), C.command.not_in(PASSED_OVER), C.undo != DID_NOTHING)
    .order_by(C.seq.desc())
    .limit(50)
)
"""Newest first; nobody types more in a minute."""
KEPT_INCIDENT = frozenset({"centre", "id", "number", "version", "updated_at", "last_actor", "reports", "decision"})
"""Columns undo leaves alone: identity, the version (it only grows), and what callers added meanwhile."""


@dataclass
class Before:
    """Rows as they were before a command, of those that it changed.

    ``after`` maps incident id to its version after it, ``left`` assignment id to the row it left behind;
    the ``new`` ones are what it made.
    """

    incidents: list[Row] = field(default_factory=list)
    assignments: list[Row] = field(default_factory=list)
    clocks: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)
    after: dict[str, int] = field(default_factory=dict)
    left: dict[str, Row] = field(default_factory=dict)
    new_assignments: list[int] = field(default_factory=list)
    new_clocks: list[int] = field(default_factory=list)
    live: dict[str, list[int]] = field(default_factory=dict)
    """Incident id to the assignments that were live after it."""
    inverse: tuple[str, int, int] | None = None
    """Merge or split, the incident, its survivor: undone by doing this instead of putting rows back."""


def remember(tx: Tx, incident_ids: list[int], call_signs: list[str]) -> Before:
    """Keep the rows a command on these incidents and units may change."""
    before = Before()
    for incident_id in dict.fromkeys(incident_ids):
        row = tx.first(stored_incidents.BY_ID, id=incident_id)
        if row is not None:
            before.incidents.append(row)
            before.assignments += tx.all(stored_assignments.OF_INCIDENT, incident_id=incident_id)
            before.clocks += tx.all(stored_clocks.OF_INCIDENT, incident_id=incident_id)
    before.units = [row for sign in dict.fromkeys(call_signs) if (row := find_unit(tx, sign)) is not None]
    return before


def remember_inverse(tx: Tx, verb: str, incident_id: int, survivor_id: int) -> Before:
    """For a merge or a split: the opposite, with the versions it left behind."""
    rows = [_row_of(tx, incident_id), _row_of(tx, survivor_id)]
    return Before(incidents=rows, inverse=(verb, incident_id, survivor_id))


def undo_record(tx: Tx, before: Before) -> str:
    """JSON to store beside the command: what it changed and made, with the versions it left behind.

    What it did not change is none of undo's business: a crew's answer since then must stay.
    """
    assignments: dict[int, Row] = {}
    clocks: dict[int, Row] = {}
    for row in before.incidents:
        current = tx.first(stored_incidents.BY_ID, id=row["id"])
        before.after[str(row["id"])] = current["version"] if current else 0
        assignments |= {r["id"]: r for r in tx.all(stored_assignments.OF_INCIDENT, incident_id=row["id"])}
        before.live[str(row["id"])] = _live_on(tx, row["id"])
        clocks |= {r["id"]: r for r in tx.all(stored_clocks.OF_INCIDENT, incident_id=row["id"])}
    before.new_assignments = sorted(assignments.keys() - {row["id"] for row in before.assignments})
    before.new_clocks = sorted(clocks.keys() - {row["id"] for row in before.clocks})
    before.assignments = [row for row in before.assignments if assignments[row["id"]] != row]
    before.left = {str(row["id"]): assignments[row["id"]] for row in before.assignments}
    before.clocks = [row for row in before.clocks if clocks[row["id"]] != row]
    before.units = [row for row in before.units if _flags(find_unit(tx, row["call_sign"]) or row) != _flags(row)]
    return msgspec.json.encode(before).decode()


def _flags(row: Row) -> Row:
    return {name: row[name] for name in ("out_of_service", "no_contact", "note", "crew")}


def undo_last(tx: Tx, actor: str, knowledge: Knowledge) -> tuple[Row, list[str], dict[int, Scene]]:
    """Compensate the actor's last command of the last 60 s. Returns its row, the feed keys and, by incident, the scene
    as it was noted until now.

    Raises NotFound when there is none, Refused when its kind cannot be undone, StaleVersion when somebody
    changed the incident since.
    """
    latest = tx.all(LATEST_OF, actor=actor, since=tx.now_ms - UNDO_S * 1000)
    if not latest:
        raise NotFound("nothing_to_undo", "nothing of yours to undo in the last 60 seconds")
    row, *older = latest
    if row["undo"] == CANNOT_UNDO:
        # Not an older one instead: the operator means what they did last.
        raise Refused("cannot_undo", f"'{row['command']}' cannot be undone", command=row["command"])
    before = msgspec.json.decode(row["undo"], type=Before)
    for kept in before.incidents:
        _require_untouched(tx, kept, before)
    scenes = {kept["id"]: fetch_incident(tx, kept["id"]).scene for kept in before.incidents}
    touched = _invert(tx, before, actor, knowledge) if before.inverse else _put_back(tx, before, actor, knowledge)
    forget_answers(tx, [kept["id"] for kept in before.incidents], actor, row["at"])
    tx.update(command_log, {"key": row["key"]}, undone_at=tx.now_ms)
    _lead_back(tx, older, before)
    tx.emit(
        "command.undone", actor, incident_id=before.incidents[0]["id"] if before.incidents else None,
        touched=touched, command=row["command"],
    )
    return row, touched, scenes


def _lead_back(tx: Tx, older: list[Row], undone: Before) -> None:
    """The undo left each incident as the command before had left it: that one can be undone next."""
    versions = {str(kept["id"]): kept["version"] for kept in undone.incidents}
    for row in older:
        record = msgspec.json.decode(row["undo"], type=Before)
        same = [key for key, version in record.after.items() if versions.get(key) == version]
        if same:
            record.after |= {key: _row_of(tx, int(key))["version"] for key in same}
            tx.update(command_log, {"key": row["key"]}, undo=msgspec.json.encode(record).decode())


def _require_untouched(tx: Tx, kept: Row, before: Before) -> None:
    current = tx.first(stored_incidents.BY_ID, id=kept["id"])
    expected = before.after[str(kept["id"])]
    if current is not None and current["version"] != expected:
        raise _stale(current, expected)
    if before.live.get(str(kept["id"]), []) != _live_on(tx, kept["id"]):
        # A second unit sent, or one of several ready again, leaves the incident's own row as it was.
        raise Refused("undo_overtaken", f"units of {kept['number']} have changed since", number=kept["number"])
    for row in before.assignments:
        now = tx.first(stored_assignments.BY_ID, id=row["id"])
        if current is not None and row["incident_id"] == current["id"] and now != before.left[str(row["id"])]:
            raise _stale(current, expected)


def _live_on(tx: Tx, incident_id: int) -> list[int]:
    rows = tx.all(stored_assignments.OF_INCIDENT, incident_id=incident_id)
    return sorted(row["id"] for row in rows if row["is_live"])


def _stale(current: Row, expected: int) -> StaleVersion:
    return StaleVersion(
        current["number"], expected=expected, actual=current["version"], who=current["last_actor"] or "system"
    )


def _invert(tx: Tx, before: Before, actor: str, knowledge: Knowledge) -> list[str]:
    assert before.inverse is not None
    verb, *ids = before.inverse
    item, survivor = (fetch_incident(tx, one) for one in ids)
    if verb == "merge":
        merge_incidents(tx, item, survivor, actor=actor, knowledge=knowledge)
    else:
        split_incident(tx, item, last_merge(tx, item), actor=actor, knowledge=knowledge)
    return [f"incident:{one}" for one in ids]


def _put_back(tx: Tx, before: Before, actor: str, knowledge: Knowledge) -> list[str]:
    signs = {row["call_sign"] for row in before.units}
    scenes = {kept["id"]: fetch_incident(tx, kept["id"]).scene for kept in before.incidents}
    for kept in before.incidents:
        signs |= _end_created(tx, kept, before, knowledge)
        values = {name: value for name, value in kept.items() if name not in KEPT_INCIDENT}
        version = before.after[str(kept["id"])] + 1
        tx.update(incident, {"id": kept["id"]}, **values, version=version, updated_at=tx.now_ms, last_actor=actor)
    for row in before.assignments:
        if row["unit"]:
            _require_still_free(tx, row)
            signs.add(row["unit"])
        tx.update(assignment, {"id": row["id"]}, **_without_keys(row, "id"))
        resume_reaching(tx, assignment_of(row), actor)
    for row in before.clocks:
        _restore_clock(tx, row)
    for row in before.units:
        tx.update(unit, {"call_sign": row["call_sign"]}, **_flags(row))
    for sign in sorted(signs):
        refresh_unit(tx, sign)
    for incident_id, scene in scenes.items():
        tell_danger(tx, scene, fetch_incident(tx, incident_id), knowledge)
    tx.wake("clocks")
    return [*(f"incident:{row['id']}" for row in before.incidents), *(f"unit:{sign}" for sign in sorted(signs))]


def _require_still_free(tx: Tx, row: Row) -> None:
    """A unit that was sent elsewhere meanwhile cannot be called back by an undo."""
    live = {item.id for item in live_assignments_of(tx, row["unit"])}
    if row["is_live"] and live and row["id"] not in live:
        raise Refused("unit_busy", f"{row['unit']} is on an incident", unit=row["unit"])


def _restore_clock(tx: Tx, row: Row) -> None:
    """The clock as it was, with its alarm; what has really fired stays on record."""
    current = fetch_clock_row(tx, row["id"])
    fired = {name: current[name] for name in ("firings", "lateness_ms")} if current else {}
    tx.update(clock, {"id": row["id"]}, **(_without_keys(row, "id") | fired))
    show_alarm(tx, clock_of({**row, **fired}), incident_of(_row_of(tx, row["incident_id"])))


def _row_of(tx: Tx, incident_id: int) -> Row:
    row = tx.first(stored_incidents.BY_ID, id=incident_id)
    assert row is not None, "a clock's incident exists"
    return row


def _without_keys(row: Row, key: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("centre", key)}


def _end_created(tx: Tx, kept: Row, before: Before, knowledge: Knowledge) -> set[str]:
    """End the assignments and clocks the command made; their crews are told that they are stood down."""
    signs: set[str] = set()
    for row in tx.all(stored_assignments.OF_INCIDENT, incident_id=kept["id"]):
        if row["id"] in before.new_assignments and row["is_live"]:
            item = save_assignment(
                tx, assignment_of(row), status=AssignmentStatus.WITHDRAWN,
                times={**assignment_of(row).times, AssignmentStatus.WITHDRAWN.value: tx.now},
            )
            stop_reaching(tx, incident_of(kept), item, "system")
            notify_withdrawal(tx, incident_of(kept), item, knowledge)
            signs |= {item.unit} if item.unit else set()
    for row in tx.all(stored_clocks.OF_INCIDENT, incident_id=kept["id"]):
        made = row["id"] in before.new_clocks or row["assignment_id"] in before.new_assignments
        if made and row["stopped_at"] is None:
            tx.update(clock, {"id": row["id"]}, stopped_at=tx.now_ms, next_at=None, outcome="cancelled")
            clear_alarm(tx, f"clock:{row['id']}")
    return signs
