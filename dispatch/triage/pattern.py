"""Patterns over canonical words: the small language of the lexicon files and its matcher.

``kabel * putus`` (up to two words between), ``**`` (up to five), ``<weapon>`` (any word of a class),
``=gue`` (only as written, not its canonical word).
A pattern never crosses the end of a sentence.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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


Match = tuple[int, int, int, bool]
"""start, -end, key, negative: sorted, finds stand in the order of the text, the longer first."""


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
    """A pattern as seen from its anchor."""

    key: int
    negative: bool
    before: tuple[Element, ...]
    """Nearest first; the gap of each is the one towards the anchor."""
    after: tuple[Element, ...]


def _steps(pattern: Pattern) -> _Steps:
    elements, anchor = pattern.elements, pattern.anchor
    before = tuple(
        Element(elements[i - 1].words, elements[i].gap, elements[i - 1].written) for i in range(anchor, 0, -1)
    )
    after = elements[anchor + 1 :]
    return _Steps(pattern.key, pattern.negative, before, after)


def _needed(steps: _Steps) -> str:
    """The longest word without which no sentence can hold the pattern; '' when each may be one of several."""
    certain = [word for e in (*steps.before, *steps.after) if len(e.words) == 1 for word in e.words]
    return max(certain, key=len, default="")


class _Bucket(NamedTuple):
    """The patterns of one anchor word: those it makes alone, and those that need further words."""

    alone: list[tuple[int, bool]]
    further: list[tuple[str, _Steps]]
    """Each after the word without which it cannot fit."""


class Matcher:
    """All patterns, indexed by the words of their anchors."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self._by_plain: dict[str, _Bucket] = {}
        self._by_norm: dict[str, _Bucket] = {}
        """Without the patterns whose anchor counts only as written."""
        for pattern in patterns:
            anchor = pattern.elements[pattern.anchor]
            steps = _steps(pattern)
            for index in (self._by_plain,) if anchor.written else (self._by_plain, self._by_norm):
                for word in anchor.words:
                    bucket = index.setdefault(word, _Bucket([], []))
                    if len(pattern.elements) == 1:
                        bucket.alone.append((pattern.key, pattern.negative))
                    else:
                        bucket.further.append((_needed(steps), steps))

    def find(self, text: Words) -> list[Match]:
        """Sentence by sentence: most patterns fall away because the sentence lacks one of their words."""
        matches: list[Match] = []
        norms, plains = text.norms, text.plains
        by_norm, by_plain = self._by_norm.get, self._by_plain.get
        low = 0
        while low < len(norms):
            high = bisect_right(text.sentences, text.sentences[low], low)
            forms = {"", *norms[low:high], *plains[low:high]}
            for at in range(low, high):
                norm, plain = norms[at], plains[at]
                for bucket in (by_plain(plain),) if norm == plain else (by_norm(norm), by_plain(plain)):
                    if bucket is not None:
                        for key, negative in bucket.alone:
                            matches.append((at, -at - 1, key, negative))
                        possible = [steps for needed, steps in bucket.further if needed in forms]
                        if possible:
                            _match_all(possible, text, at, (low, high), matches)
            low = high
        return matches


def _match_all(possible: list[_Steps], text: Words, at: int, sentence: tuple[int, int], matches: list[Match]) -> None:
    """Adds every pattern that fits around the anchor at ``at`` inside its sentence."""
    norms, plains = text.norms, text.plains
    for key, negative, before, after in possible:
        start = _walk(before, norms, plains, at, sentence[0] - 1, -1) if before else at
        if start < 0:
            continue
        end = _walk(after, norms, plains, at, sentence[1], 1) if after else at
        if end >= 0:
            matches.append((start, -end - 1, key, negative))


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
