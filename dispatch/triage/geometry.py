"""Points and polygons on the ground: which village a point lies in.

Ray casting over rings of (lon, lat); a village is small enough to be flat. Knows nothing of files or text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

Ring = list[tuple[float, float]]
"""(lon, lat) of each corner, as GeoJSON has them; closed or not."""
Shape = list[list[Ring]]
"""Polygons, each its outer ring and then its holes."""

METRES_A_DEGREE = 111_320.0
INDONESIA = (-11.5, 6.5, 94.5, 141.5)
"""South, north, west, east."""


def in_indonesia(lat: float, lon: float) -> bool:
    south, north, west, east = INDONESIA
    return south <= lat <= north and west <= lon <= east


class _Area(NamedTuple):
    code: str
    west: float
    south: float
    east: float
    north: float
    shape: Shape

    def holds(self, lat: float, lon: float) -> bool:
        if not (self.south <= lat <= self.north and self.west <= lon <= self.east):
            return False
        return any(_inside(polygon, lat, lon) for polygon in self.shape)


def _inside(polygon: list[Ring], lat: float, lon: float) -> bool:
    """Even-odd over outer ring and holes together."""
    crossings = 0
    for ring in polygon:
        last_x, last_y = ring[-1]
        for x, y in ring:
            if (y > lat) != (last_y > lat) and lon < (last_x - x) * (lat - y) / (last_y - y) + x:
                crossings += 1
            last_x, last_y = x, y
    return crossings % 2 == 1


class Boundaries:
    """Areas by code; which of them hold a point, or are touched by a circle around it."""

    def __init__(self, shapes: Mapping[str, Shape]) -> None:
        self._areas = [_area(code, shape) for code, shape in sorted(shapes.items())]

    def __bool__(self) -> bool:
        return bool(self._areas)

    def codes(self, lat: float, lon: float, level: int) -> list[str]:
        """Codes of this level (2 regency, 3 district, 4 village) whose area holds the point."""
        return [a.code for a in self._areas if a.code.count(".") == level - 1 and a.holds(lat, lon)]

    def touched(self, lat: float, lon: float, radius_m: float, level: int) -> list[str]:
        """Those that hold the point or one of eight points on the circle around it; the point's own first."""
        found = dict.fromkeys(self.codes(lat, lon, level))
        for eighth in range(8):
            angle = eighth * math.pi / 4
            dy = radius_m * math.sin(angle) / METRES_A_DEGREE
            dx = radius_m * math.cos(angle) / (METRES_A_DEGREE * math.cos(math.radians(lat)))
            found |= dict.fromkeys(self.codes(lat + dy, lon + dx, level))
        return list(found)

    def shape_of(self, code: str) -> Shape | None:
        """The polygons of a code, None where no boundary was imported."""
        return next((area.shape for area in self._areas if area.code == code), None)

    def has_level(self, level: int) -> bool:
        return any(area.code.count(".") == level - 1 for area in self._areas)


def _area(code: str, shape: Shape) -> _Area:
    xs = [x for polygon in shape for x, _ in polygon[0]]
    ys = [y for polygon in shape for _, y in polygon[0]]
    return _Area(code, min(xs), min(ys), max(xs), max(ys), shape)
