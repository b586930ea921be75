"""Patterns over canonical words: the small language of the lexicon files and its matcher.

``kabel * putus`` (up to two words between), ``**`` (up to five), ``<weapon>`` (any word of a class),
``=gue`` (only as written, not its canonical word).
A pattern never crosses the end of a sentence.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from dispatch.triage.normalise import Words

GAPS = {"*": 2, "**": 5}
NEGATIVES = frozenset("tidak bukan belum tanpa not no never without laka".split())


@dataclass(frozen=True, slots=True)
class Element:
    """One word position: any of ``words``, after at most ``gap`` skipped words. ``written``: only as written."""

    words: frozenset[str]
    gap: int = 0
    written: bool = False


@dataclass(frozen=True, slots=True)
class Pattern:
    """``anchor`` is the position with the fewest possible words: matching starts there."""

    key: int
    text: str
    elements: tuple[Element, ...]
    anchor: int
    negative: bool


class Match(NamedTuple):
    """Pattern ``key`` covers words[start:end]."""

    key: int
    start: int
    end: int
    negative: bool


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


class _Steps(NamedTuple):
    """A pattern as seen from its anchor. ``needed``: words without which the sentence cannot hold it."""

    key: int
    negative: bool
    needed: frozenset[str]
    before: tuple[Element, ...]
    """Nearest first; the gap of each is the one towards the anchor."""
    after: tuple[Element, ...]


def _steps(pattern: Pattern) -> _Steps:
    elements, anchor = pattern.elements, pattern.anchor
    before = tuple(
        Element(elements[i - 1].words, elements[i].gap, elements[i - 1].written) for i in range(anchor, 0, -1)
    )
    after = elements[anchor + 1 :]
    needed = frozenset(word for e in (*before, *after) if len(e.words) == 1 for word in e.words)
    return _Steps(pattern.key, pattern.negative, needed, before, after)


class Matcher:
    """All patterns, indexed by the words of their anchors."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_plain: dict[str, list[_Steps]] = {}
        self._by_norm: dict[str, list[_Steps]] = {}
        """Without the patterns whose anchor counts only as written."""
        for pattern in patterns:
            anchor = pattern.elements[pattern.anchor]
            steps = _steps(pattern)
            for word in anchor.words:
                self._by_plain.setdefault(word, []).append(steps)
                if not anchor.written:
                    self._by_norm.setdefault(word, []).append(steps)

    def find(self, text: Words) -> list[Match]:
        """Sentence by sentence: most patterns fall away because the sentence lacks one of their words."""
        matches: list[Match] = []
        norms, plains = text.norms, [word.plain for word in text.words]
        for _, group in groupby(range(len(norms)), [word.sentence for word in text.words].__getitem__):
            positions = tuple(group)
            low, high = positions[0], positions[-1] + 1
            forms = {*norms[low:high], *plains[low:high]}
            for at in positions:
                norm, plain = norms[at], plains[at]
                if norm != plain and norm in self._by_norm:
                    _match_all(self._by_norm[norm], forms, norms, plains, at, low, high, matches)
                if plain in self._by_plain:
                    _match_all(self._by_plain[plain], forms, norms, plains, at, low, high, matches)
        return matches


def _match_all(
    candidates: list[_Steps],
    forms: set[str],
    norms: Sequence[str],
    plains: Sequence[str],
    at: int,
    low: int,
    high: int,
    matches: list[Match],
) -> None:
    """Adds every candidate that fits around the anchor at ``at`` inside the sentence low..high."""
    for key, negative, needed, before, after in candidates:
        if not needed <= forms:
            continue
        start = _walk(before, norms, plains, at, low - 1, -1) if before else at
        if start < 0:
            continue
        end = _walk(after, norms, plains, at, high, 1) if after else at
        if end >= 0:
            matches.append(Match(key, start, end + 1, negative))


def _walk(
    elements: tuple[Element, ...], norms: Sequence[str], plains: Sequence[str], at: int, limit: int, direction: int
) -> int:
    """The position of the last element, each at the nearest fitting word; -1 when a gap is used up."""
    for element in elements:
        words, written = element.words, element.written
        stop = at + direction * (element.gap + 2)
        stop = min(stop, limit) if direction > 0 else max(stop, limit)
        for position in range(at + direction, stop, direction):
            if plains[position] in words or (not written and norms[position] in words):
                at = position
                break
        else:
            return -1
    return at
