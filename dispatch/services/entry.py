"""Call entry: what the form is told while words are typed, what saving it changes, the question sent back.

Owns no rule of its own: triage, routing and the commands on incidents judge as they always do.
"""

from __future__ import annotations

from dispatch.domain.incident import Incident
from dispatch.domain.report import NewReport
from dispatch.errors import Refused
from dispatch.services.explanation import question_sms
from dispatch.services.folding import join_report
from dispatch.services.incidents import require_open
from dispatch.services.intake import store_report, understand
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.notices import TEXT_CHANNELS, language_of_caller
from dispatch.storage.incidents import save_incident, touch
from dispatch.storage.transaction import Tx
from dispatch.texts import text

AGAIN_S = 300
"""The same question goes to a caller once in so long."""


def add_words(tx: Tx, incident: Incident, report: NewReport, knowledge: Knowledge) -> Incident:
    """What the caller says on the line, as a person wrote it down: kept word for word and understood at once.

    It is the same caller: the incident is not counted as reported once more.
    """
    require_open(incident)
    triage = understand(report, knowledge)
    joined = join_report(tx, incident, report, triage, knowledge)
    after = save_incident(
        tx, joined, report.sender_name, reports=incident.reports, summary=joined.summary or report.text
    )
    report_id = tx.new_id()
    store_report(tx, report_id, report, triage, incident.id)
    tx.emit(
        "report.received", report.sender_name, incident_id=incident.id, touched=[touch(incident)], report=report_id,
        channel=report.channel.value, number=incident.number, follow_up=True,
    )
    return after


def ask_caller(tx: Tx, incident: Incident, question: str, *, actor: str, knowledge: Knowledge) -> str:
    """Send one question as a message to whoever reported; returns it as it is told to persons.

    Raises Refused without a number, and when the same question went out in the last five minutes.
    """
    require_open(incident)
    if not incident.reachable:
        raise Refused("no_caller_phone", f"{incident.number} has no caller's number", number=incident.number)
    told = text(f"question.{question}", knowledge.lang)
    writes = incident.channel in TEXT_CHANNELS and not incident.callback
    sent = queue_message(
        tx, purpose="question", channel=incident.channel if writes else "sms",
        recipient=incident.reachable, body=question_sms(question, language_of_caller(tx, incident, knowledge)),
        dedupe_key=f"question:{incident.id}:{question}:{tx.now_ms // (AGAIN_S * 1000)}", critical=True,
        incident_id=incident.id,
    )
    if sent is None:
        raise Refused("already_asked", f"{question} was asked just now", number=incident.number, question=told)
    tx.emit(
        "question.asked", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        question=question, text=told,
    )
    return told
