"""What the wall is narrowed to: a period, a district, an agency, a type; and the words it is typed in. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from console.view.look import Look
from dispatch.wire import CentreRow

PERIODS = {
    "1h": timedelta(hours=1), "8h": timedelta(hours=8), "24h": timedelta(hours=24), "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
"""Besides 'today', which begins at midnight."""
SPOKEN = {"1j": "1h", "8j": "8h", "24j": "24h", "7hr": "7d", "30hr": "30d", "hariini": "today", "today": "today"}


class Unknown(ValueError):
    """A word that is no period, district, agency or type of this centre."""


@dataclass(frozen=True)
class Narrow:
    """'' = all. ``kecamatan`` is a name, ``agency`` and ``type`` are codes."""

    period: str = "today"
    kecamatan: str = ""
    agency: str = ""
    type: str = ""

    def since(self, look: Look) -> datetime:
        """When the period began."""
        if self.period in PERIODS:
            return look.now - PERIODS[self.period]
        return look.local(look.now).replace(hour=0, minute=0, second=0, microsecond=0)

    @property
    def query(self) -> dict[str, str]:
        """As the server is asked."""
        asked = {"kecamatan": self.kecamatan, "agency": self.agency, "type": self.type}
        return {name: value for name, value in asked.items() if value}

    def words(self, look: Look) -> str:
        """'SLW DMK KBK' as the boards name them; '' when nothing but a period is asked for."""
        parts = (
            look.district(self.kecamatan), look.agency(self.agency) if self.agency else "",
            look.type_short(self.type) if self.type else "",
        )
        return " ".join(part for part in parts if part)


def parse_narrow(words: str, centre: CentreRow) -> Narrow:
    """Raises Unknown with the first word nobody knows. No words = everything of today."""
    found = Narrow()
    for word in words.casefold().split():
        found = replace(found, **_meaning(word, centre))
    return found


def _meaning(word: str, centre: CentreRow) -> dict[str, str]:
    period = SPOKEN.get(word, word)
    if period in PERIODS or period == "today":
        return {"period": period}
    for code, name in centre.districts.items():
        if word in (code.casefold(), name.casefold()):
            return {"kecamatan": name}
    for code, labels in centre.agencies.items():
        if word in (code.casefold(), *(text.casefold() for text in labels.values())):
            return {"agency": code}
    for code, kind in centre.types.items():
        if word in (code.casefold(), kind.short.casefold()):
            return {"type": code}
    raise Unknown(word)
