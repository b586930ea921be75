"""Text of a frightened person -> words the lexicon knows, each still tied to what was written.

Owns SMS spelling, reduplication, repeated letters, Tegal sound changes and hostile characters. Must
never lose the original: every ``Word`` keeps its ``raw`` form, which is what reasons quote.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from dispatch.triage.spelling import Speller, fold

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


ENGLISH_TOO = frozenset({"got", "wit", "pan", "ape", "sue", "step"})
"""Words that mean something else here, unless an English word stands before: 'i got' is no drain."""


class Normaliser:
    """Cuts a text into words and gives each its canonical form."""

    def __init__(self, speller: Speller) -> None:
        self.canonical = speller.canonical

    def words(self, text: str) -> Words:
        cleaned = clean(text)
        found: list[Word] = []
        sentence = clause = 0
        dashed = False
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
                pieces = self._pieces(kind, raw, match, found[-1].plain if found else "")
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

    def _pieces(self, kind: str, raw: str, match: re.Match[str], before: str) -> list[tuple[str, str]]:
        marks = {"url": URL, "user": USER, "phone": PHONE, "ussd": USSD, "clock": CLOCK, "laugh": LAUGH, "face": FACE}
        if kind in marks:
            return [(marks[kind], marks[kind])]
        if kind == "number":
            number, unit = match.group("number"), match.group("unit").lower()
            if unit in ("", "x"):
                return [(number, number)]
            return [(number, number), (self.canonical(unit)[0], unit)]
        plain = fold(raw)
        if plain in ENGLISH_TOO and before in ENGLISH:
            return [(plain, plain)]
        norms = self.canonical(plain)
        return [(norm, plain if len(norms) == 1 else norm) for norm in norms]
