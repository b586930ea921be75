"""Assignments: sending units, moving them through their states, taking them back."""

from __future__ import annotations

from typing import Any

from dispatch.domain.assignment import Assignment
from dispatch.domain.clock import Phase
from dispatch.domain.incident import Incident
from dispatch.domain.policy import PENDING
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import (
    ASSIGNMENT,
    ENDED,
    AssignmentStatus,
    IncidentStatus,
    UnitStatus,
    incident_status_for,
    may,
)
from dispatch.errors import NeedsReason, Refused
from dispatch.services.alarms import EMERGENCY, NEEDED, raise_alarm
from dispatch.services.clocks import resume_clocks, start_clocks, start_owed, stop_clocks
from dispatch.services.knowledge import Knowledge
from dispatch.services.notices import notify_caller, notify_withdrawal
from dispatch.services.policy import start_reaching, stop_reaching
from dispatch.services.units import refresh_unit, require_unit
from dispatch.storage.assignments import (
    assignments_of,
    fetch_assignment,
    insert_assignment,
    live_assignments_of,
    save_assignment,
)
from dispatch.storage.incidents import fetch_incident, save_incident, touch
from dispatch.storage.transaction import Tx

S = AssignmentStatus
CLOCKS_ENDED_BY = {
    S.ACKNOWLEDGED: (Phase.ACKNOWLEDGE,),
    S.EN_ROUTE: (Phase.ACKNOWLEDGE, Phase.TURNOUT),
    S.ON_SCENE: (Phase.ACKNOWLEDGE, Phase.TURNOUT, Phase.TRAVEL),
}
"""Skipping forward ends the clocks of the states it implies."""
WHEN_SENT = {IncidentStatus.HELD: IncidentStatus.TRIAGED, IncidentStatus.RESOLVED: IncidentStatus.REOPENED}
LATER = (S.TRANSPORTING, S.AT_FACILITY, S.CLEARED)


def assign_units(
    tx: Tx, incident: Incident, call_signs: list[str], *, actor: str, knowledge: Knowledge,
    agencies: list[str] | None = None, status: AssignmentStatus = S.ASSIGNED, forced: bool = False,
) -> Incident:
    """Send units (and agencies' duty desks) to an incident: one assignment, notice and clock set each.

    A unit that is not available needs ``forced`` (the operator's reason). Returns the changed incident.
    """
    if not incident.is_open:
        raise Refused("incident_closed", f"incident {incident.number} is closed", number=incident.number)
    pairs = [(sign, require_unit(tx, sign)["agency"]) for sign in dict.fromkeys(call_signs)]
    for call_sign, _ in pairs:
        _require_free(tx, call_sign, incident, forced=forced)
    desks = list(dict.fromkeys(agencies or []))
    _require_no_desk(tx, desks, incident)
    targets: list[tuple[str | None, str]] = [*pairs, *((None, code) for code in desks)]
    incident = _first_dispatch(tx, incident, actor, knowledge)
    for sign, agency in targets:
        item = Assignment(
            id=tx.new_id(), incident_id=incident.id, unit=sign, agency=agency, status=S.ASSIGNED,
            assigned_at=tx.now, updated_at=tx.now, times={S.ASSIGNED.value: tx.now},
        )
        insert_assignment(tx, item)
        start_clocks(tx, incident, (Phase.ACKNOWLEDGE, Phase.TRAVEL), knowledge, assignment=item)
        tx.emit(
            "assignment.created", actor, incident_id=incident.id, touched=_touched(incident, item),
            number=incident.number, subject=item.subject,
        )
        start_reaching(tx, incident, item, knowledge)
        if status is not S.ASSIGNED:
            move_assignment(tx, item.id, status, actor=actor, knowledge=knowledge)
        elif sign:
            refresh_unit(tx, sign)
    return _settle(tx, incident.id, actor, knowledge)


def _require_free(tx: Tx, sign: str, incident: Incident, *, forced: bool) -> None:
    row = require_unit(tx, sign)
    if any(item.incident_id == incident.id for item in live_assignments_of(tx, sign)):
        raise Refused("unit_already_here", f"{sign} is on {incident.number} already", unit=sign, number=incident.number)
    if row["status"] != UnitStatus.AVAILABLE and not forced:
        raise NeedsReason("unit_not_available", f"{sign} is {row['status']}", unit=sign, status=row["status"])


def _require_no_desk(tx: Tx, agencies: list[str], incident: Incident) -> None:
    told = {item.agency for item in assignments_of(tx, incident.id) if item.is_live and item.unit is None}
    for code in agencies:
        if code in told:
            raise Refused(
                "unit_already_here", f"{code} is on {incident.number} already", unit=code, number=incident.number
            )


def _first_dispatch(tx: Tx, incident: Incident, actor: str, knowledge: Knowledge) -> Incident:
    """Sending somebody implies that the incident was seen and triaged: stop those clocks.

    What was set aside is taken up again; what was done is open again.
    """
    stop_clocks(tx, incident.id, (Phase.ANSWER, Phase.TRIAGE, Phase.DISPATCH), actor=actor)
    if incident.status is IncidentStatus.HELD:
        resume_clocks(tx, incident, knowledge)
    return save_incident(
        tx, incident, actor, seen_at=incident.seen_at or tx.now, seen_by=incident.seen_by or actor,
        owner=incident.owner or actor,
        triaged_at=incident.triaged_at or tx.now, dispatched_at=incident.dispatched_at or tx.now,
        held_until=None, held_reason="", resolved_at=None,
        status=WHEN_SENT.get(incident.status, incident.status),
    )


def _touched(incident: Incident, item: Assignment) -> list[str]:
    return [touch(incident), *([f"unit:{item.unit}"] if item.unit else [])]


def move_assignment(
    tx: Tx, assignment_id: int, to: AssignmentStatus, *, actor: str, knowledge: Knowledge, note: str = ""
) -> Incident:
    """Move one assignment along its table; its clocks, its unit and its incident follow.

    Repeating the state it is in changes nothing (a crew texts twice). Raises Refused for an edge the
    table does not have.
    """
    before = fetch_assignment(tx, assignment_id)
    incident = fetch_incident(tx, before.incident_id)
    if before.status is to:
        return incident
    if not may(ASSIGNMENT, before.status, to):
        raise Refused(
            "illegal_move", f"{before.subject} cannot go from {before.status} to {to}", unit=before.subject,
            current=before.status.value, wanted=to.value,
        )
    item = save_assignment(tx, before, status=to, times={**before.times, to.value: tx.now}, note=note or before.note)
    _follow_clocks(tx, incident, item, knowledge, actor)
    tx.emit(
        "assignment.moved", actor, incident_id=incident.id, touched=_touched(incident, item), number=incident.number,
        subject=item.subject, before=before.status.value, status=to.value, note=note,
    )
    if item.unit:
        refresh_unit(tx, item.unit)
    if to not in PENDING:
        stop_reaching(tx, incident, item, actor)
    if to in (S.WITHDRAWN, S.DIVERTED, S.TIMED_OUT):
        notify_withdrawal(tx, incident, item, knowledge)
    if to is S.DECLINED:
        # Others may still be on their way: without a word nobody would send somebody in its place.
        raise_alarm(
            tx, level=EMERGENCY if incident.severity is Severity.CRITICAL else NEEDED, kind="declined",
            cause=f"declined:{item.id}", incident_id=incident.id, subject=item.subject, note=note,
        )
    return _settle(tx, incident.id, actor, knowledge, to)


def _follow_clocks(tx: Tx, incident: Incident, item: Assignment, knowledge: Knowledge, actor: str) -> None:
    if item.status in ENDED and item.status is not S.CLEARED:
        stop_clocks(tx, incident.id, assignment_id=item.id, cancelled=True, actor=actor)
        return
    ended = CLOCKS_ENDED_BY[S.ON_SCENE] if item.status in LATER else CLOCKS_ENDED_BY.get(item.status, ())
    if ended:
        stop_clocks(tx, incident.id, ended, assignment_id=item.id, actor=actor)
    if item.status is S.ACKNOWLEDGED and item.unit:
        start_clocks(tx, incident, (Phase.TURNOUT,), knowledge, assignment=item)


def _settle(tx: Tx, incident_id: int, actor: str, knowledge: Knowledge, last: S | None = None) -> Incident:
    """Give the incident the status its assignments imply.

    When nobody is left it is resolved, or waits for a dispatcher again: ``last`` tells which.
    """
    before = fetch_incident(tx, incident_id)
    statuses = [item.status for item in assignments_of(tx, incident_id)]
    status = incident_status_for(before.status, statuses, last)
    changes: dict[str, Any] = {"status": status}
    if status is IncidentStatus.ON_SCENE:
        changes["on_scene_at"] = before.on_scene_at or tx.now
    if status is IncidentStatus.RESOLVED:
        changes["resolved_at"] = before.resolved_at or tx.now
    if status is not IncidentStatus.HELD:
        changes |= {"held_until": None, "held_reason": ""}
    after = save_incident(tx, before, actor, **changes)
    if status is before.status:
        return after
    if before.status is IncidentStatus.HELD:
        resume_clocks(tx, after, knowledge)
    if status is IncidentStatus.RESOLVED:
        stop_clocks(tx, incident_id, everywhere=True, actor=actor)
    start_owed(tx, after, knowledge)
    tx.emit(
        "incident.status_changed", actor, incident_id=incident_id, touched=[touch(after)], number=after.number,
        before=before.status.value, status=status.value,
    )
    notify_caller(tx, after, knowledge)
    return after
