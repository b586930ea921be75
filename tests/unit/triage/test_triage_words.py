"""Spelling, the lexicon files and a centre's own words."""

from __future__ import annotations

import pytest

from dispatch.errors import ConfigurationError
from dispatch.triage.lexicon import LEXICON_DIR, load_lexicon
from dispatch.triage.load import additions_of
from dispatch.triage.normalise import clean
from dispatch.triage.score import read
from dispatch.triage.weigh import DEFAULTS, flood_depth_cm


@pytest.fixture(scope="module")
def lexicon():
    return load_lexicon(LEXICON_DIR)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("gk", "tidak"),
        ("ora", "tidak"),
        ("tulunggg", "tolong"),
        ("tolooong", "tolong"),
        ("umahe", "rumah"),
        ("rumah2", "rumah"),
        ("kebakarannya", "kebakaran"),
        ("kbakaran", "kebakaran"),
        ("kecelakan", "kecelakaan"),
        ("kebakatan", "kebakaran"),
        ("tersendat", "tersendat"),
        ("terbamar", "terbamar"),
        ("isn't", "is"),
        ("bnjr", "banjir"),
    ],
)
def test_spelling(lexicon, written: str, meant: str) -> None:
    assert lexicon.words(written).words[0].norm == meant


def test_one_written_word_may_stand_for_several(lexicon) -> None:
    words = lexicon.words("dirumah isn't").words
    assert [word.norm for word in words] == ["di", "rumah", "is", "not"]
    assert [word.raw for word in words] == ["dirumah", "dirumah", "isn't", "isn't"]


def test_reduplication_with_a_hyphen_is_one_word(lexicon) -> None:
    assert [word.norm for word in lexicon.words("tolong-tolong").words] == ["tolong"]


def test_abbreviations_do_not_end_a_sentence(lexicon) -> None:
    words = lexicon.words("di Jl. Raya Rt.02 ada api. Tolong").words
    assert [word.sentence for word in words] == [0, 0, 0, 0, 0, 0, 0, 1]


def test_hostile_characters_are_dropped() -> None:
    assert clean("to\u200blong\x1b[31m\u202e api") == "tolong[31m api"


def test_styled_letters_are_read(lexicon) -> None:
    assert lexicon.words("𝙆𝙚𝙗𝙖𝙠𝙖𝙧𝙖𝙣").words[0].norm == "kebakaran"


def test_every_concept_names_a_known_type(lexicon) -> None:
    used = {concept.type for concept in lexicon._concepts if concept.type} | {combo.type for combo in lexicon.combos}
    assert used <= DEFAULTS.keys()


def test_every_combination_uses_concepts_that_exist(lexicon) -> None:
    names = {concept.name for concept in lexicon._concepts if concept.kind == "type"}
    for combo in lexicon.combos:
        assert combo.when | combo.unless <= names, combo


def test_a_centres_own_words_count() -> None:
    additions = additions_of(
        {
            "words": [
                {"words": ["tanah gerak padasari"], "type": "disaster", "subtype": "landslide", "severity": "high"},
                {"words": "bledheg geni", "type": "fire", "life_threat": True},
            ],
            "spelling": {"Padasarie": "padasari"},
        }
    )
    lexicon = load_lexicon(LEXICON_DIR, additions)
    found = {hit.concept.name: hit.concept for hit in read(lexicon, "tanah gerak padasarie, bledheg geni").hits}
    assert found["rules.1"].subtype == "landslide"
    assert found["rules.2"].kind == "life"


def test_every_fault_of_the_own_words_is_told_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        additions_of(
            {"words": [{"type": "fire"}, {"words": ["x"], "type": "fire", "severity": "huge"}], "spelling": {}}
        )
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize(
    ("text", "depth"),
    [
        ("banjir 50 cm", 50),
        ("ketinggian air mencapai 1,5 meter", 150),
        ("banjir 10-15 cm", 15),
        ("udah banjir 2 meter", 200),
        ("jarak 5 meter dari pohon", None),
        ("banjir", None),
    ],
)
def test_depth_of_water(text: str, depth: float | None) -> None:
    assert flood_depth_cm(text) == depth
