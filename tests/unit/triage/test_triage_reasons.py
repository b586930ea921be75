"""Reasons that act: what a single cue changes, and the one question to ask."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.report import Channel, Triage
from dispatch.domain.severity import Severity
from dispatch.rules.load import load_rules
from dispatch.services.explanation import explain_text, question_sms, worded
from dispatch.services.reference import load_cards
from dispatch.settings import PROJECT
from dispatch.texts import LANGUAGES
from dispatch.triage import question
from dispatch.triage.counterfactual import MAX_RUNS, mask, without_each
from dispatch.triage.engine import TriageEngine
from dispatch.triage.inquiry import ANSWERED_BY, FIRST, TABLE, best_question
from dispatch.triage.lexicon import LEXICON_DIR, _rows
from dispatch.triage.load import load_engine

AT = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
RULES = load_rules(PROJECT / "routing_rules.yaml")
KEYS = sorted({
    *FIRST, *(line.key for line in TABLE), *question.BY_TYPE.values(), *question.BY_SUBTYPE.values(),
    *(row["question"] for row in _rows(LEXICON_DIR, "life") if row["question"]),
})


def test_without_the_cue_the_priority_falls() -> None:
    engine = load_engine(RULES, model=None)
    found = explain_text("ada maling bawa parang di desa kalisapu slawi", engine, RULES, AT, Channel.SMS)
    assert found.severity is Severity.CRITICAL
    assert [(w.words, w.type, w.severity) for w in found.without] == [(("bawa", "parang"), "crime", Severity.HIGH)]
    assert worded(found, "id")["lines"][0] == "tanpa 'bawa parang': P2"


def test_no_cue_alone_is_said_too(engine: TriageEngine) -> None:
    text = "kebakaran rumah, api besar, ada orang di dalam, tolong tidak napas"
    assert worded(explain_text(text, engine, RULES, AT, Channel.SMS), "en")["lines"]


@settings(deadline=None)  # the first example loads the engine
@given(st.text(max_size=300))
def test_never_more_than_four_runs(text: str) -> None:
    engine, runs = _engine(), []

    def classify(said: str) -> Triage:
        runs.append(said)
        return engine.classify(said, at=AT)

    without_each(text, engine.classify(text, at=AT), classify, lambda triage: triage.severity)
    assert len(runs) <= MAX_RUNS


def _engine(found: list[TriageEngine] = []) -> TriageEngine:  # noqa: B006  one for all examples
    if not found:
        found.append(load_engine())
    return found[0]


def test_a_masked_word_stands_alone() -> None:
    assert mask("api, Api apik (API)", ("api",)) == "anu, anu apik (anu)"


def test_the_place_is_asked_first(classify: Callable[[str], Triage]) -> None:
    triage = classify("kebakaran rumah")
    asked = best_question(triage, triage.severity)
    assert asked is not None
    assert asked.key == "location"


@pytest.mark.parametrize(("text", "key"), [
    ("kebakaran rumah di desa kalisapu slawi", "people_inside"),
    ("kecelakaan motor di desa kalisapu slawi", "injured"),
    ("ada maling masuk rumah di desa kalisapu slawi", "still_happening"),
])
def test_the_question_changes_the_decision_most(classify: Callable[[str], Triage], text: str, key: str) -> None:
    triage = classify(text)
    asked = best_question(triage, triage.severity)
    assert asked is not None
    assert (asked.key, asked.gain > 0) == (key, True)


@pytest.mark.parametrize(("answered", "key"), [
    ((), "injured"), (("injured",), "people_inside"), (("injured", "trapped"), "conscious"),
    (("injured", "trapped", "awake"), None),
])
def test_what_the_card_has_an_answer_to_is_not_asked_again(
    classify: Callable[[str], Triage], answered: tuple[str, ...], key: str | None
) -> None:
    """Also where the card asks in other words: 'sadar?' is 'awake' there."""
    triage = classify("kecelakaan motor di desa kalisapu slawi")
    asked = best_question(triage, triage.severity, answered)
    assert (asked.key if asked else None) == key


def test_every_question_a_card_answers_is_one_of_the_table() -> None:
    cards = {question.key for card in load_cards(PROJECT / "data/cards") for question in card.questions}
    assert set(ANSWERED_BY) <= set(KEYS)
    for keys in ANSWERED_BY.values():
        assert keys <= cards


def test_a_sure_threat_is_not_asked_away(classify: Callable[[str], Triage]) -> None:
    triage = classify("kebakaran rumah di desa kalisapu slawi, ada anak terjebak di dalam")
    asked = best_question(triage, triage.severity)
    assert triage.life_threat
    assert asked is None or asked.gain == 0 or asked.adds


@pytest.mark.parametrize(("key", "lang"), list(product(KEYS, LANGUAGES)))
def test_every_question_fits_one_sms(key: str, lang: str) -> None:
    body = question_sms(key, lang)
    assert len(body) <= 160
    assert re.fullmatch(r"[A-Za-z0-9 .,:;?!'()/+-]+", body), 'all of GSM 03.38'
