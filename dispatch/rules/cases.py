"""Runs the examples that live in the rules file. Owns the comparison, no routing and no triage.

Triage is handed in as a callable, because rules and triage must not know each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dispatch.domain.clock import Phase, deadlines
from dispatch.domain.policy import policy_for
from dispatch.domain.report import NO_SEVERITY_TYPES, Channel, Triage
from dispatch.domain.roster import planned
from dispatch.domain.routing import Decision, Facts, RuleCase, RuleSet, decide
from dispatch.domain.severity import Severity, highest
from dispatch.errors import Problem

Classify = Callable[[str, datetime, Channel], Triage]
"""Text, time and channel -> what the words mean."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """``faults`` says what came out otherwise than expected; ``skipped`` that nobody can read texts here."""

    case: RuleCase
    faults: tuple[str, ...]
    skipped: bool = False

    @property
    def passed(self) -> bool:
        return not self.faults and not self.skipped


def starting_severity(rules: RuleSet, kind: str, subtype: str, given: Severity | None, threat: bool) -> Severity | None:
    """What routing sees: the given severity or the type's own, and critical whenever a life is at risk."""
    if kind in NO_SEVERITY_TYPES:
        return None
    start = given or rules.default_severity(kind, subtype)
    return highest(start, Severity.CRITICAL) if threat else start


def facts_of_triage(rules: RuleSet, triage: Triage, at: datetime, channel: str) -> Facts:
    """The facts a decision is made on, from what triage read."""
    return Facts(
        type=triage.type,
        at=at,
        severity=starting_severity(rules, triage.type, triage.subtype, triage.severity, triage.life_threat),
        also_types=triage.also_types,
        subtype=triage.subtype,
        life_threat=triage.life_threat,
        place=triage.place,
        channel=channel,
    )


def facts_of_case(rules: RuleSet, case: RuleCase) -> Facts:
    """The facts an example gives by hand."""
    threat = bool(case.life_threat)
    severity = starting_severity(rules, case.type, case.subtype, case.severity, threat)
    return Facts(case.type, case.at, severity, case.also_types, case.subtype, threat, case.place, case.channel)


def run_case(rules: RuleSet, case: RuleCase, classify: Classify | None = None) -> CaseResult:
    """Decide one example and compare."""
    if not case.text:
        facts = facts_of_case(rules, case)
    elif classify is None:
        return CaseResult(case, (), skipped=True)
    else:
        triage = classify(case.text, case.at, Channel(case.channel))
        facts = facts_of_triage(rules, triage, case.at, case.channel)
    decision = decide(rules, facts)
    return CaseResult(case, (*_compare_facts(case, facts), *_compare_decision(case, decision),
                             *_compare_reaching(rules, case, decision), *_compare_on_call(rules, case),
                             *_compare_due(rules, case, facts, decision)))


def run_cases(rules: RuleSet, classify: Classify | None = None) -> list[CaseResult]:
    return [run_case(rules, case, classify) for case in rules.cases]


def _compare_reaching(rules: RuleSet, case: RuleCase, decision: Decision) -> list[str]:
    found = {
        agency: policy_for(rules.reaching, agency, decision.severity or Severity.LOW).name
        for agency in case.expected.reaching
    }
    return [
        _differs(f"reaching.{agency}", wanted, found[agency])
        for agency, wanted in case.expected.reaching.items() if wanted != found[agency]
    ]


def _compare_on_call(rules: RuleSet, case: RuleCase) -> list[str]:
    found = {agency: planned(rules.rosters[agency], case.at) for agency in case.expected.on_call}
    return [
        _differs(f"on_call.{agency}", wanted, found[agency])
        for agency, wanted in case.expected.on_call.items() if wanted != found[agency]
    ]


def verify_cases(rules: RuleSet, classify: Classify | None = None, file: str = "") -> list[Problem]:
    """The failing examples as problems of the file, for the reloader."""
    return [
        Problem(fault, file, result.case.line, f"tests[{result.case.name}]")
        for result in run_cases(rules, classify)
        for fault in result.faults
    ]


def _differs(what: str, wanted: object, got: object) -> str:
    return f"{what}: expected {_say(wanted)}, got {_say(got)}"


def _say(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "nobody"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value in (None, "") else str(value)


def _compare_facts(case: RuleCase, facts: Facts) -> list[str]:
    want = case.expected
    pairs = (
        ("type", want.type, facts.type),
        ("also_types", want.also_types, facts.also_types),
        ("subtype", want.subtype, facts.subtype),
        ("life_threat", want.life_threat, facts.life_threat),
        ("kecamatan", want.kecamatan, facts.place.kecamatan),
    )
    return [_differs(what, wanted, got) for what, wanted, got in pairs if wanted is not None and wanted != got]


def _compare_decision(case: RuleCase, decision: Decision) -> list[str]:
    want = case.expected
    pairs = (
        ("agencies", want.agencies, decision.agencies),
        # A single expected rule is that of the first type; the others follow their own.
        ("rule", want.rules, decision.rules[: len(want.rules)] if want.rules else None),
        ("severity", want.severity, decision.severity),
    )
    return [_differs(what, wanted, got) for what, wanted, got in pairs if wanted is not None and wanted != got]


def due_at(rules: RuleSet, phase: Phase, agency: str, facts: Facts, severity: Severity | None) -> datetime | None:
    """When a clock started at the facts' time is due; None when there is no limit."""
    if severity is None:
        return None
    target = rules.target_for(phase, severity, facts.type, agency, facts.channel)
    if target is None:
        return None
    return deadlines(facts.at, target.limit, rules.calendar_for(target, agency)).due_at


def _compare_due(rules: RuleSet, case: RuleCase, facts: Facts, decision: Decision) -> list[str]:
    faults = []
    for key, wanted in case.expected.due.items():
        phase, _, agency = key.partition(".")
        got = due_at(rules, Phase(phase), agency or decision.agencies[0], facts, decision.severity)
        if got != wanted:
            faults.append(_differs(f"due {key}", wanted, got))
    return faults
