"""Cross checks of what decides: routes, SLA targets, escalation steps. Reports faults, decides nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product

from dispatch.domain.clock import ALWAYS_KEY, Phase
from dispatch.domain.report import NO_SEVERITY_TYPES, Channel
from dispatch.domain.routing import Target
from dispatch.domain.severity import Severity
from dispatch.rules import schema
from dispatch.rules.build import AGENCY_CALENDAR, NO_LIMIT, build_route
from dispatch.rules.check import AUDIENCES, RESERVED_ROUTES
from dispatch.rules.finding import Findings
from dispatch.rules.reach import hidden_target, shadowed_by
from dispatch.rules.shape import Path, nearest

Limits = Mapping[schema.PhaseName, list[schema.TargetEntry]]
LONGEST_DAYS = 366
"""Three times a limit must still lie within the horizon of the working-time calculation."""
PLACE_CODE = re.compile(r"[0-9]{2}\.[0-9]{2}(?:\.[0-9]{2}(?:\.[0-9]{4})?)?\Z")


def check_routes(found: Findings, routes: list[schema.RouteEntry]) -> None:
    found.unique(("routes",), [route.name for route in routes])
    for index, route in enumerate(routes):
        path: Path = ("routes", index)
        if route.name in RESERVED_ROUTES:
            found.fault((*path, "name"), f"the name '{route.name}' is built in: choose another")
        found.refer_all((*path, "to"), route.to, found.names.agencies, "agency")
        _check_when(found, (*path, "when"), route.when)
        _check_raise(found, path, route)


def _check_when(found: Findings, path: Path, when: schema.WhenEntry) -> None:
    found.refer_all((*path, "types"), when.types, found.names.types, "type")
    kinds = [kind for kind in when.types or found.names.types if kind in found.names.types]
    possible = {sub: kind for kind in kinds for sub in found.names.types[kind]}
    of = f"subtype of {', '.join(kinds)}" if when.types else "subtype"
    found.refer_all((*path, "subtypes"), when.subtypes, possible, of)
    for index, place in enumerate(when.places or ()):
        _check_place(found, (*path, "places", index), place)
    if (when.calendar is None) != (when.working is None):
        found.fault(path, "'calendar' and 'working' belong together: inside or outside which working time")
    found.refer((*path, "calendar"), when.calendar, found.names.calendars, "calendar")
    if when.calendar == ALWAYS_KEY:
        found.fault((*path, "calendar"), "this calendar never closes: the condition asks nothing")
    if when.from_ is not None and when.from_ == (when.to or "24:00"):
        found.fault((*path, "from"), "'from' and 'to' are equal: the condition can never hold")


def _check_place(found: Findings, path: Path, place: str) -> None:
    districts = found.names.districts
    if place in districts or place in districts.values():
        return
    if PLACE_CODE.match(place):
        centre = found.names.centre
        if centre and place != centre and not place.startswith(centre + "."):
            found.fault(path, f"{place} does not lie in {centre}: use 'outside: true' for other regencies")
        return
    found.fault(path, f"unknown place '{place}'", nearest(place, [*districts.values(), *districts]))


def _check_raise(found: Findings, path: Path, route: schema.RouteEntry) -> None:
    if route.raise_to is None or not route.when.severities:
        return
    wanted = Severity(route.raise_to).rank
    if all(Severity(name).rank <= wanted for name in route.when.severities):
        found.fault((*path, "raise_to"), "raises nothing: the condition only lets in what is as severe or more")


def check_reach(found: Findings, routes: list[schema.RouteEntry]) -> None:
    """Each route must be able to match something that no earlier one takes."""
    built = [build_route(route, found.names.districts, 0) for route in routes]
    for index in range(len(built)):
        takers = shadowed_by(built, index, found.names)
        if takers:
            said = ", ".join(takers[:4])
            found.fault(("routes", index), f"can never match: {said} before it takes everything it asks for")


def check_targets(found: Findings, sla: Limits) -> None:
    for phase, entries in sla.items():
        for index, entry in enumerate(entries):
            _check_target(found, ("sla", phase, index), entry)
        _check_hidden(found, phase, entries)


def _check_target(found: Findings, path: Path, entry: schema.TargetEntry) -> None:
    found.refer_all((*path, "types"), entry.types, found.names.types, "type")
    found.refer_all((*path, "agencies"), entry.agencies, found.names.agencies, "agency")
    found.refer((*path, "calendar"), entry.calendar, (*found.names.calendars, AGENCY_CALENDAR), "calendar")
    if entry.limit.endswith("d") and int(entry.limit[:-1]) > LONGEST_DAYS:
        found.fault((*path, "limit"), f"longer than {LONGEST_DAYS} days")
    if Severity(entry.severity).is_urgent and entry.calendar != ALWAYS_KEY:
        found.fault((*path, "calendar"), f"{entry.severity} runs around the clock: leave the calendar out")


def _as_target(phase: str, entry: schema.TargetEntry) -> Target:
    """Enough of a target to ask whom it is for; the limit is not looked at."""
    return Target(
        Phase(phase), Severity(entry.severity), NO_LIMIT, entry.calendar,
        frozenset(entry.types or ()), frozenset(entry.agencies or ()), frozenset(entry.channels or ()),
    )


def _check_hidden(found: Findings, phase: str, entries: list[schema.TargetEntry]) -> None:
    targets = [_as_target(phase, entry) for entry in entries]
    for index in range(len(targets)):
        early = hidden_target(targets, index)
        if early is not None:
            line = found.line(("sla", phase, targets.index(early)))
            found.fault(("sla", phase, index), f"never used: the limit on line {line} is wider and comes first")


def check_coverage(found: Findings, sla: Limits) -> None:
    """Every urgent phase has a limit for everybody, or says ``none`` on purpose."""
    limits: dict[str, list[schema.TargetEntry]] = {str(phase): entries for phase, entries in sla.items()}
    for phase, severity in product(Phase, (Severity.CRITICAL, Severity.HIGH)):
        targets = [_as_target(phase, e) for e in limits.get(phase, []) if e.severity == severity]
        gap = _gap(targets, found)
        if gap:
            path: Path = ("sla", phase.value) if phase in limits else ("sla",)
            found.fault(path, f"no limit for {severity} {phase}{gap}: add one, or 'limit: none' on purpose")


def _gap(targets: list[Target], found: Findings) -> str:
    """The first combination without a target; '' when all are covered."""
    if any(not (t.types or t.agencies or t.channels) for t in targets):
        return ""
    if not targets:
        return " at all"
    kinds = [kind for kind in found.names.types if kind not in NO_SEVERITY_TYPES]
    for kind, agency, channel in product(kinds, found.names.agencies, Channel):
        if not any(
            (not t.types or kind in t.types)
            and (not t.agencies or agency in t.agencies)
            and (not t.channels or channel in t.channels)
            for t in targets
        ):
            return f" of {kind} for {agency} by {channel}"
    return ""


def check_escalation(found: Findings, steps: list[schema.EscalationEntry]) -> None:
    found.unique(("escalation",), [step.name for step in steps])
    for index, step in enumerate(steps):
        found.refer_all(("escalation", index, "notify"), step.notify, (*AUDIENCES, *found.names.agencies), "audience")
    for severity in (Severity.CRITICAL, Severity.HIGH):
        for phase in Phase:
            if not any(s.level == "breached" and phase in s.phases and severity in s.severities for s in steps):
                found.fault(("escalation",), f"nobody is told when a {severity} {phase} clock is breached")
