"""Where something happens. Free text is always kept; structure is added beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of an ambiguous place word."""

    code: str
    desa: str
    kecamatan: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Place:
    """A scene. ``code`` is the Kemendagri code of the finest certain level (33.28.xx or 33.28.xx.yyyy).

    ``text`` is what the person wrote, verbatim. ``ambiguous`` means: more than one village fits, do
    not guess, ask; ``candidates`` then lists them. ``outside`` names another regency when the words
    place the scene outside this centre. ``verified`` is set only by a person. ``radius_m`` is how exact
    the point is and ``located_at`` when it was taken, where a phone said so.
    """

    text: str = ""
    code: str = ""
    desa: str = ""
    kecamatan: str = ""
    landmark: str = ""
    lat: float | None = None
    lon: float | None = None
    ambiguous: bool = False
    candidates: tuple[Candidate, ...] = ()
    outside: str = ""
    verified: bool = False
    radius_m: float | None = None
    located_at: datetime | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.code) or self.lat is not None


NOWHERE = Place()
