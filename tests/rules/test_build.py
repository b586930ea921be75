"""From the file's words to values: free days, working days of each agency, names of places."""

from __future__ import annotations

from datetime import date, timedelta

from dispatch.domain.clock import Phase, add_working
from dispatch.domain.severity import Severity
from dispatch.rules.holiday import FreeDays
from tests.rules.small_rules import changed, parsed, wib

OFFICE_DAY = timedelta(hours=8, minutes=30)
LOW = "{severity: low, limit: 3d, calendar: agency}"
INDONESIA = FreeDays(
    frozenset({2026}), frozenset({date(2026, 1, 1)}), country="ID", categories=("public", "government")
)


def test_a_decreed_year_is_never_computed_and_another_one_is() -> None:
    assert date(2026, 1, 1) in INDONESIA
    assert date(2026, 8, 17) not in INDONESIA  # the package has it, the decree of this test does not
    assert date(2028, 8, 17) in INDONESIA
    assert date(2028, 8, 18) not in INDONESIA
    assert "2026-01-01" not in INDONESIA


def test_extra_and_removed_days_of_list_and_calendar_win() -> None:
    rules = parsed(
        changed(
            (
                "      2026: [2026-01-01, 2026-01-16]\n",
                "      2026: [2026-01-01, 2026-01-16]\n    extra: [2028-02-02]\n",
            ),
            ("    holidays: libur\n", "    holidays: libur\n    extra: [2026-06-03]\n    removed: [2026-01-16]\n"),
        )
    )
    free = rules.calendars["office"].holidays
    assert [d in free for d in (date(2026, 1, 1), date(2028, 2, 2), date(2026, 6, 3))] == [True] * 3
    assert date(2026, 1, 16) not in free
    assert date(2028, 8, 17) not in free, "without 'computed' nothing is computed"


def limit_for(change: str, agency: str) -> timedelta | None:
    target = parsed(changed((LOW, change))).target_for(Phase.DISPATCH, Severity.LOW, "road", agency, "call")
    return target.limit if target else None


def test_a_day_is_a_day_of_the_agency_that_answers() -> None:
    assert limit_for(LOW, "works") == 3 * OFFICE_DAY
    assert limit_for(LOW, "fire") == timedelta(days=3)
    # Before routing is known nobody is asked: the centre itself is open day and night.
    assert limit_for(LOW, "") == timedelta(days=3)


def test_a_target_of_days_for_named_agencies_is_for_no_other() -> None:
    only = "{severity: low, limit: 3d, calendar: agency, agencies: [works]}"
    assert limit_for(only, "works") == 3 * OFFICE_DAY
    assert limit_for(only, "fire") is None
    assert limit_for(only, "") is None


def test_hours_are_hours_on_any_calendar_and_days_of_a_named_calendar_are_its_own() -> None:
    assert limit_for("{severity: low, limit: 8h, calendar: agency}", "works") == timedelta(hours=8)
    assert limit_for("{severity: low, limit: 2d, calendar: office}", "fire") == 2 * OFFICE_DAY
    assert limit_for("{severity: low, limit: 2d}", "works") == timedelta(days=2)


def test_the_first_target_that_says_none_ends_the_search() -> None:
    narrow = f"{{severity: low, limit: none, agencies: [fire]}}\n    - {LOW}"
    assert limit_for(narrow, "fire") is None
    assert limit_for(narrow, "works") == 3 * OFFICE_DAY


def test_a_night_shift_of_two_windows_has_no_gap_at_midnight() -> None:
    evening = '      - {days: [mon, tue], from: "22:00", to: "24:00"}'
    night = f'windows:\n{evening}\n      - {{days: [tue], from: "00:00", to: "06:00"}}'
    rules = parsed(changed(('windows:\n      - {days: [mon, tue, wed, thu], from: "07:30", to: "16:00"}', night)))
    watch = rules.calendars["office"]
    assert add_working(wib("2026-01-12T22:00"), timedelta(hours=3), watch) == wib("2026-01-13T01:00")
    assert watch.working_day_length() == timedelta(hours=8)


def test_places_are_written_as_code_or_name_and_become_the_name() -> None:
    when = "when: {types: [road], places: [SLW, Kramat, '33.28.01']}"
    rules = parsed(changed(('when: {types: [road], from: "22:00", to: "05:00"}', when)))
    route = next(r for r in rules.routes if r.name == "jalan_malam")
    assert route.when.places == {"Slawi", "Kramat", "33.28.01"}


def test_words_for_triage_pass_through_without_what_was_left_out() -> None:
    section = "triage:\n  words: [{words: [obong], type: fire, life_threat: sure}]\n  spelling: {obng: obong}\ntests:\n"
    assert parsed(changed(("tests:\n", section))).triage == {
        "words": [{"words": ["obong"], "type": "fire", "life_threat": "sure"}],
        "spelling": {"obng": "obong"},
    }


def test_a_subtype_may_start_with_its_own_severity() -> None:
    rules = parsed()
    assert rules.default_severity("fire") == Severity.HIGH
    assert rules.default_severity("fire", "building") == Severity.HIGH
    assert rules.default_severity("fire", "land") == Severity.MEDIUM
    assert rules.default_severity("not_a_report") is None
    assert rules.default_severity("unheard_of") is None


def test_the_digest_is_that_of_the_bytes() -> None:
    import hashlib

    from tests.rules.small_rules import SMALL

    assert parsed().digest == hashlib.sha256(SMALL.encode()).hexdigest()
    assert parsed(SMALL + "# note\n").digest != parsed().digest
