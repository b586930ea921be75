"""Who answers: the rule set as plain data and the one function that decides. Total: it always answers.

The explainer prints the ``Decision`` made here; there is no second matcher.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dispatch.domain.clock import ALWAYS_KEY, Calendar, Phase
from dispatch.domain.contact import Contact as Contact
from dispatch.domain.fold import FoldRules
from dispatch.domain.hazard import Hazard
from dispatch.domain.place import NOWHERE, Place
from dispatch.domain.policy import Policy
from dispatch.domain.roster import Roster
from dispatch.domain.scene import SceneRule
from dispatch.domain.severity import Severity

Labels = dict[str, str]
"""Language code -> text, 'id' always present."""


@dataclass(frozen=True, slots=True)
class Agency:
    """``calendar`` names the working hours that medium and low clocks follow."""

    code: str
    labels: Labels
    calendar: str = ALWAYS_KEY
    contacts: tuple[Contact, ...] = ()
    short: str = ""


@dataclass(frozen=True, slots=True)
class Subtype:
    """``short`` is unique among all types, subtypes and districts (KBK-RMH). ``default_severity`` None
    means the type's own."""

    code: str
    labels: Labels
    short: str = ""
    default_severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class IncidentType:
    """``short`` is the three-letter code of the boards (MED, KBK ...). ``life_safety`` types never
    go below high automatically."""

    code: str
    short: str
    labels: Labels
    default_severity: Severity | None
    subtypes: dict[str, Subtype] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """All given parts must hold; an empty part does not restrict. Places are kecamatan names or codes
    (a code matches itself and everything below it). ``from_``/``to`` is local wall clock, may wrap
    midnight. ``days`` are weekdays, Monday = 0; ``calendar`` + ``working`` ask whether the moment lies
    inside or outside that calendar's working time. ``outside`` asks whether the scene lies in another regency."""

    types: frozenset[str] = frozenset()
    subtypes: frozenset[str] = frozenset()
    severities: frozenset[Severity] = frozenset()
    life_threat: bool | None = None
    places: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    days: frozenset[int] = frozenset()
    from_: time | None = None
    to: time | None = None
    calendar: str = ""
    working: bool | None = None
    outside: bool | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One routing rule. ``raise_to`` may only raise a severity, never lower it."""

    name: str
    when: Condition
    agencies: tuple[str, ...]
    raise_to: Severity | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """An SLA target: ``limit`` is time of ``calendar`` ('agency' = the first agency's calendar).

    A limit of zero says on purpose that there is none: it ends the search of ``RuleSet.target_for``.
    """

    phase: Phase
    severity: Severity
    limit: timedelta
    calendar: str = ALWAYS_KEY
    types: frozenset[str] = frozenset()
    agencies: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """What happens when a clock of ``phases`` reaches ``level`` ('warned', 'breached', 'serious').

    ``notify`` holds audiences: 'supervisor', 'agency_duty' (the incident's agencies' duty contacts),
    'unit' (the assigned unit's phone) or an agency code.
    """

    name: str
    level: str
    phases: frozenset[Phase]
    severities: frozenset[Severity]
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What an example demands; None = not looked at. ``due`` maps a phase, or 'phase.agency', to the
    instant it is due, or None for no limit."""

    agencies: tuple[str, ...] | None = None
    rules: tuple[str, ...] | None = None
    severity: Severity | None = None
    type: str | None = None
    also_types: tuple[str, ...] | None = None
    subtype: str | None = None
    life_threat: bool | None = None
    kecamatan: str | None = None
    reaching: dict[str, str] = field(default_factory=dict)
    """Agency -> name of the policy that reaches its team."""
    on_call: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Agency -> who is on call by the weekly pattern."""
    due: dict[str, datetime | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleCase:
    """An example that lives in the rules file: facts, or a ``text`` that triage turns into facts."""

    name: str
    at: datetime
    expected: Expected
    type: str = ""
    text: str = ""
    also_types: tuple[str, ...] = ()
    subtype: str = ""
    severity: Severity | None = None
    life_threat: bool | None = None
    place: Place = NOWHERE
    channel: str = "call"
    line: int = 0


@dataclass(frozen=True, slots=True)
class Cover:
    """The fewest free units of an agency that count as cover; ``kecamatan`` '' = in the whole centre."""

    agency: str
    minimum: int
    kecamatan: str = ""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """routing_rules.yaml, loaded and checked. ``digest`` is the SHA-256 of the file's bytes, hex."""

    digest: str
    version: str
    centre: str
    centre_labels: Labels
    tz_name: str
    agencies: dict[str, Agency]
    types: dict[str, IncidentType]
    routes: tuple[Route, ...]
    root: Route
    targets: tuple[Target, ...]
    calendars: dict[str, Calendar]
    escalation: tuple[EscalationStep, ...]
    districts: dict[str, str] = field(default_factory=dict)
    """Three-letter district code -> kecamatan name (SLW -> Slawi)."""
    dispositions: dict[str, Labels] = field(default_factory=dict)
    """Closing codes (sls, palsu ...) -> labels."""
    supervisors: tuple[Contact, ...] = ()
    triage: dict[str, object] = field(default_factory=dict)
    """The file's own additions to the lexicon, passed through to dispatch.triage."""
    folding: FoldRules = field(default_factory=FoldRules)
    """When a report joins an open incident by itself."""
    call_codes: dict[str, Labels] = field(default_factory=dict)
    """Short numbers the centre answers or hands a call to (112, 110 ...) -> labels."""
    reaching: tuple[Policy, ...] = ()
    """How a team is reached; the first that fits its agency and the severity."""
    rosters: dict[str, Roster] = field(default_factory=dict)
    """Agency -> who is on call when; without one its contacts always are."""
    hazards: tuple[Hazard, ...] = ()
    """What a crew is warned of."""
    scene: tuple[SceneRule, ...] = ()
    """What is noted of a scene and raises the severity."""
    cover: tuple[Cover, ...] = ()
    """The fewest free units; without any, nobody judges cover."""
    cases: tuple[RuleCase, ...] = ()
    """The examples of the file, run by dispatch.rules.cases."""

    def default_severity(self, kind: str, subtype: str = "") -> Severity | None:
        """What a type starts with when the words say nothing; a subtype may have its own."""
        known = self.types.get(kind)
        if known is None:
            return None
        sub = known.subtypes.get(subtype)
        return sub.default_severity if sub and sub.default_severity else known.default_severity

    def target_for(self, phase: Phase, severity: Severity, kind: str, agency: str, channel: str) -> Target | None:
        """The first target that fits; None when the phase has no limit for it."""
        for target in self.targets:
            fits = (
                target.phase == phase
                and target.severity == severity
                and (not target.types or kind in target.types)
                and (not target.agencies or agency in target.agencies)
                and (not target.channels or channel in target.channels)
            )
            if fits:
                return target if target.limit else None
        return None

    def calendar_for(self, target: Target, agency: str) -> Calendar:
        """The calendar a target is counted in; 'agency' means the given agency's own."""
        key = target.calendar
        if key == "agency":
            key = self.agencies[agency].calendar if agency in self.agencies else ALWAYS_KEY
        return self.calendars[key]


@dataclass(frozen=True, slots=True)
class Facts:
    """What a routing decision may look at. ``at`` is aware, in any zone."""

    type: str
    at: datetime
    severity: Severity | None
    also_types: tuple[str, ...] = ()
    subtype: str = ""
    life_threat: bool = False
    place: Place = NOWHERE
    channel: str = ""


class Step(NamedTuple):
    """One rule looked at for one type: ``failed`` names the part of the condition that did not hold."""

    type: str
    rule: str
    matched: bool
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """``agencies`` in order, the first is the lead. ``rules`` are the names that matched, one a type."""

    agencies: tuple[str, ...]
    severity: Severity | None
    rules: tuple[str, ...]
    trace: tuple[Step, ...]


def _time_holds(c: Condition, at: datetime) -> bool:
    start, end, moment = c.from_ or time.min, c.to or time.max, at.timetz().replace(tzinfo=None)
    return start <= moment < end if start <= end else (moment >= start or moment < end)


def _place_holds(places: frozenset[str], place: Place) -> bool:
    if place.kecamatan and place.kecamatan in places:
        return True
    return bool(place.code) and any(place.code == p or place.code.startswith(p + ".") for p in places)


def _working_holds(c: Condition, at: datetime, calendars: dict[str, Calendar]) -> bool:
    spans = calendars[c.calendar].spans(at.astimezone(calendars[c.calendar].tz).date())
    always = calendars[c.calendar].is_always
    return (always or any(opens <= at < closes for opens, closes in spans)) == c.working


def _checks(
    c: Condition, kind: str, facts: Facts, calendars: dict[str, Calendar]
) -> Iterator[tuple[str, bool]]:
    """The parts of a condition, cheapest first. Lazy: most rules already fail on the type."""
    yield "types", not c.types or kind in c.types
    yield "subtypes", not c.subtypes or (kind == facts.type and facts.subtype in c.subtypes)
    yield "severities", not c.severities or facts.severity in c.severities
    yield "life_threat", c.life_threat is None or c.life_threat == facts.life_threat
    yield "places", not c.places or _place_holds(c.places, facts.place)
    yield "channels", not c.channels or facts.channel in c.channels
    yield "days", not c.days or facts.at.weekday() in c.days
    yield "time", (c.from_ is None and c.to is None) or _time_holds(c, facts.at)
    yield "working", c.working is None or _working_holds(c, facts.at, calendars)
    yield "outside", c.outside is None or c.outside == bool(facts.place.outside)


def first_failure(c: Condition, kind: str, facts: Facts, calendars: dict[str, Calendar]) -> str:
    """The first part of the condition that does not hold; '' when all hold."""
    return next((name for name, holds in _checks(c, kind, facts, calendars) if not holds), "")


def decide(rules: RuleSet, facts: Facts) -> Decision:
    """First match wins for each of the report's types; the root rule matches what nothing else did."""
    # Wall-clock conditions mean the centre's clock, whatever zone the caller counts in.
    facts = replace(facts, at=facts.at.astimezone(ZoneInfo(rules.tz_name)))
    trace: list[Step] = []
    matched: list[Route] = []
    for kind in (facts.type, *facts.also_types):
        for route in rules.routes:
            failed = first_failure(route.when, kind, facts, rules.calendars)
            trace.append(Step(kind, route.name, not failed, failed))
            if not failed:
                matched.append(route)
                break
        else:
            trace.append(Step(kind, rules.root.name, True))
            matched.append(rules.root)
    agencies = tuple(dict.fromkeys(code for route in matched for code in route.agencies))
    severity = facts.severity
    for route in matched:
        if severity is not None and route.raise_to is not None and route.raise_to.rank < severity.rank:
            severity = route.raise_to
    return Decision(agencies, severity, tuple(route.name for route in matched), tuple(trace))
