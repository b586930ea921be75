"""A point on the ground and the words of a report, brought together: village of a point, point against named village.

Never guesses: a circle that touches several villages gives their district; words and point that contradict each
other give both as candidates. Without imported boundaries a point stays a point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from dispatch.domain.place import Candidate, Place
from dispatch.triage.gazetteer import Gazetteer, Region

DEFAULT_RADIUS_M = 30.0
"""How exact a point without a radius is taken to be: a phone's own, a map link."""
SURE_RADIUS_M = 150.0
"""Up to here the village that holds the middle is the village: crews drive to the point itself."""
BORDER_M = 500.0
"""Imported boundaries are simplified: so far outside all of them a point may still be inside."""


class Spot(NamedTuple):
    """What a point says: a village, or a district, or that it lies outside; all empty when nothing is known."""

    region: Region | None = None
    outside: str = ""


class Ground:
    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def spot(self, lat: float, lon: float, radius_m: float | None = None) -> Spot:
        """Village, district or 'outside' of a point that is exact to ``radius_m``."""
        bounds, known = self._gazetteer.boundaries, self._gazetteer.by_code
        radius = DEFAULT_RADIUS_M if radius_m is None else radius_m
        held = bounds.codes(lat, lon, 4)
        villages = held if len(held) == 1 and radius <= SURE_RADIUS_M else bounds.touched(lat, lon, radius, 4)
        if len(villages) == 1 and villages[0] in known:
            return Spot(known[villages[0]])
        districts = {code[:8] for code in villages} or set(bounds.codes(lat, lon, 3))
        if len(districts) == 1:
            return Spot(known.get(districts.pop()))
        return Spot(outside="" if districts else self._beyond(lat, lon, radius))

    def _beyond(self, lat: float, lon: float, radius: float) -> str:
        """'luar Kabupaten X' for a point clearly outside every boundary."""
        bounds = self._gazetteer.boundaries
        if not (bounds.has_level(2) or bounds.has_level(3)):
            return ""
        reach = max(radius, BORDER_M)
        touches = any(bounds.touched(lat, lon, reach, level) for level in (2, 3, 4))
        return "" if touches else f"luar {self._gazetteer.centre_name}"

    def settle(self, place: Place) -> Place:
        """Adds to a place with a point what the point says; one without a point is returned as it is."""
        if place.lat is None or place.lon is None or place.verified or place.outside:
            return place
        spot = self.spot(place.lat, place.lon, place.radius_m)
        if spot.outside:
            return _contradicted(place, []) if place.code else replace(place, outside=spot.outside, ambiguous=False)
        if spot.region is None:
            return place
        return _joined(place, spot.region)

    def approximate(self, place: Place) -> Place:
        """With the middle of the named village or district when it has no point; for distances, never to be stored."""
        region = self._gazetteer.by_code.get(place.code)
        if place.lat is not None or region is None or region.lat is None:
            return place
        return replace(place, lat=region.lat, lon=region.lon)


def _joined(place: Place, region: Region) -> Place:
    """The finer of words and point where they agree."""
    if place.ambiguous:
        fitting = [c for c in place.candidates if region.code.startswith(c.code) or c.code.startswith(region.code)]
        return _of(place, region) if fitting or not place.candidates else _contradicted(place, [region])
    if not place.code or region.code.startswith(place.code):
        return _of(place, region)
    return place if place.code.startswith(region.code) else _contradicted(place, [region])


def _of(place: Place, region: Region) -> Place:
    desa = region.name if region.level == 4 else ""
    return replace(place, code=region.code, desa=desa, kecamatan=region.kecamatan, ambiguous=False, candidates=())


def _contradicted(place: Place, regions: Sequence[Region]) -> Place:
    """The words name one village and the point lies in another: a person must choose."""
    said = place.candidates or ((Candidate(place.code, place.desa, place.kecamatan, 0.5),) if place.code else ())
    further = tuple(Candidate(r.code, r.name if r.level == 4 else "", r.kecamatan, 0.5) for r in regions)
    return replace(place, code="", desa="", kecamatan="", ambiguous=True, candidates=(*said, *further))
