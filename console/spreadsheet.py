"""Files for a spreadsheet: what they are called, and cells it takes for text, whatever they hold."""

from __future__ import annotations

from console.view.look import Look

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula."""


def safe_cell(value: object) -> object:
    """Text that would be run gets an apostrophe in front; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def file_stem(kind: str, look: Look) -> str:
    """'kentongan-audit-20260112-143102'; of an exercise it says so: a file goes on without the screen around it."""
    mode = look.say("screen.training") if look.training else ""
    return "-".join(part for part in ("kentongan", mode, kind, f"{look.local(look.now):%Y%m%d-%H%M%S}") if part)
