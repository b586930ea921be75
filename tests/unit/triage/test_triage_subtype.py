"""Subtypes: the protocol card, the advised units and several routes hang on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from dispatch.domain.report import Triage
from dispatch.domain.severity import highest
from dispatch.errors import ConfigurationError
from dispatch.learning.corpus import Example, frozen_part
from dispatch.learning.fit_subtypes import FEWEST, fit_subtypes
from dispatch.rules.load import load_rules
from dispatch.triage.load import load_engine
from dispatch.triage.subtype import load_subtypes, save_subtypes

Classify = Callable[[str], Triage]
AT = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
RULES = Path(__file__).parents[3] / "routing_rules.yaml"


@pytest.mark.parametrize(("text", "kind", "subtype"), [
    ("istri saya mau melahirkan ketuban pecah", "medical", "childbirth"),
    ("ada ular kobra masuk dapur", "animal_rescue", "snake"),
    ("anak saya umur 5 tahun hilang di pasar trayeman", "missing_person", "child"),
    ("motor saya dicuri orang di parkiran", "crime", "theft"),
    ("lubang besar di jalan raya banjaran", "road_damage", "pothole"),
    ("umahe tanggaku kobongan gedhe", "fire", "building"),
    ("my wife is having the baby right now", "medical", "childbirth"),
])  # fmt: skip
def test_three_languages_are_named(classify: Classify, text: str, kind: str, subtype: str) -> None:
    triage = classify(text)
    assert (triage.type, triage.subtype) == (kind, subtype), triage.reasons


@pytest.mark.parametrize(
    "text", ["tolong bapak saya tidak bernapas", "suami saya gak sadar, gak napas", "he is not breathing"]
)
def test_who_does_not_breathe_gets_the_card_of_cardiac_arrest_whatever_the_model_says(
    classify: Classify, text: str
) -> None:
    triage = classify(text)
    assert (triage.type, triage.subtype) == ("medical", "cardiac_arrest")
    assert not triage.subtype_learned


def test_a_learned_subtype_says_so_and_by_which_words(classify: Classify) -> None:
    triage = classify("ada ular kobra masuk dapur")
    assert triage.subtype_learned
    [reason] = [reason for reason in triage.reasons if reason.effect == "subtype"]
    assert (reason.value, reason.rule) == ("snake", "model")
    assert "ular" in reason.words
    assert 0.4 <= reason.weight <= 1


def test_nothing_is_named_where_nobody_knows_what_it_is_about(classify: Classify) -> None:
    assert classify("tolong cepat ke sini").subtype == ""


def test_subtypes_raise_and_never_lower() -> None:
    rules = load_rules(RULES)
    with_subtypes, without = load_engine(rules), load_engine(rules)
    without._subtypes = None
    for example in frozen_part():
        one, other = with_subtypes.classify(example.text, at=AT), without.classify(example.text, at=AT)
        assert one.type == other.type
        assert highest(one.severity, other.severity) == one.severity, example.text


def test_a_centre_that_does_not_know_a_subtype_never_gets_it() -> None:
    rules = load_rules(RULES)
    animals = rules.types["animal_rescue"]
    fewer = replace(animals, subtypes={code: sub for code, sub in animals.subtypes.items() if code != "snake"})
    engine = load_engine(replace(rules, types={**rules.types, "animal_rescue": fewer}))
    assert load_engine(rules).classify("ular kobra masuk dapur", at=AT).subtype == "snake"
    assert engine.classify("ular kobra masuk dapur", at=AT).subtype != "snake"


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    model, file = load_subtypes(), tmp_path / "subtypes.npz"
    save_subtypes(model, file)
    again = load_subtypes(file)
    assert again.heads == model.heads
    assert np.array_equal(again.weights, model.weights)


@pytest.mark.parametrize("content", [None, b"", b"PK no archive"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "subtypes.npz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ConfigurationError, match="scripts/train"):
        load_subtypes(file)


def test_training_tells_two_kinds_apart_and_leaves_out_what_is_too_rare() -> None:
    words = ("merah", "biru", "hijau", "kuning", "ungu")
    texts = [
        Example(f"ular {words[n % 5]} nomor {n} di rumah", "animal_rescue", "high", subtype="snake")
        for n in range(FEWEST)
    ]
    texts += [
        Example(f"tawon {words[n % 5]} sarang {n} di pohon", "animal_rescue", "medium", subtype="bees")
        for n in range(FEWEST)
    ]
    texts += [Example("biawak di got", "animal_rescue", "medium", subtype="monitor")]
    engine = load_engine(model=None)
    model = fit_subtypes(texts, engine)
    assert model.heads == {"animal_rescue": ("", "bees", "snake")}
    found = [model.name(engine.read(text), "animal_rescue") for text in ("ular hijau besar", "sarang tawon besar")]
    assert [named.subtype if named else "" for named in found] == ["snake", "bees"]
