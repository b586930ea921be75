"""Turns the checked file into the domain's rule set. Owns the translation of words into values, no checks.

Every function expects an entry that check.py found sound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from dispatch.domain.clock import ALWAYS_KEY, Calendar, Phase, Window
from dispatch.domain.contact import QuietHours
from dispatch.domain.fold import FoldKind, FoldRules, Needs, Rush
from dispatch.domain.hazard import Hazard
from dispatch.domain.place import Place
from dispatch.domain.policy import Policy, PolicyStep
from dispatch.domain.roster import Roster, Shift
from dispatch.domain.routing import (
    Agency,
    Condition,
    Contact,
    Cover,
    EscalationStep,
    Expected,
    IncidentType,
    Labels,
    Route,
    RuleCase,
    RuleSet,
    Subtype,
    Target,
)
from dispatch.domain.scene import SceneRule
from dispatch.domain.severity import Severity
from dispatch.rules import schema
from dispatch.rules.holiday import FreeDays
from dispatch.rules.span import UNITS, span_of

DAYS = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6}
DEFAULT_CASE_TIME = datetime(2026, 1, 12, 10, 0)  # noqa: DTZ001 - a working Monday, the zone is added by build_case
AGENCY_CALENDAR = "agency"
NO_LIMIT = timedelta()


def labels_of(entry: schema.LabelsEntry) -> Labels:
    labels = {"id": entry.id, "en": entry.en}
    return labels | {"jv": entry.jv} if entry.jv else labels


def contacts_of(entries: Iterable[schema.ContactEntry]) -> tuple[Contact, ...]:
    return tuple(contact_of(entry) for entry in entries)


def contact_of(entry: schema.ContactEntry) -> Contact:
    quiet = QuietHours(clock_time(entry.quiet.from_), clock_time(entry.quiet.to)) if entry.quiet else None
    return Contact(entry.name, entry.phone, entry.channel, entry.mail or "", quiet)


def clock_time(text: str) -> time:
    """24:00 is the last moment of the day: windows end exclusive, ``time`` knows no 24."""
    return time.max if text == "24:00" else time.fromisoformat(text)


def severity_of(name: str | None) -> Severity | None:
    return None if name is None else Severity(name)


def place_names(places: Iterable[str], districts: dict[str, str]) -> frozenset[str]:
    """District codes (SLW) become names; names and Kemendagri codes stay."""
    return frozenset(districts.get(place, place) for place in places)


def build_free_days(shared: schema.HolidaysEntry, extra: Iterable[str] = (), removed: Iterable[str] = ()) -> FreeDays:
    listed = (*(day for days in shared.decreed.values() for day in days), *shared.extra, *extra)
    computed = shared.computed
    return FreeDays(
        decreed_years=frozenset(int(year) for year in shared.decreed),
        listed=frozenset(map(date.fromisoformat, listed)),
        removed=frozenset(map(date.fromisoformat, (*shared.removed, *removed))),
        country=computed.country if computed else "",
        categories=tuple(computed.categories) if computed else (),
    )


def build_calendar(
    key: str, entry: schema.CalendarEntry, lists: dict[str, schema.HolidaysEntry], zone: ZoneInfo
) -> Calendar:
    windows = tuple(
        Window(DAYS[day], clock_time(w.from_), clock_time(w.to)) for w in entry.windows for day in w.days
    )
    shared = lists[entry.holidays] if entry.holidays else schema.HolidaysEntry()
    return Calendar(key, zone, windows, build_free_days(shared, entry.extra, entry.removed))


def build_shift(entry: schema.ShiftEntry) -> Shift:
    days = frozenset(DAYS[day] for day in entry.days) if entry.days else frozenset(DAYS.values())
    return Shift(days, clock_time(entry.from_), clock_time(entry.to), tuple(entry.people))


def build_roster(
    agency: str, entry: schema.RosterEntry, lists: dict[str, schema.HolidaysEntry], zone: ZoneInfo
) -> Roster:
    return Roster(
        agency, {key: contact_of(person) for key, person in entry.people.items()},
        tuple(map(build_shift, entry.shifts)), zone, tuple(map(build_shift, entry.holiday_shifts)),
        build_free_days(lists[entry.holidays]) if entry.holidays else frozenset(),
    )


def build_type(code: str, entry: schema.TypeEntry) -> IncidentType:
    subtypes = {
        sub: Subtype(sub, labels_of(item.labels), item.short, severity_of(item.severity))
        for sub, item in entry.subtypes.items()
    }
    return IncidentType(code, entry.short, labels_of(entry.labels), severity_of(entry.severity), subtypes)


def build_condition(when: schema.WhenEntry, districts: dict[str, str]) -> Condition:
    return Condition(
        types=frozenset(when.types or ()),
        subtypes=frozenset(when.subtypes or ()),
        severities=frozenset(Severity(name) for name in when.severities or ()),
        life_threat=when.life_threat,
        places=place_names(when.places or (), districts),
        channels=frozenset(when.channels or ()),
        days=frozenset(DAYS[day] for day in when.days or ()),
        from_=clock_time(when.from_) if when.from_ else None,
        to=clock_time(when.to) if when.to else None,
        calendar=when.calendar or "",
        working=when.working,
        outside=when.outside,
    )


def build_route(entry: schema.RouteEntry, districts: dict[str, str], line: int) -> Route:
    return Route(
        entry.name, build_condition(entry.when, districts), tuple(entry.to), severity_of(entry.raise_to), line
    )


def build_targets(
    phase: str, entry: schema.TargetEntry, agencies: dict[str, Agency], calendars: dict[str, Calendar]
) -> list[Target]:
    """One target, or one per kind of working day: '3d' of an agency's calendar is 3 x 8.5 h for an
    office and 3 x 24 h for a watch that never closes, and a target holds one length."""

    def target(limit: timedelta, only: frozenset[str]) -> Target:
        return Target(
            Phase(phase), Severity(entry.severity), limit, entry.calendar,
            frozenset(entry.types or ()), only, frozenset(entry.channels or ()),
        )

    named = frozenset(entry.agencies or ())
    if entry.limit == "none":
        return [target(NO_LIMIT, named)]
    count, unit = int(entry.limit[:-1]), entry.limit[-1]
    if unit in UNITS:
        return [target(count * UNITS[unit], named)]
    if entry.calendar != AGENCY_CALENDAR:
        return [target(count * calendars[entry.calendar].working_day_length(), named)]
    by_length: dict[timedelta, set[str]] = {}
    for agency in agencies.values():
        if not named or agency.code in named:
            by_length.setdefault(calendars[agency.calendar].working_day_length(), set()).add(agency.code)
    split = [target(count * length, frozenset(codes)) for length, codes in by_length.items()]
    # Before routing is known there is no agency: the centre itself never closes.
    return split if named else [*split, target(count * calendars[ALWAYS_KEY].working_day_length(), named)]


def build_escalation(entry: schema.EscalationEntry) -> EscalationStep:
    return EscalationStep(
        entry.name,
        entry.level,
        frozenset(Phase(phase) for phase in entry.phases),
        frozenset(Severity(name) for name in entry.severities),
        tuple(entry.notify),
    )


def local_moment(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def build_case(entry: schema.CaseEntry, districts: dict[str, str], zone: ZoneInfo, line: int) -> RuleCase:
    want = entry.expect
    rules = tuple(want.rules) if want.rules is not None else (want.rule,) if want.rule else None
    place = entry.place or schema.CasePlaceEntry()
    return RuleCase(
        entry.name,
        local_moment(entry.at, zone) if entry.at else DEFAULT_CASE_TIME.replace(tzinfo=zone),
        Expected(
            agencies=None if want.agencies is None else tuple(want.agencies),
            rules=rules,
            severity=severity_of(want.severity),
            type=want.type,
            also_types=None if want.also_types is None else tuple(want.also_types),
            subtype=want.subtype,
            life_threat=want.life_threat,
            kecamatan=districts.get(want.kecamatan or "", want.kecamatan),
            reaching=dict(want.reaching or {}),
            on_call={agency: tuple(names) for agency, names in (want.on_call or {}).items()},
            due={key: None if at == "none" else local_moment(at, zone) for key, at in (want.due or {}).items()},
        ),
        type=entry.type or "",
        text=entry.text or "",
        also_types=tuple(entry.also_types),
        subtype=entry.subtype or "",
        severity=severity_of(entry.severity),
        life_threat=entry.life_threat,
        place=Place(
            code=place.code or "",
            desa=place.desa or "",
            kecamatan=districts.get(place.kecamatan or "", place.kecamatan or ""),
            outside=place.outside or "",
        ),
        channel=entry.channel,
        line=line,
    )


def _triage_words(section: schema.TriageEntry) -> dict[str, object]:
    """Plain values without the keys that the file left out."""
    rows = [{key: v for key, v in msgspec.to_builtins(entry).items() if v is not None} for entry in section.words]
    return {"words": rows, "spelling": dict(section.spelling)}


def build_folding(entry: schema.FoldingEntry | None) -> FoldRules:
    """Without the section nothing is folded."""
    if entry is None:
        return FoldRules()
    return FoldRules(
        kinds=tuple(
            FoldKind(
                frozenset(kind.types), span_of(kind.within), Needs(kind.needs), frozenset(kind.subtypes or ()),
                kind.area,
            )
            for kind in entry.kinds
        ),
        families=tuple(frozenset(family) for family in entry.families),
        near_m=entry.near_m, apart_m=entry.apart_m, suggest_within=span_of(entry.suggest),
        surge_reports=math.ceil(entry.surge.reports), surge_within=span_of(entry.surge.within),
        rush=Rush(math.ceil(entry.rush.incidents), span_of(entry.rush.within), entry.rush.factor),
    )


def build_policy(entry: schema.ReachingEntry) -> Policy:
    return Policy(
        entry.name, tuple(PolicyStep(span_of(step.after), step.who, step.by) for step in entry.steps),
        frozenset(Severity(name) for name in entry.severities), frozenset(entry.agencies or ()),
        int(entry.rounds), span_of(entry.pause),
    )


def build_hazard(entry: schema.HazardEntry) -> Hazard:
    return Hazard(
        entry.name, labels_of(entry.labels), frozenset(entry.types), frozenset(entry.subtypes), tuple(entry.words)
    )


def build_scene(entry: schema.SceneEntry) -> SceneRule:
    when = entry.when
    return SceneRule(
        entry.name, Severity(entry.raise_to), int(when.casualties or 0), int(when.trapped or 0),
        weapon=bool(when.weapon), types=frozenset(when.types or ()),
    )


def build_rules(file: schema.RulesFile, digest: str, route_lines: list[int], case_lines: list[int]) -> RuleSet:
    """The whole rule set of a file without faults."""
    zone = ZoneInfo(file.centre.timezone)
    districts = file.centre.districts
    calendars = {key: build_calendar(key, entry, file.holidays, zone) for key, entry in file.calendars.items()}
    calendars[ALWAYS_KEY] = Calendar(ALWAYS_KEY, zone)
    agencies = {
        code: Agency(code, labels_of(a.labels), a.calendar, contacts_of(a.contacts), a.short)
        for code, a in file.agencies.items()
    }
    return RuleSet(
        digest=digest,
        version=file.version,
        centre=file.centre.code,
        centre_labels=labels_of(file.centre.labels),
        tz_name=file.centre.timezone,
        agencies=agencies,
        types={code: build_type(code, entry) for code, entry in file.types.items()},
        routes=tuple(build_route(r, districts, n) for r, n in zip(file.routes, route_lines, strict=True)),
        root=Route("root", Condition(), tuple(file.root.to)),
        targets=tuple(
            target
            for phase, entries in file.sla.items()
            for entry in entries
            for target in build_targets(phase, entry, agencies, calendars)
        ),
        calendars=calendars,
        escalation=tuple(build_escalation(step) for step in file.escalation),
        districts=dict(districts),
        dispositions={code: labels_of(entry) for code, entry in file.dispositions.items()},
        supervisors=contacts_of(file.centre.supervisors),
        triage=_triage_words(file.triage) if file.triage else {},
        folding=build_folding(file.folding),
        call_codes={code: labels_of(entry) for code, entry in file.centre.call_codes.items()},
        rosters={code: build_roster(code, entry, file.holidays, zone) for code, entry in file.rosters.items()},
        reaching=tuple(build_policy(entry) for entry in file.reaching),
        hazards=tuple(build_hazard(entry) for entry in file.hazards),
        scene=tuple(build_scene(entry) for entry in file.scene),
        cover=tuple(
            Cover(entry.agency, int(entry.least), districts.get(entry.district or "", entry.district or ""))
            for entry in file.cover
        ),
        cases=tuple(build_case(c, districts, zone, n) for c, n in zip(file.tests, case_lines, strict=True)),
    )
