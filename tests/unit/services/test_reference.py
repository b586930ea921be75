"""Reference files: the shipped ones are sound, and a broken one is answered with all its faults and their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.unit import KINDS
from dispatch.errors import ConfigurationError
from dispatch.rules.load import load_rules
from dispatch.services.reference import card_finder, check_agencies, is_sample, load_cards, load_units

ROOT = Path(__file__).parents[3]
UNITS, CARDS = ROOT / "data/units/tegal.yaml", ROOT / "data/cards"


def test_shipped_units_fit_the_shipped_rules() -> None:
    units, rules = load_units(UNITS), load_rules(ROOT / "routing_rules.yaml")
    assert check_agencies(units, rules.agencies, str(UNITS)) == []
    assert {unit.kecamatan for unit in units} <= set(rules.districts.values())
    assert {unit.call_sign[0] for unit in units} == set(KINDS)


def test_shipped_units_are_marked_as_sample_and_ring_at_nobody() -> None:
    units = load_units(UNITS)
    assert is_sample(UNITS)
    assert all(unit.phone.startswith("+628999000") for unit in units)
    assert len({unit.phone for unit in units}) == len(units)


def test_shipped_cards_speak_both_languages_and_await_approval() -> None:
    rules = load_rules(ROOT / "routing_rules.yaml")
    for card in load_cards(CARDS):
        assert card.sample
        assert not card.approved_by
        assert set(card.types) <= set(rules.types), card.code
        assert len(card.instructions["id"]) == len(card.instructions["en"]), card.code


def test_card_fits_its_subtypes_or_its_whole_type() -> None:
    cards = {card.code: card for card in load_cards(CARDS)}
    assert cards["MED-09"].fits("medical", "cardiac_arrest")
    assert not cards["MED-09"].fits("medical", "breathing")
    assert cards["MED-01"].fits("medical", "anything")
    assert not cards["MED-01"].fits("fire")


def test_narrowest_card_comes_first_and_says_that_nobody_approved_it() -> None:
    found = card_finder(load_cards(CARDS))("medical", "cardiac_arrest")
    assert [card["code"] for card in found] == ["MED-09", "MED-01"]
    assert found[0]["sample"] is True
    assert found[0]["questions"][0]["answers"][1] == {
        "key": "no", "text": {"id": "tidak", "en": "no"}, "severity": "critical", "adds": "",
    }
    assert card_finder(load_cards(CARDS))("waste", "") == []


BROKEN = """\
sample: true
units:
  - {call_sign: A01, agency: health, name: Satu, base: Slawi, kecamatan: Slawi, phone: '+628999000001', crew: 2}
  - {call_sign: A01, agency: health, name: Dua, base: Slawi, kecamatan: Slawi, phone: '+628999000002', crew: banyak}
  - {call_sign: Z9, agency: health, name: Tiga, base: Slawi, kecamatan: Slawi, phone: 0812}
  - {call_sign: A04, agency: health, name: E, base: Slawi, kecamatn: Slawi, phone: '+628999000004', lat: 51.5, lon: 0}
"""


def test_every_fault_of_a_units_file_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "units.yaml"
    path.write_text(BROKEN, "utf-8")
    with pytest.raises(ConfigurationError) as caught:
        load_units(path)
    said = [(problem.line, str(problem)) for problem in caught.value.problems]
    for line, part in [
        (4, "A01 stands on line 3 already"), (4, "'banyak' is not a number of people"), (5, "call sign such as A01"),
        (5, "number such as"), (6, "did you mean 'kecamatan'"), (6, "missing key 'kecamatan'"), (6, "not in Indonesia"),
    ]:
        assert any(number == line and part in text for number, text in said), (line, part, said)


def test_an_answer_says_what_it_raises_and_which_type_it_adds() -> None:
    rules = load_rules(ROOT / "routing_rules.yaml")
    cards = load_cards(CARDS)
    [card] = [card for card in card_finder(cards)("fire", "building") if card["code"] == "KBK-01"]
    answers = {answer["key"]: (answer["severity"], answer["adds"]) for answer in card["questions"][0]["answers"]}
    assert answers == {"yes": ("critical", "rescue"), "no": (None, ""), "unknown": (None, "")}
    for question in (question for one in cards for question in one.questions):
        assert not question.adds or question.adds in rules.types
        assert set(question.implies) <= {key for key, _ in question.answers}


def test_two_cards_with_one_code_are_refused(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_bytes((CARDS / "fire.yaml").read_bytes())
    with pytest.raises(ConfigurationError, match=r"KBK-01 exists already in a\.yaml"):
        load_cards(tmp_path)


def test_unknown_agency_is_named_with_the_nearest() -> None:
    problems = check_agencies(load_units(UNITS), ["health", "fires"], "units.yaml")
    assert any("did you mean 'fires'" in str(problem) for problem in problems)


def test_file_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_units(tmp_path / "none.yaml")
