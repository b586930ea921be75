"""The shape of routing_rules.yaml as msgspec structs: the one model behind checking and the JSON Schema.

Owns keys, types and patterns. Knows no line numbers and no cross references (see check.py).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, field

Text = Annotated[str, Meta(min_length=1, max_length=200, description="text of 1 to 200 characters")]
Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z", description="a lower-case code such as road_damage")]
Short = Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z", description="three capital letters such as KBK")]
AgencyShort = Annotated[str, Meta(pattern=r"^[A-Z0-9]{2,6}\Z", description="2 to 6 capitals such as PSC119")]
Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{7,14}\Z", description="a number such as '+6281290001001'")]
MailAddress = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,251}[A-Za-z0-9]\Z",
              description="a mail address such as 'piket@tegalkab.go.id'"),
]
Clock = Annotated[str, Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z|^24:00\Z", description="a time such as '07:30'")]
Date = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", description="a date such as 2026-03-21")]
Moment = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?\Z",
        description="local time such as 2026-01-12T14:30",
    ),
]
Year = Annotated[str, Meta(pattern=r"^20[0-9]{2}\Z", description="a year such as 2026")]
Limit = Annotated[
    str,
    Meta(
        pattern=r"^[1-9][0-9]{0,4}[smhd]\Z|^none\Z",
        description="a limit such as 80s, 15m, 8h, 3d (d = a day of its calendar) or none",
    ),
]
CentreCode = Annotated[str, Meta(pattern=r"^[0-9]{2}\.[0-9]{2}\Z", description="a Kemendagri code such as '33.28'")]
CallCode = Annotated[str, Meta(pattern=r"^[0-9]{3,5}\Z", description="a short number such as '112'")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
SeverityName = Literal["critical", "high", "medium", "low"]
PhaseName = Literal["answer", "triage", "dispatch", "acknowledge", "turnout", "travel", "resolve"]
ChannelName = Literal["call", "sms", "whatsapp", "web", "open311", "operator"]
LevelName = Literal["warned", "breached", "serious"]
Slugs = Annotated[list[Slug], Meta(min_length=1)]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base: an unknown key is a fault, not a wish."""


class LabelsEntry(Entry, frozen=True, kw_only=True):
    id: Text
    en: Text
    jv: Text | None = None


class QuietEntry(Entry, frozen=True, kw_only=True):
    from_: Clock = field(name="from")
    to: Clock


class ContactEntry(Entry, frozen=True, kw_only=True):
    name: Text
    phone: Phone
    channel: Literal["sms", "whatsapp", "mail"] = "sms"
    mail: MailAddress | None = None
    quiet: QuietEntry | None = None
    """When nothing that can wait is sent; critical and high always are."""


class CentreEntry(Entry, frozen=True, kw_only=True):
    code: CentreCode
    labels: LabelsEntry
    timezone: Text
    call_codes: dict[CallCode, LabelsEntry] = {}
    supervisors: Annotated[list[ContactEntry], Meta(min_length=1)]
    districts: dict[Short, Text]


class ComputedEntry(Entry, frozen=True, kw_only=True):
    """Dates taken from the ``holidays`` package for years that nobody has written down yet; 'government'
    is cuti bersama. Only what the package is known to have, so that a clock cannot fail on it later."""

    country: Literal["ID"]
    categories: Annotated[list[Literal["public", "government"]], Meta(min_length=1)]


class HolidaysEntry(Entry, frozen=True, kw_only=True):
    decreed: dict[Year, list[Date]] = {}
    computed: ComputedEntry | None = None
    extra: list[Date] = []
    removed: list[Date] = []


class WindowEntry(Entry, frozen=True, kw_only=True):
    days: Annotated[list[Day], Meta(min_length=1)]
    from_: Clock = field(name="from")
    to: Clock


class CalendarEntry(Entry, frozen=True, kw_only=True):
    labels: LabelsEntry | None = None
    windows: list[WindowEntry]
    holidays: Slug | None = None
    extra: list[Date] = []
    removed: list[Date] = []


class AgencyEntry(Entry, frozen=True, kw_only=True):
    labels: LabelsEntry
    short: AgencyShort
    calendar: Slug = "always"
    contacts: Annotated[list[ContactEntry], Meta(min_length=1)]


class SubtypeEntry(Entry, frozen=True, kw_only=True):
    labels: LabelsEntry
    short: Short
    severity: SeverityName | None = None


class TypeEntry(Entry, frozen=True, kw_only=True):
    labels: LabelsEntry
    short: Short
    severity: SeverityName | None
    subtypes: dict[Slug, SubtypeEntry] = {}


class WhenEntry(Entry, frozen=True, kw_only=True):
    types: Slugs | None = None
    subtypes: Slugs | None = None
    severities: Annotated[list[SeverityName], Meta(min_length=1)] | None = None
    life_threat: bool | None = None
    places: Annotated[list[Text], Meta(min_length=1)] | None = None
    outside: bool | None = None
    channels: Annotated[list[ChannelName], Meta(min_length=1)] | None = None
    days: Annotated[list[Day], Meta(min_length=1)] | None = None
    from_: Clock | None = field(name="from", default=None)
    to: Clock | None = None
    calendar: Slug | None = None
    working: bool | None = None


class RouteEntry(Entry, frozen=True, kw_only=True):
    name: Slug
    when: WhenEntry
    to: Slugs
    raise_to: SeverityName | None = None
    note: Text | None = None


class RootEntry(Entry, frozen=True, kw_only=True):
    to: Slugs
    note: Text | None = None


class TargetEntry(Entry, frozen=True, kw_only=True):
    severity: SeverityName
    limit: Limit
    calendar: Slug = "always"
    types: Slugs | None = None
    agencies: Slugs | None = None
    channels: Annotated[list[ChannelName], Meta(min_length=1)] | None = None


class EscalationEntry(Entry, frozen=True, kw_only=True):
    name: Slug
    level: LevelName
    phases: Annotated[list[PhaseName], Meta(min_length=1)]
    severities: Annotated[list[SeverityName], Meta(min_length=1)]
    notify: Slugs


class WordsEntry(Entry, frozen=True, kw_only=True):
    """Local words for triage. A word argues for a type; a severity or a threat it carries can only raise."""

    words: Annotated[list[Text], Meta(min_length=1)]
    type: Slug
    subtype: Slug | None = None
    severity: SeverityName | None = None
    weight: Annotated[float, Meta(gt=0, le=20, description="a weight above 0, at most 20")] | None = None
    life_threat: Literal["sure", "unsure", "weak"] | None = None
    """weak = a threat only when the words point at somebody in need."""


class TriageEntry(Entry, frozen=True, kw_only=True):
    words: list[WordsEntry] = []
    spelling: dict[Text, Text] = {}
    """Written word -> the word it means."""


class FoldKindEntry(Entry, frozen=True, kw_only=True):
    """How reports of these types join an open incident: within which time, and what must agree.

    village = the same village; words = some words of it as well; spot = the very spot and the words.
    """

    types: Slugs
    subtypes: Slugs | None = None
    within: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[smh]\Z", description="a time such as 20m or 2h")]
    needs: Literal["village", "words", "spot"]
    area: bool = False
    """true = the event covers an area; a life in danger inside it always stays an incident of its own."""


class SurgeEntry(Entry, frozen=True, kw_only=True):
    """So many reports of one incident within this time are a surge."""

    reports: Annotated[float, Meta(ge=3, le=1000, description="a number of reports from 3 to 1000")]
    within: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[smh]\Z", description="a time such as 10m")]


class RushEntry(Entry, frozen=True, kw_only=True):
    """More than so many new incidents in the whole centre within this time: reports are compared further apart.

    1 as ``factor`` = never.
    """

    incidents: Annotated[float, Meta(ge=3, le=1000, description="a number of incidents from 3 to 1000")] = 10
    within: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[smh]\Z", description="a time such as 10m")] = "10m"
    factor: Annotated[float, Meta(ge=1, le=3, description="a factor from 1 to 3")] = 2


class FoldingEntry(Entry, frozen=True, kw_only=True):
    near_m: Annotated[float, Meta(ge=10, le=500, description="metres from 10 to 500")] = 150
    apart_m: Annotated[float, Meta(ge=100, le=5000, description="metres from 100 to 5000")] = 600
    suggest: Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,4}[smh]\Z", description="a time such as 30m")] = "30m"
    kinds: list[FoldKindEntry] = []
    families: list[Annotated[list[Slug], Meta(min_length=2)]] = []
    surge: SurgeEntry = SurgeEntry(reports=5, within="10m")
    rush: RushEntry = RushEntry()


class ShiftEntry(Entry, frozen=True, kw_only=True):
    """``to`` not after ``from`` = the next day; the first of ``people`` is told first."""

    days: Annotated[list[Day], Meta(min_length=1)] | None = None
    from_: Clock = field(name="from")
    to: Clock
    people: Slugs


class RosterEntry(Entry, frozen=True, kw_only=True):
    """Who is on call for an agency: a weekly pattern, on free days the holiday's own."""

    people: Annotated[dict[Slug, ContactEntry], Meta(min_length=1)]
    shifts: Annotated[list[ShiftEntry], Meta(min_length=1)]
    holidays: Slug | None = None
    holiday_shifts: list[ShiftEntry] = []


class ReachStepEntry(Entry, frozen=True, kw_only=True):
    """One step: whom, over which channel, how long after the step before."""

    after: Annotated[str, Meta(pattern=r"^[0-9]{1,5}[smh]\Z", description="a wait such as 0s, 30s or 2m")]
    who: Literal["unit", "contact", "supervisor", "next_unit"]
    by: Literal["own", "sms", "whatsapp", "voice", "mail"] = "own"


class ReachingEntry(Entry, frozen=True, kw_only=True):
    """How a team is reached until somebody answers."""

    name: Slug
    severities: Annotated[list[SeverityName], Meta(min_length=1)]
    agencies: Slugs | None = None
    rounds: Annotated[float, Meta(ge=1, le=20, description="a number of rounds from 1 to 20")] = 1
    pause: Annotated[str, Meta(pattern=r"^[0-9]{1,5}[smh]\Z", description="a wait such as 60s")] = "60s"
    steps: Annotated[list[ReachStepEntry], Meta(min_length=1)]


class HazardEntry(Entry, frozen=True, kw_only=True):
    """What a crew is warned of: there with one of these types or subtypes, or when a reporter says one of the words."""

    name: Slug
    labels: LabelsEntry
    types: list[Slug] = []
    subtypes: list[Slug] = []
    words: list[Text] = []


People = Annotated[float, Meta(ge=1, le=9999, description="a number of people from 1 to 9999")]


class SceneWhenEntry(Entry, frozen=True, kw_only=True):
    """So many at least; ``weapon`` true = somebody has one. All that is given must hold."""

    casualties: People | None = None
    trapped: People | None = None
    weapon: bool | None = None
    types: Slugs | None = None


class SceneEntry(Entry, frozen=True, kw_only=True):
    """What a person notes of a scene raises the severity, as ``raise_to`` of a route does; it never lowers one."""

    name: Slug
    when: SceneWhenEntry
    raise_to: SeverityName


class CasePlaceEntry(Entry, frozen=True, kw_only=True):
    code: Annotated[str, Meta(pattern=r"^[0-9]{2}(\.[0-9]{2}){1,2}(\.[0-9]{4})?\Z")] | None = None
    desa: Text | None = None
    kecamatan: Text | None = None
    outside: Text | None = None


class ExpectEntry(Entry, frozen=True, kw_only=True):
    agencies: list[Slug] | None = None
    rule: Slug | None = None
    rules: Slugs | None = None
    severity: SeverityName | None = None
    type: Slug | None = None
    also_types: list[Slug] | None = None
    subtype: Slug | None = None
    life_threat: bool | None = None
    kecamatan: Text | None = None
    reaching: dict[Slug, Slug] | None = None
    """Agency -> the policy that reaches its team."""
    on_call: dict[Slug, list[Slug]] | None = None
    """Agency -> who is on call by the weekly pattern."""
    due: dict[str, Annotated[str, Meta(min_length=1)]] | None = None
    """Phase, or phase.agency, -> the local time it is due, or none."""


class CaseEntry(Entry, frozen=True, kw_only=True):
    name: Text
    type: Slug | None = None
    text: Text | None = None
    also_types: list[Slug] = []
    subtype: Slug | None = None
    severity: SeverityName | None = None
    life_threat: bool | None = None
    place: CasePlaceEntry | None = None
    at: Moment | None = None
    channel: ChannelName = "call"
    expect: ExpectEntry


class CoverEntry(Entry, frozen=True, kw_only=True):
    """The fewest free units of an agency, in the whole centre or in one district."""

    agency: Slug
    least: Annotated[float, Meta(ge=1, le=99, description="a number of units from 1 to 99")]
    district: Text | None = None


class RulesFile(Entry, frozen=True, kw_only=True):
    """routing_rules.yaml: who answers what, how fast, and the examples that prove it."""

    version: Text
    anchors: Any = None
    """A free corner for YAML anchors; nothing reads it."""
    centre: CentreEntry
    holidays: dict[Slug, HolidaysEntry] = {}
    calendars: dict[Slug, CalendarEntry] = {}
    agencies: Annotated[dict[Slug, AgencyEntry], Meta(min_length=1)]
    types: Annotated[dict[Slug, TypeEntry], Meta(min_length=1)]
    routes: list[RouteEntry]
    root: RootEntry
    sla: dict[PhaseName, list[TargetEntry]]
    escalation: list[EscalationEntry]
    dispositions: Annotated[dict[Slug, LabelsEntry], Meta(min_length=1)]
    triage: TriageEntry | None = None
    folding: FoldingEntry | None = None
    rosters: dict[Slug, RosterEntry] = {}
    reaching: list[ReachingEntry] = []
    hazards: list[HazardEntry] = []
    scene: list[SceneEntry] = []
    cover: list[CoverEntry] = []
    tests: list[CaseEntry] = []


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the rules file, for editors."""
    schema = msgspec.json.schema(RulesFile)
    # Python's end-of-text anchor is not part of the regular expressions of JSON Schema.
    _rewrite_patterns(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "routing_rules.yaml", **schema}


def _rewrite_patterns(node: Any) -> None:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            node["pattern"] = node["pattern"].replace(r"\Z", "$")
        for child in node.values():
            _rewrite_patterns(child)
    elif isinstance(node, list):
        for child in node:
            _rewrite_patterns(child)
