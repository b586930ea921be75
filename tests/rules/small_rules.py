"""A small complete rules file and how to change it, for tests that look at one part at a time."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.domain.routing import RuleSet
from dispatch.errors import ConfigurationError, Problem
from dispatch.rules.load import parse_rules

WIB = ZoneInfo("Asia/Jakarta")

SMALL = """\
version: "1"
centre:
  code: "33.28"
  labels: {id: Uji, en: Test}
  timezone: Asia/Jakarta
  supervisors:
    - {name: Pengawas, phone: "+6281290001001"}
  districts: {SLW: Slawi, KRM: Kramat}
holidays:
  libur:
    decreed:
      2026: [2026-01-01, 2026-01-16]
calendars:
  office:
    windows:
      - {days: [mon, tue, wed, thu], from: "07:30", to: "16:00"}
      - {days: [fri], from: "07:30", to: "14:30"}
    holidays: libur
agencies:
  fire:
    labels: {id: Damkar, en: Fire}
    short: DMK
    contacts: [{name: Piket, phone: "+6281290001010"}]
  works:
    labels: {id: DPUPR, en: Works}
    short: PUP
    calendar: office
    contacts: [{name: Piket, phone: "+6281290001011", channel: whatsapp}]
types:
  fire:
    labels: {id: Kebakaran, en: Fire}
    short: KBK
    severity: high
    subtypes:
      building: {labels: {id: rumah, en: building}, short: RMH}
      land: {labels: {id: lahan, en: land}, short: LHN, severity: medium}
  road: {labels: {id: Jalan, en: Road}, short: JLN, severity: low}
  information_request: {labels: {id: Informasi, en: Information}, short: INF, severity: null}
  not_a_report: {labels: {id: Bukan, en: None}, short: BKN, severity: null}
routes:
  - name: api_jiwa
    when: {types: [fire], life_threat: true}
    raise_to: critical
    to: [fire, works]
  - name: api
    when: {types: [fire]}
    to: [fire]
  - name: jalan_malam
    when: {types: [road], from: "22:00", to: "05:00"}
    to: [fire, works]
  - name: jalan_libur
    when: {types: [road], calendar: office, working: false}
    to: [fire]
  - name: jalan
    when: {types: [road]}
    to: [works]
root:
  to: [fire]
sla:
  answer:
    - {severity: critical, channels: [call], limit: 10s}
    - {severity: critical, limit: 60s}
    - {severity: high, limit: 2m}
  triage: [{severity: critical, limit: 60s}, {severity: high, limit: 2m}]
  dispatch:
    - {severity: critical, limit: 60s}
    - {severity: high, limit: 5m}
    - {severity: low, limit: 3d, calendar: agency}
  acknowledge: [{severity: critical, limit: 60s}, {severity: high, limit: 2m}]
  turnout: [{severity: critical, limit: 80s}, {severity: high, limit: 5m}]
  travel: [{severity: critical, limit: 15m}, {severity: high, limit: 25m}]
  resolve: [{severity: critical, limit: none}, {severity: high, limit: 12h}]
escalation:
  - name: lewat
    level: breached
    phases: [answer, triage, dispatch, acknowledge, turnout, travel, resolve]
    severities: [critical, high]
    notify: [supervisor, agency_duty]
dispositions:
  sls: {id: selesai, en: done}
tests:
  - {name: rumah, type: fire, expect: {rule: api, agencies: [fire]}}
"""


def changed(*pairs: tuple[str, str]) -> str:
    """SMALL with parts replaced; a part that is not there is a mistake of the test."""
    text = SMALL
    for old, new in pairs:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text


def parsed(text: str = SMALL) -> RuleSet:
    return parse_rules(text.encode(), "rules.yaml")


def faults(text: str | bytes) -> list[Problem]:
    """All problems of a file; none when it is sound."""
    content = text if isinstance(text, bytes) else text.encode()
    try:
        parse_rules(content, "rules.yaml")
    except ConfigurationError as error:
        return error.problems or [Problem("refused without a reason")]
    return []


def line_with(text: str, part: str) -> int:
    """The number of the first line that holds ``part``."""
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def wib(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WIB)
