"""Landmarks: a name or a thing, ended where the sentence goes on, and nothing when in doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine

NAMED = [
    ("laka dpn psr trayeman ada dua motor", "dpn psr trayeman"),
    ("kobongan blkg masjid al huda tulung pak", "blkg masjid al huda"),
    ("tabrakan d jl kartini slawi korban 2", "jl kartini slawi"),
    ("kecelakaan di jalan ahmad yani depan kantor pos", "jalan ahmad yani"),
    ("truk nyungsep di jalan raya banjaran balamoa km 3", "jalan raya banjaran balamoa"),
    ("jalan slawi-jatibarang km 5 longsor", "jalan slawi-jatibarang"),
    ("Jl. Gajah Mada Kel Kudaile gelap", "Jl. Gajah Mada"),
    ("lampu mati di gang kenari 3 rt 2 rw 1", "gang kenari 3"),
    ("ngarep sd 2 balamoa ana laka", "ngarep sd 2 balamoa"),
    ("orang jatuh di waduk cacaban tadi siang", "waduk cacaban"),
    ("api di sebelah SPBU Dukuhsalam siang tadi", "sebelah SPBU Dukuhsalam"),
    ("ular masuk warung, depan toko Sumber Rejeki banyak orang", "depan toko Sumber Rejeki"),
    ("pohon roboh depan warung pak udin tolong", "depan warung pak udin"),
    ("orang pingsan depan masjid pak tolong", "depan masjid"),
    ("maling di pasar pagi slawi", "pasar pagi slawi"),
    ("JALAN RUSAK DEPAN PASAR BANJARAN TOLONG", "DEPAN PASAR BANJARAN"),
    ("Lampu Mati Semua Di Depan Balai Desa Kalisapu", "Depan Balai Desa Kalisapu"),
    ("smoke next to the old market and it spreads", "next to the old market"),
    ("a man fell in front of our mosque on the stairs", "in front of our mosque"),
    ("alun-alun slawi rame tawuran", "alun-alun slawi"),
    ("api depan masjid, trayeman gelap", "depan masjid"),
    ("api depan masjid\ntrayeman gelap", "depan masjid"),
]


@pytest.mark.parametrize(("text", "landmark"), NAMED)
def test_a_name_or_a_thing_is_kept_as_written(engine: TriageEngine, text: str, landmark: str) -> None:
    place = engine.locate(text)
    assert place.landmark == landmark
    assert landmark in place.text


@pytest.mark.parametrize(
    "text",
    [
        "saya jalan kaki pulang sekolah",
        "jalan rusak karena hujan",
        "jalan macet hampir dua jam",
        "motornya jalan zigzag terus",
        "di jalan berlubang sekali",
        "jalan bocor terus airnya",
        "he is lying next to him and bleeding",
        "near me please come",
        "perumahan tersebut sering banjir",
        "jembatan 2 meter putus",
        "pasar banyak sampah",
        "antri smp malam",
        "maling di pasar pagi ini",
        "orang di depan banyak",
        "gang sempit gelap",
        "depan toko kotor",
        "dekat rumah saya",
        "korban dibawa ke puskesmas jatinegara",
        "jl raya rusak",
    ],
)
def test_in_doubt_there_is_no_landmark(engine: TriageEngine, text: str) -> None:
    assert engine.locate(text).landmark == ""


def test_the_destination_is_skipped_and_the_scene_behind_it_taken(engine: TriageEngine) -> None:
    assert engine.locate("arah pasar banjaran, di depan masjid agung").landmark == "depan masjid agung"


def test_a_street_number_is_no_length_and_no_neighbourhood(engine: TriageEngine) -> None:
    assert engine.locate("di jl mawar 7 rt 3 ada api").landmark == "jl mawar 7"
    assert engine.locate("di jl mawar 7 meter amblas").landmark == "jl mawar"
    assert engine.locate("di jl mawar rt 3 rw 2").landmark == "jl mawar"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("RT 05 RW 02 lampu mati total, sekali lagi RT 05 RW 02 lampu mati", "RT 05 RW 02"),
        ("banjir Kalisapu sudah sejak semalam tolong kalisapu", "Kalisapu"),
        ("kalisapu! ada orang jatuh dari pohon kelapa depan pasar kalisapu", "depan pasar kalisapu"),
    ],
)
def test_the_same_place_words_are_shown_once(engine: TriageEngine, text: str, shown: str) -> None:
    assert engine.locate(text).text == shown


def test_an_imported_name_is_a_name_whatever_its_words_mean(tmp_path: Path) -> None:
    path = tmp_path / "places.csv"
    path.write_text(
        "name,kind,wilayah_code,lat,lon\nPasar Banjir Kanal,landmark,33.28.08,-7.0,109.2\n", encoding="utf-8"
    )
    place = load_engine(gazetteer=path).locate("ribut di pasar banjir kanal malam ini")
    assert (place.landmark, place.kecamatan) == ("pasar banjir kanal", "Kedungbanteng")
