"""The one landmark a report names: 'dpn psr trayeman', 'Jl. Kartini', 'next to the old market'.

A landmark is a name or a thing, and ends where the sentence goes on: at a verb, a conjunction, a time, an
ordinary word. In doubt there is none, for the words of the report are always shown. Knows nothing of the scene.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from dispatch.triage.gazetteer import Landmark
from dispatch.triage.landmark_words import (
    ABBREVIATED,
    ADDRESS_AFTER,
    ANCHORS,
    AT,
    BESIDE,
    BESIDE_ENGLISH,
    CROSSINGS,
    ENDS,
    GENERIC,
    LANES,
    MARKET_DAYS,
    PAIRS,
    POINTING,
    QUALIFIERS,
    SCHOOLS,
    STREET_NAMES,
    STREETS,
    THINGS,
    THINGS_ENGLISH,
    TITLES,
    TOWARDS,
    UNITS,
)
from dispatch.triage.mention import Mention, Pieces
from dispatch.triage.mention_words import SCENE_STARTS

_NUMBER = re.compile(r"\d{1,3}[a-z]?|[ivx]{1,5}")
_NUMBERED = re.compile(r"r[tw]\d+|[a-z]|\d+[a-z]{2,}")
_UNFINISHED = frozenset({"al", "at", "as", "an", "blok", "nurul", "baitul"})
"""Words that no name ends with."""
_TITLE_CASE = 0.6
"""From this share of capitals on they say nothing."""
_VERB = re.compile(r"(?:meng|meny|mem|men|mel|mer|di|ter|ber)\w{3,}|\w{4,}(?:kan|nya)")
MOST_WORDS = 5


class Found(NamedTuple):
    """``text`` stands at start:end as written; '' when no landmark is named."""

    text: str
    start: int
    end: int


NONE = Found("", 0, 0)


class LandmarkFinder:
    """``knows`` says whether a word has a meaning in the lexicon, and so is no name."""

    def __init__(self, knows: Callable[[str], bool], imported: Iterable[Landmark] = ()) -> None:
        self._knows = knows
        self._imported: dict[str, list[tuple[list[str], Landmark]]] = {}
        for landmark in sorted(imported, key=lambda landmark: -len(landmark.name)):
            keys = Pieces(landmark.name).keys
            if keys:
                self._imported.setdefault(keys[0], []).append((keys, landmark))
        # A name of one word alone may be any word; it counts only behind 'depan' and the like.
        self._begins = ANCHORS | {key for key, found in self._imported.items() if any(len(k) > 1 for k, _ in found)}

    def find(self, pieces: Pieces, mentions: Sequence[Mention]) -> Found:
        """The first phrase that is a landmark beyond doubt."""
        keys = pieces.keys
        if self._begins.isdisjoint(keys):
            return NONE
        reader = _Reader(self, pieces, mentions)
        for at, key in enumerate(keys):
            if key not in self._begins or _is_destination(keys, at):
                continue
            end = reader.end_of(at) if key in ANCHORS else at + self.size_of_imported(keys, at)
            if end > at + 1:
                start, stop = pieces.span(at, end - at)
                return Found(pieces.text[start:stop], start, stop)
        return NONE

    def imported(self, phrase: str) -> Landmark | None:
        """The longest imported landmark whose name stands in the phrase."""
        keys = Pieces(phrase).keys if self._imported else []
        named = [self._named(keys, at) for at in range(len(keys))]
        return max((n for n in named if n), key=lambda landmark: len(landmark.name), default=None)

    def _named(self, keys: list[str], at: int) -> Landmark | None:
        return next((lm for words, lm in self._imported.get(keys[at], ()) if keys[at : at + len(words)] == words), None)

    def size_of_imported(self, keys: list[str], at: int) -> int:
        landmark = self._named(keys, at) if self._imported and at < len(keys) else None
        return len(Pieces(landmark.name).keys) if landmark else 0

    def is_ordinary(self, key: str) -> bool:
        """A word that goes on with the sentence rather than with a name."""
        if key in STREET_NAMES or key in QUALIFIERS or key in THINGS:
            return False
        return (
            key in ENDS or key in ANCHORS or self._knows(key) or bool(_VERB.fullmatch(key) or _NUMBERED.fullmatch(key))
        )


def _is_destination(keys: list[str], at: int) -> bool:
    """'dibawa ke RS X' is not the scene, but 'arah Y di depan X' is."""
    for key in reversed(keys[max(0, at - 3) : at]):
        if key in TOWARDS:
            return True
        if key in SCENE_STARTS:
            return False
    return False


class _Reader:
    """Reads one text; all positions are those of its words."""

    def __init__(self, finder: LandmarkFinder, pieces: Pieces, mentions: Sequence[Mention]) -> None:
        self._finder = finder
        self._keys = pieces.keys
        self._pieces = pieces
        self._named = [(mention.start, mention.end) for mention in mentions]
        self._shouting: bool | None = None

    def end_of(self, at: int) -> int:
        """Position after the last word of the landmark that begins at ``at``; ``at`` when there is none."""
        keys, key = self._keys, self._keys[at]
        size = self._finder.size_of_imported(keys, at)
        if size:
            return at + size
        if key in BESIDE_ENGLISH:
            return self._after_english(at)
        if key in PAIRS:
            if keys[at + 1 : at + 2] != [PAIRS[key]] or not self._joined(at + 1):
                return at
            return self._run(at + 2, at, named=False)
        if not self._joined(at + 1):
            return at
        if key in BESIDE:
            return self._after_beside(at)
        if key in SCHOOLS or key in LANES:
            sure = self._is_number(at + 1) or self._is_name(at + 1) or (key in LANES and self._may_begin(at + 1))
            return self._run(at + 1, at) if sure else at
        if keys[at + 1] in MARKET_DAYS and key in ("pasar", "psr"):
            return at if POINTING.intersection(keys[at + 2 : at + 3]) else self._run(at + 2, at, named=False)
        if key == "jalan":
            return self._after_road(at)
        end = self._run(at + 1, at) if self._may_begin(at + 1) else at
        return at if key in STREETS and QUALIFIERS.issuperset(keys[at + 1 : end]) else end

    def _after_beside(self, at: int) -> int:
        """'depan X' where X is a thing, a street or a name; 'depan' alone or before any other word says nothing."""
        following = self._keys[at + 1]
        size = self._finder.size_of_imported(self._keys, at + 1)
        if size:
            return at + 1 + size
        if following in STREETS or following in LANES or following in CROSSINGS or following == "jalan":
            end = self.end_of(at + 1)
            return end if end > at + 1 else at
        if following in ("pasar", "psr") and self.end_of(at + 1) > at + 2:
            return self.end_of(at + 1)
        if following in THINGS or self._is_name(at + 1):
            end = self._run(at + 2, at, named=False)
            return at if end == at + 2 and following in GENERIC else end
        return at

    def _after_english(self, at: int) -> int:
        keys = self._keys
        rest = BESIDE_ENGLISH[keys[at]]
        begin = at + 1 + len(rest)
        if tuple(keys[at + 1 : begin]) != rest:
            return at
        for end in range(begin, min(begin + 4, len(keys))):
            if not self._joined(end):
                break
            if keys[end] in THINGS_ENGLISH:
                return end + 1
            if self._is_name(end):
                return self._run(end + 1, at, named=False)
            if end > begin and keys[end] in ENDS:
                break
        return at

    def _after_road(self, at: int) -> int:
        """'jalan' begins a name only with proof: capitals, a known name, 'di' before it or a number after it."""
        first = at + 1 + (self._keys[at + 1] == "raya")
        if first >= len(self._keys) or not self._joined(first) or not self._may_begin(first):
            return at
        end = self._run(first, at)
        key = self._keys[first]
        known = key in STREET_NAMES or self._is_name(first) or first > at + 1 or self._is_dashed(first)
        placed = at > 0 and self._keys[at - 1] in AT
        address = end < len(self._keys) and self._keys[end] in ADDRESS_AFTER
        return end if known or placed or address else at

    def _run(self, begin: int, at: int, *, named: bool = True) -> int:
        """Goes on while the words are a name; ``named``: at least one word must follow the anchor."""
        keys, end = self._keys, begin
        capitals = self._is_capital(begin)
        while end < len(keys) and end - at < MOST_WORDS and self._joined(end):
            if self._is_number(end):
                if end + 1 < len(keys) and keys[end + 1] in UNITS:
                    break
            elif keys[end] in TITLES and keys[end - 1] in THINGS:
                pass
            elif not self._is_name(end) and not self._goes_on(end, capitals):
                break
            capitals = capitals or self._is_capital(end)
            end += 1
        while end > begin and (keys[end - 1] in TITLES or keys[end - 1] in _UNFINISHED):
            end -= 1
        return at if named and end == begin else end

    def _goes_on(self, at: int, capitals: bool) -> bool:
        """After a name in capitals only capitals go on with it; in small letters every word without a meaning."""
        key = self._keys[at]
        if key in QUALIFIERS or key in THINGS:
            return True
        if self._is_capital(at):
            return key not in ENDS and key not in ANCHORS and not _NUMBERED.fullmatch(key)
        return not (capitals or key.isdigit() or self._finder.is_ordinary(key))

    def _may_begin(self, at: int) -> bool:
        if at >= len(self._keys) or not self._joined(at) or self._keys[at][0].isdigit():
            return False
        return self._is_name(at) or not self._finder.is_ordinary(self._keys[at])

    def _joined(self, at: int) -> bool:
        """Nothing between this word and the one before that ends a phrase."""
        if at >= len(self._keys):
            return False
        between = self._pieces.text[self._pieces.span(at - 1)[1] : self._pieces.span(at)[0]]
        if between == " ":
            return True
        mark = between.strip(" ")
        return mark in ("", "-", "–", "'", "’") or (mark == "." and self._keys[at - 1] in ABBREVIATED)

    def _is_dashed(self, at: int) -> bool:
        end = self._pieces.span(at)[1]
        return self._pieces.text[end:].lstrip(" ")[:1] in ("-", "–") and self._may_begin(at + 1)

    def _is_number(self, at: int) -> bool:
        return at < len(self._keys) and bool(_NUMBER.fullmatch(self._keys[at]))

    def _is_capital(self, at: int) -> bool:
        if at >= len(self._keys):
            return False
        if self._shouting is None:
            self._shouting = self._pieces.text.isupper() or _is_title_case(self._pieces.text)
        if self._shouting:
            return False
        return self._pieces.text[self._pieces.span(at)[0]].isupper()

    def _is_name(self, at: int) -> bool:
        """A place of the gazetteer, or written in capitals and without another meaning."""
        if at >= len(self._keys):
            return False
        start, end = self._pieces.span(at)
        if any(begin <= start and end <= stop for begin, stop in self._named):
            return True
        return self._is_capital(at) and not self._finder.is_ordinary(self._keys[at])


def _is_title_case(text: str) -> bool:
    """Most words begin with a capital: 'Jalan Rusak Parah Di Depan Balai Desa'."""
    words = text.split()
    return len(words) >= 5 and sum(word[0].isupper() for word in words) >= _TITLE_CASE * len(words)
