"""A scenario: who calls and writes when, and what a good shift would have made of it.

Owns the format of ``data/scenarios/*.toml`` and its faults. A past day becomes the same thing, see ``day``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from dispatch.domain.routing import RuleSet
from dispatch.domain.severity import Severity
from dispatch.errors import ConfigurationError, Problem

CHANNELS = ("sms", "whatsapp", "web", "call")
HABITS = ("slow", "no", "silent")
AT = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})")
MAX_STEPS = 20_000
WAITS_S, TALKS_S = 30.0, 180.0
"""How long a caller lets it ring, and how long one stays on the line, when the scenario does not say."""

T = TypeVar("T")


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One contact. ``at_s`` counts from the start; ``event`` names what it is about ('' = nobody judges it).

    A call rings ``waits_s`` and is hung up when nobody answers; ``says`` are the caller's sentences once
    somebody has, after ``talks_s`` the caller hangs up.
    """

    at_s: float
    channel: str
    person: str
    event: str = ""
    text: str = ""
    says: tuple[str, ...] = ()
    waits_s: float = WAITS_S
    talks_s: float = TALKS_S
    place: str = ""
    kecamatan: str = ""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """One event and what should become of it; an empty tuple or table is not judged.

    ``units``: agency -> how many units or desks at least. ``closed_as`` not empty: nothing has to be sent, it is to
    be closed under one of these codes.
    """

    key: str
    title: str = ""
    types: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    kecamatan: tuple[str, ...] = ()
    desa: tuple[str, ...] = ()
    units: dict[str, int] = {}
    closed_as: tuple[str, ...] = ()

    @property
    def is_junk(self) -> bool:
        return bool(self.closed_as)


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """``crews``: call sign or agency -> slow, no (declines) or silent (never answers). ``speed`` divides all times."""

    name: str
    title: dict[str, str]
    about: dict[str, str] = {}
    steps: tuple[Step, ...]
    expected: tuple[Expected, ...] = ()
    crews: dict[str, str] = {}
    speed: float = 1.0

    @property
    def length_s(self) -> float:
        """From the start to the last contact."""
        return max((step.at_s for step in self.steps), default=0.0) / self.speed

    def titled(self, lang: str) -> str:
        return self.title.get(lang) or self.title.get("id", self.name)


def read_scenario(path: Path) -> Scenario:
    """Raises ConfigurationError with every entry that cannot be played."""
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise ConfigurationError([Problem(f"cannot be read: {why}", str(path))]) from error
    problems: list[Problem] = []

    def each(table: str, read: Callable[[Mapping[str, Any]], T]) -> tuple[T, ...]:
        entries = given.get(table, [])
        return tuple(_all(entries if isinstance(entries, list) else [], read, table, str(path), problems))

    scenario = Scenario(
        name=path.stem, title=_words(given.get("title")), about=_words(given.get("about")),
        steps=tuple(sorted(each("step", _step), key=lambda step: step.at_s)), expected=each("event", _expected),
        crews=_words(given.get("crews")),
    )
    problems += [Problem(said, str(path), key=key) for key, said in _faults(scenario)]
    if problems:
        raise ConfigurationError(problems)
    return scenario


def _all(
    entries: list[Any], read: Callable[[Mapping[str, Any]], T], table: str, file: str, problems: list[Problem]
) -> Iterable[T]:
    for number, entry in enumerate(entries, 1):
        try:
            yield read(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            said = f"missing {error}" if isinstance(error, KeyError) else str(error)
            problems.append(Problem(said, file, key=f"{table}[{number}]"))


def _words(given: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in given.items()} if isinstance(given, dict) else {}


def _listed(given: Any) -> tuple[str, ...]:
    """One word or a list of words."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list) or not all(isinstance(item, str) for item in given):
        raise ValueError("expected a word or a list of words")
    return tuple(given)


def seconds_of(given: Any) -> float:
    """``1:30`` minutes and seconds, ``1:02:30`` with hours, or a number of seconds."""
    found = AT.fullmatch(str(given))
    if found:
        return int(found[1] or 0) * 3600.0 + int(found[2]) * 60 + int(found[3])
    if isinstance(given, bool) or not isinstance(given, (int, float)) or given < 0:
        raise ValueError(f"'{given}' is no time such as 1:30")
    return float(given)


def _step(entry: Mapping[str, Any]) -> Step:
    channel = str(entry["channel"])
    if channel not in CHANNELS:
        raise ValueError(f"unknown channel '{channel}', use one of {', '.join(CHANNELS)}")
    if channel != "call" and not str(entry.get("text", "")).strip():
        raise ValueError("a message needs a text")
    return Step(
        at_s=seconds_of(entry["at"]), channel=channel, person=str(entry["from"]), event=str(entry.get("event", "")),
        text=str(entry.get("text", "")), says=_listed(entry.get("says", [])),
        waits_s=seconds_of(entry.get("waits", WAITS_S)), talks_s=seconds_of(entry.get("talks", TALKS_S)),
        place=str(entry.get("place", "")), kecamatan=str(entry.get("kecamatan", "")),
    )


def _expected(entry: Mapping[str, Any]) -> Expected:
    units = entry.get("units", {})
    if not isinstance(units, dict) or not all(isinstance(n, int) and n > 0 for n in units.values()):
        raise ValueError("units must be a table of agency = number")
    return Expected(
        key=str(entry["key"]), title=str(entry.get("title", "")), types=_listed(entry.get("type", [])),
        severities=_listed(entry.get("severity", [])), kecamatan=_listed(entry.get("kecamatan", [])),
        desa=_listed(entry.get("desa", [])), units=dict(units), closed_as=_listed(entry.get("closed_as", [])),
    )


def _faults(scenario: Scenario) -> Iterable[tuple[str, str]]:
    """What is wrong with the whole: key and sentence."""
    known = [event.key for event in scenario.expected]
    if not scenario.title.get("id"):
        yield "title", "missing: title = {id = ..., en = ...}"
    if not 0 < len(scenario.steps) <= MAX_STEPS:
        yield "step", f"needs 1 to {MAX_STEPS} steps"
    for key in sorted({key for key in known if known.count(key) > 1}):
        yield "event", f"'{key}' is there twice"
    for key in sorted({step.event for step in scenario.steps} - {"", *known}):
        yield "step", f"no event '{key}'"
    for key in sorted(set(known) - {step.event for step in scenario.steps}):
        yield "event", f"nobody reports '{key}'"
    for crew, habit in scenario.crews.items():
        if habit not in HABITS:
            yield f"crews.{crew}", f"unknown habit '{habit}', use one of {', '.join(HABITS)}"


def check_scenario(scenario: Scenario, rules: RuleSet) -> list[str]:
    """What these rules do not know: a word nobody can type would count as wrong for ever."""
    types = {code: set(kind.subtypes) for code, kind in rules.types.items()}
    severities = {severity.value for severity in Severity}
    faults = []
    for event in scenario.expected:
        for name in event.types:
            kind, _, subtype = name.partition(".")
            if kind not in types or (subtype and subtype not in types[kind]):
                faults.append(f"{event.key}: no type {name}")
        strange = {
            "severity": set(event.severities) - severities,
            "district": set(event.kecamatan) - {*rules.districts.values()},
            "agency": set(event.units) - set(rules.agencies),
            "code": set(event.closed_as) - {*rules.dispositions, *CALL_CODES},
        }
        faults += [f"{event.key}: no {what} {word}" for what, words in strange.items() for word in sorted(words)]
    return faults


CALL_CODES = ("ghost", "prank", "information", "dropped", "wrong_number", "duplicate")
"""What a call may be disposed of as (F9), beside the closing codes of the rules."""
