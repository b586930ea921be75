"""Champion and challenger over the same texts, and whether the challenger may take the place. Pure.

Measured is what a centre would get: the whole engine, rules and lexicon included, not the model alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

import msgspec

from dispatch.domain.report import Triage
from dispatch.learning.corpus import TYPE, Example

HELD_OUT = 5
"""One correction in so many is never trained on."""
WORSE_BY = 0.01
"""On no part may the type be right so much less often."""
CALM_WORSE_BY = 0.02
"""So much greater may the share of calm texts called critical become."""


class Engine(Protocol):
    def classify(self, text: str, *, at: datetime) -> Triage: ...


class Correction(NamedTuple):
    """One labelled example of the centre; ``at`` (ms) is when a person last judged it."""

    id: str
    at: int
    example: Example


class Split(NamedTuple):
    train: list[Example]
    held_out: list[Example]


class Marks(NamedTuple):
    """Counts on one part. ``found`` are the places of the lives at risk that were called critical."""

    n: int
    typed: int
    right: int
    lives: int
    found: frozenset[int]
    calm: int
    false_critical: int

    def counts(self) -> dict[str, int]:
        return {**self._asdict(), "found": len(self.found)}


class Part(NamedTuple):
    """One set of texts measured with both."""

    name: str
    champion: Marks
    challenger: Marks


def corrections_of(rows: Iterable[dict[str, Any]]) -> list[Correction]:
    """The rows of ``labelled_examples``; those that judge neither type nor severity teach nothing here."""
    found = [Correction(row["id"], row["at"], msgspec.convert(row, Example)) for row in rows]
    return [one for one in found if TYPE in one.example.judged or one.example.threat is not None]


def split(corrections: Sequence[Correction], known: frozenset[str]) -> Split:
    """A fifth by the hash of the id, the same in every run, is held out, and with it every text equal to one of it."""
    held = [one.example for one in corrections if _is_held_out(one.id)]
    seen = {_plain(example.text) for example in held}
    rest = [one.example for one in corrections if not _is_held_out(one.id) and _plain(one.example.text) not in seen]
    return Split([lesson for example in rest if (lesson := _lesson(example, known)) is not None], held)


def _lesson(example: Example, known: frozenset[str]) -> Example | None:
    """Only what was judged is learned. A type that the corpus does not know is not: too few texts to calibrate with."""
    if example.type in known:
        return example
    rest = tuple(field for field in example.judged if field != TYPE)
    unknown = msgspec.structs.replace(example, type=min(known), judged=rest)
    return unknown if unknown.threat is not None else None


def _is_held_out(key: str) -> bool:
    return hashlib.sha256(key.encode()).digest()[0] % HELD_OUT == 0


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def measure(engine: Engine, examples: Sequence[Example], at: datetime) -> Marks:
    """``at`` is the moment all texts are read at."""
    said = [engine.classify(example.text, at=at) for example in examples]
    pairs = list(zip(examples, said, strict=True))
    typed = [one.type == example.type for example, one in pairs if TYPE in example.judged]
    lives = [number for number, example in enumerate(examples) if example.threat]
    calm = [is_critical(one) for example, one in pairs if example.threat is False]
    found = frozenset(number for number in lives if is_critical(said[number]))
    return Marks(len(examples), len(typed), sum(typed), len(lives), found, len(calm), sum(calm))


def is_critical(triage: Triage) -> bool:
    return triage.life_threat or triage.severity == "critical"


def disagreements(champion: Engine, challenger: Engine, texts: Sequence[str], at: datetime) -> dict[str, int]:
    """Only counts: nobody has said who is right, and no report's words leave the database."""
    pairs = [(champion.classify(text, at=at), challenger.classify(text, at=at)) for text in texts]
    return {
        "n": len(pairs),
        "type": sum(old.type != new.type for old, new in pairs),
        "severity": sum(old.severity != new.severity for old, new in pairs),
        "critical_gained": sum(is_critical(new) and not is_critical(old) for old, new in pairs),
        "critical_lost": sum(is_critical(old) and not is_critical(new) for old, new in pairs),
    }


def objection(parts: Sequence[Part]) -> str:
    """Why the challenger may not take the place; '' when it may."""
    for part in parts:
        lost = len(part.champion.found - part.challenger.found)
        if lost:
            return f"loses {lost} of the lives at risk that the champion finds ({part.name})"
    for part in parts:
        old, new = part.champion, part.challenger
        if _share(new.right, new.typed) < _share(old.right, old.typed) - WORSE_BY:
            return f"{part.name}: type right {new.right} of {new.typed}, the champion {old.right}"
    before, after = _false_critical([p.champion for p in parts]), _false_critical([p.challenger for p in parts])
    if after > before + CALM_WORSE_BY:
        return f"calls {after:.1%} of the calm texts critical, the champion {before:.1%}"
    was, would = _worth([part.champion for part in parts]), _worth([part.challenger for part in parts])
    if would <= was:
        return f"not better: type right and lives found {would[0]} and {would[1]}, the champion {was[0]} and {was[1]}"
    return ""


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _false_critical(marks: Sequence[Marks]) -> float:
    return _share(sum(one.false_critical for one in marks), sum(one.calm for one in marks))


def _worth(marks: Sequence[Marks]) -> tuple[int, int]:
    """Types right over all parts; of equals, the one that finds more lives."""
    return sum(one.right for one in marks), sum(len(one.found) for one in marks)
