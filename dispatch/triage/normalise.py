"""Text of a frightened person -> words the lexicon knows, each still tied to what was written.

Owns SMS spelling, reduplication, repeated letters, Tegal sound changes and hostile characters. Must
never lose the original: every ``Word`` keeps its ``raw`` form, which is what reasons quote.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from dispatch.triage.spelling import LONGEST_REMEMBERED, REMEMBERED_WORDS, Speller, fold

MAX_CHARS = 4000
"""Open311 allows 4,000 characters; nothing longer changes a decision and everything longer costs time."""

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
    # Most words are plain: they are tried first, and only where no other branch could match.
    r" ?+(?:(?P<plain>[a-gi-vx-zA-GI-VX-Z][a-zA-Z]*+(?![\w'’]))"
    r"|(?i:(?P<url>https?://\S+|www\.\S+|<url>)"
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
    r"|(?P<dash>-)))"
)
_MARKS = {"url": URL, "user": USER, "phone": PHONE, "ussd": USSD, "clock": CLOCK, "laugh": LAUGH, "face": FACE}
_LINE_ENDS = str.maketrans("\n\r\t", "   ")
_ABBREVIATIONS = frozenset(
    "jl jln ds dk dkh kec kel kab rt rw no dr gg gn hj h prof ir bp bpk ibu yth an ust kp sdr "
    "km st mr mrs perum".split()
)


class Word(NamedTuple):
    """``norm`` is the canonical word, ``plain`` the written one in lower case, ``raw`` the original."""

    norm: str
    plain: str
    raw: str
    sentence: int
    clause: int


class Words(NamedTuple):
    """One text, cut into words; ``clean`` is the text without invisible characters."""

    clean: str
    words: tuple[Word, ...]
    norms: tuple[str, ...]
    """The canonical words alone: most questions are asked of these."""
    plains: tuple[str, ...]
    sentences: tuple[int, ...]
    """Number of the sentence of each word, rising."""

    def raw(self, start: int, end: int) -> tuple[str, ...]:
        """The original words of a span, each once (an expanded word stands for several)."""
        if end - start == 1:
            raw = self.words[start].raw
            return (raw,) if raw else ()
        return tuple(dict.fromkeys(word.raw for word in self.words[start:end] if word.raw))


def clean(text: str) -> str:
    """Compatibility forms folded, invisible and control characters dropped, bounded in length."""
    folded = unicodedata.normalize("NFKC", text[:MAX_CHARS])[:MAX_CHARS]
    if folded.translate(_LINE_ENDS).isprintable():
        return folded
    dropped = [char for char in set(folded) if char not in "\n\r\t" and unicodedata.category(char)[0] == "C"]
    return folded.translate(dict.fromkeys(map(ord, dropped)))


ENGLISH_TOO = frozenset({"got", "wit", "pan", "ape", "sue", "step"})
"""Words that mean something else here, unless an English word stands before: 'i got' is no drain."""


Pieces = tuple[tuple[str, str], ...]
"""What one written word stands for: canonical and plain form of each."""


class Normaliser:
    """Cuts a text into words and gives each its canonical form. Pure; it only remembers single words."""

    def __init__(self, speller: Speller) -> None:
        self.canonical = speller.canonical
        self.knows = speller.knows
        self._remembered: dict[str, Pieces] = {}

    def words(self, text: str) -> Words:
        cleaned = clean(text)
        found: list[Word] = []
        remembered = self._remembered
        sentence = clause = 0
        dashed = False
        for match in _TOKEN.finditer(cleaned):
            kind = match.lastgroup or ""
            if kind == "plain" or kind == "word":
                raw = match[kind]
                pieces = remembered.get(raw) or self._of_word(raw)
                if found and found[-1].plain in ENGLISH and fold(raw) in ENGLISH_TOO:
                    pieces = ((fold(raw), fold(raw)),)
            elif kind == "dash":
                dashed = True
                continue
            elif kind == "pause":
                clause, dashed = clause + 1, False
                continue
            elif kind == "stop":
                dashed = False
                if not self._is_abbreviation(match["stop"], found, cleaned, match.start("stop")):
                    if "?" in match["stop"]:
                        found.append(Word(QUESTION, QUESTION, "", sentence, clause))
                    sentence, clause = sentence + 1, clause + 1
                continue
            else:
                raw, pieces = self._of_mark(kind, match)
            if not (dashed and found and len(pieces) == 1 and found[-1].norm == pieces[0][0]):
                for norm, plain in pieces:
                    found.append(Word(norm, plain, raw, sentence, clause))
            dashed = False
        norms, plains, _, sentences, _ = zip(*found, strict=True) if found else ((),) * 5
        return Words(cleaned, tuple(found), norms, plains, sentences)

    @staticmethod
    def _is_abbreviation(raw: str, found: list[Word], cleaned: str, start: int) -> bool:
        """'Jl. Raya' and 'rt.02' do not end a sentence."""
        if raw != "." or not found or start == 0 or cleaned[start - 1].isspace():
            return False
        return found[-1].plain in _ABBREVIATIONS

    def _of_word(self, raw: str) -> Pieces:
        plain = fold(raw)
        norms = self.canonical(plain)
        pieces = tuple((norm, plain if len(norms) == 1 else norm) for norm in norms)
        if len(raw) <= LONGEST_REMEMBERED:
            if len(self._remembered) >= REMEMBERED_WORDS:
                self._remembered.clear()
            self._remembered[raw] = pieces
        return pieces

    def _of_mark(self, kind: str, match: re.Match[str]) -> tuple[str, Pieces]:
        """Numbers with their unit, and everything that is no word; a blanked-out name is nothing."""
        if kind == "blank":
            return "", ()
        if kind in _MARKS:
            return match[kind], ((_MARKS[kind], _MARKS[kind]),)
        number, unit = match["number"], match["unit"].lower()
        if unit in ("", "x"):
            return number + match["unit"], ((number, number),)
        return number + match["unit"], ((number, number), (self.canonical(unit)[0], unit))
