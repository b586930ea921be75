"""A centre's own gazetteer: checked whole, kept in one file, used for points, landmarks and the village of a point.

The small files here are invented; the regency's real ones are tested where they are at hand.
"""

from __future__ import annotations

import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dispatch.domain.place import Place
from dispatch.errors import ConfigurationError
from dispatch.triage.engine import TriageEngine
from dispatch.triage.gazetteer import load_gazetteer
from dispatch.triage.gazetteer_file import Imported, read_gazetteer_file
from dispatch.triage.gazetteer_store import Stored, add_import, read_stored, store
from dispatch.triage.geometry import Boundaries
from dispatch.triage.load import load_engine

SHARED = Path(__file__).parents[4] / "shared/gazetteer"
NAMES = {region.code: region.name for region in load_gazetteer("33.28").regions()}
KALISAPU, PROCOT, SLAWI = "33.28.10.2001", "33.28.10.1008", "33.28.10"


def square(west: float, south: float, size: float = 0.02) -> list[list[list[float]]]:
    east, north = west + size, south + size
    return [[[west, south], [east, south], [east, north], [west, north], [west, south]]]


def feature(code: str, rings: list[list[list[float]]]) -> dict[str, Any]:
    return {"properties": {"code": code}, "geometry": {"type": "Polygon", "coordinates": rings}}


def written(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def read(path: Path) -> Imported:
    return read_gazetteer_file(path, "33.28", NAMES)


@pytest.fixture(scope="module")
def located(tmp_path_factory: pytest.TempPathFactory) -> TriageEngine:
    """Two square villages side by side in Slawi, with points, a building with its point, and a road."""
    folder = tmp_path_factory.mktemp("gazetteer")
    regions = written(folder, "regions.csv",
                      "code,level,name,parent,lat,lon\n33.28.10.2001,desa,Kalisapu,33.28.10,-6.99,109.11\n"
                      "33.28.10.1008,kelurahan,Procot,33.28.10,-6.99,109.13\n")
    places = written(folder, "places.csv",
                     "name,kind,wilayah_code,lat,lon,coord_quality\n"
                     "Klinik Contoh,clinic,33.28.10.2001,-6.985,109.105,point\n"
                     "Gedung Contoh,hall,33.28.10.2001,-6.99,109.11,desa_point\n"
                     "Jalan Raya Contoh,road,33.28.10.1008,,,\n"
                     "Pasar Contoh,market,33.28.12,,,\n")
    areas = written(folder, "areas.geojson", json.dumps({"type": "FeatureCollection", "features": [
        feature(KALISAPU, square(109.10, -7.00)), feature(PROCOT, square(109.12, -7.00)),
        feature(SLAWI, square(109.10, -7.00, 0.04)), feature("33.28", square(109.00, -7.10, 0.3)),
    ]}))
    stored = Stored()
    for path in (regions, places, areas):
        found = read(path)
        assert found.problems == []
        stored = add_import(stored, found, "33.28")
    store(stored, folder / "gazetteer.json")
    return load_engine(gazetteer=folder / "gazetteer.json")


def test_a_point_gets_its_village(located: TriageEngine) -> None:
    place = located.locate("kebakaran -6.985, 109.115")
    assert (place.desa, place.kecamatan, place.code) == ("Kalisapu", "Slawi", KALISAPU)


def test_a_circle_over_two_villages_says_only_their_district(located: TriageEngine) -> None:
    place = located.settle(Place(lat=-6.99, lon=109.1195, radius_m=800.0))
    assert (place.code, place.desa, place.kecamatan) == (SLAWI, "", "Slawi")


def test_a_point_outside_is_handed_over_and_one_near_the_border_is_not(located: TriageEngine) -> None:
    assert located.settle(Place(lat=-6.5, lon=108.0)).outside == "luar Kabupaten Tegal"
    place = located.settle(Place(lat=-7.103, lon=109.1))
    assert (place.outside, place.code) == ("", "")


def test_words_and_point_that_contradict_each_other_are_for_a_person(located: TriageEngine) -> None:
    place = located.locate("kebakaran di desa kalisapu -6.985, 109.135")
    assert place.ambiguous
    assert {candidate.desa for candidate in place.candidates} == {"Kalisapu", "Procot"}
    assert place.lat == -6.985


def test_a_point_tells_twins_apart(located: TriageEngine) -> None:
    twin = located.locate("banjir di kaligayam")
    assert twin.ambiguous
    other = replace(twin, lat=-6.985, lon=109.115)
    assert located.settle(other).ambiguous  # the point lies in neither of them


def test_a_building_brings_its_point_and_an_area_point_does_not(located: TriageEngine) -> None:
    place = located.locate("ada ledakan di klinik contoh")
    assert (place.desa, place.lat, place.lon) == ("Kalisapu", -6.985, 109.105)
    hall = located.locate("ribut di depan gedung contoh")
    assert (hall.desa, hall.lat) == ("Kalisapu", None)


def test_a_landmark_singles_out_one_of_two_twins(located: TriageEngine) -> None:
    place = located.locate("kebakaran di kaligayam depan pasar contoh")
    assert (place.desa, place.kecamatan, place.ambiguous) == ("Kaligayam", "Talang", False)


def test_a_short_plus_code_is_completed_near_the_place(located: TriageEngine) -> None:
    place = located.locate("longsor 2447+QX Kalisapu")
    assert place.lat == pytest.approx(-6.9930625, abs=0.001)
    assert place.desa == "Kalisapu" or place.ambiguous


def test_a_shared_location_is_settled_in_triage(located: TriageEngine) -> None:
    from tests.unit.triage.conftest import AT

    hint = Place(lat=-6.985, lon=109.115, landmark="Rumah")
    place = located.classify("tolong kebakaran", at=AT, place_hint=hint).place
    assert (place.desa, place.lat, place.landmark) == ("Kalisapu", -6.985, "Rumah")


FAULTY = [
    ("a.csv", "code,level,name,lat,lon\n33.28.10.2001,desa,X,95,109\n", "not in Indonesia"),
    ("a.csv", "code,level,name,lat,lon\n33.28.10.2001,desa,X,abc,109\n", "no point"),
    ("a.csv", "code,level,name,lat,lon\n33.28.10.2001,desa,X,nan,109\n", "not in Indonesia"),
    ("a.csv", "code,level,name,lat,lon\n33.28.10,kecamatan,,-6,109\n", "name is empty"),
    ("a.csv", "code,level,name,lat,lon\n33.28.99.2001,desa,X,-6,109\n", "no district or village"),
    ("a.csv", "code,level,name,lat,lon\nxx,desa,X,-6,109\n", "no Kemendagri code"),
    ("a.csv", "code,level,name,lat,lon\n33.28.10.2001,desa,X,-6,109\n33.28.10.2001,desa,X,-6,109\n", "twice"),
    ("a.csv", "nama,lat\nX,1\n", "needs the columns"),
    ("a.csv", "code,level,name,lat,lon\n33.29.10.2001,desa,X,-6,109\n", "nothing of this regency"),
    ("a.geojson", "{", "no JSON"),
    ("a.geojson", '{"type":"Feature"}', "no GeoJSON FeatureCollection"),
    ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [1]}), "needs properties"),
    ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [feature(SLAWI, [[[109, -7], [109, -6]]])]}),
     "no sound polygon"),
    ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [feature(SLAWI, [square(109, -7)[0][:-1]])]}),
     "no sound polygon"),
    ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [feature(SLAWI, square(-7, 109))]}),
     "no sound polygon"),
    ("a.geojson", json.dumps({"type": "FeatureCollection", "features": [feature("33.28.99", square(109, -7))]}),
     "no district or village"),
]


@pytest.mark.parametrize(("name", "content", "fault"), FAULTY)
def test_every_fault_of_a_file_is_said(tmp_path: Path, name: str, content: str, fault: str) -> None:
    problems = read(written(tmp_path, name, content)).problems
    assert any(fault in str(problem) for problem in problems), problems


def test_a_second_import_replaces_its_own_and_keeps_the_rest(tmp_path: Path) -> None:
    head = "name,kind,wilayah_code,lat,lon\n"
    stored = add_import(Stored(), read(written(tmp_path, "one.csv", head + "A,x,33.28.10,,\n")), "33.28")
    stored = add_import(stored, read(written(tmp_path, "two.csv", head + "B,x,33.28.10,,\n")), "33.28")
    stored = add_import(stored, read(written(tmp_path, "one.csv", head + "C,x,33.28.10,,\n")), "33.28")
    assert [place.name for place in stored.places] == ["B", "C"]
    path = tmp_path / "data" / "gazetteer.json"
    store(stored, path)
    assert read_stored(path) == stored


def test_a_stored_gazetteer_of_another_centre_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "gazetteer.json"
    store(Stored(centre="32.01"), path)
    with pytest.raises(ConfigurationError):
        load_engine(gazetteer=path)
    path.write_text('{"format":1,"centre":', encoding="utf-8")
    with pytest.raises(ConfigurationError):
        load_engine(gazetteer=path)


def test_a_hole_is_outside() -> None:
    outer, hole = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)], [(1, 1), (3, 1), (3, 3), (1, 3), (1, 1)]
    bounds = Boundaries({"33.28": [[outer, hole]]})
    assert bounds.codes(0.5, 0.5, 2) == ["33.28"]
    assert bounds.codes(2.0, 2.0, 2) == []


@pytest.mark.skipif(not SHARED.is_dir(), reason="the regency's own gazetteer files are not on this machine")
def test_the_regencys_own_files(tmp_path: Path) -> None:
    stored = Stored()
    for name in ("tegal_wilayah.csv", "tegal_places.csv", "tegal_boundaries.geojson"):
        found = read(SHARED / name)
        assert found.problems == []
        stored = add_import(stored, found, "33.28")
    path = tmp_path / "gazetteer.json"
    store(stored, path)
    times = []
    for _ in range(3):
        start = time.process_time()
        gazetteer = load_gazetteer("33.28", path)
        times.append(time.process_time() - start)
    assert min(times) < 0.15  # 23 ms where it was measured
    points = [(v.code, v.lat, v.lon) for v in gazetteer.villages if v.lat and v.lon]
    held = [code for code, lat, lon in points if gazetteer.boundaries.codes(lat, lon, 4) == [code]]
    assert len(held) == len(gazetteer.villages) == 287
    engine = load_engine(gazetteer=path)
    place = engine.locate("kebakaran dekat puskesmas balapulang")
    assert (place.kecamatan, place.lat) == ("Balapulang", -7.05676)
    assert engine.settle(Place(lat=-6.8694, lon=109.1402)).outside == "luar Kabupaten Tegal"  # Kota Tegal


def test_the_middle_of_a_village_is_for_distances_only(located: TriageEngine) -> None:
    place = located.locate("kebakaran di kalisapu")
    assert place.lat is None
    assert located.approximate(place).lat == -6.99
    exact = Place(code=KALISAPU, lat=-6.985, lon=109.115)
    assert located.approximate(exact) == exact
