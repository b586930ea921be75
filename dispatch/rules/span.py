"""Times as the rules write them: '80s', '15m', '2h'."""

from __future__ import annotations

from datetime import timedelta

UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}


def span_of(text: str) -> timedelta:
    """``text`` has passed the schema's pattern."""
    return int(text[:-1]) * UNITS[text[-1]]


def written(span: timedelta) -> str:
    """The shortest way to write it: '90s', '40m', '2h'."""
    seconds = round(span.total_seconds())
    for unit, length in (("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
