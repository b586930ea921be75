"""The centre's own gazetteer: what was imported, kept as one file in its data folder and read at every start.

Imports add up: a region, a boundary or a source that comes again replaces what it was. Written whole, then renamed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import msgspec

from dispatch.errors import ConfigurationError, Problem
from dispatch.triage.gazetteer_file import Imported, PlaceRow, RegionRow, read_gazetteer_file
from dispatch.triage.geometry import Shape

FORMAT = 1


class Source(msgspec.Struct, frozen=True):
    """One imported file: its name, SHA-256, and what of it is kept."""

    name: str
    digest: str
    regions: int = 0
    places: int = 0
    boundaries: int = 0


class Stored(msgspec.Struct, frozen=True):
    """``boundaries`` maps a code to polygons of rings of (lon, lat)."""

    format: int = FORMAT
    centre: str = ""
    sources: list[Source] = []
    regions: list[RegionRow] = []
    places: list[PlaceRow] = []
    boundaries: dict[str, Shape] = {}


_decoder = msgspec.json.Decoder(Stored)


def read_stored(path: Path) -> Stored:
    """Raises ConfigurationError when the file is not one that ``store`` wrote."""
    try:
        stored = _decoder.decode(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigurationError([Problem(f"cannot read the gazetteer: {error}", file=str(path))]) from error
    if stored.format != FORMAT:
        raise ConfigurationError([Problem(f"gazetteer format {stored.format} is not {FORMAT}", file=str(path))])
    return stored


def add_import(before: Stored, new: Imported, centre: str) -> Stored:
    """What is kept after one more file. Raises ConfigurationError when the kept one belongs to another centre."""
    if before.centre not in ("", centre):
        raise ConfigurationError([Problem(f"the stored gazetteer belongs to {before.centre}, not to {centre}")])
    source = Source(new.name, new.digest, len(new.regions), len(new.places), len(new.boundaries))
    regions = {row.code: row for row in (*before.regions, *new.regions)}
    places = [row for row in before.places if row.source != new.name]
    return Stored(
        centre=centre, sources=[*(s for s in before.sources if s.name != new.name), source],
        regions=[regions[code] for code in sorted(regions)], places=[*places, *new.places],
        boundaries={**before.boundaries, **new.boundaries},
    )


def store(stored: Stored, path: Path) -> None:
    """Replace the file in one step: a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    with beside.open("wb") as stream:
        stream.write(msgspec.json.encode(stored))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, path)


def open_gazetteer(path: Path, centre: str, names: Mapping[str, str]) -> Stored:
    """A stored gazetteer, or one CSV or GeoJSON file taken as it is. Raises ConfigurationError with all faults."""
    if path.suffix == ".json" and _is_stored(path):
        stored = read_stored(path)
        if stored.centre != centre:
            problem = Problem(f"this gazetteer belongs to {stored.centre}, the rules to {centre}", file=str(path))
            raise ConfigurationError([problem])
        return stored
    imported = read_gazetteer_file(path, centre, names)
    if imported.problems:
        raise ConfigurationError(list(imported.problems))
    return add_import(Stored(), imported, centre)


def _is_stored(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(12).startswith(b'{"format":')
    except OSError as error:
        raise ConfigurationError([Problem(f"cannot read the gazetteer: {error.strerror}", file=str(path))]) from error
