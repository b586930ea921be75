"""One written word -> the canonical word or words: SMS forms, endings, Tegal sounds, lost vowels, slips of a finger.

Knows nothing of sentences. Must be the same in every process: every search runs over sorted words.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from rapidfuzz.distance import DamerauLevenshtein
from rapidfuzz.process import extract_iter

REMEMBERED_WORDS = 20_000
LONGEST_REMEMBERED = 40
"""Letters: a hostile text cannot fill the memory with long rubbish."""

_RUN = re.compile(r"(.)\1{2,}")
_PAIR = re.compile(r"([^0-9])\1")
_VOWELS = re.compile(r"[aeiou]")
_SUFFIXES = ("nya", "lah", "kah", "pun", "ane", "ne", "ku", "mu", "an", "e", "é", "s")
_CLITICS = {"'s": "", "'re": "are", "'m": "am", "'ve": "have", "'ll": "will", "'d": ""}
_SOUNDS = (("dh", "d"), ("th", "t"), ("oe", "u"), ("dj", "j"), ("tj", "c"), ("x", "ks"))
_PLACE_WORDS = frozenset("depan belakang sebelah dekat dalam luar atas bawah rumah jalan pinggir daerah sungai".split())
_VOICED = {"b": "p", "d": "t", "g": "k", "v": "f", "z": "s", "j": "c"}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _is_slip(word: str, known: str) -> bool:
    """A letter lost, doubled or swapped is a slip; another letter only when a finger or an ear confuses the two.

    'tersendat' is not 'tersengat' and 'terbayar' is not 'terbakar'.
    """
    if len(word) != len(known):
        return True
    wrong = [(a, b) for a, b in zip(word, known, strict=True) if a != b]
    if len(wrong) != 1:
        return True
    a, b = wrong[0]
    if a in "aeiou" and b in "aeiou":
        return True
    return _VOICED.get(a) == b or _VOICED.get(b) == a or any(a + b in row or b + a in row for row in _ROWS)


def _slip_limit(length: int) -> int:
    return 2 if length >= 11 else 1


def fold(word: str) -> str:
    """Lower case without accents (kéntir -> kentir)."""
    lowered = word.lower().replace("’", "'")
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


class Speller:
    """Pure over its tables; the cache only remembers answers."""

    def __init__(
        self,
        spelling: Mapping[str, str],
        expansion: Mapping[str, tuple[str, ...]],
        vocabulary: frozenset[str],
        protected: frozenset[str] = frozenset(),
    ) -> None:
        self._spelling = dict(spelling)
        self._expansion = dict(expansion)
        self._known = vocabulary | frozenset(spelling.values())
        self._protected = protected
        self._cache: dict[str, tuple[str, ...]] = {}
        self._skeletons = self._skeleton_index()
        self._buckets = self._slip_index()

    def _skeleton_index(self) -> dict[str, str]:
        index: dict[str, str] = {}
        for word in sorted(self._known):
            if len(word) >= 5 and word.isalpha():
                bones = _VOWELS.sub("", word)
                if len(bones) >= 3:
                    # A skeleton of two words says nothing: '' marks it as ambiguous.
                    index[bones] = word if index.get(bones, word) == word else ""
        return index

    def _slip_index(self) -> dict[tuple[str, int], list[str]]:
        """First letter and length of a written word -> the words it may be a slip of, sorted."""
        index: dict[tuple[str, int], list[str]] = {}
        for known in sorted(self._known | self._spelling.keys()):
            if len(known) >= 6 and known.isalpha():
                for length in range(len(known) - 2, len(known) + 3):
                    if abs(len(known) - length) <= _slip_limit(length):
                        index.setdefault((known[0], length), []).append(known)
        return index

    def canonical(self, word: str) -> tuple[str, ...]:
        """The canonical word or words for one written word; itself when nothing is known about it."""
        answer = self._cache.get(word)
        if answer is None:
            answer = self._resolve(word)
            if len(word) <= LONGEST_REMEMBERED:
                if len(self._cache) >= REMEMBERED_WORDS:
                    self._cache.clear()
                self._cache[word] = answer
        return answer

    def knows(self, word: str) -> bool:
        """Whether the word, as written, has a meaning here."""
        return self._direct(word) is not None

    def _direct(self, word: str) -> tuple[str, ...] | None:
        if word in self._expansion:
            return self._expansion[word]
        if word in self._spelling:
            return (self._spelling[word],)
        if word in self._known or word in self._protected:
            return (word,)
        return None

    def _resolve(self, word: str) -> tuple[str, ...]:
        """1 as written, 2 English n't, 3 repeated letters and '2', 4 endings, 5 Tegal sounds, 6 no vowels, 7 a slip."""
        direct = self._direct(word)
        if direct is not None:
            return direct
        if "'" in word:
            return self._contraction(word)
        for variant in self._variants(word):
            direct = self._direct(variant)
            if direct is not None:
                return direct
        if word[:2] in ("di", "ke") and word[2:] in _PLACE_WORDS:
            return (word[:2], word[2:])
        return (self._bones(word) or self._nearest(word) or word,)

    def _contraction(self, word: str) -> tuple[str, ...]:
        if word.endswith("n't"):
            return (*self.canonical({"ca": "can", "wo": "will"}.get(word[:-3], word[:-3])), "not")
        for clitic, stands_for in _CLITICS.items():
            if word.endswith(clitic):
                head = self.canonical(word[: -len(clitic)])
                return (*head, stands_for) if stands_for else head
        return self.canonical(word.replace("'", ""))

    @staticmethod
    def _variants(word: str) -> list[str]:
        forms = [word]
        if "2" in word[1:]:
            base, _, tail = word.partition("2")
            forms += [base + tail, base]
        once = _RUN.sub(r"\1", word)
        if once != word:
            forms += [_RUN.sub(r"\1\1", word), once]
        forms.append(_PAIR.sub(r"\1", once))
        for form in tuple(forms):
            forms += [form[: -len(end)] for end in _SUFFIXES if form.endswith(end) and len(form) - len(end) >= 4]
        for old, new in _SOUNDS:
            if old in word:
                forms.append(word.replace(old, new))
        if word.endswith("o") and len(word) >= 4:
            # Central Javanese o against Tegal and Indonesian a: podho, opo, sego.
            forms += [word[:-1] + "a", word.replace("o", "a")]
        return [form for form in forms if len(form) >= 2]

    def _bones(self, word: str) -> str:
        if not 4 <= len(word) <= 8 or not word.isalpha() or len(_VOWELS.findall(word)) * 5 > len(word):
            return ""
        target = self._skeletons.get(_VOWELS.sub("", word), "")
        return target if target and target[0] == word[0] else ""

    def _nearest(self, word: str) -> str:
        """A one-letter slip in a word of seven letters or more, two in eleven; the first letter must hold."""
        if len(word) < 7 or not word.isalpha():
            return ""
        limit = _slip_limit(len(word))
        best, best_distance = "", limit + 1
        near = self._buckets.get((word[0], len(word)), ())
        for known, distance, _ in extract_iter(word, near, scorer=DamerauLevenshtein.distance, score_cutoff=limit):
            if distance < best_distance and (distance > 1 or _is_slip(word, known)):
                best, best_distance = known, distance
        return self._spelling.get(best, best)
