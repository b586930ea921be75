"""Every event that is written has a sentence, every error the edge raises too, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dispatch
from dispatch.texts import catalogue

FOLDER = Path(dispatch.__file__).parent
NOUNS = "opinion|report|incident|assignment|unit|units|call|message|clock|alarm|operator|rules|remark|command"
KIND = re.compile(rf'"((?:{NOUNS})\.[a-z_]+)"')
SENTENCE = re.compile(r'\btext\(\s*"[a-z_.]+"')
"""What is asked for as a sentence is no kind of event: text("alarm.way_down")."""
REFUSALS = "Invalid|NotFound|Refused|Unauthorised|Forbidden|Gone|StorageUnavailable|TooManyAttempts"
ERROR = re.compile(rf'(?:{REFUSALS})\("(\w+)"')


def sources(*parts: str) -> str:
    return "\n".join(path.read_text("utf-8") for part in parts for path in sorted((FOLDER / part).rglob("*.py")))


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_kind_of_event_has_a_sentence(lang: str) -> None:
    kinds = set(KIND.findall(SENTENCE.sub("", sources("services", "channels", "web"))))
    assert len(kinds) > 30
    missing = sorted(kind for kind in kinds if f"log.{kind.replace('.', '_')}" not in catalogue(lang))
    assert not missing


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_refusal_has_a_sentence(lang: str) -> None:
    codes = set(ERROR.findall(sources("services", "web")))
    assert len(codes) > 30
    known = catalogue(lang)
    missing = sorted(c for c in codes if not any(f"{table}.{c}" in known for table in ("error", "access", "web")))
    assert not missing


def test_both_languages_say_the_same_things() -> None:
    mine = [{key for key in catalogue(lang) if key.split(".")[0] in ("web", "access", "log")} for lang in ("id", "en")]
    assert mine[0] == mine[1]
    for key in mine[0]:
        holes = [set(re.findall(r"{(\w+)}", catalogue(lang)[key])) for lang in ("id", "en")]
        assert holes[0] == holes[1], key
