"""What a drawing needs to know besides the row: language, colours, the centre's codes and the time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.labels import label, label_or
from console.theme import DARK, Palette
from console.view.span import span
from dispatch.grammar import Numbers
from dispatch.wire import CentreRow, ClockRow, IncidentRow, PlaceRow

CLOCK_OPEN = frozenset({"running", "warned", "breached", "serious", "paused"})
CHIPS = (" - ", "[1]", "(2)", " 3 ", " 4 ", " - ")
LATE, WARN, PAUSED = "!", "~", "="


@lru_cache(maxsize=8)
def zone(name: str) -> ZoneInfo:
    """The centre's zone; UTC when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


@dataclass(frozen=True)
class Look:
    """One moment of one seat's screen."""

    centre: CentreRow
    now: datetime
    lang: str = "id"
    palette: Palette = DARK

    @property
    def training(self) -> bool:
        return self.centre.mode == "training"

    @property
    def rule(self) -> str:
        """The character frames are drawn with: training can never look like live."""
        return "=" if self.training else "-"

    def say(self, key: str, /, **params: object) -> str:
        return label(key, self.lang, **params)

    def word(self, table: str, code: str) -> str:
        """A state's word; the code itself when the server is newer than this console."""
        return label_or(f"label.{table}.{code}", self.lang, code.upper())

    def word_or(self, table: str, code: str) -> str:
        """A slug's word from a whole table name, or the slug as it is."""
        return label_or(f"{table}.{code}", self.lang, code)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(zone(self.centre.timezone))

    @property
    def numbers(self) -> Numbers:
        return Numbers(self.training)

    def number(self, number: int) -> str:
        return self.numbers.told(number)

    def numbered(self, text: str, known: Collection[int]) -> str:
        """A sentence of the server's with the numbers of these incidents as this centre reads them."""
        return self.numbers.marked(text, known)

    @property
    def number_width(self) -> int:
        return 6 if self.training else 4

    def span(self, amount: timedelta) -> str:
        return span(amount, self.say("label.time.hour"), self.say("label.time.day"))

    def since(self, at: datetime) -> str:
        return self.span(self.now - at)

    def district(self, kecamatan: str) -> str:
        """The three-letter code of a kecamatan; its first letters when the centre has none for it."""
        if not kecamatan:
            return ""
        folded = kecamatan.casefold()
        found = (code for code, name in self.centre.districts.items() if name.casefold() == folded)
        return next(found, kecamatan[:3].upper())

    def agency(self, code: str) -> str:
        """A short name of an agency."""
        labels = self.centre.agencies.get(code, {})
        return labels.get("short") or labels.get(self.lang) or labels.get("id") or code

    def type_short(self, code: str) -> str:
        found = self.centre.types.get(code)
        return found.short if found else code[:3].upper()

    def type_words(self, row: IncidentRow) -> str:
        """The subtype's label, or the type's when there is none."""
        found = self.centre.types.get(row.type)
        if found is None:
            return row.subtype or row.type
        labels = found.subtypes.get(row.subtype) or found.labels
        return (labels.get(self.lang) or labels.get("id") or row.subtype or row.type).lower()

    def worded(self, texts: object) -> str:
        """One of {'id': ..., 'en': ...}: the reader's language, else Indonesian."""
        if isinstance(texts, dict):
            return str(texts.get(self.lang) or texts.get("id") or "")
        return str(texts or "")

    def place(self, place: PlaceRow) -> str:
        """Where it is, the village first; '?' marks what nobody is sure of."""
        if place.outside:
            return self.say("screen.detail.outside", name=place.outside)
        spot = place.spot or place.landmark
        words = " ".join(part for part in (f"Ds {place.desa}" if place.desa else "", spot) if part)
        words = words or place.text or (f"Kec {place.kecamatan}" if place.kecamatan else "?")
        return f"{words}?" if place.ambiguous else words


def mark_of(clock: ClockRow, now: datetime) -> str:
    """'~' from the warning on, '!' from the due time on; counted here so that it never waits for the feed."""
    if clock.state == "paused":
        return PAUSED
    if now >= clock.due_at:
        return LATE
    return WARN if now >= clock.warn_at else " "


def pressing_clock(row: IncidentRow) -> ClockRow | None:
    """The open clock that falls due first; the long 'resolve' clock only when it is the only one."""
    running = [c for c in row.clocks if c.state in CLOCK_OPEN and c.stopped_at is None]
    urgent = [c for c in running if c.phase != "resolve"] or running
    return min(urgent, key=lambda c: (c.due_at, c.phase, c.subject), default=None)
