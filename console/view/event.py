"""What an event of the log is called in the reader's words. Pure."""

from __future__ import annotations

from console.view.look import Look

TABLE = "label.event"
NAME_CELLS = 20
"""The longest name there is."""


def event_name(kind: str, look: Look) -> str:
    """A kind this console does not know yet stays its code."""
    return look.word_or(TABLE, kind)
