"""Text from outside made harmless for a terminal: shown, never obeyed. Owns which characters are unsafe."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"[\t\r\n\v\f\x85\u2028\u2029]+")
_DROPPED = re.compile("[\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\u00ad]")
"""Zero-width joiners and variation selectors: terminals disagree on their width."""
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ud800-\udfff\ufff9-\uffff\U000e0000-\U000e0fff]"
)
_MARKS_IN_A_ROW = 2
"""Stacked accents beyond this spill into other lines; they are cut."""


def visible(text: str) -> str:
    """One line of plain text: controls as ^[, direction overrides as <202E>, line breaks as ' / '."""
    if text.isascii() and text.isprintable():
        return text
    text = _SPACES.sub(lambda found: " / " if found.group().strip("\t") else " ", text.strip("\r\n"))
    text = _UNSAFE.sub(_name, _DROPPED.sub("", text))
    return text if text.isascii() else _calm_marks(text)


def _name(found: re.Match[str]) -> str:
    code = ord(found.group())
    return f"^{chr(code ^ 0x40)}" if code < 0x80 else f"<{code:04X}>"


def _calm_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)
