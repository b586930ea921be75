"""Every fault of a rules file is reported, all at once, with line, key and the nearest known word."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.errors import ConfigurationError
from dispatch.rules.load import load_rules
from tests.rules.small_rules import SMALL, changed, faults, line_with

Change = tuple[str, str]

# what is changed, (part of the message, key, nearest), and a piece of the line the fault must point at
FAULTS: dict[str, tuple[Change, tuple[str, str, str], str]] = {
    "unknown key": (("short: KBK", "shrot: KBK"), ("unknown key", "types.fire.shrot", "short"), "shrot"),
    "unknown section": (("escalation:\n", "eskalation:\n"), ("unknown key", "eskalation", "escalation"), "eskalation"),
    "missing key": (
        ("    short: KBK\n", ""),
        ("missing key 'short'", "types.fire", ""),
        "  fire:\n    labels: {id: Keb",
    ),
    "number for text": (('code: "33.28"', "code: 33.28"), ("put it in quotes", "centre.code", ""), "code: 33.28"),
    "text for list": (("to: [works]", "to: works"), ("expected a list", "routes[jalan].to", ""), "to: works"),
    "list for mapping": (("root:\n  to: [fire]", "root: [fire]"), ("expected a mapping", "root", ""), "root: [fire]"),
    "empty list": (("to: [works]", "to: []"), ("must not be empty", "routes[jalan].to", ""), "to: []"),
    "truth value": (
        ("life_threat: true", "life_threat: ya"),
        ("expected true or false", "routes[api_jiwa].when.life_threat", ""),
        "life_threat: ya",
    ),
    "severity": (("severity: low}", "severity: lwo}"), ("none of critical", "types.road.severity", "low"), "lwo"),
    "phase": (("  triage: [", "  triange: ["), ("none of acknowledge", "sla.triange", "triage"), "triange"),
    "channel": (
        ("channels: [call]", "channels: [cal]"),
        ("none of call", "sla.answer[0].channels[0]", "call"),
        "channels: [cal]",
    ),
    "clock time": (
        ('from: "07:30"', 'from: "7.30"'),
        ("is not a time such as", "calendars.office.windows[0].from", ""),
        '"7.30"',
    ),
    "limit": (("limit: 80s", "limit: 80"), ("expected a limit such as", "sla.turnout[0].limit", ""), "limit: 80}"),
    "limit unit": (("limit: 80s", "limit: 80x"), ("is not a limit", "sla.turnout[0].limit", ""), "80x"),
    "phone": (
        ('"+6281290001010"', '"0812 9000"'),
        ("is not a number such as", "agencies.fire.contacts[Piket].phone", ""),
        "0812 9000",
    ),
    "indonesian phone": (
        ('"+6281290001010"', '"+62841290001"'),
        ("cannot be an Indonesian", "agencies.fire.contacts[Piket].phone", ""),
        "+62841290001",
    ),
    "land line": (
        ('"+6281290001010"', '"+62283491016"'),
        ("land line", "agencies.fire.contacts[Piket].phone", ""),
        "+62283",
    ),
    "mail without address": (
        ('phone: "+6281290001010"}', 'phone: "+6281290001010", channel: mail}'),
        ("there is no mail address", "agencies.fire.contacts[Piket]", ""),
        "channel: mail",
    ),
    "mail address": (
        ('phone: "+6281290001010"}', 'phone: "+6281290001010", channel: mail, mail: "piket at dmk"}'),
        ("is not a mail address", "agencies.fire.contacts[Piket].mail", ""),
        "piket at dmk",
    ),
    "supervisor phone": (
        ('"+6281290001001"', '"+62811"'),
        ("is not a number", "centre.supervisors[Pengawas].phone", ""),
        '"+62811"',
    ),
    "code pattern": (("short: KBK", "short: Kbk"), ("three capital letters", "types.fire.short", ""), "short: Kbk"),
    "time zone": (
        ("Asia/Jakarta", "Asia/Jakrta"),
        ("unknown time zone", "centre.timezone", "Asia/Jakarta"),
        "Asia/Jakrta",
    ),
    "agency of a route": (
        ("to: [works]", "to: [work]"),
        ("unknown agency", "routes[jalan].to[0]", "works"),
        "to: [work]",
    ),
    "agency named twice": (("to: [works]", "to: [works, works]"), ("twice", "routes[jalan].to[1]", ""), "works, works"),
    "agency of the root": (
        ("root:\n  to: [fire]", "root:\n  to: [fir]"),
        ("unknown agency", "root.to[0]", "fire"),
        "[fir]",
    ),
    "type of a route": (
        ("when: {types: [fire]}", "when: {types: [fire, raod]}"),
        ("unknown type", "routes[api].when.types[1]", "road"),
        "raod",
    ),
    "subtype of a route": (
        ("when: {types: [fire]}", "when: {types: [fire], subtypes: [buildin]}"),
        ("unknown subtype of fire", "routes[api].when.subtypes[0]", "building"),
        "buildin]",
    ),
    "subtype of another type": (
        ("when: {types: [road]}", "when: {types: [road], subtypes: [land]}"),
        ("unknown subtype of road", "routes[jalan].when.subtypes[0]", ""),
        "[land]",
    ),
    "place": (
        ("when: {types: [fire]}", "when: {types: [fire], places: [Slwai]}"),
        ("unknown place", "routes[api].when.places[0]", "Slawi"),
        "Slwai",
    ),
    "place elsewhere": (
        ("when: {types: [fire]}", "when: {types: [fire], places: ['33.29.01']}"),
        ("does not lie in 33.28", "routes[api].when.places[0]", ""),
        "33.29.01",
    ),
    "calendar of an agency": (
        ("calendar: office\n    contacts", "calendar: ofice\n    contacts"),
        ("unknown calendar", "agencies.works.calendar", "office"),
        "calendar: ofice",
    ),
    "calendar of a condition": (
        ("calendar: office, working", "calendar: offic, working"),
        ("unknown calendar", "routes[jalan_libur].when.calendar", "office"),
        "offic,",
    ),
    "calendar without question": (
        ("calendar: office, working: false", "calendar: office"),
        ("belong together", "routes[jalan_libur].when", ""),
        "calendar: office}",
    ),
    "calendar that never closes": (
        ("calendar: office, working", "calendar: always, working"),
        ("asks nothing", "routes[jalan_libur].when.calendar", ""),
        "calendar: always",
    ),
    "calendar of a target": (
        ("limit: 3d, calendar: agency", "limit: 3d, calendar: agenci"),
        ("unknown calendar", "sla.dispatch[2].calendar", "agency"),
        "agenci}",
    ),
    "no working time": (
        (
            '    windows:\n      - {days: [mon, tue, wed, thu], from: "07:30", to: "16:00"}\n'
            '      - {days: [fri], from: "07:30", to: "14:30"}\n',
            "    windows: []\n",
        ),
        ("no working time", "calendars.office.windows", ""),
        "windows: []",
    ),
    "window that ends before it starts": (
        ('to: "14:30"', 'to: "06:30"'),
        ("split a night", "calendars.office.windows[1]", ""),
        "06:30",
    ),
    "windows overlap": (("days: [fri]", "days: [thu]"), ("overlaps", "calendars.office.windows[1]", ""), "days: [thu]"),
    "built-in calendar": (
        ("  office:\n    windows", "  always:\n    windows"),
        ("built in", "calendars.always", ""),
        "always:",
    ),
    "holiday list": (
        ("holidays: libur", "holidays: libr"),
        ("unknown list of holidays", "calendars.office.holidays", "libur"),
        "libr\n",
    ),
    "day that does not exist": (
        ("2026-01-16]", "2026-02-30]"),
        ("not a day", "holidays.libur.decreed.2026[1]", ""),
        "2026-02-30",
    ),
    "day of another year": (
        ("2026-01-16]", "2027-01-16]"),
        ("does not lie in 2026", "holidays.libur.decreed.2026[1]", ""),
        "2027-01-16",
    ),
    "type code like a district": (
        ("short: KBK", "short: KRM"),
        ("already belongs to district Kramat", "types.fire.short", ""),
        "short: KRM",
    ),
    "subtype code like a type": (
        ("short: LHN", "short: JLN"),
        ("already belongs to type road", "types.fire.subtypes.land.short", ""),
        "short: JLN, sev",
    ),
    "two agencies with one code": (
        ("short: PUP", "short: DMK"),
        ("already belongs to agency fire", "agencies.works.short", ""),
        "short: DMK\n    calendar",
    ),
    "agency code like a type": (
        ("short: PUP", "short: KBK"),
        ("agency works already belongs to type fire", "agencies.works.short", ""),
        "short: KBK\n    calendar",
    ),
    "agency called like an audience": (("  works:\n", "  unit:\n"), ("audience", "agencies.unit", ""), "  unit:\n"),
    "two districts with one name": (
        ("KRM: Kramat", "KRM: slawi"),
        ("already has the code SLW", "centre.districts.KRM", ""),
        "KRM: slawi",
    ),
    "two routes with one name": (
        ("name: jalan_libur", "name: api"),
        ("already used on line", "routes[api].name", ""),
        "name: api\n    when: {types: [road]",
    ),
    "built-in route": (("name: jalan_libur", "name: root"), ("built in", "routes[root].name", ""), "name: root"),
    "type without severity": (
        ("short: JLN, severity: low", "short: JLN, severity: null"),
        ("needs a severity", "types.road.severity", ""),
        "JLN, severity: null",
    ),
    "severity of no incident": (
        ("short: INF, severity: null", "short: INF, severity: low"),
        ("carries no severity", "types.information_request.severity", ""),
        "INF, severity: low",
    ),
    "raise that raises nothing": (
        ("when: {types: [fire], life_threat: true}", "when: {types: [fire], severities: [critical]}"),
        ("raises nothing", "routes[api_jiwa].raise_to", ""),
        "raise_to",
    ),
    "hour that never holds": (
        ('from: "22:00", to: "05:00"', 'from: "22:00", to: "22:00"'),
        ("never hold", "routes[jalan_malam].when.from", ""),
        '"22:00", to: "22:00"',
    ),
    "route behind a wider one": (
        ("when: {types: [fire], life_threat: true}", "when: {types: [fire, road]}"),
        ("can never match: api_jiwa", "routes[api]", ""),
        "name: api\n",
    ),
    "urgent target on office hours": (
        ("{severity: critical, limit: 80s}", "{severity: critical, limit: 80s, calendar: office}"),
        ("around the clock", "sla.turnout[0].calendar", ""),
        "calendar: office}",
    ),
    "target never used": (
        ("limit: 80s}", "limit: 80s}, {severity: critical, agencies: [fire], limit: 60s}"),
        ("never used", "sla.turnout[1]", ""),
        "turnout:",
    ),
    "target too long": (("limit: 3d", "limit: 400d"), ("longer than 366", "sla.dispatch[2].limit", ""), "400d"),
    "urgent phase without limit": (
        ("travel: [{severity: critical, limit: 15m}, ", "travel: ["),
        ("no limit for critical travel at all", "sla.travel", ""),
        "travel: [",
    ),
    "urgent phase with a gap": (
        ("{severity: critical, limit: 15m}", "{severity: critical, agencies: [fire], limit: 15m}"),
        ("no limit for critical travel of fire for works by call", "sla.travel", ""),
        "travel: [",
    ),
    "whole phase missing": (
        ("  turnout: [{severity: critical, limit: 80s}, {severity: high, limit: 5m}]\n", ""),
        ("no limit for critical turnout at all", "sla", ""),
        "sla:",
    ),
    "audience": (
        ("notify: [supervisor", "notify: [suprvisor"),
        ("unknown audience", "escalation[lewat].notify[0]", "supervisor"),
        "suprvisor",
    ),
    "breach that nobody hears": (
        ("travel, resolve]\n    severities", "resolve]\n    severities"),
        ("nobody is told when a critical travel", "escalation", ""),
        "escalation:",
    ),
    "example of nothing": (
        ("expect: {rule: api, agencies: [fire]}", "expect: {}"),
        ("expects nothing", "tests[rumah].expect", ""),
        "expect: {}",
    ),
    "example with type and text": (
        ("type: fire, expect", "type: fire, text: api, expect"),
        ("either a 'type' or a 'text'", "tests[rumah]", ""),
        "text: api",
    ),
    "rule of an example": (("rule: api,", "rule: apo,"), ("unknown rule", "tests[rumah].expect.rule", "api"), "apo,"),
    "time of an example": (
        ("type: fire, expect", "type: fire, at: 2026-13-01T10:00, expect"),
        ("not a time of the calendar", "tests[rumah].at", ""),
        "2026-13-01",
    ),
    "phase of an example": (
        ("rule: api, ", "due: {anser: none}, "),
        ("unknown phase", "tests[rumah].expect.due.anser", "answer"),
        "anser",
    ),
    "a rush of hours": (
        ("tests:\n", "folding:\n  rush: {within: 5h}\ntests:\n"),
        ("is no rush: a time from 1m to 1h", "folding.rush.within", ""), "rush: {within: 5h}",
    ),
    "a rush that narrows": (
        ("tests:\n", "folding:\n  rush: {factor: 0.5}\ntests:\n"),
        ("factor from 1 to 3", "folding.rush.factor", ""), "factor: 0.5",
    ),
    "a rush without bounds": (
        ("tests:\n", "folding:\n  rush: {factor: 12}\ntests:\n"),
        ("factor from 1 to 3", "folding.rush.factor", ""), "factor: 12",
    ),
    "a rush of one": (
        ("tests:\n", "folding:\n  rush: {incidents: 1}\ntests:\n"),
        ("a number of incidents from 3 to 1000", "folding.rush.incidents", ""), "incidents: 1",
    ),
    "word of triage": (
        ("tests:\n", "triage:\n  words: [{words: [obong], type: fir}]\ntests:\n"),
        ("unknown type", "triage.words[0].type", "fire"),
        "obong",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_with_line_key_and_nearest(name: str) -> None:
    change, (message, key, nearest), piece = FAULTS[name]
    text = changed(change)
    found = [p for p in faults(text) if p.key == key and message in p.message]
    assert found, faults(text)
    first_line = piece.partition("\n")[0]
    at = text[: text.index(piece)].count("\n") + 1 if "\n" in piece else line_with(text, first_line)
    assert (found[0].line, found[0].nearest, found[0].file) == (at, nearest, "rules.yaml")


def test_the_small_file_is_sound() -> None:
    assert faults(SMALL) == []


def test_all_faults_are_reported_at_once_in_line_order() -> None:
    """Faults of spelling, of type, of reference and of sense, each in another section."""
    text = changed(
        ("timezone: Asia/Jakarta", "timezone: Mars/Base"),
        ("2026-01-16]", "2026-02-30]"),
        ('from: "07:30"', 'from: "7:30"'),
        ("short: DMK", "shrt: DMK"),
        ("to: [works]", "to: [work]"),
        ("limit: 60s", "limit: 60"),
        ("rule: api,", "rule: apo,"),
        ("severity: low}", "severity: lwo}"),
    )
    found = faults(text)
    keys = {p.key for p in found}
    assert keys >= {
        "centre.timezone",
        "holidays.libur.decreed.2026[1]",
        "calendars.office.windows[0].from",
        "agencies.fire.shrt",
        "agencies.fire",
        "routes[jalan].to[0]",
        "sla.answer[1].limit",
        "tests[rumah].expect.rule",
        "types.road.severity",
    }
    assert [p.line for p in found] == sorted(p.line for p in found)


def test_a_missing_section_does_not_hide_faults_elsewhere() -> None:
    found = {p.key for p in faults(changed(("root:\n  to: [fire]\n", ""), ("to: [works]", "to: [work]")))}
    assert found == {"", "routes[jalan].to[0]"}


def test_a_faulty_entry_does_not_make_its_name_unknown() -> None:
    """One bad telephone number is one fault, not one in every route that names the agency."""
    assert [p.key for p in faults(changed(('"+6281290001010"', "12")))] == ["agencies.fire.contacts[Piket].phone"]


@pytest.mark.parametrize(
    "section", ["centre", "agencies", "types", "routes", "root", "sla", "escalation", "dispositions"]
)
def test_a_section_of_the_wrong_kind_is_a_fault_and_no_crash(section: str) -> None:
    lines = SMALL.splitlines()
    start = lines.index(f"{section}:")
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    text = "\n".join([*lines[:start], f"{section}: 7", *lines[end:]]) + "\n"
    assert any(p.key == section and p.line == start + 1 for p in faults(text))


def test_the_words_of_a_file_cannot_forge_a_line_of_the_report() -> None:
    found = faults(changed(("short: KBK", 'short: "K\\nroutes.yaml:1: all is well\\e[2J"')))
    assert found
    assert all(c.isprintable() for c in found[0].message)


def test_a_missing_file_and_a_folder_are_one_clear_problem(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            load_rules(path)


def test_a_wrong_file_altogether_does_not_print_a_book() -> None:
    text = changed(("tests:\n", "tests:\n" + "".join(f"  - {{nama: {n}}}\n" for n in range(1000))))
    assert 100 < len(faults(text)) <= 200
