"""Where the middle of each kecamatan lies: by its boundary, else its own point, else the mean of its villages.

For drawing a map and for rough distances; never for deciding where something is.
"""

from __future__ import annotations

from dispatch.triage.gazetteer import Gazetteer, Region
from dispatch.triage.geometry import Shape

Point = tuple[float, float]
"""Latitude, longitude; four decimals are eleven metres."""


def district_points(gazetteer: Gazetteer) -> dict[str, Point]:
    """Name of a kecamatan -> its middle; those of which nothing was imported are absent."""
    found: dict[str, Point] = {}
    for district in gazetteer.districts:
        shape = gazetteer.boundaries.shape_of(district.code)
        point = centroid(shape) if shape else _own(district) or _mean(gazetteer, district)
        if point is not None:
            found[district.name] = round(point[0], 4), round(point[1], 4)
    return found


def centroid(shape: Shape) -> Point | None:
    """Weighted by area, holes taken out; None for a shape without area."""
    area = at_x = at_y = 0.0
    for polygon in shape:
        for index, ring in enumerate(polygon):
            sign = 1.0 if index == 0 else -1.0
            ring_area, ring_x, ring_y = _moments([(x - polygon[0][0][0], y - polygon[0][0][1]) for x, y in ring])
            turn = sign if ring_area > 0 else -sign
            area += turn * ring_area
            at_x += turn * (ring_x + ring_area * polygon[0][0][0])
            at_y += turn * (ring_y + ring_area * polygon[0][0][1])
    return (at_y / area, at_x / area) if area > 0 else None


def _moments(ring: list[Point]) -> tuple[float, float, float]:
    """Signed area and first moments; counted from a corner nearby, since degrees are large and areas small."""
    area = at_x = at_y = 0.0
    last_x, last_y = ring[-1]
    for x, y in ring:
        cross = last_x * y - x * last_y
        area += cross / 2
        at_x += (last_x + x) * cross / 6
        at_y += (last_y + y) * cross / 6
        last_x, last_y = x, y
    return area, at_x, at_y


def _own(region: Region) -> Point | None:
    return (region.lat, region.lon) if region.lat is not None and region.lon is not None else None


def _mean(gazetteer: Gazetteer, district: Region) -> Point | None:
    villages = (region for region in gazetteer.villages if region.code.startswith(f"{district.code}."))
    points = [point for region in villages if (point := _own(region)) is not None]
    if not points:
        return None
    return sum(lat for lat, _ in points) / len(points), sum(lon for _, lon in points) / len(points)
