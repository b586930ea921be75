"""What a person changes on an incident: seen, place, type, severity, hold, close, remark. Merges: merging.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from dispatch.domain.clock import Phase
from dispatch.domain.incident import Incident
from dispatch.domain.place import Place
from dispatch.domain.report import NO_SEVERITY_TYPES, Triage
from dispatch.domain.scene import raised_by
from dispatch.domain.severity import Severity, highest
from dispatch.domain.transitions import INCIDENT, AssignmentStatus, IncidentStatus, incident_status_for, may
from dispatch.errors import Invalid, NeedsReason, Refused
from dispatch.services.alarms import clear_alarm
from dispatch.services.assignments import move_assignment
from dispatch.services.clocks import (
    pause_clocks,
    resume_clocks,
    retarget_clocks,
    start_clocks,
    start_owed,
    stop_clocks,
)
from dispatch.services.decide import route
from dispatch.services.knowledge import Knowledge
from dispatch.services.labels import record_answer, record_closing, record_reopening
from dispatch.services.notices import notify_caller
from dispatch.storage.assignments import assignments_of
from dispatch.storage.clocks import clocks_of
from dispatch.storage.incidents import fetch_incident, save_incident, touch
from dispatch.storage.transaction import Tx
from dispatch.texts import text

S = IncidentStatus
MIN_REASON = 5
REOPEN_WITHIN = timedelta(days=30)


def require_reason(reason: str, code: str) -> str:
    """A reason of at least 5 characters. Raises NeedsReason."""
    if len(reason.strip()) < MIN_REASON:
        raise NeedsReason(code, f"needs a reason of at least {MIN_REASON} characters")
    return reason.strip()


def require_open(incident: Incident) -> Incident:
    """Refuse to change what is closed or merged."""
    if not incident.is_open:
        raise Refused("incident_closed", f"incident {incident.number} is closed", number=incident.number)
    return incident


def see_incident(tx: Tx, incident: Incident, actor: str, knowledge: Knowledge) -> Incident:
    """A person opened it: the answer clock stops, the triage clock starts. Only the first time counts."""
    if incident.seen_at is not None or not incident.is_open:
        return incident
    after = save_incident(tx, incident, actor, seen_at=tx.now, seen_by=actor, owner=actor)
    stop_clocks(tx, incident.id, (Phase.ANSWER,), actor=actor)
    if after.triaged_at is None:
        start_clocks(tx, after, (Phase.TRIAGE,), knowledge)
    tx.emit("incident.seen", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number)
    return after


def confirm_triage(tx: Tx, incident: Incident, actor: str, knowledge: Knowledge) -> Incident:
    """Type, severity and place are a person's now: the dispatch clock starts."""
    incident = see_incident(tx, incident, actor, knowledge)
    if incident.triaged_at is not None:
        # It may have become an emergency only now: nothing ran for it before.
        start_owed(tx, incident, knowledge)
        return incident
    status = S.TRIAGED if incident.status is S.NEW else incident.status
    after = save_incident(tx, incident, actor, triaged_at=tx.now, status=status)
    stop_clocks(tx, incident.id, (Phase.TRIAGE,), actor=actor)
    start_owed(tx, after, knowledge)
    tx.emit("incident.triaged", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number)
    return after


def judge_life_threat(
    tx: Tx, incident: Incident, *, real: bool, reason: str, actor: str, knowledge: Knowledge
) -> Incident:
    """The operator's answer to 'belum pasti': kept as a labelled example; False never lowers by itself."""
    require_open(incident)
    after = save_incident(tx, incident, actor, life_threat=real, unsure=False)
    if real:
        after = apply_severity(tx, after, Severity.CRITICAL, actor, knowledge)
    seq = tx.emit(
        "incident.life_threat_judged", actor, incident_id=incident.id, touched=[touch(incident)],
        number=incident.number, real=real, reason=reason,
    )
    judged = ("life_threat", "severity") if real else ("life_threat",)
    record_answer(tx, after, "life_threat", judged, actor=actor, seq=seq, reason=reason)
    return confirm_triage(tx, after, actor, knowledge)


def set_severity(
    tx: Tx, incident: Incident, severity: Severity, *, reason: str, actor: str, knowledge: Knowledge
) -> Incident:
    """Raise freely; lowering is a person's act with a reason."""
    require_open(incident)
    if incident.severity is not None and severity.rank > incident.severity.rank:
        reason = require_reason(reason, "reason_to_lower")
    after = apply_severity(tx, incident, severity, actor, knowledge, reason)
    if after is not incident:
        record_answer(tx, after, "severity", ("severity",), actor=actor, seq=tx.head.seq, reason=reason)
    return confirm_triage(tx, after, actor, knowledge)


def apply_severity(
    tx: Tx, incident: Incident, severity: Severity, actor: str, knowledge: Knowledge, reason: str = ""
) -> Incident:
    """The new severity with its event and its limits; who may set it is judged before."""
    if incident.severity is severity:
        return incident
    changes: dict[str, Any] = {"severity": severity}
    if severity is not Severity.CRITICAL and incident.unsure:
        changes["unsure"] = False
    after = save_incident(tx, incident, actor, **changes)
    retarget_clocks(tx, after, knowledge)
    tx.emit(
        "incident.severity_changed", actor, incident_id=incident.id, touched=[touch(incident)],
        number=incident.number, before=incident.severity.value if incident.severity else None,
        severity=severity.value, reason=reason,
    )
    return after


def raise_for_scene(
    tx: Tx, incident: Incident, knowledge: Knowledge, *before: Incident, said_anew: bool = False
) -> Incident:
    """Raise by the rules for what is noted of the scene; ``said_anew`` what they look at has just been noted.

    Otherwise a rule that held already for one of ``before`` has had its say: a person may have lowered since.
    """
    rules = [
        rule for rule in knowledge.rules.scene
        if said_anew or not any(one.severity and rule.holds(one.scene, one.types) for one in before)
    ]
    severity, names = raised_by(rules, incident.scene, incident.types, incident.severity)
    if severity is None or not names:
        return incident
    known = replace(incident.scene, raised=tuple(dict.fromkeys((*incident.scene.raised, *names))))
    after = save_incident(tx, incident, "system", scene=known)
    reason = text("scene.by_rule", knowledge.lang, rule=", ".join(names))
    after = apply_severity(tx, after, severity, "system", knowledge, reason)
    start_owed(tx, after, knowledge)
    return after


def set_type(
    tx: Tx, incident: Incident, kind: str, subtype: str, *, actor: str, knowledge: Knowledge,
    also: tuple[str, ...] = (),
) -> Incident:
    """Another type, or ``also`` further ones: routing runs again, agencies may be added, the severity may only rise."""
    require_open(incident)
    known = knowledge.rules.types.get(kind)
    if known is None:
        raise Invalid("no_type", f"no type {kind}", type=kind)
    if subtype and subtype not in known.subtypes:
        raise Invalid("no_type", f"no type {kind}.{subtype}", type=f"{kind}.{subtype}")
    severity = incident.severity
    if kind not in NO_SEVERITY_TYPES:
        severity = highest(severity, knowledge.rules.default_severity(kind, subtype)) or Severity.LOW
    if strange := [t for t in also if t not in knowledge.rules.types]:
        raise Invalid("no_type", f"no type {strange[0]}", type=strange[0])
    also = tuple(t for t in dict.fromkeys((*incident.also_types, *also)) if t != kind)
    changed = replace(incident, type=kind, subtype=subtype, severity=severity, also_types=also)
    agencies, severity = _routed(tx, changed, knowledge)
    after = save_incident(
        tx, incident, actor, type=kind, subtype=subtype, also_types=also, severity=severity,
        # Doubt about the type is settled by a person's; doubt about a life is not.
        unsure=incident.unsure and (incident.life_threat or severity is Severity.CRITICAL), agencies=agencies,
    )
    retarget_clocks(tx, after, knowledge)
    seq = tx.emit(
        "incident.type_changed", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        before=incident.type, type=kind, subtype=subtype, agencies=list(after.agencies),
    )
    record_answer(tx, after, "type", ("type", "subtype"), actor=actor, seq=seq)
    return confirm_triage(tx, raise_for_scene(tx, after, knowledge, incident), actor, knowledge)


def _routed(tx: Tx, incident: Incident, knowledge: Knowledge) -> tuple[tuple[str, ...], Severity | None]:
    """The agencies of the new facts plus those already on it, and the severity a route raises it to."""
    triage = Triage(
        type=incident.type, severity=incident.severity, also_types=incident.also_types, subtype=incident.subtype,
        life_threat=incident.life_threat, place=incident.place,
    )
    decided = route(triage, incident.channel, tx, knowledge)
    working = [a.agency for a in assignments_of(tx, incident.id) if a.is_live]
    return tuple(dict.fromkeys((*decided.agencies, *working))), highest(incident.severity, decided.severity)


def set_place(tx: Tx, incident: Incident, place: Place, *, actor: str, knowledge: Knowledge) -> Incident:
    """A person's place. The caller's own words stay in ``text``."""
    require_open(incident)
    place = replace(place, text=incident.place.text or place.text)
    agencies, severity = _routed(tx, replace(incident, place=place), knowledge)
    after = save_incident(tx, incident, actor, place=place, agencies=agencies)
    if severity is not None:
        after = apply_severity(tx, after, severity, "system", knowledge)
    seq = tx.emit(
        "incident.located", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        code=place.code, desa=place.desa, kecamatan=place.kecamatan, landmark=place.landmark,
        ambiguous=place.ambiguous,
    )
    if not place.ambiguous:
        record_answer(tx, after, "place", ("place",), actor=actor, seq=seq)
    return after


def add_remark(tx: Tx, incident: Incident, words: str, *, actor: str, card: bool = False) -> Incident:
    """A line in the chronology. ``card``: it holds a protocol card as it was answered."""
    if not words.strip():
        raise Invalid("empty_remark", "a remark needs words")
    tx.emit(
        "remark.added", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        text=words.strip(), **({"card": True} if card else {}),
    )
    return incident


def hold_incident(
    tx: Tx, incident: Incident, until: datetime | None, reason: str, *, actor: str, knowledge: Knowledge
) -> Incident:
    """Set aside with a reminder. The clocks of medium and low stand still; urgent ones run on."""
    require_open(incident)
    if not may(INCIDENT, incident.status, S.HELD) and incident.status is not S.HELD:
        raise Refused("cannot_hold", f"{incident.number} is {incident.status}", number=incident.number)
    # Seen, not confirmed: its triage is owed while it is set aside.
    incident = see_incident(tx, incident, actor, knowledge)
    after = save_incident(tx, incident, actor, status=S.HELD, held_until=until, held_reason=reason)
    clear_alarm(tx, reminder_of(incident), actor)
    pause_clocks(tx, after, reason or "held", actor)
    tx.emit(
        "incident.held", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        until=until.isoformat() if until else "", reason=reason,
    )
    return after


def resume_incident(tx: Tx, incident: Incident, *, actor: str, knowledge: Knowledge) -> Incident:
    """The reminder came, or a person takes it up again: back to where it was, with whoever is on it."""
    waiting = S.NEW if incident.triaged_at is None else S.TRIAGED
    status = incident_status_for(waiting, [item.status for item in assignments_of(tx, incident.id)])
    after = save_incident(tx, incident, actor, status=status, held_until=None, held_reason="")
    resume_clocks(tx, after, knowledge)
    start_owed(tx, after, knowledge)
    tx.emit("incident.resumed", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number)
    return after


def close_incident(
    tx: Tx, incident: Incident, disposition: str, *, actor: str, knowledge: Knowledge, reason: str = ""
) -> Incident:
    """Close with a disposition. Refused while a unit is on it. All clocks stop, met or missed."""
    require_open(incident)
    busy = [a.subject for a in assignments_of(tx, incident.id) if a.is_live and a.unit]
    if busy:
        raise Refused("units_attached", f"{', '.join(busy)} still on it", number=incident.number, units=", ".join(busy))
    for item in [a for a in assignments_of(tx, incident.id) if a.is_live]:
        move_assignment(tx, item.id, AssignmentStatus.CLEARED, actor=actor, knowledge=knowledge)
    incident = fetch_incident(tx, incident.id)
    after = save_incident(
        tx, incident, actor, status=S.CLOSED, disposition=disposition, closed_at=tx.now,
        resolved_at=incident.resolved_at or tx.now, callback_due=False, unsure=False, held_until=None, held_reason="",
        seen_at=incident.seen_at or tx.now, seen_by=incident.seen_by or actor,
        owner=incident.owner or actor,
    )
    stop_clocks(tx, incident.id, (Phase.ANSWER, Phase.RESOLVE), everywhere=True, actor=actor)
    stop_clocks(tx, incident.id, everywhere=True, cancelled=True, actor=actor)
    clear_alarm(tx, reminder_of(incident), actor)
    seq = tx.emit(
        "incident.closed", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        disposition=disposition, reason=reason,
    )
    record_closing(tx, after, actor=actor, seq=seq, reason=reason)
    if incident.dispatched_at is not None:
        notify_caller(tx, replace(after, status=S.RESOLVED), knowledge)
    return after


def unanswered_clocks(tx: Tx, incident: Incident) -> list[str]:
    """Phases still running before anybody was sent: closing then needs a second look."""
    early = (Phase.ANSWER, Phase.TRIAGE, Phase.DISPATCH)
    return [c.phase.value for c in clocks_of(tx, incident.id) if c.is_running and c.phase in early]


def reopen_incident(tx: Tx, incident: Incident, *, actor: str, knowledge: Knowledge, reason: str = "") -> Incident:
    """Back on the board; dispatch is owed again."""
    if incident.status not in (S.RESOLVED, S.CLOSED):
        raise Refused("cannot_reopen", f"{incident.number} is {incident.status}", number=incident.number)
    ended_at = incident.closed_at or incident.resolved_at
    if ended_at is not None and tx.now - ended_at > REOPEN_WITHIN:
        raise Refused("too_old_to_reopen", f"{incident.number} ended over 30 days ago", number=incident.number)
    after = save_incident(
        tx, incident, actor, status=S.REOPENED, closed_at=None, resolved_at=None, disposition="",
        triaged_at=incident.triaged_at or tx.now,
    )
    start_owed(tx, after, knowledge)
    seq = tx.emit(
        "incident.reopened", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        reason=reason,
    )
    record_reopening(tx, incident, after, actor=actor, seq=seq, reason=reason)
    return after


def reminder_of(incident: Incident) -> str:
    """The cause of the alarm that a held incident's time has come."""
    return f"reminder:{incident.id}"
