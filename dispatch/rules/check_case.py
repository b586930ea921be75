"""Cross checks of the file's own examples and of its words for triage. Runs nothing, see cases.py."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.domain.clock import Phase
from dispatch.rules import schema
from dispatch.rules.check import RESERVED_ROUTES
from dispatch.rules.finding import Findings
from dispatch.rules.shape import Path, nearest
from dispatch.rules.span import span_of

SHORTEST_RUSH, LONGEST_RUSH = timedelta(minutes=1), timedelta(hours=1)


def check_cases(found: Findings, cases: list[schema.CaseEntry]) -> None:
    found.unique(("tests",), [case.name for case in cases])
    for index, case in enumerate(cases):
        path: Path = ("tests", index)
        if (case.type is None) == (case.text is None):
            found.fault(path, "an example has either a 'type' or a 'text' that triage reads")
        if case.text is not None and (case.subtype or case.also_types or case.severity or case.life_threat is not None):
            found.fault(path, "with 'text' triage finds subtype, severity and threat: put them under 'expect'")
        _check_kind(found, path, case.type, case.subtype, case.also_types)
        _check_place(found, path, case.place)
        if case.at is not None and not _is_moment(case.at):
            found.fault((*path, "at"), f"'{case.at}' is not a time of the calendar")
        _check_expected(found, (*path, "expect"), case.expect, by_text=case.text is not None)


def _check_kind(
    found: Findings, path: Path, kind: str | None, subtype: str | None, also: list[str] | None
) -> None:
    types = found.names.types
    found.refer((*path, "type"), kind, types, "type")
    found.refer_all((*path, "also_types"), also, types, "type")
    known = types.get(kind, ()) if kind else [sub for subs in types.values() for sub in subs]
    if subtype:
        found.refer((*path, "subtype"), subtype, known, f"subtype of {kind}" if kind else "subtype")


def _check_place(found: Findings, path: Path, place: schema.CasePlaceEntry | None) -> None:
    if place is None:
        return
    _check_district(found, (*path, "place", "kecamatan"), place.kecamatan)
    centre = found.names.centre
    if place.code and centre and not place.code.startswith(centre):
        found.fault((*path, "place", "code"), f"{place.code} does not lie in {centre}: write 'outside: name'")


def _check_district(found: Findings, path: Path, name: str | None) -> None:
    districts = found.names.districts
    if name is not None and name not in districts and name not in districts.values():
        found.fault(path, f"unknown kecamatan '{name}'", nearest(name, districts.values()))


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_expected(found: Findings, path: Path, want: schema.ExpectEntry, *, by_text: bool) -> None:
    asked = (want.agencies, want.rule, want.rules, want.severity, want.type, want.also_types, want.subtype,
             want.life_threat, want.kecamatan, want.reaching, want.on_call,
             want.due)
    if all(part is None for part in asked):
        found.fault(path, "expects nothing: an example that cannot fail proves nothing")
    if want.rule is not None and want.rules is not None:
        found.fault(path, "'rule' and 'rules' say the same thing: keep one")
    if not by_text and (want.type is not None or want.kecamatan is not None):
        found.fault(path, "'type' and 'kecamatan' can only be expected of a 'text'")
    found.refer_all((*path, "agencies"), want.agencies, found.names.agencies, "agency")
    rules = (*found.names.routes, *RESERVED_ROUTES)
    found.refer((*path, "rule"), want.rule, rules, "rule")
    for index, rule in enumerate(want.rules or ()):
        found.refer((*path, "rules", index), rule, rules, "rule")
    _check_kind(found, path, want.type, want.subtype, want.also_types)
    _check_district(found, (*path, "kecamatan"), want.kecamatan)
    for agency in want.on_call or {}:
        found.refer((*path, "on_call", agency), agency, found.names.rosters, "roster")
    for agency, policy in (want.reaching or {}).items():
        found.refer((*path, "reaching", agency), agency, found.names.agencies, "agency")
        found.refer((*path, "reaching", agency), policy, found.names.policies, "policy")
    for key, moment in (want.due or {}).items():
        _check_due(found, (*path, "due", key), key, moment)


def _check_due(found: Findings, path: Path, key: str, moment: str) -> None:
    phase, _, agency = key.partition(".")
    found.refer(path, phase, [p.value for p in Phase], "phase")
    if agency:
        found.refer(path, agency, found.names.agencies, "agency")
    if moment != "none" and not _is_moment(moment):
        found.fault(path, f"'{moment}' is not a local time such as 2026-01-12T14:30:00, or none")


def check_folding(found: Findings, section: schema.FoldingEntry | None) -> None:
    """Types exist, subtypes belong to one of them, and two points cannot be one spot and two events."""
    if section is None:
        return
    for index, kind in enumerate(section.kinds):
        path = ("folding", "kinds", index)
        found.refer_all((*path, "types"), kind.types, found.names.types, "type")
        known = [sub for code in kind.types for sub in found.names.types.get(code, ())]
        found.refer_all((*path, "subtypes"), kind.subtypes or (), known, "subtype")
    for index, family in enumerate(section.families):
        found.refer_all(("folding", "families", index), family, found.names.types, "type")
    if section.near_m >= section.apart_m:
        near, apart = f"{section.near_m:g} m", f"{section.apart_m:g} m"
        found.fault(("folding", "near_m"), f"{near} is one spot and {apart} two events already")
    if not SHORTEST_RUSH <= span_of(section.rush.within) <= LONGEST_RUSH:
        found.fault(("folding", "rush", "within"), f"{section.rush.within} is no rush: a time from 1m to 1h")


def check_triage(found: Findings, section: schema.TriageEntry | None) -> None:
    for index, entry in enumerate(section.words if section else ()):
        _check_kind(found, ("triage", "words", index), entry.type, entry.subtype, None)
