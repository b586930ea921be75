"""An incident's number as people read and type it: of an exercise with ``L-``, so that it never passes for a live one.

The one place where such a number becomes text; consoles, echo, paper and debrief all ask here. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

MARK = "L-"
_TYPED = re.compile(r"(?<!\w)[lL]-(?=\d{4,6}(?!\w))")
_BARE = re.compile(r"(?<![\w.:#+*-])\d{4,6}(?![\w*]|[.,:]\d)")


@dataclass(frozen=True, slots=True)
class Numbers:
    """How one centre writes its incidents' numbers."""

    training: bool = False

    def told(self, number: int) -> str:
        """'1051', in an exercise 'L-1051'."""
        return f"{MARK}{number:04d}" if self.training else f"{number:04d}"

    def bare(self, word: str) -> str:
        """A typed word with the numbers of an exercise as the language knows them; live has none of those."""
        return _TYPED.sub("", word) if self.training else word

    def marked(self, sentence: str, known: Collection[int]) -> str:
        """A sentence of the server's with the numbers of these incidents as this centre writes them.

        Digits of a phone, a time, a call (#12) or a number nobody knows stay as they are.
        """
        if not self.training:
            return sentence
        return _BARE.sub(lambda m: self.told(int(m[0])) if int(m[0]) in known else m[0], sentence)

    def listed(self, line: str, known: Collection[int]) -> str:
        """A line of a list of the server's: of those about an incident the number comes first, known or not."""
        return self.marked(line, {*known, *numbers_in(line.split(maxsplit=1)[0])} if line.strip() else known)


def numbers_in(text: str) -> set[int]:
    """What in a text could be an incident's number, with ``L-`` or without."""
    return {int(found) for found in _BARE.findall(_TYPED.sub("", text))}


def typed_number(word: str) -> int | None:
    """A word that is an incident's number and nothing else; None for any other."""
    digits = _TYPED.sub("", word)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None
