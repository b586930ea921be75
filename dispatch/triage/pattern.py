"""Patterns over canonical words: the small language of the lexicon files and its matcher.

``kabel * putus`` (up to two words between), ``**`` (up to five), ``<weapon>`` (any word of a class),
``=gue`` (only as written, not its canonical word).
A pattern never crosses the end of a sentence.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dispatch.triage.normalise import Word, Words

GAPS = {"*": 2, "**": 5}
NEGATIVES = frozenset("tidak bukan belum tanpa not no never without laka".split())


@dataclass(frozen=True, slots=True)
class Element:
    """One word position: any of ``words``, after at most ``gap`` skipped words. ``written``: only as written."""

    words: frozenset[str]
    gap: int = 0
    written: bool = False

    def fits(self, word: Word) -> bool:
        return word.plain in self.words or (not self.written and word.norm in self.words)


@dataclass(frozen=True, slots=True)
class Pattern:
    """``anchor`` is the position with the fewest possible words: matching starts there."""

    key: int
    text: str
    elements: tuple[Element, ...]
    anchor: int
    negative: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Pattern ``key`` covers words[start:end]."""

    key: int
    start: int
    end: int
    pattern: Pattern

    @property
    def size(self) -> int:
        return self.end - self.start


def compile_pattern(
    key: int, text: str, classes: Mapping[str, frozenset[str]], canonical: Callable[[str], tuple[str, ...]]
) -> Pattern:
    elements: list[Element] = []
    gap = 0
    for part in text.split():
        if part in GAPS:
            gap += GAPS[part]
            continue
        if part.startswith("<"):
            elements.append(Element(classes[part[1:-1]], gap))
            gap = 0
            continue
        if part.startswith("="):
            elements.append(Element(frozenset((part[1:],)), gap, written=True))
            gap = 0
            continue
        for word in canonical(part):
            elements.append(Element(frozenset((word,)), gap))
            gap = 0
    sizes = [len(element.words) for element in elements]
    # Among equally narrow positions the longest word is the rarest.
    order = [
        (size, -max(len(word) for word in e.words), i) for i, (size, e) in enumerate(zip(sizes, elements, strict=True))
    ]
    negative = any(e.words & NEGATIVES for e in elements)
    return Pattern(key, text, tuple(elements), min(order)[2], negative)


class Matcher:
    """All patterns, indexed by the words of their anchors."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._index: dict[str, list[Pattern]] = {}
        for pattern in patterns:
            for word in pattern.elements[pattern.anchor].words:
                self._index.setdefault(word, []).append(pattern)

    def find(self, text: Words) -> list[Match]:
        matches: list[Match] = []
        words = text.words
        for at, word in enumerate(words):
            forms = (word.norm,) if word.norm == word.plain else (word.norm, word.plain)
            for form in forms:
                for pattern in self._index.get(form, ()):
                    match = _match_at(pattern, words, at)
                    if match is not None:
                        matches.append(match)
        return matches


def _match_at(pattern: Pattern, words: Sequence[Word], at: int) -> Match | None:
    elements, anchor = pattern.elements, pattern.anchor
    if not elements[anchor].fits(words[at]):
        return None
    if len(elements) == 1:
        return Match(pattern.key, at, at + 1, pattern)
    sentence = words[at].sentence
    start = at
    for i in range(anchor, 0, -1):
        start = _step(elements[i - 1], words, start, -1, elements[i].gap, sentence)
        if start < 0:
            return None
    end = at
    for i in range(anchor + 1, len(elements)):
        end = _step(elements[i], words, end, 1, elements[i].gap, sentence)
        if end < 0:
            return None
    return Match(pattern.key, start, end + 1, pattern)


def _step(wanted: Element, words: Sequence[Word], at: int, direction: int, gap: int, sentence: int) -> int:
    """The nearest position that holds one of the wanted words; -1 when the gap is used up."""
    position = at
    for _ in range(gap + 1):
        position += direction
        if not 0 <= position < len(words) or words[position].sentence != sentence:
            return -1
        if wanted.fits(words[position]):
            return position
    return -1
