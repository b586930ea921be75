"""Which units to send: one free unit an agency, nearest by place, with the reason said and who else could go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dispatch.domain.dedup import distance_m
from dispatch.domain.incident import Incident
from dispatch.domain.place import Place
from dispatch.domain.severity import Severity
from dispatch.services.knowledge import Knowledge
from dispatch.storage.statement import Row

SOMEWHERE_M = 5_000.0
"""A unit whose position nobody knows counts as about so far: half of a kecamatan's width."""
OTHERS = 2
"""So many further units are named: enough to choose from, and they fit on one line."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """``unit`` None: the agency has no free unit, tell its duty desk. ``why`` is a key of texts [why].

    Distances are straight lines. ``others`` are the next nearest of the agency: call sign and km (None = not known).
    """

    agency: str
    unit: str | None
    why: str
    distance_km: float | None = None
    others: tuple[tuple[str, float | None], ...] = ()

    def as_wire(self) -> dict[str, Any]:
        return {
            "unit": self.unit, "agency": self.agency, "why": self.why, "distance_km": self.distance_km,
            "others": [{"unit": sign, "distance_km": km} for sign, km in self.others],
        }  # fmt: skip


def recommend(
    incident: Incident, free: Iterable[Row], knowledge: Knowledge, assigned_agencies: Iterable[str] = ()
) -> list[Recommendation]:
    """For each agency of the incident that has nobody on it yet: the nearest free unit, or its desk.

    ``free`` are rows of available units. More than one unit of an agency goes only when asked for (``B``).
    """
    taken, rows = set(assigned_agencies), list(free)
    place = knowledge.triage.approximate(incident.place)
    return [_nearest(incident, agency, rows, place) for agency in incident.agencies if agency not in taken]


def nearest_first(incident: Incident, free: Iterable[Row], knowledge: Knowledge) -> list[Row]:
    """Same kecamatan first, then metres; a critical incident trusts metres more than the boundary.

    Where only the village is known, its middle tells which unit is nearest.
    """
    return _sorted(incident, free, knowledge.triage.approximate(incident.place))


def _nearest(incident: Incident, agency: str, rows: list[Row], place: Place) -> Recommendation:
    candidates = _sorted(incident, (row for row in rows if row["agency"] == agency), place)
    if not candidates:
        return Recommendation(agency, None, "no_free_unit")
    best, *further = candidates
    kilometres = _kilometres(place, best)
    why = "same_kecamatan" if best["kecamatan"] == place.kecamatan and best["kecamatan"] else "nearest"
    if kilometres is None and why == "nearest":
        why = "free"
    others = tuple((row["call_sign"], _kilometres(place, row)) for row in further[:OTHERS])
    return Recommendation(agency, best["call_sign"], why, kilometres, others)


def _sorted(incident: Incident, rows: Iterable[Row], place: Place) -> list[Row]:
    def farness(row: Row) -> tuple[int, float, str]:
        metres = _distance(place, row)
        other = int(row["kecamatan"] != place.kecamatan)
        if metres is not None and incident.severity is Severity.CRITICAL:
            return 0, metres, row["call_sign"]
        return other, metres if metres is not None else SOMEWHERE_M, row["call_sign"]

    return sorted(rows, key=farness)


def _distance(place: Place, row: Row) -> float | None:
    return distance_m(place, Place(lat=row["lat"], lon=row["lon"]))


def _kilometres(place: Place, row: Row) -> float | None:
    metres = _distance(place, row)
    return None if metres is None else round(metres / 1000, 1)
