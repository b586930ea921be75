"""Text of a frightened person -> words the lexicon knows, each still tied to what was written.

Owns SMS spelling, reduplication, repeated letters, Tegal sound changes and hostile characters. Must
never lose the original: every ``Word`` keeps its ``raw`` form, which is what reasons quote.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import DamerauLevenshtein

MAX_CHARS = 4000
"""Open311 allows 4,000 characters; nothing longer changes a decision and everything longer costs time."""

CACHE_WORDS = 20_000
ENGLISH_WORDS = 3

ENGLISH = frozenset(
    "the is a an and my i he she it they we you has have had was were are been in on at of to for with that this "
    "there not just please help somebody someone need from his her him me who what out up going".split()
)
INDONESIAN = frozenset(
    "yang di dan ini itu tidak ada saya kami dengan untuk dari sudah belum mohon tolong karena sampai jalan rumah "
    "orang anak bapak ibu akan pada juga ke bisa dapat terima kasih masih lagi sangat agar kalau tadi atau".split()
)

LAUGH = "laugh_mark"
FACE = "face_mark"
URL = "url_mark"
USER = "user_mark"
CLOCK = "clock_mark"
USSD = "ussd_mark"
PHONE = "phone_mark"
QUESTION = "?"

_TOKEN = re.compile(
    r"(?P<url>https?://\S+|www\.\S+|<url>)"
    r"|(?P<user>@\w+)"
    r"|(?P<phone><telp>|\+?\d[\d\- ]{8,}\d)"
    r"|(?P<ussd>\*\d[\d*#]*)"
    r"|(?P<blank><[a-z]{1,12}>)"
    r"|(?P<clock>\b\d{1,2}[.:]\d{2}\b)"
    r"|(?P<number>\d+(?:[.,]\d+)?)(?P<unit>[a-z]{0,5})\b"
    r"|(?P<word>[^\W_]+(?:['’][^\W_]{1,3}\b)?)"
    r"|(?P<laugh>[😂🤣😆😅😁🤪😹😄😜😝🙃]+)"
    r"|(?P<face>[😀-🙈🙉-🙊🤔-🤧🥰-🥺💕💖💘😍🧒👨👩🤠🤓]+)"
    r"|(?P<stop>[.!?;\n\r]+)"
    r"|(?P<pause>[,:()\[\]/—–|]+)"
    r"|(?P<dash>-)",
    re.IGNORECASE,
)
_ABBREVIATIONS = frozenset(
    "jl jln ds dk dkh kec kel kab rt rw no dr gg gn hj h prof ir bp bpk ibu yth an ust kp sdr "
    "km st mr mrs perum".split()
)
_RUN = re.compile(r"(.)\1{2,}")
_PAIR = re.compile(r"([^0-9])\1")
_VOWELS = re.compile(r"[aeiou]")
_SUFFIXES = ("nya", "lah", "kah", "pun", "ane", "ne", "ku", "mu", "an", "e", "é", "s")
_CLITICS = {"'s": "", "'re": "are", "'m": "am", "'ve": "have", "'ll": "will", "'d": ""}
_SOUNDS = (("dh", "d"), ("th", "t"), ("oe", "u"), ("dj", "j"), ("tj", "c"), ("x", "ks"))
_PLACE_WORDS = frozenset("depan belakang sebelah dekat dalam luar atas bawah rumah jalan pinggir daerah sungai".split())


@dataclass(frozen=True, slots=True)
class Word:
    """``norm`` is the canonical word, ``plain`` the written one in lower case, ``raw`` the original."""

    norm: str
    plain: str
    raw: str
    sentence: int
    clause: int


@dataclass(frozen=True, slots=True)
class Words:
    """One text, cut into words; ``clean`` is the text without invisible characters."""

    clean: str
    words: tuple[Word, ...]

    def raw(self, start: int, end: int) -> tuple[str, ...]:
        """The original words of a span, each once (an expanded word stands for several)."""
        return tuple(dict.fromkeys(word.raw for word in self.words[start:end] if word.raw))


def clean(text: str) -> str:
    """Compatibility forms folded, invisible and control characters dropped, bounded in length."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARS])
    if folded.isascii() and folded.isprintable():
        return folded
    kept = []
    for char in folded[:MAX_CHARS]:
        category = unicodedata.category(char)
        if char in "\n\r\t" or category[0] != "C":
            kept.append(char)
    return "".join(kept)


def fold(word: str) -> str:
    """Lower case without accents (kéntir -> kentir)."""
    lowered = word.lower().replace("’", "'")
    if lowered.isascii():
        return lowered
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))


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


Resolve = Callable[[str], tuple[str, ...]]


def _is_english(text: str) -> bool:
    found = set(fold(text).split())
    return len(found & ENGLISH) >= ENGLISH_WORDS and len(found & ENGLISH) > len(found & INDONESIAN)


class Normaliser:
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
        self._buckets: dict[str, list[str]] = {}
        for word in self._known | spelling.keys():
            if len(word) >= 6 and word.isalpha():
                self._buckets.setdefault(word[0], []).append(word)

    def _skeleton_index(self) -> dict[str, str]:
        index: dict[str, str] = {}
        for word in sorted(self._known):
            if len(word) >= 5 and word.isalpha():
                bones = _VOWELS.sub("", word)
                if len(bones) >= 3:
                    # A skeleton of two words says nothing: '' marks it as ambiguous.
                    index[bones] = word if index.get(bones, word) == word else ""
        return index

    def words(self, text: str) -> Words:
        cleaned = clean(text)
        found: list[Word] = []
        sentence = clause = 0
        dashed = False
        resolve = self._english if _is_english(cleaned) else self.canonical
        for match in _TOKEN.finditer(cleaned):
            kind, raw = match.lastgroup or "", match.group()
            if kind == "unit":
                kind = "number"
            if kind == "stop" and not self._is_abbreviation(raw, found, cleaned, match):
                if "?" in raw:
                    found.append(Word(QUESTION, QUESTION, "", sentence, clause))
                sentence, clause = sentence + 1, clause + 1
            elif kind == "pause":
                clause += 1
            elif kind == "dash":
                dashed = True
                continue
            elif kind not in ("stop", "blank"):
                pieces = self._pieces(kind, raw, match, resolve)
                repeated = dashed and found and len(pieces) == 1 and found[-1].norm == pieces[0][0]
                if not repeated:
                    found.extend(Word(norm, plain, raw, sentence, clause) for norm, plain in pieces)
            dashed = False
        return Words(cleaned, tuple(found))

    @staticmethod
    def _is_abbreviation(raw: str, found: list[Word], cleaned: str, match: re.Match[str]) -> bool:
        """'Jl. Raya' and 'rt.02' do not end a sentence."""
        if raw != "." or not found or match.start() == 0 or cleaned[match.start() - 1].isspace():
            return False
        return found[-1].plain in _ABBREVIATIONS

    def _pieces(self, kind: str, raw: str, match: re.Match[str], resolve: Resolve) -> list[tuple[str, str]]:
        marks = {"url": URL, "user": USER, "phone": PHONE, "ussd": USSD, "clock": CLOCK, "laugh": LAUGH, "face": FACE}
        if kind in marks:
            return [(marks[kind], marks[kind])]
        if kind == "number":
            number, unit = match.group("number"), match.group("unit").lower()
            if unit in ("", "x"):
                return [(number, number)]
            return [(number, number), (self.canonical(unit)[0], unit)]
        plain = fold(raw)
        norms = resolve(plain)
        return [(norm, plain if len(norms) == 1 else norm) for norm in norms]

    def canonical(self, word: str) -> tuple[str, ...]:
        """The canonical word or words for one written word; itself when nothing is known about it."""
        answer = self._cache.get(word)
        if answer is None:
            answer = self._resolve(word)
            if len(self._cache) >= CACHE_WORDS:
                self._cache.clear()
            self._cache[word] = answer
        return answer

    def _english(self, word: str) -> tuple[str, ...]:
        """In an English text 'got' is no drain and 'step' no seizure: only contractions and slips are resolved."""
        if word in self._expansion:
            return self._expansion[word]
        if word in self._spelling and word not in self._known:
            return (word,)
        return self.canonical(word)

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
        limit = 2 if len(word) >= 11 else 1
        best, best_distance = "", limit + 1
        for known in self._buckets.get(word[0], ()):
            if abs(len(known) - len(word)) <= limit:
                distance = DamerauLevenshtein.distance(word, known, score_cutoff=limit)
                if distance < best_distance and (distance > 1 or _is_slip(word, known)):
                    best, best_distance = known, distance
        return self._spelling.get(best, best)
