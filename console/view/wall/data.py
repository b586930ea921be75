"""What the wall draws from: live rows of the store, and the figures the server counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from console.store import Store
from console.view.head import Link
from console.view.look import Look
from console.view.wall.narrow import Narrow
from dispatch.wire import Figure, Load, Stats

FEW = 20
"""Cases below which a percentile or a share is grey, in brackets, and never marked."""
HOUR, TODAY = "hour", "today"
"""The last sixty minutes; the period that was chosen."""


@dataclass(frozen=True)
class WallData:
    """The figures are None until the server has answered; ``failed`` says that it was asked in vain since."""

    store: Store
    today: Stats | None = None
    hour: Stats | None = None
    load: Load | None = None
    link: Link = field(default_factory=Link)
    read_at: datetime | None = None
    frozen_at: datetime | None = None
    narrow: Narrow = field(default_factory=Narrow)
    failed: bool = False

    def stats(self, span: str) -> Stats | None:
        return self.hour if span == HOUR else self.today

    def figure(self, key: str, span: str = TODAY) -> Figure | None:
        """None when the server has not said anything of it."""
        stats = self.stats(span)
        return next((figure for figure in stats.figures if figure.key == key), None) if stats else None

    def period(self, look: Look) -> str:
        """'HARI INI', '7 HARI'; with what it is narrowed to."""
        words = self.narrow.words(look)
        return look.say(f"wall.period.{self.narrow.period}") + (f" [{words}]" if words else "")
