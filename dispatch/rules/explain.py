"""Says in words why an incident went where it went. Owns the sentences only.

Prints the ``Decision`` made by ``dispatch.domain.routing.decide`` and what was on both sides of a part
that failed. Contains no matching: what is not in the decision is not said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, time
from itertools import groupby
from zoneinfo import ZoneInfo

from dispatch.domain.clock import Phase
from dispatch.domain.fold import Needs
from dispatch.domain.report import Triage
from dispatch.domain.routing import Condition, Decision, Facts, Route, RuleSet, Step
from dispatch.domain.severity import Severity
from dispatch.rules.cases import due_at
from dispatch.rules.span import written
from dispatch.texts import text


def label(labels: dict[str, str] | None, code: str, lang: str) -> str:
    """A label in the reader's language, Indonesian when it has none, the code when there are none at all."""
    return (labels or {}).get(lang) or (labels or {}).get("id") or code


def render_decision(rules: RuleSet, facts: Facts, decision: Decision, lang: str = "id") -> list[str]:
    """The lines of an explanation: the answer first, then each rule looked at, then the limits."""
    facts = replace(facts, at=facts.at.astimezone(ZoneInfo(rules.tz_name)))
    return [
        text("rules.head", lang, version=rules.version, digest=rules.digest[:12]),
        *_summary(rules, facts, decision, lang),
        *_trace(rules, facts, decision.trace, lang),
        *_limits(rules, facts, decision, lang),
    ]


def render_folding(rules: RuleSet, facts: Facts, lang: str = "id") -> list[str]:
    """When such a report joins an open incident by itself, and what a rush changes of it."""
    fold = rules.folding
    kind, rush = fold.kind_of(facts.type, facts.subtype), fold.rush
    lines = [text("rules.fold_head", lang), text(
        "rules.fold_kind" if kind else "rules.fold_never", lang, suggest=written(fold.suggest_within),
        within=written(kind.within) if kind else "", needs=_needs(kind.needs, lang) if kind else "",
    )]
    if rush is None or rush.factor <= 1:
        return lines
    joins = kind is not None and not facts.life_threat
    needs = Needs.VILLAGE if kind and kind.area else Needs.SPOT
    lines.append(text(
        "rules.fold_rush" if joins else "rules.fold_rush_never", lang, incidents=rush.incidents,
        span=written(rush.within), within=written(kind.within * rush.factor) if kind else "",
        needs=_needs(needs, lang), suggest=written(fold.suggest_within * rush.factor),
    ))
    return [*lines, *([text("rules.fold_life", lang)] if facts.life_threat else [])]


def _needs(needs: Needs, lang: str) -> str:
    return text(f"rules.needs.{needs}", lang)


def render_triage(triage: Triage, lang: str = "id") -> list[str]:
    """Why the words mean what they mean, as triage itself recorded it."""
    lines = [text("rules.words_head", lang, confidence=f"{triage.confidence:.2f}")]
    for reason in triage.reasons:
        words = " ".join(reason.words) or "-"
        lines.append(
            text("rules.words_line", lang, words=words, effect=reason.effect, value=reason.value, rule=reason.rule)
        )
    return lines


def _summary(rules: RuleSet, facts: Facts, decision: Decision, lang: str) -> list[str]:
    kinds = ", ".join(_type(rules, kind, lang) for kind in (facts.type, *facts.also_types))
    if facts.subtype:
        known = rules.types.get(facts.type)
        subtype = known.subtypes.get(facts.subtype) if known else None
        kinds += f" ({label(subtype.labels if subtype else None, facts.subtype, lang)})"
    raised = ""
    if decision.severity != facts.severity:
        raised = text("rules.raised", lang, before=_severity(facts.severity, lang))
    return [
        text("rules.type", lang, value=kinds),
        text("rules.severity", lang, value=_severity(decision.severity, lang) + raised),
        text("rules.agencies", lang, value=_agencies(rules, decision.agencies, lang)),
        text("rules.matched", lang, value=", ".join(decision.rules)),
    ]


def _trace(rules: RuleSet, facts: Facts, steps: Iterable[Step], lang: str) -> list[str]:
    """Rules of other types are only counted: a line for each would bury the one that decided."""
    routes = {route.name: route for route in (*rules.routes, rules.root)}
    lines = []
    for kind, looked in groupby(steps, key=lambda step: step.type):
        lines.append(text("rules.trace_head", lang, type=_type(rules, kind, lang)))
        skipped = 0
        for step in looked:
            if step.failed == "types":
                skipped += 1
            else:
                lines.append(_step(rules, routes[step.rule], step, facts, lang))
        if skipped:
            lines.append(text("rules.skipped", lang, count=skipped))
    return lines


def _step(rules: RuleSet, route: Route, step: Step, facts: Facts, lang: str) -> str:
    where = f"{route.name}:{route.line}" if route.line else route.name
    if step.matched:
        return text("rules.hit", lang, rule=where, agencies=_agencies(rules, route.agencies, lang))
    asked, found = SIDES[step.failed](route.when, facts)
    part = text(f"rules.part.{step.failed}", lang)
    return text("rules.miss", lang, rule=where, part=part, asked=_shown(asked, lang), found=_shown(found, lang))


SIDES: dict[str, Callable[[Condition, Facts], tuple[object, object]]] = {
    "subtypes": lambda c, f: (c.subtypes, f.subtype),
    "severities": lambda c, f: (c.severities, f.severity),
    "life_threat": lambda c, f: (c.life_threat, f.life_threat),
    "places": lambda c, f: (c.places, f.place.kecamatan or f.place.code),
    "channels": lambda c, f: (c.channels, f.channel),
    "days": lambda c, f: (c.days, f.at.weekday()),
    "time": lambda c, f: (f"{_hour(c.from_)}-{_hour(c.to)}", f.at.strftime("%H:%M")),
    "working": lambda c, f: (f"{c.calendar} {'+' if c.working else '-'}", f.at.strftime("%Y-%m-%d %H:%M")),
    "outside": lambda c, f: (c.outside, f.place.outside or False),
}
"""Part of a condition -> what the rule asks and what the report has."""


def _hour(moment: time | None) -> str:
    return "..." if moment is None else "24:00" if moment == time.max else f"{moment:%H:%M}"


def _limits(rules: RuleSet, facts: Facts, decision: Decision, lang: str) -> list[str]:
    """When each clock of the leading agency would be due if it started now."""
    lines = []
    for phase in Phase:
        due = due_at(rules, phase, decision.agencies[0], facts, decision.severity)
        if due is not None:
            lines.append(text("rules.limit", lang, phase=text(f"phase.{phase}", lang), due=_local(due, facts.at)))
    return [text("rules.limits_head", lang), *lines] if lines else [text("rules.no_limits", lang)]


def _local(due: datetime, at: datetime) -> str:
    local = due.astimezone(at.tzinfo)
    return local.strftime("%H:%M:%S" if local.date() == at.date() else "%Y-%m-%d %H:%M:%S")


def _type(rules: RuleSet, kind: str, lang: str) -> str:
    known = rules.types.get(kind)
    return f"{known.short} {label(known.labels, kind, lang)}" if known else kind


def _agencies(rules: RuleSet, codes: Iterable[str], lang: str) -> str:
    return ", ".join(
        label(rules.agencies[code].labels if code in rules.agencies else None, code, lang) for code in codes
    )


def _severity(severity: Severity | None, lang: str) -> str:
    return "-" if severity is None else f"P{severity.rank} {text(f'rules.level.{severity}', lang)}"


def _shown(value: object, lang: str) -> str:
    if isinstance(value, Severity):
        return _severity(value, lang)
    if isinstance(value, bool):
        return text("rules.yes" if value else "rules.no", lang)
    if isinstance(value, frozenset):
        return "/".join(sorted(_shown(item, lang) for item in value))
    return str(value) if value not in (None, "") else "-"
