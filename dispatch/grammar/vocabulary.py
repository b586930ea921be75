"""The words a centre adds to the command language: districts, types, agencies, closing codes.

Owns looking such a word up and nothing else. Stands on the shape of ``CentreRow`` without importing
it, so that the grammar stays free of the wire.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

from dispatch.grammar.number import Numbers

Labels = Mapping[str, str]


class TypeLabels(Protocol):
    """What the grammar needs of a ``TypeLabel``."""

    @property
    def short(self) -> str: ...
    @property
    def labels(self) -> Labels: ...
    @property
    def subtypes(self) -> Mapping[str, Labels]: ...


class CentreLabels(Protocol):
    """What the grammar needs of a ``CentreRow``."""

    @property
    def types(self) -> Mapping[str, TypeLabels]: ...
    @property
    def agencies(self) -> Mapping[str, Labels]: ...
    @property
    def districts(self) -> Mapping[str, str]: ...
    @property
    def dispositions(self) -> Mapping[str, Labels]: ...


@dataclass(frozen=True, slots=True)
class TypeWord:
    """One incident type as it can be typed: ``short`` is the three-letter code of the boards."""

    code: str
    short: str
    labels: Labels
    subtypes: Mapping[str, Labels]

    def subtype_codes(self) -> list[str]:
        """What can be typed for each subtype, the same in every language: 'rmh' behind KBK."""
        return [(labels.get("short", "").rpartition("-")[2] or squeezed(labels.get("id", code))).casefold()
                for code, labels in self.subtypes.items()]

    def find_subtype(self, word: str) -> str:
        """The subtype meant by ``word``: its slug, its short code, or an unambiguous beginning; else ''."""
        folded = word.casefold()
        for code, labels in self.subtypes.items():
            short = labels.get("short", "").rpartition("-")[2]
            if folded in {code.casefold(), short.casefold() or squeezed(labels.get("id", code))}:
                return code
        begun = [c for c, labels in self.subtypes.items() if _begins(folded, (c, *labels.values()))]
        return begun[0] if len(begun) == 1 else ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Empty is allowed: the language still works, only the centre's own codes are then plain words."""

    districts: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, TypeWord] = field(default_factory=dict)
    agencies: Mapping[str, Labels] = field(default_factory=dict)
    dispositions: Mapping[str, Labels] = field(default_factory=dict)
    training: bool = False
    """Numbers are read with ``L-`` before them and may be typed so."""

    @classmethod
    def of(cls, centre: CentreLabels) -> Vocabulary:
        types = {code: TypeWord(code, t.short.upper(), t.labels, t.subtypes) for code, t in centre.types.items()}
        districts = {code.upper(): name for code, name in centre.districts.items()}
        return cls(districts, types, dict(centre.agencies), dict(centre.dispositions),
                   getattr(centre, "mode", "live") == "training")

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.training)

    def type_by_short(self, word: str) -> TypeWord | None:
        return next((t for t in self.types.values() if t.short == word.upper()), None)

    def type_by_name(self, word: str) -> TypeWord | None:
        """By short code, slug or label in any language."""
        folded = word.casefold()
        by_name = (t for t in self.types.values() if folded in {t.code.casefold(), *_folded(t.labels.values())})
        return self.type_by_short(word) or next(by_name, None)

    def district_name(self, word: str) -> str:
        """The kecamatan meant by its code or its name; '' when neither."""
        folded = word.casefold()
        by_name = (name for name in self.districts.values() if name.casefold() == folded)
        return self.districts.get(word.upper()) or next(by_name, "")

    def district_code(self, name: str) -> str:
        return next((code for code, district in self.districts.items() if district == name), name)

    def agency_code(self, word: str) -> str:
        """The agency meant by its code or by any of its labels; '' when neither."""
        return _coded(word, self.agencies)

    def agency_words(self) -> list[str]:
        """All words an agency answers to."""
        return [word for code, labels in self.agencies.items() for word in (code, *labels.values())]

    def disposition_code(self, word: str) -> str:
        """The closing code meant by its code or by any of its labels; '' when neither."""
        return _coded(word, self.dispositions)

    def collisions(self) -> list[str]:
        """Codes that mean both a district and a type: such a centre could not be typed at."""
        shorts = {t.short for t in self.types.values()}
        return sorted(shorts & set(self.districts))


EMPTY = Vocabulary()


def squeezed(word: str) -> str:
    """A three-letter code as dispatchers make it: first letter and the next consonants (rumah -> rmh)."""
    letters = re.sub(r"[^a-z]", "", word.casefold())
    return (letters[:1] + re.sub(r"[aeiou]", "", letters[1:]))[:3]


def nearest(word: str, choices: Iterable[str]) -> str:
    """The closest of the choices, or '' when none is close: a hint for people, never acted upon."""
    found = get_close_matches(word.casefold(), [choice.casefold() for choice in choices], n=1, cutoff=0.6)
    return found[0] if found else ""


def _coded(word: str, table: Mapping[str, Labels]) -> str:
    folded = word.casefold()
    fits = (code for code, labels in table.items() if folded in {code.casefold(), *_folded(labels.values())})
    return next(fits, "")


def _folded(words: Iterable[str]) -> set[str]:
    return {word.casefold() for word in words}


def _begins(start: str, names: Iterable[str]) -> bool:
    return len(start) >= 2 and any(name.casefold().startswith(start) for name in names)
