"""Sentences the server wrote, with the incidents' numbers as this centre writes them: 'L-1051' in an exercise.

The server names a number bare; only a number this seat knows, or that was typed, is taken for an incident's.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.desk import Desk
from dispatch.grammar import numbers_in


def told(desk: Desk, sentence: str, line: str = "", more: Iterable[int | None] = ()) -> str:
    """An answer to the typed ``line``; ``more`` are numbers it is known to be about."""
    return desk.vocabulary.numbers.marked(sentence, _known(desk, line, more))


def told_lines(desk: Desk, lines: Iterable[object], line: str = "") -> list[str]:
    """The lines of a list: of those about an incident its number comes first."""
    known = _known(desk, line)
    return [desk.vocabulary.numbers.listed(str(one), known) for one in lines]


def _known(desk: Desk, line: str, more: Iterable[int | None] = ()) -> set[int]:
    """What is or was on the boards, was read, or was typed."""
    return {*desk.store.numbers(), *desk.details, *numbers_in(line), *(number for number in more if number)}
