"""Reference files a centre brings along: its units and its protocol cards. YAML in, domain objects out.

Owns the two formats and reports every fault of a file at once, with its line. Knows no database and
no rules: whether an agency of a unit exists in the rules is asked by ``check_agencies``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from dispatch.domain.unit import Unit
from dispatch.errors import ConfigurationError, Problem
from dispatch.rules.document import Node, read_document
from dispatch.rules.schema import Entry, Phone, SeverityName, Slug, Slugs, Text
from dispatch.rules.shape import Fitter, described, line_of, nearest

CallSign = Annotated[str, Meta(pattern=r"^[ABDHLPRSU][0-9]{2}\Z", description="a call sign such as A01")]
CardCode = Annotated[str, Meta(pattern=r"^[A-Z]{3}-[0-9]{2}\Z", description="a card code such as MED-09")]
Sentence = Annotated[str, Meta(min_length=1, max_length=500, description="text of 1 to 500 characters")]
Box = tuple[tuple[float, float], tuple[float, float]]
INDONESIA: Box = ((-11.1, 6.1), (94.9, 141.1))
F = TypeVar("F", bound=Entry)


class UnitEntry(Entry, frozen=True, kw_only=True):
    call_sign: CallSign
    agency: Slug
    name: Text
    base: Text
    kecamatan: Text
    phone: Phone
    crew: Any = 0
    capabilities: list[Slug] = []
    lat: Any = None
    lon: Any = None


class UnitsFile(Entry, frozen=True, kw_only=True):
    """``sample`` marks invented data; the doctor says so for as long as it is loaded."""

    sample: bool = False
    note: Sentence = "-"
    units: Annotated[list[UnitEntry], Meta(min_length=1)]


class Bilingual(Entry, frozen=True, kw_only=True):
    id: Sentence
    en: Sentence


class Steps(Entry, frozen=True, kw_only=True):
    id: Annotated[list[Sentence], Meta(min_length=1)]
    en: Annotated[list[Sentence], Meta(min_length=1)]


class AnswerEntry(Entry, frozen=True, kw_only=True):
    key: Slug
    id: Text
    en: Text


class ImpliedEntry(Entry, frozen=True, kw_only=True):
    """What an answer raises the severity to, and a further type that ``yes`` adds. Nothing here can lower."""

    yes: SeverityName | None = None
    no: SeverityName | None = None
    adds: str = ""


class QuestionEntry(Entry, frozen=True, kw_only=True):
    key: Slug
    text: Bilingual
    answers: list[AnswerEntry] = []
    implies: ImpliedEntry = ImpliedEntry()


class CardEntry(Entry, frozen=True, kw_only=True):
    code: CardCode
    types: Slugs
    subtypes: list[Slug] = []
    title: Bilingual
    questions: list[QuestionEntry] = []
    instructions: Steps


class CardsFile(Entry, frozen=True, kw_only=True):
    """``approved_by`` names who answers for the medical content; empty = nobody yet."""

    sample: bool = False
    approved_by: str = ""
    cards: Annotated[list[CardEntry], Meta(min_length=1)]


@dataclass(frozen=True, slots=True)
class Question:
    """``text`` and the values of ``answers`` by language; no answers = free text.

    ``implies``: answer -> severity it raises to; ``adds`` is a further type after 'yes'.
    """

    key: str
    text: dict[str, str]
    answers: tuple[tuple[str, dict[str, str]], ...] = ()
    implies: dict[str, str] = field(default_factory=dict)
    adds: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A protocol card: what to ask and what to tell the caller, in order."""

    code: str
    types: tuple[str, ...]
    subtypes: tuple[str, ...]
    title: dict[str, str]
    questions: tuple[Question, ...]
    instructions: dict[str, tuple[str, ...]]
    sample: bool = False
    approved_by: str = ""

    def fits(self, type_: str, subtype: str = "") -> bool:
        """A card without subtypes fits its whole type."""
        return type_ in self.types and (not self.subtypes or subtype in self.subtypes)


def load_units(path: Path) -> list[Unit]:
    """The units of a file. Raises ConfigurationError with all problems."""
    root, entries, problems = _read(path, UnitsFile)
    problems += _doubles(root, str(path), "units", "call_sign")
    for index, node in enumerate(_listed(root, "units")):
        problems += _unit_faults(root, str(path), index, node)
    if problems or entries is None:
        raise ConfigurationError(sorted(problems, key=lambda p: p.line))
    return [
        Unit(
            entry.call_sign, entry.agency, entry.name, entry.base, entry.kecamatan, entry.phone,
            tuple(entry.capabilities), entry.crew, entry.lat, entry.lon,
        )
        for entry in entries.units
    ]


def load_cards(path: Path) -> list[Card]:
    """The cards of one file, or of all *.yaml files of a folder. Raises ConfigurationError with all problems."""
    cards: list[Card] = []
    problems: list[Problem] = []
    first: dict[str, Path] = {}
    for file in sorted(path.glob("*.yaml")) if path.is_dir() else [path]:
        root, entries, faults = _read(file, CardsFile)
        problems += faults
        for index, entry in enumerate(entries.cards if entries else []):
            other = first.setdefault(entry.code, file)
            if other != file or entry.code in {card.code for card in cards}:
                line = line_of(root, ("cards", index, "code"))
                problems.append(Problem(f"card {entry.code} exists already in {other.name}", str(file), line))
                continue
            assert entries is not None
            cards.append(_card(entry, entries))
    if problems:
        raise ConfigurationError(problems)
    return cards


def card_finder(cards: Iterable[Card]) -> Callable[[str, str], list[dict[str, Any]]]:
    """A function giving the cards of a type and subtype as the operator API sends them, the narrowest first."""
    known = sorted(cards, key=lambda card: (not card.subtypes, card.code))

    def find(type_: str, subtype: str) -> list[dict[str, Any]]:
        return [_as_wire(card) for card in known if card.fits(type_, subtype)]

    return find


def _as_wire(card: Card) -> dict[str, Any]:
    return {
        "code": card.code, "title": card.title, "instructions": card.instructions, "sample": card.sample,
        "approved_by": card.approved_by,
        "questions": [
            {"key": question.key, "text": question.text,
             "answers": [_answer(question, key, said) for key, said in question.answers]}
            for question in card.questions
        ],
    }


def _answer(question: Question, key: str, said: dict[str, str]) -> dict[str, Any]:
    return {
        "key": key, "text": said, "severity": question.implies.get(key),
        "adds": question.adds if key == "yes" else "",
    }


def check_agencies(units: Iterable[Unit], agencies: Iterable[str], file: str) -> list[Problem]:
    """A unit of an agency that the rules do not know would never be suggested."""
    known = list(agencies)
    return [
        Problem(f"unit {unit.call_sign}: unknown agency '{unit.agency}'", file, nearest=nearest(unit.agency, known))
        for unit in units if unit.agency not in known
    ]


def is_sample(path: Path) -> bool:
    """Whether a units file says of itself that it is invented."""
    entries = _read(path, UnitsFile)[1]
    return bool(entries and entries.sample)


def _read(path: Path, shape: type[F]) -> tuple[Node, F | None, list[Problem]]:
    """1 read the text, 2 fit it to its shape; the entries are None when something does not fit."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError([Problem(f"cannot be read: {error.strerror or error}", str(path))]) from error
    root, problems = read_document(content, str(path))
    if root is None:
        raise ConfigurationError(problems)
    fitter = Fitter(root, str(path))
    fitter.fit(root, described(shape))
    problems += fitter.problems
    return root, None if problems else msgspec.convert(root.plain(), shape), problems


def _listed(root: Node, section: str) -> list[Node]:
    node = root.value.get(section) if isinstance(root.value, dict) else None
    return node.value if node is not None and isinstance(node.value, list) else []


def _doubles(root: Node, file: str, section: str, key: str) -> list[Problem]:
    problems, first = [], dict[str, int]()
    for node in _listed(root, section):
        named = node.value.get(key) if isinstance(node.value, dict) else None
        if named is None or not isinstance(named.value, str):
            continue
        if named.value in first:
            problems.append(Problem(f"{named.value} stands on line {first[named.value]} already", file, named.line))
        first.setdefault(named.value, named.line)
    return problems


def _unit_faults(root: Node, file: str, index: int, node: Node) -> list[Problem]:
    """Numbers: the shapes check texts only."""
    entry = node.plain()
    if not isinstance(entry, dict):
        return []
    crew, lat, lon = entry.get("crew", 0), entry.get("lat"), entry.get("lon")
    faults = []
    if type(crew) is not int or not 0 <= crew <= 99:
        faults.append(("crew", f"'{crew}' is not a number of people from 0 to 99"))
    if (lat is None) != (lon is None):
        faults.append(("lat", "lat and lon belong together"))
    for key, value, (low, high) in zip(("lat", "lon"), (lat, lon), INDONESIA, strict=True):
        if value is not None and not (type(value) in (int, float) and low <= value <= high):
            faults.append((key, f"'{value}' is not in Indonesia ({low} to {high})"))
    return [Problem(message, file, line_of(root, ("units", index, key)), key) for key, message in faults]


def _implied(entry: ImpliedEntry) -> dict[str, str]:
    return {key: severity for key, severity in (("yes", entry.yes), ("no", entry.no)) if severity is not None}


def _card(entry: CardEntry, file: CardsFile) -> Card:
    questions = tuple(
        Question(
            question.key, {"id": question.text.id, "en": question.text.en},
            tuple((answer.key, {"id": answer.id, "en": answer.en}) for answer in question.answers),
            _implied(question.implies), question.implies.adds,
        )
        for question in entry.questions
    )
    return Card(
        entry.code, tuple(entry.types), tuple(entry.subtypes), {"id": entry.title.id, "en": entry.title.en},
        questions, {"id": tuple(entry.instructions.id), "en": tuple(entry.instructions.en)},
        file.sample, file.approved_by,
    )
