"""How a crew's notice is put together: the part that a phone shows first must stand alone. Pure.

A long SMS travels in parts, and parts get lost or come late. So the first one holds number, rank, type, place and how
to answer; only then come the words, which are cut before anything else is.
"""

from __future__ import annotations

from collections.abc import Callable

from dispatch.domain.gsm import BASIC

EXTENSION = frozenset("^{}\\[~]|€\f")
"""In the SMS alphabet too, but they cost two places."""
PART, WIDE_PART = 153, 67
"""Places of one part of a joined SMS, in the SMS alphabet and outside of it."""
ONE, ONE_WIDE = 160, 70
MOST_PARTS = 6
CUT = "..."


def is_plain(text: str) -> bool:
    """Whether it can be sent in the SMS alphabet."""
    return all(sign in BASIC or sign in EXTENSION for sign in text)


def parts_of(text: str) -> int:
    """How many parts an SMS of these words has."""
    if is_plain(text):
        places = len(text) + sum(sign in EXTENSION for sign in text)
        return 1 if places <= ONE else -(-places // PART)
    places = len(text.encode("utf-16-le")) // 2
    return 1 if places <= ONE_WIDE else -(-places // WIDE_PART)


def compose_notice(head: str, first: list[str], words: tuple[str, str], rest: list[str]) -> str:
    """The notice of a crew.

    ``head`` comes first, the most needed at its beginning: a first part outside the SMS alphabet holds 67 places of it.
    ``first`` follows as far as a first part inside the alphabet holds it; ``words`` (label and the citizen's own) are
    cut to the whole's length; ``rest`` is kept whole. Empty pieces are left out.
    """
    label, said = words
    opening, late = head, []
    for piece in first:
        longer = f"{opening} {piece}"
        if piece and len(longer) <= PART:
            opening = longer
        elif piece:
            late.append(piece)
    ends = [*late, *(piece for piece in rest if piece)]

    def whole(quoted: str) -> str:
        return "\n".join([opening, *([f"{label}{quoted}"] if quoted else []), *ends])

    return whole(_fitting(said, whole))


def _fitting(said: str, whole: Callable[[str], str]) -> str:
    """As many of the words as the message has room for, cut between two words."""
    if parts_of(whole(said)) <= MOST_PARTS:
        return said
    pieces = said.split(" ")
    low, high = 0, len(pieces)
    while low < high:
        middle = (low + high + 1) // 2
        if parts_of(whole(" ".join(pieces[:middle]) + CUT)) <= MOST_PARTS:
            low = middle
        else:
            high = middle - 1
    return " ".join(pieces[:low]) + CUT
