"""The shipped routing_rules.yaml: sound, proven by its own examples, and what the domain paper asks for."""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch.domain.clock import Phase
from dispatch.domain.routing import RuleSet
from dispatch.domain.severity import Severity
from dispatch.grammar import VERBS
from dispatch.rules.cases import run_cases
from dispatch.rules.load import load_rules

ROOT = Path(__file__).parents[2]
FILE = ROOT / "routing_rules.yaml"


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return load_rules(FILE)


def test_the_examples_that_need_no_triage_hold(rules: RuleSet) -> None:
    results = run_cases(rules)
    assert [(r.case.name, r.faults) for r in results if r.faults] == []
    assert sum(r.passed for r in results) >= 60


def test_every_route_has_an_example_and_every_type_and_agency_is_used(rules: RuleSet) -> None:
    expected = {name for case in rules.cases for name in case.expected.rules or ()}
    assert {route.name for route in rules.routes} - expected == set()
    assert {case.type for case in rules.cases} | {""} >= set(rules.types)
    assert {agency for route in rules.routes for agency in route.agencies} == set(rules.agencies)


S, M, H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
OFFICE_DAY = timedelta(hours=8, minutes=30)
TABLE: list[tuple[Phase, str, str, dict[str, timedelta | None]]] = [
    # phase, agency, channel, the four severities
    (Phase.ANSWER, "health", "call", {"critical": 10 * S, "high": 15 * S}),
    (Phase.ANSWER, "health", "sms", {"critical": 60 * S, "high": 2 * M}),
    (Phase.ANSWER, "public_works", "web", {"medium": H, "low": OFFICE_DAY}),
    (Phase.TRIAGE, "public_works", "call", {"critical": 60 * S, "high": 2 * M, "medium": 4 * H, "low": OFFICE_DAY}),
    (
        Phase.DISPATCH,
        "public_works",
        "call",
        {"critical": 60 * S, "high": 5 * M, "medium": 8 * H, "low": 3 * OFFICE_DAY},
    ),
    (Phase.DISPATCH, "pln", "call", {"low": timedelta(days=3)}),
    (
        Phase.ACKNOWLEDGE,
        "public_works",
        "call",
        {"critical": 60 * S, "high": 2 * M, "medium": 4 * H, "low": OFFICE_DAY},
    ),
    (Phase.TURNOUT, "fire", "call", {"critical": 80 * S, "high": 5 * M, "medium": None, "low": None}),
    (Phase.TURNOUT, "health", "call", {"critical": 60 * S, "high": 5 * M}),
    (Phase.TRAVEL, "fire", "call", {"critical": 15 * M, "high": 25 * M, "medium": None, "low": None}),
    (Phase.TRAVEL, "police", "call", {"critical": 10 * M, "high": 25 * M}),
    (
        Phase.RESOLVE,
        "public_works",
        "call",
        {"critical": None, "high": 12 * H, "medium": 3 * OFFICE_DAY, "low": 5 * OFFICE_DAY},
    ),
]


@pytest.mark.parametrize(("phase", "agency", "channel", "wanted"), TABLE)
def test_the_limits_are_those_of_the_domain_paper(
    rules: RuleSet, phase: Phase, agency: str, channel: str, wanted: dict[str, timedelta | None]
) -> None:
    for name, limit in wanted.items():
        target = rules.target_for(phase, Severity(name), "fire", agency, channel)
        assert (target.limit if target else None) == limit, name


def test_urgent_clocks_run_around_the_clock_and_others_on_the_agency_s_time(rules: RuleSet) -> None:
    for target in rules.targets:
        assert target.calendar == ("always" if target.severity.is_urgent or not target.limit else "agency")


def test_the_written_holidays_are_those_of_both_published_sources(rules: RuleSet) -> None:
    """Two packages, kept by different people, agree with the file for every decreed year."""
    import holidays
    import lokal

    free = rules.calendars["office"].holidays
    for year in (2026, 2027):
        written = {day for n in range(366) if (day := date(year, 1, 1) + timedelta(n)).year == year and day in free}
        package = holidays.country_holidays("ID", years=year, categories=("public", "government"))
        assert written == set(package)
        assert written == {date.fromisoformat(h.date) for h in lokal.get_holidays(year).holidays}


def test_a_year_without_decree_is_computed(rules: RuleSet) -> None:
    free = rules.calendars["office"].holidays
    assert date(2028, 8, 17) in free
    assert date(2028, 8, 18) not in free


def test_every_number_is_a_marked_sample(rules: RuleSet) -> None:
    contacts = [c for a in rules.agencies.values() for c in a.contacts] + list(rules.supervisors)
    for contact in contacts:
        assert re.fullmatch(r"\+62812900010\d\d", contact.phone), contact
        assert "(contoh)" in contact.name


def test_codes_and_places_are_those_of_the_console(rules: RuleSet) -> None:
    assert " ".join(rules.districts) == "SLW ADW TLG KRM SRD WRJ DTR TRB PKH KDB DKW PGB LBS JTN MGS BLP BMJ BJG"
    shorts = {code: kind.short for code, kind in rules.types.items()}
    assert (
        shorts
        | {
            "medical": "MED",
            "fire": "KBK",
            "traffic_accident": "KLL",
            "crime": "KJH",
            "domestic_violence": "RTG",
            "animal_rescue": "EVK",
            "information_request": "INF",
        }
        == shorts
    )
    flood, slide, tree = (rules.types["disaster"].subtypes[s].short for s in ("flood", "landslide", "fallen_tree"))
    assert (flood, slide, tree) == ("BJR", "LGS", "POH")


def test_labels_exist_in_both_languages_and_mean_one_thing(rules: RuleSet) -> None:
    tables = [
        {c: a.labels for c, a in rules.agencies.items()},
        {c: t.labels for c, t in rules.types.items()},
        rules.dispositions,
    ]
    for table in tables:
        words = [labels[lang].casefold() for labels in table.values() for lang in ("id", "en")]
        assert all(words)
        for lang in ("id", "en"):
            spoken = [labels[lang].casefold() for labels in table.values()]
            assert len(set(spoken)) == len(spoken)


def test_a_ghost_call_is_called_as_the_field_calls_it_and_never_as_the_mode_senyap(rules: RuleSet) -> None:
    """SENYAP is the order to keep a caller's phone dark."""
    mode = {word for verb in VERBS if verb.name == "silence" for word in verb.words}
    said = [rules.dispositions["ghost"], rules.types["not_a_report"].subtypes["ghost"].labels]
    for lang in ("id", "en"):
        for folder in ("dispatch/locale", "console/locale", "dispatch/grammar/locale"):
            for file in (ROOT / folder).glob(f"*{lang}.toml"):
                said += ({lang: words} for words in _ghosts(tomllib.loads(file.read_text())))
    labels = {words.casefold() for entry in said for words in entry.values()}
    assert len(said) == 10
    assert not labels & mode
    assert all("ghost" in words for words in labels), labels


def _ghosts(table: dict[str, Any]) -> list[str]:
    """What a catalogue calls them, wherever it does."""
    here = [words for key, words in table.items() if key in ("ghost", "code_1") and isinstance(words, str)]
    return here + [words for inner in table.values() if isinstance(inner, dict) for words in _ghosts(inner)]


def test_the_examples_that_are_texts_hold_through_the_real_triage(rules: RuleSet) -> None:
    from dispatch.triage.load import load_engine

    engine = load_engine(rules)
    results = run_cases(rules, lambda text, at, channel: engine.classify(text, at=at, channel=channel))
    assert [(r.case.name, r.faults) for r in results if not r.passed] == []
    assert sum(bool(r.case.text) for r in results) >= 10
