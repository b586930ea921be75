"""Messages that follow from state: the crew's notice, what the caller is told. Written in the same transaction."""

from __future__ import annotations

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.assignment import Assignment
from dispatch.domain.incident import Incident
from dispatch.domain.routing import Contact
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.dialogue import TEXT_CHANNELS as TEXT_CHANNELS
from dispatch.services.dialogue import may_text, place_words
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.storage.dialogues import threads_of_phone
from dispatch.storage.statement import Statement
from dispatch.storage.tables import report
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit
from dispatch.texts import LANGUAGES, text

NOTICE_QUOTE = 300
"""Characters of the citizen's own words in a crew's notice (two SMS parts); the page shows all."""


def type_label(kind: str, knowledge: Knowledge) -> str:
    """The type in the centre's language."""
    known = knowledge.rules.types.get(kind)
    return known.labels.get(knowledge.lang, known.labels["id"]) if known else kind


def place_label(incident: Incident, knowledge: Knowledge) -> str:
    """Structured place for people; empty structure says so."""
    parts = [incident.place.landmark, incident.place.desa, incident.place.kecamatan]
    return ", ".join(part for part in parts if part) or text("place.unknown", knowledge.lang)


def notify_assignment(tx: Tx, incident: Incident, item: Assignment, knowledge: Knowledge) -> None:
    """Tell the crew, or the agency's duty contacts when there is no unit: verbatim words and place."""
    severity = incident.severity or Severity.LOW
    body = text(
        "notice.assignment", knowledge.lang, number=incident.number, rank=severity.rank,
        type=type_label(incident.type, knowledge), place=place_label(incident, knowledge),
        words=incident.summary[:NOTICE_QUOTE], caller=incident.caller or "-",
    )
    for contact in _contacts(tx, item, knowledge):
        queue_message(
            tx, purpose="assignment", channel=contact.channel, recipient=contact.address, body=body,
            dedupe_key=f"assignment:{item.id}:{contact.address}", critical=severity.is_urgent,
            incident_id=incident.id, assignment_id=item.id,
        )


def notify_withdrawal(tx: Tx, incident: Incident, item: Assignment, knowledge: Knowledge) -> None:
    """Tell the crew that it is stood down."""
    body = text("notice.withdrawal", knowledge.lang, number=incident.number)
    for contact in _contacts(tx, item, knowledge):
        queue_message(
            tx, purpose="withdrawal", channel=contact.channel, recipient=contact.address, body=body,
            dedupe_key=f"withdrawal:{item.id}:{contact.address}", critical=True, incident_id=incident.id,
            assignment_id=item.id,
        )


def _contacts(tx: Tx, item: Assignment, knowledge: Knowledge) -> list[Contact]:
    if item.unit:
        row = find_unit(tx, item.unit)
        return [Contact(item.unit, row["phone"])] if row and row["phone"] else []
    agency = knowledge.rules.agencies.get(item.agency)
    return list(agency.contacts) if agency else []


CALLER_TEXT = {
    IncidentStatus.DISPATCHED: "citizen.sent", IncidentStatus.ON_SCENE: "citizen.arrived",
    IncidentStatus.RESOLVED: "citizen.feedback",
}
FIRST_TRIAGE = Statement(
    select(report.c.triage)
    .where(report.c.centre == bindparam("centre"), report.c.incident_id == bindparam("incident_id"))
    .order_by(report.c.id)
    .limit(1)
)


def notify_caller(tx: Tx, incident: Incident, knowledge: Knowledge) -> None:
    """Tell a texting caller that help was sent, arrived, is done: only after it is committed, once each."""
    key = CALLER_TEXT.get(incident.status)
    if key is None or incident.channel not in TEXT_CHANNELS or not incident.caller:
        return
    known = threads_of_phone(tx, incident.caller)
    thread = next((one for one in known if one.incident_id == incident.id), None)
    purpose = key.removeprefix("citizen.")
    if not may_text(tx.now_ms, known, thread, purpose):
        return
    lang = thread.lang if thread else language_of_caller(tx, incident, knowledge)
    place = place_words(incident, lang) if incident.place.is_known else text("place.unknown", lang)
    queue_message(
        tx, purpose=purpose, channel=thread.channel if thread else incident.channel, recipient=incident.caller,
        body=text(key, lang, number=incident.number, place=place),
        dedupe_key=f"{key}:{incident.id}:{incident.caller}", incident_id=incident.id,
    )


def language_of_caller(tx: Tx, incident: Incident, knowledge: Knowledge) -> str:
    """The language of their first words, as in the receipt; the centre's when the words did not tell."""
    row = tx.first(FIRST_TRIAGE, incident_id=incident.id)
    spoken = msgspec.json.decode(row["triage"]).get("language") if row else None
    return spoken if spoken in LANGUAGES else knowledge.lang
