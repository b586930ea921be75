"""Same event: a report joins an open incident, and is taken out of it again. It may only add and raise; the desks of
an incident that nobody knew anything about give way to the agencies of what it turns out to be.

Owns what a joined report changes; whether it is the same event is decided by ``domain.fold``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from dispatch.domain.dedup import VAGUE_TYPES
from dispatch.domain.fold import Choice, FoldRules, Sighting, Suggestion, choose
from dispatch.domain.incident import Duplicate, Incident
from dispatch.domain.instant import to_ms
from dispatch.domain.place import Place
from dispatch.domain.report import NO_SEVERITY_TYPES, Channel, NewReport, Triage
from dispatch.domain.rush import DISTRICT_LENGTH, choose_in_rush, rush_until
from dispatch.domain.severity import Severity, highest
from dispatch.services.alarms import EMERGENCY, NEEDED, raise_alarm
from dispatch.services.clocks import retarget_clocks, start_owed
from dispatch.services.danger import tell_words
from dispatch.services.decide import route
from dispatch.services.incidents import raise_for_scene
from dispatch.services.knowledge import Knowledge
from dispatch.services.scene import tell_landmark
from dispatch.storage.assignments import assignments_of
from dispatch.storage.incidents import count_report, neighbours, of_its_kind, opened_lately, save_incident, touch
from dispatch.storage.transaction import Tx

MAX_DUPLICATES = 5


def same_event(tx: Tx, report: NewReport, triage: Triage, knowledge: Knowledge) -> Choice:
    """What the open incidents around it say of a new report. An operator's own entry never joins by itself."""
    new = Sighting(
        report.received_at, triage.types, triage.place, report.text, triage.subtype, triage.life_threat,
        urgent=triage.severity is not None and triage.severity.is_urgent, learned=triage.subtype_learned,
    )
    choice = _choice(tx, new, knowledge) if _is_comparable(new) else Choice()
    if choice.join is not None and report.channel is Channel.OPERATOR:
        return Choice(suggestions=(choice.join,))
    return choice


def suggest_anew(tx: Tx, item: Incident, actor: str, knowledge: Knowledge) -> Incident:
    """After ``actor`` said where or what it is: which other open incidents may be the same event. Joins nothing.

    What was shown for another reason (the caller's own, one that stands out of a surge) stays.
    """
    seen = Sighting(
        item.opened_at, item.types, item.place, item.summary, item.subtype, item.life_threat, id=item.id,
        number=item.number, learned=True,
    )
    if not item.is_open or not _is_comparable(seen):
        return item
    choice = _choice(tx, seen, knowledge)
    likely = Choice(suggestions=(*filter(None, [choice.join]), *choice.suggestions))
    callers = tuple(d for d in item.duplicates if d.reason == "same_caller")
    odd = tuple(d for d in item.duplicates if d.reason == "odd")
    found = suggestions_of(likely, callers)
    shown = (*found, *(d for d in odd if d.incident_id not in {other.incident_id for other in found}))
    return save_incident(tx, item, actor, duplicates=shown) if shown != item.duplicates else item


def _is_comparable(new: Sighting) -> bool:
    """Whether it is an event at all, at a place that one can be near to."""
    place = new.place
    if new.types[0] in NO_SEVERITY_TYPES or place.outside or place.ambiguous:
        return False
    return len(place.code) >= DISTRICT_LENGTH or place.lat is not None


def _choice(tx: Tx, new: Sighting, knowledge: Knowledge) -> Choice:
    rules = knowledge.rules.folding
    choice = choose(new, _others(tx, new, to_ms(new.at - rules.longest)), rules)
    return _widened(tx, choice, new, rules) if choice.join is None and in_rush(tx, rules) else choice


def _others(tx: Tx, new: Sighting, since_ms: int) -> list[Sighting]:
    return [other for other in neighbours(tx, new.place.code, since_ms) if other.id != new.id]


def in_rush(tx: Tx, rules: FoldRules) -> bool:
    """Whether a rush of incidents over the whole centre widens what is compared now."""
    if rules.rush is None:
        return False
    since = to_ms(tx.now - 2 * rules.rush.within)
    return rush_until(opened_lately(tx, since, rules.rush.looked_at), tx.now, rules.rush) is not None


def _widened(tx: Tx, usual: Choice, new: Sighting, rules: FoldRules) -> Choice:
    assert rules.rush is not None
    factor, code = rules.rush.factor, new.place.code
    others = _others(tx, new, to_ms(new.at - rules.longest * factor))
    since, elsewhere = to_ms(new.at - rules.suggest_within * factor), []
    if code:
        found = of_its_kind(tx, new.types[0], code[:DISTRICT_LENGTH], since)
        elsewhere = [other for other in found if other.place.code != code]
    return choose_in_rush(usual, new, others, elsewhere, rules, factor)


def suggestions_of(choice: Choice, others: tuple[Duplicate, ...] = ()) -> tuple[Duplicate, ...]:
    """What is shown beside a new incident, best first; ``others`` go in front."""
    found = [_suggested(s) for s in choice.suggestions if s.other.number != choice.odd]
    odd = [
        Duplicate(s.other.id, s.other.number, 0.0, "odd", s.opinion.params)
        for s in choice.suggestions if s.other.number == choice.odd
    ]
    known = {d.incident_id for d in others}
    return (*others, *(d for d in found if d.incident_id not in known))[:MAX_DUPLICATES] + tuple(odd)


def _suggested(suggestion: Suggestion) -> Duplicate:
    other, opinion = suggestion.other, suggestion.opinion
    return Duplicate(other.id, other.number, opinion.score, opinion.reason, opinion.params)


def same_caller(earlier: Incident, report: NewReport) -> Duplicate:
    """The caller's other open incident, shown beside what seems to be a further emergency."""
    minutes = max(0, int((report.received_at - earlier.opened_at) / timedelta(minutes=1)))
    return Duplicate(
        earlier.id, earlier.number, 0.5, "same_caller",
        {"where": earlier.place.desa or earlier.place.kecamatan, "minutes": minutes, "type": earlier.type},
    )


def mark_odd(tx: Tx, incident: Incident, surge: int) -> None:
    """It stands out from a surge at its place: somebody must look at it by itself."""
    level = EMERGENCY if incident.severity is Severity.CRITICAL else NEEDED
    raise_alarm(
        tx, level=level, kind="odd_one_out", cause=f"odd:{incident.id}", incident_id=incident.id,
        number=incident.number, surge=surge,
    )


def join_report(tx: Tx, incident: Incident, report: NewReport, triage: Triage, knowledge: Knowledge) -> Incident:
    """One more report of the same event. Says it nothing new, it is counted and no more; a raise is alarmed."""
    wants_callback = report.extra.get("callback") == "1"
    tell_words(tx, incident, [report.text], knowledge)
    if _adds_nothing(incident, triage) and not wants_callback:
        return count_report(tx, incident)
    after = _united_with(
        tx, incident, triage, knowledge, report.text, reports=incident.reports + 1,
        callback_due=incident.callback_due or wants_callback,
    )
    if _is_raised(incident, after) and report.channel is not Channel.OPERATOR:  # who wrote it down knows it
        _alarm_raised(tx, after)
    return after


def add_facts(tx: Tx, incident: Incident, triage: Triage, knowledge: Knowledge, *, summary: str) -> Incident:
    """What a caller says while they speak: no further report, but it may add and raise as one would.

    Alarmed only once a person has judged the incident: before that they are at it with the caller on the line.
    """
    if _adds_nothing(incident, triage):
        return incident
    after = _united_with(tx, incident, triage, knowledge, summary)
    if _is_raised(incident, after) and incident.triaged_at is not None:
        _alarm_raised(tx, after)
    return after


def _united_with(
    tx: Tx, incident: Incident, triage: Triage, knowledge: Knowledge, words: str, **changes: Any
) -> Incident:
    says_more = incident.type in VAGUE_TYPES and triage.type not in VAGUE_TYPES
    merged = replace(
        triage,
        type=triage.type if says_more else incident.type,
        also_types=_united(incident, triage, says_more=says_more),
        subtype=incident.subtype or triage.subtype,
        severity=highest(incident.severity, triage.severity),
        life_threat=incident.life_threat or triage.life_threat,
        place=better_place(incident.place, triage.place),
    )
    decision = route(merged, incident.channel, tx, knowledge)
    after = save_incident(
        tx, incident, "citizen", type=merged.type, also_types=merged.also_types,
        subtype=merged.subtype, severity=highest(incident.severity, decision.severity), life_threat=merged.life_threat,
        place=merged.place, unsure=incident.unsure or (triage.life_threat and triage.unsure),
        agencies=tuple(dict.fromkeys((*_kept_agencies(tx, incident, says_more=says_more), *decision.agencies))),
        summary=words if says_more else incident.summary, **changes,
    )
    tell_landmark(tx, incident, after, "citizen", by_report=True)
    if after.severity != incident.severity:
        _severity_raised(tx, incident, after, knowledge)
    return raise_for_scene(tx, after, knowledge, incident)


def _kept_agencies(tx: Tx, incident: Incident, *, says_more: bool) -> Iterable[str]:
    """Those already on it. Who stood there only because nobody knew what it was about goes, unless they work."""
    if not says_more:
        return incident.agencies
    return [a.agency for a in assignments_of(tx, incident.id) if a.is_live]


def _adds_nothing(incident: Incident, triage: Triage) -> bool:
    known = incident.types
    return (
        incident.type not in VAGUE_TYPES
        and all(kind in known or kind in VAGUE_TYPES for kind in triage.types)
        and highest(incident.severity, triage.severity) is incident.severity
        and (incident.life_threat or not triage.life_threat)
        and bool(incident.subtype or not triage.subtype)
        and better_place(incident.place, triage.place) == incident.place
    )


def _is_raised(before: Incident, after: Incident) -> bool:
    """More urgent, a life in danger, or trouble that nobody knew of. The first words of a vague one are no raise."""
    more_types = before.type not in VAGUE_TYPES and set(after.types) > set(before.types)
    urgent = after.severity is not None and after.severity is not before.severity
    return urgent or more_types or (after.life_threat and not before.life_threat)


def _alarm_raised(tx: Tx, after: Incident) -> None:
    level = EMERGENCY if after.severity is Severity.CRITICAL else NEEDED
    raise_alarm(
        tx, level=level, kind="report_raised", cause=f"raised:{after.id}", incident_id=after.id,
        number=after.number, rank=after.severity.rank if after.severity else 0,
    )


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


def better_place(known: Place, said: Place) -> Place:
    """Keep what a person verified; otherwise the finer of the two, with a landmark where there was none."""
    if known.verified or not (said.is_known or said.landmark):
        return known
    if known.is_known and said.code in ("", known.code):
        return with_landmark(known, said)
    if not known.is_known or (said.code.startswith(known.code) and len(said.code) > len(known.code)):
        return replace(said, text=said.text or known.text, landmark=said.landmark or known.landmark)
    return known


def with_landmark(known: Place, said: Place) -> Place:
    """What a landmark says that is missing, of the same village or of words that name none."""
    fits = not known.landmark and said.code in ("", known.code)
    return replace(known, landmark=said.landmark) if fits else known


def fold_of(choice: Choice) -> dict[str, Any]:
    """Why a report joined, for its line in the log."""
    assert choice.join is not None
    return {"fold": choice.join.opinion.reason, **choice.join.opinion.params}
