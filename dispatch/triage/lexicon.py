"""The lexicon as data: reads ``data/lexicon/*.csv`` and a centre's own additions, and finds their words in a text.

Decides nothing: it says which concepts were found where. Weighing is ``score``, ``life_threat`` and ``context``.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

from dispatch.domain.severity import Severity
from dispatch.triage.normalise import Normaliser, Words
from dispatch.triage.pattern import Matcher, Pattern, compile_pattern
from dispatch.triage.spelling import Speller

LEXICON_DIR = Path(__file__).resolve().parents[2] / "data" / "lexicon"

SURE, UNSURE, WEAK = "sure", "unsure", "weak"


@dataclass(frozen=True, slots=True)
class Concept:
    """What a group of words argues for. ``kind`` is 'type', 'life', 'severity' or 'context'."""

    kind: str
    name: str
    type: str = ""
    subtype: str = ""
    weight: float = 0.0
    severity: Severity | None = None
    certainty: str = ""
    question: str = ""
    types: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Combo:
    """When all concepts of ``when`` and none of ``unless`` are found, ``type`` gains and ``drop`` lose."""

    when: frozenset[str]
    unless: frozenset[str]
    type: str
    subtype: str
    weight: float
    severity: Severity | None
    drop: frozenset[str]


class Hit(NamedTuple):
    """One concept found at words[start:end]."""

    concept: Concept
    start: int
    end: int
    negative: bool
    """The words themselves say no ('tidak napas'): an outer negation rule must not look at them."""


@dataclass(frozen=True, slots=True)
class Additions:
    """A centre's own words from routing_rules.yaml: ``triage: {words: [...], spelling: {...}}``."""

    concepts: tuple[tuple[Concept, tuple[str, ...]], ...] = ()
    spelling: Mapping[str, str] = field(default_factory=dict)


class Lexicon:
    def __init__(
        self,
        entries: list[tuple[Concept, tuple[str, ...]]],
        combos: tuple[Combo, ...],
        classes: Mapping[str, frozenset[str]],
        normaliser: Normaliser,
    ) -> None:
        self.combos = combos
        self.normaliser = normaliser
        self._concepts = [concept for concept, _ in entries]
        patterns: list[Pattern] = []
        first: dict[Concept, int] = {}
        resolved = {
            name: frozenset(form for word in words for form in (word, *normaliser.canonical(word)[:1]))
            for name, words in classes.items()
        }
        for row, (concept, words) in enumerate(entries):
            key = first.setdefault(concept, row)  # rows of one concept find the same thing
            patterns += [compile_pattern(key, text, resolved, normaliser.canonical) for text in dict.fromkeys(words)]
        self._matcher = Matcher(patterns)

    def words(self, text: str) -> Words:
        return self.normaliser.words(text)

    def hits(self, text: Words) -> list[Hit]:
        """Every concept found, in the order of the text."""
        found = dict.fromkeys(self._matcher.find(text))
        concepts = self._concepts
        # Finds of the same words keep the order in which they were found.
        return [
            Hit(concepts[key], start, -end, negative) for start, end, key, negative in sorted(found, key=_place_in_text)
        ]


_place_in_text = itemgetter(0, 1)


def _rows(directory: Path, name: str) -> list[dict[str, str]]:
    with (directory / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _split(words: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in words.split("|") if part.strip())


def _severity(text: str) -> Severity | None:
    return Severity(text) if text else None


def _entries(directory: Path) -> list[tuple[Concept, tuple[str, ...]]]:
    entries: list[tuple[Concept, tuple[str, ...]]] = []
    for row in _rows(directory, "concept"):
        concept = Concept(
            "type", row["concept"], row["type"], row["subtype"], float(row["weight"]), _severity(row["severity"])
        )
        entries.append((concept, _split(row["words"])))
    for row in _rows(directory, "life"):
        concept = Concept(
            "life",
            row["concept"],
            row["type"],
            row["subtype"],
            5.0,
            Severity.CRITICAL,
            row["certainty"],
            row["question"],
        )
        entries.append((concept, _split(row["words"])))
    for row in _rows(directory, "severity"):
        concept = Concept(
            "severity", row["concept"], severity=_severity(row["severity"]), types=frozenset(row["types"].split())
        )
        entries.append((concept, _split(row["words"])))
    for row in _rows(directory, "context"):
        entries.append((Concept("context", row["group"], weight=float(row["weight"])), _split(row["words"])))
    return entries


def _combos(directory: Path) -> tuple[Combo, ...]:
    return tuple(
        Combo(
            frozenset(row["when"].split("+")),
            frozenset(filter(None, row["unless"].split("+"))),
            row["type"],
            row["subtype"],
            float(row["weight"]),
            _severity(row["severity"]),
            frozenset(row["drop"].split()),
        )
        for row in _rows(directory, "combo")
    )


def _vocabulary(
    entries: Iterable[tuple[Concept, tuple[str, ...]]], classes: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    words = {part for _, texts in entries for text in texts for part in text.split() if part.isalpha()}
    return frozenset(word for word in words.union(*classes.values()) if word.isalpha())


def load_lexicon(directory: Path = LEXICON_DIR, additions: Additions | None = None) -> Lexicon:
    extra = additions or Additions()
    spelling = {
        variant: row["canonical"] for row in _rows(directory, "spelling") for variant in _split(row["variants"])
    }
    spelling.update(extra.spelling)
    expansion = {row["word"]: tuple(row["words"].split()) for row in _rows(directory, "expansion")}
    protected = frozenset(row["word"] for row in _rows(directory, "plain"))
    classes = {row["class"]: frozenset(_split(row["words"])) for row in _rows(directory, "class")}
    entries = [*_entries(directory), *extra.concepts]
    normaliser = Normaliser(Speller(spelling, expansion, _vocabulary(entries, classes), protected))
    return Lexicon(entries, _combos(directory), classes, normaliser)
