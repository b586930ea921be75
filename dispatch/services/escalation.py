"""Escalation: who else is told when a clock reaches a level, as the rules say. Exactly once a step.

The outbox's dedupe key makes a step that is computed twice a step that is sent once.
"""

from __future__ import annotations

from dispatch.domain.clock import LEVEL_STATES, Clock
from dispatch.domain.incident import Incident
from dispatch.domain.routing import Contact, EscalationStep
from dispatch.domain.severity import Severity
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.roster import on_duty, quiet_until
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit
from dispatch.texts import text


def steps_for(clock: Clock, knowledge: Knowledge) -> list[EscalationStep]:
    """The policy's steps for the level the clock has just reached."""
    reached = LEVEL_STATES[clock.level].value
    return [
        step for step in knowledge.rules.escalation
        if step.level == reached and clock.phase in step.phases and Severity(clock.severity) in step.severities
    ]


def audience(tx: Tx, name: str, clock: Clock, incident: Incident, knowledge: Knowledge) -> list[Contact]:
    """Resolve an audience now, at the moment of escalation, not when the policy was written."""
    if name == "supervisor":
        return list(knowledge.rules.supervisors)
    if name == "unit":
        unit = find_unit(tx, clock.subject)
        return [Contact(unit["call_sign"], unit["phone"])] if unit and unit["phone"] else []
    codes = incident.agencies if name == "agency_duty" else (name,)
    return [contact for code in codes for contact in on_duty(tx, code, knowledge)]


def escalate(tx: Tx, clock: Clock, incident: Incident, knowledge: Knowledge) -> None:
    """Write the messages of every step that fits, in the transaction that fired the clock."""
    for step in steps_for(clock, knowledge):
        for name in step.notify:
            for contact in audience(tx, name, clock, incident, knowledge):
                _tell(tx, step, contact, clock, incident, knowledge)


def _tell(
    tx: Tx, step: EscalationStep, contact: Contact, clock: Clock, incident: Incident, knowledge: Knowledge
) -> None:
    kind = knowledge.rules.types.get(incident.type)
    body = text(
        f"escalation.{LEVEL_STATES[clock.level].value}", knowledge.lang, number=incident.number,
        rank=Severity(clock.severity).rank, phase=text(f"phase.{clock.phase.value}", knowledge.lang),
        type=kind.labels.get(knowledge.lang, kind.labels["id"]) if kind else incident.type,
        place=incident.place.desa or incident.place.kecamatan or text("place.unknown", knowledge.lang),
    )
    queue_message(
        tx, purpose="escalation", channel=contact.channel, recipient=contact.address, body=body,
        dedupe_key=f"escalation:{clock.id}:{clock.severity}:{int(clock.level)}:{step.name}:{contact.address}",
        critical=clock.severity == Severity.CRITICAL, incident_id=incident.id, assignment_id=clock.assignment_id,
        payload={"clock": str(clock.id)},
        not_before=None if Severity(clock.severity).is_urgent else quiet_until(tx, contact, knowledge),
    )
