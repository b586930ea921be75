"""Which units to send: one free unit an agency, nearest by place, with the reason said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dispatch.domain.dedup import distance_m
from dispatch.domain.incident import Incident
from dispatch.domain.place import Place
from dispatch.domain.severity import Severity
from dispatch.storage.statement import Row


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``unit`` None: the agency has no free unit, tell its duty desk. ``why`` is a key of texts [why]."""

    agency: str
    unit: str | None
    why: str
    distance_km: float | None = None

    def as_wire(self) -> dict[str, Any]:
        return {"unit": self.unit, "agency": self.agency, "why": self.why, "distance_km": self.distance_km}


def recommend(incident: Incident, free: Iterable[Row], assigned_agencies: Iterable[str] = ()) -> list[Recommendation]:
    """For each agency of the incident that has nobody on it yet: the nearest free unit, or its desk.

    ``free`` are rows of available units. A critical incident takes two fire engines or ambulances'
    helpers only on request (``B``): the run cards of a later stretch decide more.
    """
    taken = set(assigned_agencies)
    rows = list(free)
    return [_nearest(incident, agency, rows) for agency in incident.agencies if agency not in taken]


def _nearest(incident: Incident, agency: str, rows: list[Row]) -> Recommendation:
    candidates = [row for row in rows if row["agency"] == agency]
    if not candidates:
        return Recommendation(agency, None, "no_free_unit")
    best = min(candidates, key=lambda row: (*_farness(incident, row), row["call_sign"]))
    metres = _distance(incident.place, best)
    why = "same_kecamatan" if best["kecamatan"] == incident.place.kecamatan and best["kecamatan"] else "nearest"
    if metres is None and why == "nearest":
        why = "free"
    return Recommendation(agency, best["call_sign"], why, None if metres is None else round(metres / 1000, 1))


def _distance(place: Place, row: Row) -> float | None:
    return distance_m(place, Place(lat=row["lat"], lon=row["lon"]))


def _farness(incident: Incident, row: Row) -> tuple[int, float]:
    """Same kecamatan first, then metres; a critical incident trusts metres more than the boundary."""
    metres = _distance(incident.place, row)
    other = int(row["kecamatan"] != incident.place.kecamatan)
    if metres is not None and incident.severity is Severity.CRITICAL:
        return 0, metres
    return other, metres if metres is not None else 0.0
