"""The scene: villages, twins, directions, destinations, roads, landmarks, other regencies, coordinates."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.domain.place import Place
from dispatch.errors import ConfigurationError
from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine
from tests.unit.triage.conftest import AT

VILLAGES = [
    ("kebakaran di ds kalisapu", "33.28.10.2001"),
    ("banjir Kalisapu rt 02 rw 03", "33.28.10.2001"),
    ("desa dukuh tengah kec margasari longsor", "33.28.01.2003"),
    ("laka dpn psr trayeman", "33.28.10.2005"),
    ("ds klspu kobong", "33.28.10.2001"),
    ("desa kalisapuu banjir", "33.28.10.2001"),
    ("kel. Dampyak kec. Kramat banjir rob", "33.28.15.1019"),
    ("kebakaran kaligayam margasari", "33.28.01.2002"),
    ("kebakaran kaligayam kec talang", "33.28.12.2012"),
    ("desa bojong kec bojong longsor", "33.28.03.2007"),
]


@pytest.mark.parametrize(("text", "code"), VILLAGES)
def test_a_village_is_found(engine: TriageEngine, text: str, code: str) -> None:
    place = engine.locate(text)
    assert place.code == code, place
    assert not place.ambiguous


@pytest.mark.parametrize(
    "name",
    ["Kaligayam", "Karangmulya", "Sidamulya", "Karanganyar", "Kertaharja", "Pesarean", "Kajen", "Jatimulya"],
)
def test_a_twin_name_is_never_guessed(engine: TriageEngine, name: str) -> None:
    place = engine.locate(f"tolong kebakaran di desa {name}")
    assert place.ambiguous
    assert place.code == ""
    assert {candidate.desa for candidate in place.candidates} == {name}
    assert len({candidate.kecamatan for candidate in place.candidates}) >= 2


def test_a_bare_district_name_is_only_the_district(engine: TriageEngine) -> None:
    place = engine.locate("banjir di adiwerna")
    assert (place.code, place.desa, place.kecamatan) == ("33.28.11", "", "Adiwerna")


def test_a_partial_name_gives_candidates(engine: TriageEngine) -> None:
    place = engine.locate("maling di mejasem")
    assert place.ambiguous
    assert {candidate.desa for candidate in place.candidates} == {"Mejasem Barat", "Mejasem Timur"}


@pytest.mark.parametrize(
    "text",
    [
        "talang air bocor",
        "pasangan mesum di hotel",
        "kupu kupu banyak",
        "tembok roboh",
        "makam kramat dirusak",
    ],
)
def test_ordinary_words_are_no_villages(engine: TriageEngine, text: str) -> None:
    assert engine.locate(text).code == ""


def test_a_direction_is_not_the_scene(engine: TriageEngine) -> None:
    assert engine.locate("tabrakan di trayeman arah Slawi").desa == "Trayeman"
    assert engine.locate("truk jurusan Slawi mogok").code == ""


def test_a_hospital_destination_is_not_the_scene(engine: TriageEngine) -> None:
    place = engine.locate("korban dibawa ke RS Soeselo Slawi, kejadian di desa Pangkah")
    assert place.desa == "Pangkah"


def test_a_road_between_two_places_is_no_village(engine: TriageEngine) -> None:
    place = engine.locate("jalan Banjaran-Balamoa berlubang")
    assert place.desa == ""
    assert place.landmark == "jalan Banjaran-Balamoa"


@pytest.mark.parametrize(
    ("text", "outside"),
    [
        ("kebakaran di Brebes", "Kabupaten Brebes"),
        ("banjir di kota tegal", "Kota Tegal"),
        ("desa Bojong Purbalingga longsor", "Kabupaten Purbalingga"),
        ("gempa di Surabaya", "Kota Surabaya"),
    ],
)
def test_another_regency_is_named_and_no_village_inside(engine: TriageEngine, text: str, outside: str) -> None:
    place = engine.locate(text)
    assert place.outside == outside
    assert place.code == ""


def test_the_own_regency_and_origins_are_not_outside(engine: TriageEngine) -> None:
    assert engine.locate("desa kalisapu kabupaten tegal").desa == "Kalisapu"
    assert engine.locate("bus dari Jakarta terguling di kalisapu").outside == ""


def test_a_village_in_another_district_than_named_is_not_taken(engine: TriageEngine) -> None:
    place = engine.locate("kebakaran di kalisapu kec adiwerna")
    assert place.ambiguous


def test_landmark_and_words_are_kept_verbatim(engine: TriageEngine) -> None:
    place = engine.locate("ada kebakaran di Ds. Kalisapu, blkg masjid Al Huda RT 02/RW 03")
    assert place.landmark == "blkg masjid Al Huda RT 02/RW"[: len(place.landmark)]
    assert "Kalisapu" in place.text
    assert "RT 02/RW 03" in place.text


def test_coordinates_in_text(engine: TriageEngine) -> None:
    place = engine.locate("lokasi -6.98123, 109.13999")
    assert (place.lat, place.lon) == (-6.98123, 109.13999)
    assert engine.locate("https://maps.google.com/?q=-6.98123,109.13999").lat == -6.98123
    assert engine.locate('A"ML=1;lt=-6.981230;lg=+109.139990;rd=20;top=20260112030000').lon == 109.13999


def test_coordinates_elsewhere_are_ignored(engine: TriageEngine) -> None:
    assert engine.locate("48.85661, 2.35222").lat is None


def test_a_verified_hint_wins(engine: TriageEngine) -> None:
    hint = Place(code="33.28.09", kecamatan="Pangkah", verified=True)
    assert engine.classify("kebakaran di kalisapu", at=AT, place_hint=hint).place == hint


def test_candidates_complete_a_name(engine: TriageEngine) -> None:
    found = engine.candidates("kali", 5)
    assert len(found) == 5
    assert all(candidate.desa.lower().startswith("kali") for candidate in found)
    assert engine.candidates("", 5) == []


def test_gazetteer_import_adds_points_and_refuses_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(
        "code,level,name,parent,lat,lon\n33.28.10.2999,desa,Contohbaru,33.28.10,-6.9,109.1\n", encoding="utf-8"
    )
    engine = load_engine(gazetteer=path)
    assert engine.locate("kebakaran di contohbaru").kecamatan == "Slawi"
    with pytest.raises(ConfigurationError):
        load_engine(gazetteer=tmp_path / "none.csv")


def test_two_scenes_in_and_out_of_the_regency_are_left_to_a_person(engine: TriageEngine) -> None:
    place = engine.locate("saya lagi di Jakarta, rumah saya di kalisapu kebakaran")
    assert place.ambiguous
    assert place.desa == ""
    assert [candidate.desa for candidate in place.candidates] == ["Kalisapu"]


def test_the_scene_after_a_destination_is_found(engine: TriageEngine) -> None:
    assert engine.locate("korban dirujuk ke RSUD Suradadi dari Kertasari").desa == "Kertasari"


def test_an_imported_landmark_gives_its_district(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text("name,kind,wilayah_code,lat,lon\nWaduk Contoh,landmark,33.28.08,-7.0,109.2\n", encoding="utf-8")
    place = load_engine(gazetteer=path).locate("orang tenggelam di waduk contoh")
    assert (place.code, place.kecamatan, place.landmark) == ("33.28.08", "Kedungbanteng", "waduk contoh")
