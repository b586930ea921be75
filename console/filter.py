"""Which incidents the boards show (command Q). Pure; hides rows, never forgets them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dispatch.wire import IncidentRow


@dataclass(frozen=True)
class BoardFilter:
    """All given parts must hold; an empty filter shows everything."""

    args: tuple[tuple[str, Any], ...] = ()
    words: str = ""
    """As typed, for the title."""

    @classmethod
    def of(cls, args: dict[str, Any], words: str) -> BoardFilter:
        known = tuple((key, args[key]) for key in CHECKS if args.get(key))
        return cls(known, words if known else "")

    def shows(self, row: IncidentRow, now: datetime) -> bool:
        return all(CHECKS[key](row, value, now) for key, value in self.args)


def _has_text(row: IncidentRow, text: str, now: datetime) -> bool:
    place, scene = row.place, row.scene
    words = (
        row.summary, place.text, place.desa, place.kecamatan, place.landmark, place.spot, scene.hazard, row.caller,
    )
    haystack = " ".join(words).casefold()
    return all(word in haystack for word in text.casefold().split())


CHECKS = {
    "severity": lambda row, value, now: row.severity == value,
    "older_than_s": lambda row, value, now: (now - row.opened_at).total_seconds() > value,
    "district": lambda row, value, now: row.place.kecamatan == value,
    "type": lambda row, value, now: value == row.type or value in row.also_types,
    "subtype": lambda row, value, now: row.subtype == value,
    "agency": lambda row, value, now: any(code in row.agencies for code in value),
    "units": lambda row, value, now: any(a.unit in value for a in row.assignments),
    "text": _has_text,
}
