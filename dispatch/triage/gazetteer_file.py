"""Reads one gazetteer file from outside: CSV of regions, CSV of places, GeoJSON boundaries. Validates all of it.

Every fault is reported with its line or feature; a file with a fault is not taken at all. Rows of another regency
are left out and counted, because national files are cut by nobody.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from dispatch.errors import ConfigurationError, Problem
from dispatch.triage.geometry import INDONESIA, Shape, in_indonesia

MAX_BYTES = 64 * 1024 * 1024
MAX_PROBLEMS = 50
MAX_NAME = 120
MAX_CORNERS = 20_000
_CODE = re.compile(r"\d\d\.\d\d(\.\d\d(\.\d{4})?)?")
_OF_AREA = frozenset({"desa_point", "kecamatan_point", "kabupaten_point"})
"""Values of ``coord_quality`` for a point that is not the building's own."""


class RegionRow(msgspec.Struct, frozen=True):
    code: str
    name: str
    lat: float | None = None
    lon: float | None = None


class PlaceRow(msgspec.Struct, frozen=True):
    """A landmark. ``lat``/``lon`` only when the file says that the point is the building's own."""

    name: str
    code: str
    source: str
    kind: str = ""
    lat: float | None = None
    lon: float | None = None


@dataclass(slots=True)
class Imported:
    """What one file holds for a regency. ``left_out`` counts rows of other regencies."""

    name: str
    digest: str
    regions: list[RegionRow] = field(default_factory=list)
    places: list[PlaceRow] = field(default_factory=list)
    boundaries: dict[str, Shape] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    left_out: int = 0


def read_gazetteer_file(path: Path, centre: str, names: Mapping[str, str]) -> Imported:
    """``names``: code -> name of the districts and villages that are known. Raises ConfigurationError: unreadable."""
    content = _content(path)
    found = Imported(path.name, hashlib.sha256(content).hexdigest())
    reader = _Reader(found, str(path), centre, names)
    if content.lstrip()[:1] == b"{":
        reader.geojson(content)
    else:
        reader.table(content)
    if not found.problems and not (found.regions or found.places or found.boundaries):
        reader.fault("holds nothing of this regency")
    return found


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigurationError([Problem(f"is larger than {MAX_BYTES >> 20} MB", file=str(path))])
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError([Problem(f"cannot read the gazetteer: {error.strerror}", file=str(path))]) from error


class _Reader:
    def __init__(self, found: Imported, file: str, centre: str, names: Mapping[str, str]) -> None:
        self._found, self._file, self._centre, self._names = found, file, centre, names
        self._seen: set[str] = set()

    def fault(self, message: str, line: int = 0, key: str = "") -> None:
        if len(self._found.problems) < MAX_PROBLEMS:
            self._found.problems.append(Problem(message, file=self._file, line=line, key=key))

    def table(self, content: bytes) -> None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.fault("is not UTF-8 text")
            return
        rows = csv.DictReader(io.StringIO(text, newline=""))
        columns = {(name or "").strip() for name in rows.fieldnames or ()}
        if not {"name", "lat", "lon"} <= columns or not columns & {"code", "wilayah_code"}:
            self.fault("a CSV needs the columns name, lat, lon, and code (regions) or wilayah_code (places)", 1)
            return
        try:
            for row in rows:
                self._row({(k or "").strip(): (v or "").strip() for k, v in row.items() if isinstance(v, str)},
                          rows.line_num, is_region="level" in columns)
        except csv.Error as error:
            self.fault(f"is no CSV: {error}", rows.line_num)

    def _row(self, row: dict[str, str], line: int, *, is_region: bool) -> None:
        code = row.get("code") or row.get("wilayah_code") or ""
        if not self._is_ours(code, line) or code == self._centre:
            return
        name, faults = row.get("name", ""), len(self._found.problems)
        if not name or len(name) > MAX_NAME or not name.isprintable():
            self.fault("name is empty, too long or not plain text", line, "name")
        lat, lon = self._point(row.get("lat", ""), row.get("lon", ""), line)
        self._known(code, line, may_be_new=is_region)
        if len(self._found.problems) > faults:
            return
        if is_region:
            if code in self._seen:
                self.fault(f"code {code} stands twice", line, "code")
            self._seen.add(code)
            self._found.regions.append(RegionRow(code, name, lat, lon))
            return
        if row.get("coord_quality", "") in _OF_AREA:
            lat = lon = None
        self._found.places.append(PlaceRow(name, code, self._found.name, row.get("kind", ""), lat, lon))

    def _is_ours(self, code: str, line: int) -> bool:
        if not _CODE.fullmatch(code):
            self.fault(f"'{code}' is no Kemendagri code such as 33.28.10.2001", line, "code")
            return False
        if code != self._centre and not code.startswith(self._centre + "."):
            self._found.left_out += 1
            return False
        return True

    def _known(self, code: str, line: int, *, may_be_new: bool) -> None:
        """A village may be newer than the package's list; its district may not."""
        if code in self._names or (may_be_new and code.count(".") == 3 and code[:8] in self._names):
            return
        self.fault(f"no district or village has the code {code}", line, "code")

    def _point(self, lat_text: str, lon_text: str, line: int) -> tuple[float | None, float | None]:
        if not lat_text and not lon_text:
            return None, None
        try:
            lat, lon = float(lat_text), float(lon_text)
        except ValueError:
            self.fault(f"'{lat_text}', '{lon_text}' is no point in degrees", line, "lat")
            return None, None
        if not (math.isfinite(lat) and math.isfinite(lon) and in_indonesia(lat, lon)):
            self.fault(f"{lat_text}, {lon_text} is not in Indonesia {INDONESIA}", line, "lat")
            return None, None
        return lat, lon

    def geojson(self, content: bytes) -> None:
        try:
            data = msgspec.json.decode(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.fault(f"is no JSON: {error}")
            return
        features = data.get("features") if isinstance(data, dict) else None
        if not isinstance(features, list) or data.get("type") != "FeatureCollection":
            self.fault("is no GeoJSON FeatureCollection")
            return
        for number, feature in enumerate(features, 1):
            self._feature(feature, f"features[{number - 1}]")

    def _feature(self, feature: Any, key: str) -> None:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(properties, dict) or not isinstance(geometry, dict):
            self.fault("a feature needs properties with a code, and a geometry", key=key)
            return
        code = str(properties.get("code", ""))
        if not self._is_ours(code, 0):
            return
        if code != self._centre:
            self._known(code, 0, may_be_new=False)
        shape = _shape(geometry)
        if shape is None:
            self.fault(f"{code} has no sound polygon of (lon, lat) corners in Indonesia", key=key)
        elif code in self._found.boundaries:
            self.fault(f"code {code} stands twice", key=key)
        else:
            self._found.boundaries[code] = shape


def _shape(geometry: dict[str, Any]) -> Shape | None:
    """Polygons of closed rings with at least three corners; None for anything else."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    polygons = [coordinates] if kind == "Polygon" else coordinates if kind == "MultiPolygon" else None
    if not isinstance(polygons, list) or not polygons:
        return None
    shape: Shape = []
    for polygon in polygons:
        rings = [_ring(ring) for ring in polygon] if isinstance(polygon, list) else []
        if not rings or any(ring is None for ring in rings):
            return None
        shape.append([ring for ring in rings if ring is not None])
    return shape


def _ring(ring: Any) -> list[tuple[float, float]] | None:
    if not isinstance(ring, list) or not 4 <= len(ring) <= MAX_CORNERS or ring[0] != ring[-1]:
        return None
    corners = []
    for corner in ring:
        if not (isinstance(corner, list) and len(corner) >= 2 and all(type(n) in (int, float) for n in corner[:2])):
            return None
        if not in_indonesia(corner[1], corner[0]):
            return None
        corners.append((float(corner[0]), float(corner[1])))
    return corners
