"""Running the examples of a file: what passes, what fails and how the failure is said."""

from __future__ import annotations

from datetime import datetime

from dispatch.domain.place import Place
from dispatch.domain.report import Channel, Triage
from dispatch.domain.severity import Severity
from dispatch.rules.cases import run_cases, verify_cases
from tests.rules.small_rules import changed, line_with, parsed, wib

EXAMPLE = "  - {name: rumah, type: fire, expect: {rule: api, agencies: [fire]}}"


def outcome(example: str) -> list[str]:
    """The faults of one example put into the small file."""
    result = run_cases(parsed(changed((EXAMPLE, "  - " + example))))[0]
    return list(result.faults)


def test_an_example_that_holds_has_no_faults() -> None:
    assert outcome("{name: n, type: fire, expect: {rule: api, agencies: [fire], severity: high}}") == []


def test_every_expected_part_is_compared() -> None:
    assert outcome("{name: n, type: fire, expect: {rule: jalan, agencies: [works, fire], severity: low}}") == [
        "agencies: expected works, fire, got fire",
        "rule: expected jalan, got api",
        "severity: expected low, got high",
    ]


def test_a_life_threat_starts_critical_and_a_subtype_brings_its_own_severity() -> None:
    assert (
        outcome("{name: n, type: fire, severity: low, life_threat: true, expect: {severity: critical, rule: api_jiwa}}")
        == []
    )
    assert outcome("{name: n, type: fire, subtype: land, expect: {severity: medium}}") == []
    assert outcome("{name: n, type: information_request, expect: {severity: low}}") == [
        "severity: expected low, got none"
    ]


def test_the_second_type_routes_too() -> None:
    example = "{name: n, type: road, also_types: [fire], expect: {rules: [jalan, api], agencies: [works, fire]}}"
    assert outcome(example) == []
    assert outcome(example.replace("[jalan, api]", "[jalan, api_jiwa]")) == [
        "rule: expected jalan, api_jiwa, got jalan, api"
    ]


def test_a_single_expected_rule_is_that_of_the_first_type() -> None:
    assert outcome("{name: n, type: road, also_types: [fire], expect: {rule: jalan}}") == []


def test_wall_clock_conditions_wrap_midnight_and_end_exclusive() -> None:
    for at, rule in (
        ("21:59", "jalan_libur"),
        ("22:00", "jalan_malam"),
        ("04:59", "jalan_malam"),
        ("05:00", "jalan_libur"),
        ("07:29", "jalan_libur"),
        ("07:30", "jalan"),
        ("16:00", "jalan_libur"),
    ):
        assert outcome(f"{{name: n, type: road, at: '2026-01-12T{at}', expect: {{rule: {rule}}}}}") == [], at


def test_a_holiday_is_outside_working_time() -> None:
    assert outcome("{name: n, type: road, at: 2026-01-16T10:00, expect: {rule: jalan_libur}}") == []


def test_due_times_are_those_of_the_clock_for_the_agency_asked() -> None:
    due = "due: {answer: 2026-01-12T10:02, dispatch: 2026-01-12T10:05, resolve: 2026-01-12T22:00}"
    assert outcome(f"{{name: n, type: fire, expect: {{{due}}}}}") == []
    assert outcome("{name: n, type: fire, expect: {due: {answer: 2026-01-12T10:03}}}") == [
        "due answer: expected 2026-01-12 10:03:00, got 2026-01-12 10:02:00"
    ]
    # Three working days of an office are not three days of a fire station. Friday the 16th is a holiday.
    office = "due: {dispatch.works: 2026-01-20T10:00, dispatch.fire: 2026-01-17T10:00, travel: none}"
    assert outcome(f"{{name: n, type: road, at: 2026-01-14T10:00, expect: {{{office}}}}}") == []


def test_a_text_is_read_by_the_triage_that_is_handed_in() -> None:
    rules = parsed(
        changed(
            (
                EXAMPLE,
                "  - {name: n, text: kobongan, channel: sms, at: 2026-01-12T10:00, "
                "expect: {type: fire, rule: api, kecamatan: Slawi, life_threat: true}}",
            )
        )
    )
    heard: list[tuple[str, datetime, Channel]] = []

    def classify(text: str, at: datetime, channel: Channel) -> Triage:
        heard.append((text, at, channel))
        return Triage(type="fire", severity=Severity.HIGH, place=Place(kecamatan="Slawi"))

    result = run_cases(rules, classify)[0]
    assert heard == [("kobongan", wib("2026-01-12T10:00"), Channel.SMS)]
    assert result.faults == ("life_threat: expected yes, got no",)


def test_a_text_that_nobody_can_read_is_skipped_not_passed() -> None:
    result = run_cases(parsed(changed((EXAMPLE, "  - {name: n, text: kobongan, expect: {type: fire}}"))))[0]
    assert result.skipped
    assert not result.passed


def test_a_failing_example_is_a_problem_of_the_file_with_its_line() -> None:
    text = changed((EXAMPLE, "  - {name: salah, type: fire, expect: {rule: jalan}}"))
    problem = verify_cases(parsed(text), file="rules.yaml")[0]
    assert str(problem) == f"rules.yaml:{line_with(text, 'salah')}: tests[salah]: rule: expected jalan, got api"
