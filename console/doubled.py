"""A verb typed behind itself: what a page has put on the command line is easily typed once more."""

from __future__ import annotations

HANDOVER = frozenset({"st", "serahterima", "handover"})


def once(line: str) -> str:
    """'st st 1 2' is 'st 1 2'; of other verbs the second may be a word of their own."""
    first, _, rest = line.strip().partition(" ")
    second = rest.split(maxsplit=1)[0] if rest.strip() else ""
    return rest.strip() if {first.casefold(), second.casefold()} <= HANDOVER else line
