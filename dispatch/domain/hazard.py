"""What may hurt the crew itself: read from the type and from the reporters' words. Pure.

A warning too many costs a glance, one too few a life: the words count also where they are denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Hazard:
    """``labels`` say it in a few words. It is there when a type, a subtype or one of the ``words`` is."""

    name: str
    labels: dict[str, str]
    types: frozenset[str] = frozenset()
    subtypes: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Whole words, also with the Javanese and Indonesian endings -e, -ne, -nya, -an."""
    said = "|".join(r"\s+".join(map(re.escape, word.casefold().split())) for word in words)
    return re.compile(rf"(?<!\w)(?:{said})(?:n?e|nya|an)?(?!\w)")


def find_hazards(
    hazards: Iterable[Hazard], types: Iterable[str], subtype: str, texts: Iterable[str]
) -> tuple[Hazard, ...]:
    """Those that hold, in the order of the rules."""
    kinds, said = frozenset(types), "\n".join(texts).casefold()
    return tuple(
        hazard for hazard in hazards
        if hazard.types & kinds or subtype in hazard.subtypes
        or (hazard.words and _pattern(hazard.words).search(said))
    )
