"""What somebody types to find something, and where in a text it was found. Pure.

A query becomes groups of words: every group must occur, one word of a group is enough. A word of three letters or
more also finds what begins with it. Nothing that was typed is an operator.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST_QUERY = 200
WORDS_LIMIT = 8
LONGEST_WORD = 40
PREFIX_FROM = 3
"""Shorter words are found only whole: the beginnings of two letters are in every second report."""
PHONE_DIGITS = 5
SHOWN_START, SHOWN_END = 5, 3
"""Digits that a masked number shows: 62812 and 771. The index has the two as one word, '62812x771'."""
LONGEST_END = 9
"""The index has the ends of a number up to so many digits."""
NUMBER_DIGITS = 9
EXCERPT = 100
BEFORE = 30
"""So much of a text is shown before the first match."""
STOP = frozenset({
    "di", "ke", "dan", "yang", "ada", "ini", "itu", "nang", "ning", "ing", "sing", "the", "a", "at", "in", "of", "on",
    "and", "to",
})
"""Left out where other words are left: whoever types 'pasar di slawi' means both places of the word."""
_WORD = re.compile(r"[a-z0-9]+")
_PHONE = re.compile(r"[+0-9 ()./*-]+")
_UNREADABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


@dataclass(frozen=True, slots=True)
class Term:
    """One word as the index has it; ``is_start`` also finds what begins with it."""

    word: str
    is_start: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """``number`` is a spoken incident number or None; ``phone`` the parts of a phone number, as the index has them."""

    groups: tuple[tuple[Term, ...], ...] = ()
    phone: tuple[Term, ...] = ()
    number: int | None = None
    words: tuple[str, ...] = ()
    """The words to mark in what was found."""


def folded(text: str) -> str:
    """Small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def read_query(typed: str, types: Mapping[str, str]) -> Query:
    """``types`` maps a folded word to the index's word for an incident type ('kebakaran' -> 'xqtypefire')."""
    typed = typed[:LONGEST_QUERY]
    found = list(dict.fromkeys(word[:LONGEST_WORD] for word in _WORD.findall(folded(typed))))
    words = ([word for word in found if word not in STOP] or found)[:WORDS_LIMIT]
    bare = typed.strip()
    return Query(
        groups=tuple(_group(word, types) for word in words), phone=_phone(bare), words=tuple(words),
        number=int(bare) if bare.isascii() and bare.isdigit() and len(bare) <= NUMBER_DIGITS else None,
    )


def _group(word: str, types: Mapping[str, str]) -> tuple[Term, ...]:
    term = Term(word, len(word) >= PREFIX_FROM)
    return (term, Term(types[word])) if word in types else (term,)


def _phone(typed: str) -> tuple[Term, ...]:
    """'0812 3456-7771' -> 6281234567771...; '0812-***-771', as boards show a number, -> both of its ends."""
    if not _PHONE.fullmatch(typed) or sum(c.isdigit() for c in typed) < PHONE_DIGITS:
        return ()
    parts = [re.sub(r"\D", "", part) for part in typed.split("*")]
    if parts[0].startswith("0"):
        parts[0] = "62" + parts[0].lstrip("0")
    if sum(map(bool, parts)) == 2 and len(parts[0]) >= SHOWN_START and len(parts[-1]) >= SHOWN_END:
        return _both_ends(parts[0], parts[-1])
    return tuple(Term(part[:LONGEST_WORD], is_start=True) for part in parts if part)


def _both_ends(start: str, end: str) -> tuple[Term, ...]:
    """One word of the index for both: of a beginning alone there are as many numbers as the network has callers."""
    shown = Term(f"{start[:SHOWN_START]}x{end[-SHOWN_END:]}")
    more = ((Term(start[:LONGEST_WORD], is_start=True), SHOWN_START), (Term(end[-LONGEST_END:]), SHOWN_END))
    return (shown, *(term for term, known in more if len(term.word) > known))


def excerpt(text: str, words: tuple[str, ...]) -> tuple[str, list[tuple[int, int]]]:
    """One line of ``text`` around the first match, without signs that a terminal obeys, and the matches in it as
    (start, end). What begins with a short word is no match."""
    line = " ".join(_UNREADABLE.sub(" ", text).split())
    spans = _matches(line, words)
    start = 0
    if len(line) > EXCERPT and spans and spans[0][0] > EXCERPT - BEFORE:
        start = line.rfind(" ", 0, spans[0][0] - BEFORE) + 1
    shown = line[start : start + EXCERPT]
    lead = "..." if start else ""
    tail = "..." if start + EXCERPT < len(line) else ""
    moved = [(a - start + len(lead), min(b - start, EXCERPT) + len(lead)) for a, b in spans]
    return lead + shown + tail, [(a, b) for a, b in moved if len(lead) <= a < b]


def _matches(line: str, words: tuple[str, ...]) -> list[tuple[int, int]]:
    if line.isascii():
        wanted = "|".join(f"{one}[a-z0-9]*" if len(one) >= PREFIX_FROM else f"{one}(?![a-z0-9])" for one in words)
        return [m.span() for m in re.finditer(f"(?<![a-z0-9])(?:{wanted})", line.lower())] if words else []
    found = []
    for match in re.finditer(r"[^\W_]+", line):
        word = folded(match[0])
        if any(word == one or (len(one) >= PREFIX_FROM and word.startswith(one)) for one in words):
            found.append(match.span())
    return found
