"""Public holidays of a calendar. Owns which days are free; the written dates always win.

Years that the file lists under ``decreed`` never need the ``holidays`` package: importing it and
building one year took 0.58 s, more than a third of the time the server has to start. A year beyond
them is computed the first time a clock reaches into it, and kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@lru_cache(maxsize=64)
def computed_year(country: str, categories: tuple[str, ...], year: int) -> frozenset[date]:
    """The dates the ``holidays`` package gives for a year (Islamic dates there are estimates)."""
    import holidays  # heavy, see the module's docstring

    return frozenset(holidays.country_holidays(country, years=year, categories=categories))


@dataclass(frozen=True, slots=True)
class FreeDays:
    """Days without working time; only ever asked whether it holds a day."""

    decreed_years: frozenset[int] = frozenset()
    listed: frozenset[date] = frozenset()
    removed: frozenset[date] = frozenset()
    country: str = ""
    categories: tuple[str, ...] = ()

    def __contains__(self, day: object) -> bool:
        if not isinstance(day, date) or day in self.removed:
            return False
        if day in self.listed:
            return True
        if not self.country or day.year in self.decreed_years:
            return False
        return day in computed_year(self.country, self.categories, day.year)
