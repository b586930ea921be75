"""Cross checks of what concerns the teams: how they are reached, what they are warned of. Decides nothing."""

from __future__ import annotations

from dispatch.rules import schema
from dispatch.rules.check import check_contact
from dispatch.rules.finding import Findings
from dispatch.rules.shape import Path

TEAM = ("unit", "contact")
MOST_STEPS = 20
URGENT = frozenset({"critical", "high"})


def check_hazards(found: Findings, hazards: list[schema.HazardEntry]) -> None:
    found.unique(("hazards",), [entry.name for entry in hazards])
    subtypes = [sub for subs in found.names.types.values() for sub in subs]
    for index, entry in enumerate(hazards):
        path = ("hazards", index)
        if not (entry.types or entry.subtypes or entry.words):
            found.fault(path, "nobody would ever be warned: give types, subtypes or words")
        found.refer_all((*path, "types"), entry.types, found.names.types, "type")
        found.refer_all((*path, "subtypes"), entry.subtypes, subtypes, "subtype")


def check_scene(found: Findings, rules: list[schema.SceneEntry]) -> None:
    """Each asks for something that can be noted, of types that exist."""
    found.unique(("scene",), [entry.name for entry in rules])
    for index, entry in enumerate(rules):
        path: Path = ("scene", index, "when")
        if not (entry.when.casualties or entry.when.trapped or entry.when.weapon):
            found.fault(path, "nothing that is noted: give casualties, trapped or weapon: true")
        for key, count in (("casualties", entry.when.casualties), ("trapped", entry.when.trapped)):
            if count is not None and count != int(count):
                found.fault((*path, key), "half a person does not exist")
        found.refer_all((*path, "types"), entry.when.types, found.names.types, "type")


def check_cover(found: Findings, cover: list[schema.CoverEntry]) -> None:
    """Each minimum once, of an agency and perhaps a district that exist."""
    first: dict[tuple[str, str], int] = {}
    districts = found.names.districts
    for index, entry in enumerate(cover):
        path: Path = ("cover", index)
        found.refer((*path, "agency"), entry.agency, found.names.agencies, "agency")
        found.refer((*path, "district"), entry.district, [*districts, *districts.values()], "district")
        if entry.least != int(entry.least):
            found.fault((*path, "least"), "half a unit does not exist")
        what = (entry.agency, districts.get(entry.district or "", entry.district or ""))
        if what in first:
            found.fault(path, f"the cover of {' '.join(filter(None, what))} stands already on line {first[what]}")
        first.setdefault(what, found.line(path))


def check_reaching(found: Findings, policies: list[schema.ReachingEntry]) -> None:
    """Somebody is told at once, somebody else when nobody answers, and no policy stands behind one that takes all."""
    found.unique(("reaching",), [entry.name for entry in policies])
    for index, entry in enumerate(policies):
        path: Path = ("reaching", index)
        found.refer_all((*path, "agencies"), entry.agencies, found.names.agencies, "agency")
        _check_steps(found, path, entry)
        taker = next((other for other in policies[:index] if _takes_all(other, entry)), None)
        if taker:
            found.fault(path, f"can never be used: {taker.name} before it takes everything it is for")
    if policies:
        _check_covered(found, policies)


def _check_steps(found: Findings, path: Path, entry: schema.ReachingEntry) -> None:
    first = entry.steps[0]
    if first.who not in TEAM:
        found.fault((*path, "steps", 0, "who"), "the first step tells the team: unit or contact")
    if first.after[:-1].strip("0"):
        found.fault((*path, "steps", 0, "after"), "the first step is taken at once: 0s")
    if len(entry.steps) == 1 and URGENT & set(entry.severities):
        found.fault((*path, "steps"), "nobody else is told when an urgent team does not answer")
    for index, step in enumerate(entry.steps):
        if step.who == "next_unit" and step.by != "own":
            found.fault((*path, "steps", index, "by"), "a unit that is sent instead is told by its own policy")
    if len(entry.steps) > MOST_STEPS:
        found.fault((*path, "steps"), f"more than {MOST_STEPS} steps: walk fewer in more rounds")
    if entry.rounds != int(entry.rounds):
        found.fault((*path, "rounds"), "half a round does not exist")
    if entry.rounds > 1 and not entry.pause[:-1].strip("0") and len(entry.steps) == 1:
        found.fault((*path, "pause"), "the same step again without a pause")


def _takes_all(early: schema.ReachingEntry, late: schema.ReachingEntry) -> bool:
    return set(late.severities) <= set(early.severities) and (
        not early.agencies or set(late.agencies or ("",)) <= set(early.agencies)
    )


def _check_covered(found: Findings, policies: list[schema.ReachingEntry]) -> None:
    for severity in sorted(URGENT):
        for agency in found.names.agencies:
            if not any(severity in p.severities and (not p.agencies or agency in p.agencies) for p in policies):
                found.fault(("reaching",), f"nobody goes on calling when a {severity} team of {agency} does not answer")
                break


def check_rosters(found: Findings, rosters: dict[str, schema.RosterEntry]) -> None:
    for agency, entry in rosters.items():
        path: Path = ("rosters", agency)
        found.refer(path, agency, found.names.agencies, "agency")
        for name, person in entry.people.items():
            check_contact(found, (*path, "people", name), person)
        found.refer((*path, "holidays"), entry.holidays, found.names.holidays, "list of holidays")
        if entry.holidays and not entry.holiday_shifts:
            found.fault((*path, "holidays"), "changes nothing without 'holiday_shifts'")
        if entry.holiday_shifts and not entry.holidays:
            found.fault((*path, "holiday_shifts"), "never used: say which 'holidays'")
        for section, shifts in (("shifts", entry.shifts), ("holiday_shifts", entry.holiday_shifts)):
            for index, shift in enumerate(shifts):
                found.refer_all((*path, section, index, "people"), shift.people, tuple(entry.people), "person")
                if section == "holiday_shifts" and shift.days:
                    found.fault((*path, section, index, "days"), "a holiday has no weekday: leave 'days' out")
        on = {name for shift in (*entry.shifts, *entry.holiday_shifts) for name in shift.people}
        for name in entry.people:
            if name not in on:
                found.fault((*path, "people", name), "is in no shift: nobody would ever call them")
