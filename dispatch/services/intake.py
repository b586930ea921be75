"""Intake: a report becomes durable, understood, routed and timed in one transaction.

A repeat of the same external id returns the first answer. Nothing is ever dropped: junk only sorts last.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.clock import Phase
from dispatch.domain.dedup import VAGUE_TYPES, WINDOW, is_follow_up, suggest_duplicate
from dispatch.domain.incident import Duplicate, Incident
from dispatch.domain.instant import to_ms
from dispatch.domain.place import Place
from dispatch.domain.report import NO_SEVERITY_TYPES, Channel, NewReport, Reason, Triage
from dispatch.domain.routing import Decision, Facts, decide
from dispatch.domain.severity import Severity, highest
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.clocks import retarget_clocks, start_clocks, start_owed
from dispatch.services.knowledge import Knowledge
from dispatch.services.notices import acknowledge_report
from dispatch.storage.incidents import (
    RECENT_OF_CALLER,
    incident_of,
    insert_incident,
    neighbours,
    save_incident,
    surviving,
    touch,
)
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident as incident_table
from dispatch.storage.tables import report as report_table
from dispatch.storage.transaction import Tx

CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 6
MAX_TEXT = 10_000
MAX_DUPLICATES = 5
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


def receive_report(tx: Tx, report: NewReport, knowledge: Knowledge) -> Received:
    """Store, understand, route and time one report.

    1. a repeat returns the first answer
    2. triage, pure, from memory; a person's choice of type or place goes first
    3. attach to the caller's open incident when it is a follow-up, otherwise open one
    4. clocks, events, receipt: all in this transaction
    """
    known = tx.first(KNOWN_REPORT, channel=report.channel.value, external_id=report.external_id)
    if known is not None:
        return Received(known["id"], known["incident_id"], known["number"], known["public_code"], repeated=True)
    report = replace(report, text=report.text[:MAX_TEXT], public_code=report.public_code or _public_code())
    triage = understand(report, knowledge)
    earlier = _incident_of_caller(tx, report, triage)
    report_id = tx.new_id()
    if earlier is None:
        incident = _open_incident(tx, report, triage, knowledge)
    else:
        incident = _attach(tx, earlier, report, triage, knowledge)
    _store_report(tx, report_id, report, triage, incident.id)
    tx.emit(
        "report.received", "citizen" if report.channel is not Channel.OPERATOR else report.sender_name,
        incident_id=incident.id, touched=[touch(incident)], report=report_id, channel=report.channel.value,
        number=incident.number, follow_up=earlier is not None,
    )
    acknowledge_report(
        tx, incident, knowledge, channel=report.channel.value, sender=report.sender, lang=triage.language
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
    if report.place.is_known or report.place.verified:
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


def _incident_of_caller(tx: Tx, report: NewReport, triage: Triage) -> Incident | None:
    """The open incident this caller's report continues; a person's own entry (operator) never folds."""
    if not report.sender or report.channel is Channel.OPERATOR:
        return None
    since = tx.now_ms - CALLER_LOOKBACK_MS
    for row in tx.all(RECENT_OF_CALLER, caller=report.sender):
        if row["opened_at"] < since:
            continue
        incident = surviving(tx, incident_of(row))
        if incident.is_open and is_follow_up(incident, triage, tx.now):
            return incident
    return None


def route(triage: Triage, channel: str, tx: Tx, knowledge: Knowledge) -> Decision:
    """Who answers, at this moment, by the rules in force."""
    facts = Facts(
        type=triage.type, also_types=triage.also_types, subtype=triage.subtype, severity=triage.severity,
        life_threat=triage.life_threat, place=triage.place, at=tx.now, channel=channel,
    )
    return decide(knowledge.rules, facts)


def decision_record(decision: Decision, triage: Triage, knowledge: Knowledge) -> dict[str, Any]:
    """What is stored beside the incident so that a later rule edit never rewrites why.

    Rules of other types are left out of the trace: they were looked at and say nothing.
    """
    return {
        "rules": list(decision.rules), "digest": knowledge.rules.digest, "version": knowledge.rules.version,
        "trace": [list(step) for step in decision.trace if step.matched or step.failed != "types"],
        "reasons": [[r.effect, r.value, r.rule, list(r.words)] for r in triage.reasons],
        "question": triage.question,
    }


def _open_incident(tx: Tx, report: NewReport, triage: Triage, knowledge: Knowledge) -> Incident:
    decision = route(triage, report.channel.value, tx, knowledge)
    incident = Incident(
        id=tx.new_id(), number=tx.new_number(), status=IncidentStatus.NEW, type=triage.type,
        also_types=triage.also_types, subtype=triage.subtype, severity=decision.severity,
        life_threat=triage.life_threat, unsure=triage.unsure, confidence=round(triage.confidence, 3),
        place=triage.place, agencies=decision.agencies, summary=report.text, channel=report.channel.value,
        caller=report.sender, opened_at=tx.now, updated_at=tx.now, rules_digest=knowledge.rules.digest,
        callback_due=report.extra.get("callback") == "1",
    )
    incident = replace(incident, duplicates=_duplicates(tx, incident))
    insert_incident(tx, incident, decision_record(decision, triage, knowledge))
    start_clocks(tx, incident, (Phase.ANSWER, Phase.RESOLVE), knowledge)
    tx.emit(
        "incident.opened", "system", incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        type=incident.type, severity=incident.severity.value if incident.severity else None,
        life_threat=incident.life_threat, agencies=list(incident.agencies), rules=list(decision.rules),
    )
    return incident


def _duplicates(tx: Tx, incident: Incident) -> tuple[Duplicate, ...]:
    """Open incidents of the same village (or, without one, by coordinates) that may be the same event, best first.

    Suggested, never acted on.
    """
    place = incident.place
    if incident.type in NO_SEVERITY_TYPES or not (place.desa or place.lat is not None):
        return ()
    since = to_ms(incident.opened_at - WINDOW)
    nearby = neighbours(tx, place.code if place.desa else "", since)
    found = [suggest_duplicate(incident, other) for other in nearby]
    ranked = sorted((d for d in found if d is not None), key=lambda d: -d.score)
    return tuple(ranked[:MAX_DUPLICATES])


def _attach(tx: Tx, incident: Incident, report: NewReport, triage: Triage, knowledge: Knowledge) -> Incident:
    """One more report of the same event: it may only add and raise."""
    says_more = incident.type in VAGUE_TYPES and triage.type not in VAGUE_TYPES
    merged = replace(
        triage,
        type=triage.type if says_more else incident.type,
        also_types=_united(incident, triage, says_more=says_more),
        subtype=incident.subtype or triage.subtype,
        severity=highest(incident.severity, triage.severity),
        life_threat=incident.life_threat or triage.life_threat,
        place=_better_place(incident.place, triage.place),
    )
    decision = route(merged, incident.channel, tx, knowledge)
    after = save_incident(
        tx, incident, "citizen", reports=incident.reports + 1, type=merged.type, also_types=merged.also_types,
        subtype=merged.subtype, severity=decision.severity, life_threat=merged.life_threat, place=merged.place,
        unsure=incident.unsure or (triage.life_threat and triage.unsure),
        agencies=tuple(dict.fromkeys((*incident.agencies, *decision.agencies))),
        summary=report.text if says_more else incident.summary,
        callback_due=incident.callback_due or report.extra.get("callback") == "1",
    )
    if after.severity != incident.severity:
        _severity_raised(tx, incident, after, knowledge)
    return after


def _severity_raised(tx: Tx, before: Incident, after: Incident, knowledge: Knowledge) -> None:
    retarget_clocks(tx, after, knowledge)
    start_owed(tx, after, knowledge)
    tx.emit(
        "incident.severity_changed", "system", incident_id=after.id, touched=[touch(after)], number=after.number,
        before=before.severity.value if before.severity else None,
        severity=after.severity.value if after.severity else None,
    )


def _united(incident: Incident, triage: Triage, *, says_more: bool) -> tuple[str, ...]:
    first = triage.type if says_more else incident.type
    others = (*incident.also_types, *([] if says_more else [triage.type]), *triage.also_types)
    return tuple(dict.fromkeys(t for t in others if t != first and t not in VAGUE_TYPES))


def _better_place(known: Place, said: Place) -> Place:
    """Keep what a person verified; otherwise the finer of the two."""
    if known.verified or not (said.is_known or said.landmark):
        return known
    if not known.is_known or (said.code.startswith(known.code) and len(said.code) > len(known.code)):
        return replace(said, text=said.text or known.text, landmark=said.landmark or known.landmark)
    return known


def _store_report(tx: Tx, report_id: int, report: NewReport, triage: Triage, incident_id: int) -> None:
    tx.insert(
        report_table, id=report_id, channel=report.channel.value, external_id=report.external_id,
        received_at=to_ms(report.received_at), sender=report.sender, sender_name=report.sender_name,
        recipient=report.recipient, text=report.text, attachments=_encode(report.attachments).decode(),
        triage=_encode(triage).decode(), extra=_encode(report.extra).decode(), incident_id=incident_id,
        call_id=report.call_id, public_code=report.public_code,
    )
