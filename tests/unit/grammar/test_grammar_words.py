"""The words of the language fit each other: both catalogues, and the real centre's own codes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

import console
import dispatch.grammar
from dispatch.grammar import VERBS, Vocabulary, parse, sentence
from dispatch.rules.load import load_rules
from dispatch.services.centre import describe_centre
from dispatch.settings import load_settings

FOLDERS = [Path(dispatch.grammar.__file__).parent / "locale", Path(console.__file__).parent / "locale"]
ROOT = Path(console.__file__).parents[1]


def _sentences(path: Path) -> dict[str, str]:
    tables: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return {f"{table}.{key}": line for table, lines in tables.items() for key, line in lines.items()}


@pytest.mark.parametrize("folder", FOLDERS, ids=["grammar", "console"])
def test_both_languages_say_the_same_things_with_the_same_fields(folder: Path) -> None:
    indonesian, english = _sentences(folder / "id.toml"), _sentences(folder / "en.toml")
    assert list(indonesian) == list(english)
    for key, line in indonesian.items():
        assert sorted(re.findall(r"\{(\w+)", line)) == sorted(re.findall(r"\{(\w+)", english[key])), key


@pytest.fixture(scope="module")
def tegal() -> Vocabulary:
    rules = load_rules(ROOT / "routing_rules.yaml")
    return Vocabulary.of(describe_centre(load_settings({}), rules, {}, [], "id"))


def test_no_code_of_the_real_centre_means_two_things(tegal: Vocabulary) -> None:
    assert len(tegal.districts) == 18
    assert tegal.collisions() == []


def test_every_code_of_the_real_centre_can_be_typed(tegal: Vocabulary) -> None:
    def typed(line: str) -> dict[str, Any]:
        [parsed] = parse(line, tegal)
        assert sentence(parsed, "id", None, tegal)
        return parsed.args

    for code, name in tegal.districts.items():
        assert typed(f"n {code} x")["district"] == name
    for code, kind in tegal.types.items():
        assert typed(f"n {kind.short} x")["type"] == code
        for subtype, labels in kind.subtypes.items():
            for word in {subtype, labels.get("short", subtype)}:
                assert typed(f"j {kind.short}-{word}") == {"type": code, "subtype": subtype}
        for word in kind.subtype_codes():
            assert typed(f"j {kind.short}-{word}")["type"] == code, "what is offered can be typed"
    for code in tegal.agencies:
        assert typed(f"d {code} 1051") == {"agency": [code], "incident": 1051}
    for code in tegal.dispositions:
        assert typed(f"k {code}") == {"disposition": code}


def test_no_word_of_the_real_centre_fits_two_shapes_of_one_verb(tegal: Vocabulary) -> None:
    words = {
        *tegal.districts, *tegal.districts.values(), *tegal.agency_words(), *tegal.dispositions,
        *(word for kind in tegal.types.values() for word in (kind.code, kind.short, *kind.labels.values())),
    }
    for verb in VERBS:
        for word in words:
            fitting = [shape.keys for shape in verb.shapes if shape.read(word, tegal) is not None]
            assert len(fitting) <= 1, (verb.name, word, fitting)
