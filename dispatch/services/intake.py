"""Intake: a report becomes durable, understood, routed and timed in one transaction.

A repeat of the same external id returns the first answer. Nothing is ever dropped: junk only sorts last.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.clock import Phase
from dispatch.domain.dedup import FOLLOW_UP_WINDOW, VAGUE_TYPES, is_follow_up
from dispatch.domain.incident import Duplicate, Incident
from dispatch.domain.instant import to_ms
from dispatch.domain.report import NO_SEVERITY_TYPES, Channel, NewReport, Reason, Triage
from dispatch.domain.severity import Severity, highest
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.clocks import start_clocks
from dispatch.services.decide import decision_record, route
from dispatch.services.dialogue import open_dialogue
from dispatch.services.folding import fold_of, join_report, mark_odd, same_caller, same_event, suggestions_of
from dispatch.services.knowledge import Knowledge
from dispatch.storage.incidents import count_report, fetch_incident, incidents_of_sender, insert_incident, touch
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident as incident_table
from dispatch.storage.tables import report as report_table
from dispatch.storage.transaction import Tx

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 6
MAX_TEXT = 10_000
CALLER_LOOKBACK_MS = 24 * 3600 * 1000
"""How far back a caller's open incident is looked for; whether it is still fresh is judged by its last change."""
_encode = msgspec.json.encode

KNOWN_REPORT = Statement(
    select(report_table.c.id, report_table.c.incident_id, report_table.c.public_code, incident_table.c.number)
    .select_from(report_table.join(
        incident_table,
        (incident_table.c.centre == report_table.c.centre) & (incident_table.c.id == report_table.c.incident_id),
    ))
    .where(report_table.c.centre == bindparam("centre"), report_table.c.channel == bindparam("channel"))
    .where(report_table.c.external_id == bindparam("external_id"))
)


@dataclass(frozen=True, slots=True)
class Received:
    """The answer to a report. ``repeated``: it was known already and nothing was stored."""

    report_id: int
    incident_id: int
    number: int
    public_code: str
    repeated: bool = False


def receive_report(
    tx: Tx, report: NewReport, knowledge: Knowledge, *, into: Incident | None = None
) -> Received:
    """Store, understand, route and time one report. ``into``: it answers a question about this incident.

    1. a repeat returns the first answer
    2. triage, pure, from memory; a person's choice of type or place goes first
    3. join the caller's open incident when it is a follow-up, another's when it is the same event, else open one
    4. clocks, events, receipt: all in this transaction
    """
    known = tx.first(KNOWN_REPORT, channel=report.channel.value, external_id=report.external_id)
    if known is not None:
        return Received(known["id"], known["incident_id"], known["number"], known["public_code"], repeated=True)
    report = replace(report, text=report.text[:MAX_TEXT], public_code=report.public_code or _public_code())
    triage = understand(report, knowledge)
    report_id = tx.new_id()
    if into is None:
        incident, how = _placed(tx, report, triage, knowledge)
    else:
        incident, how = _joined(tx, into, report, triage, knowledge), {"follow_up": True}
    store_report(tx, report_id, report, triage, incident.id)
    tx.emit(
        "report.received", "citizen" if report.channel is not Channel.OPERATOR else report.sender_name,
        incident_id=incident.id, touched=[touch(incident)], report=report_id, channel=report.channel.value,
        number=incident.number, **how,
    )
    open_dialogue(
        tx, incident, knowledge, channel=report.channel.value, sender=report.sender, lang=triage.language,
        quiet=report.extra.get("quiet") == "1",
    )
    return Received(report_id, incident.id, incident.number, report.public_code)


def understand(report: NewReport, knowledge: Knowledge) -> Triage:
    """Triage of the words, with what a person chose laid over it. A choice never lowers a severity."""
    at = report.received_at
    if not report.text.strip() and report.channel is Channel.CALL:
        triage = _silent_call(report)
    else:
        triage = knowledge.triage.classify(report.text, at=at, channel=report.channel, place_hint=report.place)
    if report.type and report.type != triage.type:
        triage = _choose_type(report, triage, knowledge)
    elif report.channel is Channel.OPERATOR and not report.type:
        triage = _trust_operator(triage)
    if triage.place.lat is None and report.place.lat is not None and not report.place.code:
        triage = replace(triage, place=knowledge.triage.settle(replace(report.place, text=triage.place.text)))
    elif report.place.code or report.place.verified:
        triage = replace(triage, place=replace(report.place, text=report.place.text or triage.place.text))
    severity = highest(_no_severity_for_junk(triage, triage.severity), report.severity)
    return replace(triage, severity=severity)


def _silent_call(report: NewReport) -> Triage:
    """A call without words may be somebody who cannot speak; repeated silence only sorts lower."""
    repeats = int(report.extra.get("repeat", "0"))
    severity = Severity.HIGH if repeats < 3 else Severity.MEDIUM
    reason = Reason("severity", severity.value, "silent_call", (), 0.0)
    return Triage("other_service", severity, unsure=True, place=report.place, question="location", reasons=(reason,))


def _trust_operator(triage: Triage) -> Triage:
    """Whoever enters it knows that something has happened, also when the words name only a place so far."""
    if triage.type != "not_a_report" and any(reason.effect == "type" for reason in triage.reasons):
        return triage
    reason = Reason("type", "other_service", "entered_by_person", (), 0.0)
    severity = highest(triage.severity, Severity.MEDIUM)
    return replace(
        triage, type="other_service", subtype="", severity=severity, unsure=True, question="what_happened",
        reasons=(reason, *triage.reasons),
    )


def _choose_type(report: NewReport, triage: Triage, knowledge: Knowledge) -> Triage:
    known = knowledge.rules.types.get(report.type)
    if known is None:
        return triage
    also = tuple(t for t in (triage.type, *triage.also_types) if t != report.type and t not in VAGUE_TYPES)
    reason = Reason("type", report.type, "chosen_by_person", (), 1.0)
    # A life threat in the words stays one, whatever box was ticked.
    severity = highest(triage.severity, known.default_severity)
    return replace(triage, type=report.type, also_types=also, severity=severity, reasons=(reason, *triage.reasons))


def _no_severity_for_junk(triage: Triage, severity: Severity | None) -> Severity | None:
    if triage.type in NO_SEVERITY_TYPES:
        return severity if triage.life_threat else None
    return severity or Severity.LOW


def _public_code() -> str:
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))


def _placed(
    tx: Tx, report: NewReport, triage: Triage, knowledge: Knowledge
) -> tuple[Incident, dict[str, Any]]:
    """The incident a report belongs to, and how it came there: the caller's own, somebody else's, or a new one."""
    own = _incidents_of_caller(tx, report)
    for incident in own:
        if is_follow_up(incident, triage, tx.now, report.text):
            return join_report(tx, incident, report, triage, knowledge), {"follow_up": True}
    choice = same_event(tx, report, triage, knowledge)
    if choice.join is not None:
        incident = fetch_incident(tx, choice.join.other.id)
        return join_report(tx, incident, report, triage, knowledge), {"follow_up": False, **fold_of(choice)}
    recent = [i for i in own if report.received_at - i.opened_at <= FOLLOW_UP_WINDOW and triage.severity is not None]
    suggested = suggestions_of(choice, tuple(same_caller(i, report) for i in recent[:1]))
    incident = open_incident(tx, report, triage, knowledge, duplicates=suggested)
    if choice.odd is not None:
        mark_odd(tx, incident, choice.odd)
    return incident, {"follow_up": False}


def _joined(tx: Tx, incident: Incident, report: NewReport, triage: Triage, knowledge: Knowledge) -> Incident:
    """An answer may add and raise while the incident is open; on one that has ended it is only kept."""
    if not incident.is_open or incident.status is IncidentStatus.RESOLVED:
        return count_report(tx, incident)
    return join_report(tx, incident, report, triage, knowledge)


def _incidents_of_caller(tx: Tx, report: NewReport) -> list[Incident]:
    """The open incidents this caller reported; a person's own entry (operator) never joins by itself."""
    if not report.sender or report.channel is Channel.OPERATOR:
        return []
    return incidents_of_sender(tx, report.sender, tx.now_ms - CALLER_LOOKBACK_MS)


def open_incident(
    tx: Tx, report: NewReport, triage: Triage, knowledge: Knowledge, *, duplicates: tuple[Duplicate, ...] = (),
    since: datetime | None = None,
) -> Incident:
    """A new incident with its clocks. ``since``: it was received earlier, and its clocks count from then."""
    decision = route(triage, report.channel.value, tx, knowledge)
    incident = Incident(
        id=tx.new_id(), number=tx.new_number(), status=IncidentStatus.NEW, type=triage.type,
        also_types=triage.also_types, subtype=triage.subtype, severity=decision.severity,
        life_threat=triage.life_threat, unsure=triage.unsure, confidence=round(triage.confidence, 3),
        place=triage.place, agencies=decision.agencies, summary=report.text, channel=report.channel.value,
        caller=report.sender, opened_at=since or tx.now, updated_at=tx.now, rules_digest=knowledge.rules.digest,
        callback_due=report.extra.get("callback") == "1", duplicates=duplicates,
    )
    insert_incident(tx, incident, decision_record(decision, triage, knowledge))
    start_clocks(tx, incident, (Phase.ANSWER, Phase.RESOLVE), knowledge, started_at=since)
    tx.emit(
        "incident.opened", "system", incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        type=incident.type, severity=incident.severity.value if incident.severity else None,
        life_threat=incident.life_threat, agencies=list(incident.agencies), rules=list(decision.rules),
    )
    return incident


def store_report(tx: Tx, report_id: int, report: NewReport, triage: Triage, incident_id: int) -> None:
    tx.insert(
        report_table, id=report_id, channel=report.channel.value, external_id=report.external_id,
        received_at=to_ms(report.received_at), sender=report.sender, sender_name=report.sender_name,
        recipient=report.recipient, text=report.text, attachments=_encode(report.attachments).decode(),
        triage=_encode(triage).decode(), extra=_encode(report.extra).decode(), incident_id=incident_id,
        call_id=report.call_id, public_code=report.public_code,
    )
