"""Commands, help and faults of the grammar as sentences for people, in both languages.

Owns wording only: it says what was parsed and never decides what is legal. Text that came from
outside loses its control characters here; drawing code escapes markup.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any, Protocol

from dispatch.errors import KentonganError
from dispatch.grammar.parse import ParsedCommand
from dispatch.grammar.shape import CURRENT, SEVERITIES
from dispatch.grammar.vocabulary import EMPTY, Vocabulary

LANGUAGES = ("id", "en")
_LEVEL = {name: f"P{digit}" for digit, name in reversed(SEVERITIES.items()) if digit != "5"}
_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_FIELD = re.compile(r"\{(\w+)\}")


class PlaceView(Protocol):
    @property
    def desa(self) -> str: ...
    @property
    def kecamatan(self) -> str: ...
    @property
    def landmark(self) -> str: ...
    @property
    def text(self) -> str: ...


class IncidentView(Protocol):
    """What a sentence tells of an incident."""

    @property
    def number(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def subtype(self) -> str: ...
    @property
    def severity(self) -> str | None: ...
    @property
    def place(self) -> PlaceView: ...


Lookup = Callable[[int], IncidentView | None]


def sentence(
    parsed: ParsedCommand | Sequence[ParsedCommand],
    lang: str = "id",
    lookup: Lookup | None = None,
    vocabulary: Vocabulary = EMPTY,
    *,
    tail: bool = True,
) -> str:
    """The echo of what would be run: every command in one sentence, and how to run or cancel it."""
    commands = [parsed] if isinstance(parsed, ParsedCommand) else list(parsed)
    said = "; ".join(_one_sentence(command, lang, lookup, vocabulary) for command in commands)
    stop = "" if said.endswith((".", "?", "!")) else "."
    return f"{said}{stop} {_phrase('part.tail', lang)}" if tail else said


def mistyped(word: str, nearest: str, lang: str = "id") -> str:
    """The note on a plain word that looks like a code of the centre."""
    return _fill(_phrase("part.mistyped", lang), {"word": word, "nearest": nearest})


def syntax(verb: str, lang: str = "id") -> str:
    """How a command is written, what it does and an example, divided by `` | ``."""
    return _phrase(f"syntax.{verb}", lang)


def overview(lang: str = "id") -> list[str]:
    """The syntax of every command, in the order of the catalogue."""
    return [line for key, line in _catalogue(lang).items() if key.startswith("syntax.")]


def fault(error: KentonganError, lang: str = "id") -> str:
    """The sentence of a ``grammar_*`` error: what is wrong and what to type instead."""
    values = {key: _plain(str(value)) for key, value in error.params.items() if value != ""}
    verb = str(error.params.get("verb", ""))
    if verb:
        values["syntax"] = syntax(verb, lang).replace(" | ", " -- ")
    if "what" in values:
        values["what"] = _catalogue(lang).get(f"what.{values['what']}", values["what"])
    template = _catalogue(lang).get(f"fault.{error.code}")
    return _fill(template, values) if template else str(error)


def _one_sentence(parsed: ParsedCommand, lang: str, lookup: Lookup | None, vocabulary: Vocabulary) -> str:
    values = {key: _plain(_say(key, value, parsed, lang, lookup, vocabulary)) for key, value in parsed.args.items()}
    if "card" in values and "incident" not in values and parsed.verb != "new":
        values["incident"] = _fill(_phrase("part.card", lang), values)
    said = _fill(_template(parsed, lang), values, default=_phrase("part.current", lang))
    said += _fill(_phrase("part.written", lang), values)
    if parsed.reason:
        said += _fill(_phrase("part.reason", lang), {"reason": _plain(parsed.reason)})
    return (_phrase("part.dry_run", lang) if parsed.dry_run else "") + said


def _template(parsed: ParsedCommand, lang: str) -> str:
    name, args = parsed.verb, parsed.args
    variant = str(args.get("status") or args.get("state") or args.get("verdict") or "")
    if "life_threat" in args:
        variant = "yes" if args["life_threat"] else "no"
    if "quiet" in args:
        variant = "on" if args["quiet"] else "off"
    if not variant and set(args) <= {"incident", "card", "at"}:
        variant = "bare"
    known = _catalogue(lang)
    return known.get(f"sentence.{name}_{variant}") or known[f"sentence.{name}"]


def _agency(code: str, vocabulary: Vocabulary) -> str:
    return vocabulary.agencies.get(code, {}).get("short") or code.upper()


def _say(
    key: str, value: Any, parsed: ParsedCommand, lang: str, lookup: Lookup | None, vocabulary: Vocabulary
) -> str:
    """One argument in words."""
    say: dict[str, Callable[[], str]] = {
        "units": lambda: _join(value, lang),
        "agency": lambda: _join([_agency(code, vocabulary) for code in value], lang),
        "incident": lambda: _say_incident(value, lang, lookup, vocabulary),
        "to_incident": lambda: _say_incident(value, lang, lookup, vocabulary),
        "split": lambda: vocabulary.numbers.told(int(value)),
        "severity": lambda: _LEVEL.get(value, value),
        "type": lambda: _say_type(value, str(parsed.args.get("subtype", "")), lang, vocabulary),
        "more": lambda: _join([f"{count}{letter}" for letter, count in value], lang),
        "until": lambda: _say_until(value, lang),
        "card": lambda: f"M-{value:03d}",
        "at": lambda: " ".join(str(part) for part in (value.get("date"), value["clock"]) if part),
        "within_s": lambda: _say_span(value, lang),
        "older_than_s": lambda: _say_span(value, lang),
        "code": lambda: _phrase(f"part.code_{value}", lang),
        "disposition": lambda: _label(vocabulary.dispositions.get(value, {}), lang) or value.upper(),
        "call": lambda: f"#{value}",
        "alarm": lambda: f"#{value}",
        "topic": lambda: str(value).upper(),
        "items": lambda: _join([str(item) for item in value], lang),
    }
    return say[key]() if key in say else str(value)


def _say_incident(number: int | str, lang: str, lookup: Lookup | None, vocabulary: Vocabulary) -> str:
    if number == CURRENT:
        return _phrase("part.current", lang)
    row = lookup(int(number)) if lookup else None
    if row is None:
        told = vocabulary.numbers.told(int(number))
        return _fill(_phrase("part.not_on_board", lang), {"number": told}) if lookup else told
    level = _LEVEL.get(row.severity or "", "")
    what = _say_type(row.type, row.subtype, lang, vocabulary)
    place = row.place.desa or row.place.landmark or row.place.text
    where = " ".join(part for part in (place, vocabulary.district_code(row.place.kecamatan)) if part)
    head = " ".join(part for part in (vocabulary.numbers.told(int(number)), level, what) if part)
    return f"{head}, {where}" if where else head


def _say_type(code: str, subtype: str, lang: str, vocabulary: Vocabulary) -> str:
    kind = vocabulary.types.get(code)
    if kind is None:
        return "-".join(part for part in (code, subtype) if part)
    named = _label(kind.subtypes.get(subtype, {}), lang) if subtype else ""
    return (named or _label(kind.labels, lang) or code).lower()


def _say_until(until: Mapping[str, Any], lang: str) -> str:
    key = "clock" if "clock" in until else "minutes"
    return _fill(_phrase(f"part.until_{key}", lang), {key: str(until[key])})


def _say_span(seconds: int, lang: str) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds % size == 0:
            return _fill(_phrase(f"part.{unit}", lang), {"n": str(seconds // size)})
    return f"{seconds} s"


def _label(labels: Mapping[str, str], lang: str) -> str:
    return labels.get(lang) or labels.get("id", "")


def _join(words: Sequence[str], lang: str) -> str:
    """a, b dan c"""
    if len(words) < 2:
        return "".join(words)
    return ", ".join(words[:-1]) + _phrase("part.and", lang) + words[-1]


def _fill(template: str, values: Mapping[str, str], default: str = "") -> str:
    """The template with its fields; an optional part stays only when all its fields are known."""

    def keep(found: re.Match[str]) -> str:
        known = all(name in values for name in _FIELD.findall(found[1]))
        return found[1] if known else ""

    return _FIELD.sub(lambda found: values.get(found[1], default), _OPTIONAL.sub(keep, template))


def _plain(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", " ", text)


def _phrase(key: str, lang: str) -> str:
    return _catalogue(lang)[key]


@cache
def _catalogue(lang: str) -> dict[str, str]:
    """All phrases of one language under dotted keys; a language we do not speak is answered in Indonesian."""
    name = lang if lang in LANGUAGES else "id"
    source = resources.files("dispatch.grammar") / "locale" / f"{name}.toml"
    tables = tomllib.loads(source.read_text(encoding="utf-8"))
    return {f"{table}.{key}": line for table, lines in tables.items() for key, line in lines.items()}
