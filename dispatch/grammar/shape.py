"""What an argument looks like: one reader a shape. The shapes one verb takes are disjoint.

Owns turning one word into argument keys. A reader answers None for a word that is not its own; it
raises only for a word that can be nothing else and is wrong (25:99, 0m).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from dispatch.errors import Invalid
from dispatch.grammar.vocabulary import TypeWord, Vocabulary, nearest

Args = dict[str, Any]

CURRENT = "."
"""Stands for the incident on screen until ``complete`` puts its number there."""

UNIT_LETTERS = "ABDHLPRSU"
"""A ambulance B BPBD D fire H transport L PLN P police R volunteers S satpol U public works."""

SEVERITIES = {"1": "critical", "2": "high", "3": "medium", "4": "low", "5": "low"}
SEVERITY_WORDS = {
    "critical": "critical", "darurat": "critical", "high": "high", "mendesak": "high",
    "medium": "medium", "segera": "medium", "low": "low", "rutin": "low",
}
CODE_WORDS = {
    "ghost": 1, "hantu": 1, "prank": 2, "iseng": 2, "information": 3, "info": 3, "dropped": 4, "putus": 4,
    "wrong_number": 5, "salah": 5, "duplicate": 6, "ganda": 6,
}
VERDICT_WORDS = {
    "ok": "ok", "o": "ok", "sampah": "ok", "junk": "ok", "miss": "miss", "m": "miss", "luput": "miss", "l": "miss",
}
STATE_WORDS = {"sedia": "ready", "ready": "ready", "istirahat": "break", "break": "break"}
_SPAN_S = {"m": 60, "j": 3600, "hr": 86400}


@dataclass(frozen=True, slots=True)
class Shape:
    """``keys`` are what it can fill; ``lists`` may be given several times. ``choices`` feed the hint
    after a word nobody understands."""

    keys: tuple[str, ...]
    read: Callable[[str, Vocabulary], Args | None]
    lists: bool = False
    choices: Callable[[Vocabulary], Iterable[str]] = lambda vocabulary: ()


def _pattern(pattern: str, build: Callable[[re.Match[str]], Args]) -> Callable[[str, Vocabulary], Args | None]:
    compiled = re.compile(pattern, re.IGNORECASE | re.ASCII)

    def read(word: str, vocabulary: Vocabulary) -> Args | None:
        found = compiled.fullmatch(word)
        return build(found) if found else None

    return read


def _words(key: str, table: dict[str, Any]) -> Callable[[str, Vocabulary], Args | None]:
    def read(word: str, vocabulary: Vocabulary) -> Args | None:
        return {key: table[word.casefold()]} if word.casefold() in table else None

    return read


def _number(text: str) -> int | str:
    return CURRENT if text == CURRENT else int(text)


def _until(found: re.Match[str]) -> Args:
    if found["hour"] is None:
        return {"until": {"minutes": _seconds(found) // 60}}
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 23 or minute > 59:
        raise Invalid("grammar_bad_time", f"{found[0]} is not a time of day", word=found[0])
    return {"until": {"clock": f"{hour:02d}:{minute:02d}"}}


def _written(found: re.Match[str]) -> Args:
    """``@14:07`` or ``@23/11-14:07``: when it was written on paper."""
    at = {"clock": _until(found)["until"]["clock"]}
    if found["date"] is None:
        return {"at": at}
    day, month = (int(part) for part in found["date"].split("/"))
    if not (1 <= day <= 31 and 1 <= month <= 12):
        raise Invalid("grammar_bad_time", f"{found[0]} is not a date and time of day", word=found[0])
    return {"at": {**at, "date": f"{day:02d}/{month:02d}"}}


def _seconds(found: re.Match[str]) -> int:
    n = int(found["n"])
    if not n:  # the letters and digits of a span and nothing else: taken for text, it would be lost in a reason
        raise Invalid("grammar_no_span", f"{found[0]} is no time", word=found[0])
    return n * _SPAN_S[found["unit"].casefold()]


def _read_level_word(word: str, vocabulary: Vocabulary) -> Args | None:
    digit = word[-1:] if word[:-1].casefold() in ("", "p") else ""
    severity = SEVERITIES.get(digit) or SEVERITY_WORDS.get(word.casefold())
    return {"severity": severity} if severity else None


def _read_district(word: str, vocabulary: Vocabulary) -> Args | None:
    name = vocabulary.districts.get(word.upper())
    return {"district": name} if name else None


def _read_district_name(word: str, vocabulary: Vocabulary) -> Args | None:
    name = vocabulary.district_name(word)
    return {"district": name} if name else None


def _read_type(word: str, vocabulary: Vocabulary) -> Args | None:
    return _typed(word, vocabulary.type_by_short)


def _read_type_name(word: str, vocabulary: Vocabulary) -> Args | None:
    if not vocabulary.types:
        return _raw_type(word)
    return _typed(word, vocabulary.type_by_name)


def _typed(word: str, find: Callable[[str], TypeWord | None]) -> Args | None:
    """``KBK``, ``KBK-RMH`` or ``fire.building``; an unknown second part is an error, not text."""
    whole = find(word)
    if whole is not None:
        return {"type": whole.code}
    first, mark, second = _cut(word)
    kind = find(first) if mark else None
    if kind is None:
        return None
    subtype = kind.find_subtype(second)
    if not subtype:
        codes = kind.subtype_codes()
        raise Invalid("grammar_unknown_subtype", f"{kind.short} has no subtype {second}", word=second,
                      type=kind.short, nearest=nearest(second, codes).upper(), choices=", ".join(codes))
    return {"type": kind.code, "subtype": subtype}


def _raw_type(word: str) -> Args | None:
    first, mark, second = _cut(word)
    if not re.fullmatch(r"[a-z][a-z_]{2,}", first, re.IGNORECASE) or (mark and not second):
        return None
    return {"type": first, "subtype": second} if mark else {"type": first}


def _cut(word: str) -> tuple[str, str, str]:
    first, mark, second = word.partition("-")
    return (first, mark, second) if mark else word.partition(".")


def _read_agency(word: str, vocabulary: Vocabulary) -> Args | None:
    if not vocabulary.agencies:
        return {"agency": [word.casefold()]} if re.fullmatch(r"[a-z][a-z_]{2,}", word, re.IGNORECASE) else None
    return _read_agency_known(word, vocabulary)


def _read_agency_known(word: str, vocabulary: Vocabulary) -> Args | None:
    code = vocabulary.agency_code(word)
    return {"agency": [code]} if code else None


def _read_disposition(word: str, vocabulary: Vocabulary) -> Args | None:
    if not vocabulary.dispositions:
        fits = re.fullmatch(r"[a-z][a-z_]+", word, re.IGNORECASE)
        return {"disposition": word.casefold()} if fits else None
    code = vocabulary.disposition_code(word)
    return {"disposition": code} if code else None


def _pair(found: re.Match[str]) -> Args:
    """``1050>`` names only where it comes from: the other end is offered or current."""
    args: Args = {"incident": int(found[1])}
    return {**args, "to_incident": int(found[2])} if found[2] else args


def _kind(found: re.Match[str]) -> Args:
    return {"more": [[found["letter"].upper(), int(found["n"])]]}


def _units(found: re.Match[str]) -> Args:
    return {"units": re.split("[+,]", found[0].upper())}


_CALL_SIGN = rf"[{UNIT_LETTERS}]\d\d"
_INCIDENT = r"\d{4,6}"
_SPAN = r"(?P<n>\d{1,3})(?P<unit>hr|[mj])"

UNITS = Shape(("units",), _pattern(rf"{_CALL_SIGN}([+,]{_CALL_SIGN})*", _units), lists=True)
KINDS = Shape(("more",), _pattern(rf"(?P<n>[1-9])(?P<letter>[{UNIT_LETTERS}])", _kind), lists=True)
INCIDENT = Shape(("incident",), _pattern(rf"{_INCIDENT}|\.", lambda m: {"incident": _number(m[0])}))
DESTINATION = Shape(("to_incident",),
                    _pattern(rf"{_INCIDENT}|\.", lambda m: {"to_incident": _number(m[0])}))
PAIR = Shape(("incident", "to_incident"), _pattern(rf"({_INCIDENT})>({_INCIDENT})?", _pair))
SPLIT = Shape(("split",), _pattern(rf"-({_INCIDENT})", lambda m: {"split": int(m[1])}))
SPLIT_ANY = Shape(("split",), _pattern(rf"-?({_INCIDENT})", lambda m: {"split": int(m[1])}))
LEVEL = Shape(("severity",), _pattern(r"p([1-5])", lambda m: {"severity": SEVERITIES[m[1]]}))
LEVEL_WORD = Shape(("severity",), _read_level_word, choices=lambda v: SEVERITY_WORDS)
DISTRICT = Shape(("district",), _read_district, choices=lambda v: v.districts)
DISTRICT_NAME = Shape(("district",), _read_district_name, choices=lambda v: v.districts)
TYPE = Shape(("type", "subtype"), _read_type, choices=lambda v: (t.short for t in v.types.values()))
TYPE_NAME = Shape(("type", "subtype"), _read_type_name,
                  choices=lambda v: (*(t.short for t in v.types.values()), *v.types))
AGENCY = Shape(("agency",), _read_agency, lists=True, choices=Vocabulary.agency_words)
AGENCY_KNOWN = Shape(("agency",), _read_agency_known, lists=True, choices=Vocabulary.agency_words)
DISPOSITION = Shape(("disposition",), _read_disposition, choices=lambda v: v.dispositions)
UNTIL = Shape(("until",), _pattern(rf"(?P<hour>\d{{1,2}}):(?P<minute>\d\d)|{_SPAN}", _until))
WITHIN = Shape(("within_s",), _pattern(_SPAN, lambda m: {"within_s": _seconds(m)}))
OLDER = Shape(("older_than_s",), _pattern(f">{_SPAN}", lambda m: {"older_than_s": _seconds(m)}))
CREW = Shape(("crew",), _pattern(r"(?:kru|crew)(\d{1,2})", lambda m: {"crew": int(m[1])}))
CALL = Shape(("call",), _pattern(r"#?(\d{1,9})", lambda m: {"call": int(m[1])}))
CALL_MARKED = Shape(("call",), _pattern(r"#(\d{1,9})", lambda m: {"call": int(m[1])}))
ALARM = Shape(("alarm",), _pattern(r"#?(\d{1,9})", lambda m: {"alarm": int(m[1])}))
ALARM_MARKED = Shape(("alarm",), _pattern(r"#(\d{1,9})", lambda m: {"alarm": int(m[1])}))
PICK = Shape(("pick",), _pattern(r"\d", lambda m: {"pick": int(m[0])}))
CODE = Shape(("code",), _words("code", {**{str(n): n for n in range(1, 7)}, **CODE_WORDS}),
             choices=lambda v: CODE_WORDS)
ITEM = Shape(("items",), _pattern(r"[1-7]", lambda m: {"items": [int(m[0])]}), lists=True)
CARD = Shape(("card",), _pattern(r"m-(\d{1,7})", lambda m: {"card": int(m[1])}))
WRITTEN = Shape(("at",), _pattern(r"@(?:(?P<date>\d{1,2}/\d{1,2})-)?(?P<hour>\d{1,2}):(?P<minute>\d\d)",
                                            _written))
WHO = Shape(("who",), _pattern(r"@([\w.-]{1,40})", lambda m: {"who": m[1]}))
VERDICT = Shape(("verdict",), _words("verdict", VERDICT_WORDS), choices=lambda v: VERDICT_WORDS)
STATE = Shape(("state",), _words("state", STATE_WORDS), choices=lambda v: STATE_WORDS)
