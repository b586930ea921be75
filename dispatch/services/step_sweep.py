"""The sweep of escalations: fires the steps that are due, each once; sends the next unit where the policy says so."""

from __future__ import annotations

from dispatch.domain.assignment import Assignment
from dispatch.domain.incident import Incident
from dispatch.domain.policy import NEXT_UNIT, PENDING
from dispatch.domain.transitions import AssignmentStatus
from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.assignments import assign_units, move_assignment
from dispatch.services.clocks import SWEEP_BATCH, sweep_clocks
from dispatch.services.knowledge import Knowledge
from dispatch.services.policy import advance_reaching, fire_step, stop_reaching
from dispatch.services.recommendation import nearest_first
from dispatch.services.units import refresh_unit
from dispatch.storage.assignments import fetch_assignment
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.reaching import change_step, due_steps
from dispatch.storage.statement import Row
from dispatch.storage.tables import unit
from dispatch.storage.transaction import Tx
from dispatch.storage.units import available_units


def sweep_due(tx: Tx, knowledge: Knowledge, most: int = SWEEP_BATCH) -> int:
    """Everything that has a due time: clocks and steps. Returns the larger count (= most: call again)."""
    return max(sweep_clocks(tx, knowledge, most), sweep_steps(tx, knowledge, most))


def sweep_steps(tx: Tx, knowledge: Knowledge, most: int = SWEEP_BATCH) -> int:
    """Fire the steps that are due, at most ``most``. A step that cannot be judged is parked with an alarm and the
    one after it takes its place: an escalation never stops because of one row."""
    rows = due_steps(tx, most)
    for row in rows:
        try:
            _fire(tx, row, knowledge)
        except (ValueError, KeyError, LookupError) as error:
            change_step(tx, row, state="parked", next_at=None, note=f"{type(error).__name__}: {error}")
            raise_alarm(
                tx, level=NEEDED, kind="step_parked", cause=f"step:{row['id']}", incident_id=row["incident_id"],
                who=str(row["who"]),
            )
    return len(rows)


def _fire(tx: Tx, row: Row, knowledge: Knowledge) -> None:
    item = fetch_assignment(tx, row["assignment_id"])
    incident = fetch_incident(tx, item.incident_id)
    if item.status not in PENDING or not incident.is_open:
        # Answered in the very moment: whoever answered has stopped it, or nothing is left to be reached for.
        stop_reaching(tx, incident, item, "system")
        return
    if row["who"] == NEXT_UNIT:
        _send_next(tx, row, incident, item, knowledge)
    else:
        fire_step(tx, row, incident, item, knowledge)


def _send_next(tx: Tx, row: Row, incident: Incident, item: Assignment, knowledge: Knowledge) -> None:
    """The nearest free unit of the same agency goes instead; without one the step after this one is due now."""
    nearest = nearest_first(incident, available_units(tx, (item.agency,)), knowledge)
    sign = nearest[0]["call_sign"] if nearest else None
    if not fire_step(tx, row, incident, item, knowledge):
        return
    if sign is None:
        advance_reaching(tx, item.id)
        return
    # First the new one: the incident must not look unattended in between.
    assign_units(tx, incident, [sign], actor="system", knowledge=knowledge)
    move_assignment(
        tx, item.id, AssignmentStatus.TIMED_OUT, actor="system", knowledge=knowledge, note=f"-> {sign}"
    )
    if item.unit:
        tx.update(unit, {"call_sign": item.unit}, no_contact=1)
        refresh_unit(tx, item.unit)
        tx.emit("unit.changed", "system", touched=[f"unit:{item.unit}"], unit=item.unit, status="no_contact", note="")
    raise_alarm(
        tx, level=NEEDED, kind="team_replaced", cause=f"replaced:{item.id}", incident_id=incident.id,
        subject=item.subject, number=incident.number, unit=sign,
    )
