"""Texts that come in: a crew's answer moves its assignment, everything else is a report. Nothing is dropped."""

from __future__ import annotations

from dispatch.domain.aml import is_aml
from dispatch.domain.assignment import Assignment
from dispatch.domain.crew_answer import CrewAnswer, read_crew_answer
from dispatch.domain.report import NewReport
from dispatch.domain.transitions import ASSIGNMENT, AssignmentStatus, may
from dispatch.services.assignments import move_assignment
from dispatch.services.conversation import receive_citizen_text
from dispatch.services.incidents import add_remark
from dispatch.services.intake import KNOWN_REPORT
from dispatch.services.knowledge import Knowledge
from dispatch.services.policy import note_outcome, refuse_for_unit
from dispatch.services.positions import take_position
from dispatch.services.proof import take_proof_text
from dispatch.services.team_call import take_over
from dispatch.storage.crews import assignments_of_phone, is_remembered, remember_message
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.reaching import page_of_supervisor
from dispatch.storage.transaction import Tx

MAX_REMARK = 2_000


def receive_text(tx: Tx, report: NewReport, knowledge: Knowledge) -> None:
    """Take one incoming SMS or WhatsApp message.

    1. our own proof of life: nobody's message
    2. a position that the phone sent by itself (AML): to the caller's call or incident
    3. from a phone with a live assignment: the crew's answer, or a remark on its incident
    4. from anybody else, a crew without a task included: a citizen's words, stored as a report
    """
    if take_proof_text(tx, report.text):
        return
    if is_aml(report.text):
        take_position(tx, report, knowledge)
        return
    live = _live_assignments(tx, report, knowledge)
    if not live and take_supervisor_text(tx, report):
        return
    if live:
        _take_crew_message(tx, report, live, knowledge)
    else:
        receive_citizen_text(tx, report, knowledge)


def take_supervisor_text(tx: Tx, report: NewReport) -> bool:
    """A supervisor who was told that a team does not answer writes back: taken over, not possible, or a remark."""
    page = page_of_supervisor(tx, report.sender)
    key = f"crew:{report.channel.value}:{report.external_id}"
    if page is None or tx.first(KNOWN_REPORT, channel=report.channel.value, external_id=report.external_id):
        return is_remembered(tx, key)
    if remember_message(tx, key, f"supervisor:{page['name']}", page["incident_id"]):
        answer = read_crew_answer(report.text).status
        if answer is AssignmentStatus.ACKNOWLEDGED:
            take_over(tx, page)
        elif answer is AssignmentStatus.DECLINED:
            note_outcome(tx, page, "refused")
        words = f"{page['name']}: {report.text.strip()}"
        add_remark(tx, fetch_incident(tx, page["incident_id"]), words[:MAX_REMARK], actor=f"supervisor:{page['name']}")
    return True


def _live_assignments(tx: Tx, report: NewReport, knowledge: Knowledge) -> list[Assignment]:
    if not report.sender:
        return []
    live = assignments_of_phone(tx, report.sender, _desks_of(report.sender, knowledge))
    known = {"channel": report.channel.value, "external_id": report.external_id}
    # Stored as a report before the crew got its task: a repeat of it stays that report.
    return [] if live and tx.first(KNOWN_REPORT, **known) else live


def _desks_of(phone: str, knowledge: Knowledge) -> list[str]:
    """Agencies of whose duty contacts this phone is one."""
    return [
        code for code, agency in knowledge.rules.agencies.items()
        if any(contact.phone == phone for contact in agency.contacts)
    ]


def _take_crew_message(tx: Tx, report: NewReport, live: list[Assignment], knowledge: Knowledge) -> None:
    answer = read_crew_answer(report.text)
    item = _meant(tx, live, answer)
    actor = f"crew:{item.subject}"
    if not remember_message(tx, f"crew:{report.channel.value}:{report.external_id}", actor, item.incident_id):
        return
    words = report.text.strip()
    if answer.status is AssignmentStatus.DECLINED and refuse_for_unit(tx, item, report.sender):
        # A duty contact cannot refuse for an engine; that they will not help is kept, and the next one is told.
        words = f"{report.sender}: {words}"
    elif answer.status is not None and may(ASSIGNMENT, item.status, answer.status):
        note = report.text.strip() if len(report.text.split()) > 1 else ""
        move_assignment(tx, item.id, answer.status, actor=actor, knowledge=knowledge, note=note[:MAX_REMARK])
        words = _attachments(report)
    else:
        words = " ".join(part for part in (words, _attachments(report)) if part)
    if words:
        add_remark(tx, fetch_incident(tx, item.incident_id), words[:MAX_REMARK], actor=actor)


def _meant(tx: Tx, live: list[Assignment], answer: CrewAnswer) -> Assignment:
    """The assignment a message is about: the one it names, else the newest it can be true of."""
    if answer.number is not None:
        live = [item for item in live if fetch_incident(tx, item.incident_id).number == answer.number] or live
    if answer.status is not None:
        live = [item for item in live if may(ASSIGNMENT, item.status, answer.status)] or live
    return live[0]


def _attachments(report: NewReport) -> str:
    parts = [attachment.url for attachment in report.attachments]
    if report.place.lat is not None:
        parts.append(f"({report.place.lat:.5f}, {report.place.lon:.5f}) {report.place.text}".strip())
    return " ".join(parts)
