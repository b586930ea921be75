"""Cross checks of the parts that routes refer to: centre, codes, holidays, calendars, agencies, types.

Each function takes a sound section and reports every fault in it. Decides nothing about routing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.rules import schema
from dispatch.rules.finding import Findings
from dispatch.rules.shape import Path, nearest

AUDIENCES = ("supervisor", "agency_duty", "unit")
"""Words of an escalation step that are not agencies; no agency may be called so."""
RESERVED_CALENDARS = ("always", "agency")
RESERVED_ROUTES = ("root",)
INDONESIAN = re.compile(r"\+62(?:8[1-35-9][0-9]{7,10}|[2-79][0-9]{7,10})\Z")


def check_contacts(found: Findings, path: Path, contacts: Iterable[schema.ContactEntry]) -> None:
    for index, contact in enumerate(contacts):
        check_contact(found, (*path, index), contact)


def check_contact(found: Findings, path: Path, contact: schema.ContactEntry) -> None:
    where = (*path, "phone")
    if contact.channel == "mail" and not contact.mail:
        found.fault(path, "channel is mail, and there is no mail address")
    if contact.quiet and contact.quiet.from_ == contact.quiet.to:
        found.fault((*path, "quiet"), "'from' and 'to' are equal: nothing that can wait would ever be sent")
    if not contact.phone.startswith("+62"):
        return
    if not INDONESIAN.match(contact.phone):
        found.fault(where, f"'{contact.phone}' cannot be an Indonesian number: +62 8xx and 9 to 12 digits in all")
    elif contact.channel != "mail" and not contact.phone.startswith("+628"):
        found.fault(where, f"'{contact.phone}' is a land line and receives no {contact.channel} message")


def check_centre(found: Findings, centre: schema.CentreEntry) -> None:
    try:
        ZoneInfo(centre.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(centre.timezone, available_timezones())
        found.fault(("centre", "timezone"), f"unknown time zone '{centre.timezone}'", near)
    check_contacts(found, ("centre", "supervisors"), centre.supervisors)
    first: dict[str, str] = {}
    for code, name in centre.districts.items():
        if name.casefold() in first:
            found.fault(("centre", "districts", code), f"'{name}' already has the code {first[name.casefold()]}")
        first.setdefault(name.casefold(), code)


def check_codes(found: Findings, file: schema.RulesFile) -> None:
    """District, type, subtype and agency codes stand in one command line and on one board: each may mean
    one thing only."""
    centre: schema.CentreEntry | None = file.centre
    owners: dict[str, str] = {}

    def claim(short: str, owner: str, path: Path) -> None:
        if short in owners:
            found.fault(path, f"the code {short} of {owner} already belongs to {owners[short]}")
        owners.setdefault(short, owner)

    for code, name in (centre.districts if centre else {}).items():
        claim(code, f"district {name}", ("centre", "districts", code))
    for kind, entry in file.types.items():
        claim(entry.short, f"type {kind}", ("types", kind, "short"))
    for kind, entry in file.types.items():
        for sub, item in entry.subtypes.items():
            claim(item.short, f"subtype {kind}.{sub}", ("types", kind, "subtypes", sub, "short"))
    for agency, office in file.agencies.items():
        claim(office.short, f"agency {agency}", ("agencies", agency, "short"))


def check_dates(found: Findings, path: Path, dates: Iterable[str], year: str = "") -> None:
    for index, text in enumerate(dates):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            found.fault((*path, index), f"'{text}' is not a day of the calendar")
            continue
        if year and day.year != int(year):
            found.fault((*path, index), f"{text} does not lie in {year}")


def check_holidays(found: Findings, lists: dict[str, schema.HolidaysEntry]) -> None:
    for name, entry in lists.items():
        for year, dates in entry.decreed.items():
            check_dates(found, ("holidays", name, "decreed", year), dates, year)
        check_dates(found, ("holidays", name, "extra"), entry.extra)
        check_dates(found, ("holidays", name, "removed"), entry.removed)


def check_calendars(found: Findings, calendars: dict[str, schema.CalendarEntry]) -> None:
    for key, entry in calendars.items():
        path = ("calendars", key)
        if key in RESERVED_CALENDARS:
            found.fault(path, f"the name '{key}' is built in: choose another")
        if not entry.windows:
            found.fault((*path, "windows"), "no working time: a clock on this calendar would never end")
        found.refer((*path, "holidays"), entry.holidays, found.names.holidays, "list of holidays")
        check_dates(found, (*path, "extra"), entry.extra)
        check_dates(found, (*path, "removed"), entry.removed)
        _check_windows(found, (*path, "windows"), entry.windows)


def _check_windows(found: Findings, path: Path, windows: list[schema.WindowEntry]) -> None:
    """A window ends after it starts (a night is two windows), and no two overlap: time would count twice."""
    taken: list[tuple[str, str, str]] = []
    for index, window in enumerate(windows):
        if window.from_ >= window.to:
            span = f"{window.from_} to {window.to}"
            found.fault((*path, index), f"{span} has no working time: split a night into two, to 24:00 and from 00:00")
            continue
        for day in window.days:
            if any(day == d and window.from_ < end and start < window.to for d, start, end in taken):
                found.fault((*path, index), f"overlaps another window on {day}")
            taken.append((day, window.from_, window.to))


def check_agencies(found: Findings, agencies: dict[str, schema.AgencyEntry]) -> None:
    for code, entry in agencies.items():
        path = ("agencies", code)
        if code in AUDIENCES:
            found.fault(path, f"the name '{code}' means an audience of an escalation step: choose another")
        found.refer((*path, "calendar"), entry.calendar, found.names.calendars, "calendar")
        check_contacts(found, (*path, "contacts"), entry.contacts)


def check_types(found: Findings, types: dict[str, schema.TypeEntry]) -> None:
    for code, entry in types.items():
        path = ("types", code, "severity")
        if code in NO_SEVERITY_TYPES and entry.severity is not None:
            found.fault(path, f"{code} carries no severity: write null")
        if code not in NO_SEVERITY_TYPES and entry.severity is None:
            found.fault(path, "a type that is answered needs a severity to start with")
    for code in NO_SEVERITY_TYPES - set(found.names.types):
        found.fault(("types",), f"the type '{code}' is missing: triage needs it for what is no incident")


def check_roots(found: Findings, root: schema.RootEntry) -> None:
    found.refer_all(("root", "to"), root.to, found.names.agencies, "agency")
