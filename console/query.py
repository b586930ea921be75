"""What command F asks the server for, and which of its answers fit. Pure.

The server searches words; priority, age and type are told apart here, on what each hit says of itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dispatch.wire import SearchHit

_WORDS = ("text", "district", "type")
_NAMED = {"severity": "severity", "type": "type", "district": "kecamatan"}
"""Argument -> what a hit says of itself."""


def search_words(args: dict[str, Any]) -> str:
    """The words to look for: those typed, else the place or the type alone."""
    return str(next((args[key] for key in _WORDS if args.get(key)), args.get("severity", "")))


def fits(hit: SearchHit, args: dict[str, Any], now: datetime) -> bool:
    """Whether a hit is what was asked for. Only incidents have a priority, a type and a district."""
    wanted = {name: str(args[key]).casefold() for key, name in _NAMED.items() if args.get(key)}
    if any(hit.kind != "incident" or str(getattr(hit, name)).casefold() != value for name, value in wanted.items()):
        return False
    if hit.at is None:
        return "within_s" not in args and "older_than_s" not in args
    age_s = (now - hit.at).total_seconds()
    return float(args.get("older_than_s", age_s)) <= age_s <= float(args.get("within_s", age_s))
