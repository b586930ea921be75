"""Every name of a regency in every common writing is found, asked back, or (an ordinary word alone) left; never wrong.

Other regencies are reached by the rules file alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.rules.load import load_rules
from dispatch.triage.engine import TriageEngine
from dispatch.triage.gazetteer import Region, load_gazetteer, name_key
from dispatch.triage.load import load_engine
from tests.unit.triage.conftest import AT

ROOT = Path(__file__).parents[3]
CENTRES = ["33.28", "33.29", "32.01", "35.78", "51.08", "73.71"]
"""Tegal, Brebes, Bogor (435 villages), Kota Surabaya, Buleleng, Kota Makassar."""


def rules_for(centre: str, folder: Path) -> Path:
    """The shipped rules file with another centre in it, and nothing else changed that triage reads."""
    content = (ROOT / "routing_rules.yaml").read_text(encoding="utf-8")
    path = folder / f"{centre}.yaml"
    path.write_text(content.replace('code: "33.28"', f'code: "{centre}"', 1), encoding="utf-8")
    return path


@pytest.fixture(scope="module", params=CENTRES)
def regency(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[TriageEngine, str]:
    centre: str = request.param
    return load_engine(load_rules(rules_for(centre, tmp_path_factory.mktemp("rules")))), centre


def writings(village: Region) -> Iterator[str]:
    name, district = village.name, village.kecamatan
    for form in (name, name.lower(), name.upper(), name.replace(" ", "").lower()):
        yield f"kebakaran di desa {form} kecamatan {district}"
        yield f"ds {form} kec {district} banjir"
        yield f"{form} village, {district} district is on fire"


def test_a_village_with_its_district_is_found(regency: tuple[TriageEngine, str]) -> None:
    engine, centre = regency
    wrong, total = [], 0
    for village in load_gazetteer(centre).villages:
        for text in writings(village):
            total += 1
            place = engine.locate(text)
            named = {village.code, *(c.code for c in place.candidates)}
            if place.code != village.code and not (place.ambiguous and village.code in named):
                wrong.append((text, place.code, place.outside, place.ambiguous))
    assert len(wrong) <= total // 500, (len(wrong), total, wrong[:20])


def test_a_village_alone_is_found_or_asked_back_and_never_another(regency: tuple[TriageEngine, str]) -> None:
    engine, centre = regency
    villages = load_gazetteer(centre).villages
    by_name: dict[str, set[str]] = {}
    for village in villages:
        by_name.setdefault(name_key(village.name), set()).add(village.code)
    missed = []
    for village in villages:
        for form in (village.name, village.name.upper(), f"desa {village.name.lower()}"):
            place = engine.locate(f"kebakaran di {form}")
            twins = by_name[name_key(village.name)]
            if len(twins) > 1:
                assert not place.desa, (form, place)
            assert not place.desa or place.code in twins, (form, place)
            found = place.code in twins or place.ambiguous or place.kecamatan
            if not found and form.startswith("desa"):
                missed.append((form, place.outside))
    assert len(missed) <= len(villages) // 100, (len(missed), len(villages), missed[:20])


SCENES = [
    ("33.29", "kebakaran di desa Kaligangsa Wetan kec Brebes", "Kaligangsa Wetan", "Brebes"),
    ("33.29", "longsor ds bantarkawung kecamatan bantarkawung", "Bantarkawung", "Bantarkawung"),
    ("33.29", "banjir di desa Luwungragi Brebes", "Luwungragi", "Bulakamba"),
    ("33.29", "banjir di Ketanggungan Brebes", "", "Ketanggungan"),
    ("33.29", "banjir di Brebes", "", "Brebes"),
    ("33.02", "kebakaran di desa Karangrau kec Banyumas", "Karangrau", "Banyumas"),
    ("35.78", "kebakaran di kelurahan Kapasan kecamatan Simokerto", "Kapasan", "Simokerto"),
    ("35.78", "banjir di kel. Genteng kec. Genteng, Kota Surabaya", "Genteng", "Genteng"),
    ("73.71", "kebakaran di kelurahan Bara-Baraya kecamatan Makassar", "Bara-Baraya", "Makassar"),
]


@pytest.mark.parametrize(("centre", "text", "desa", "kecamatan"), SCENES)
def test_a_scene_elsewhere(tmp_path: Path, centre: str, text: str, desa: str, kecamatan: str) -> None:
    engine = load_engine(load_rules(rules_for(centre, tmp_path)))
    place = engine.classify(text, at=AT).place
    names = re.sub(r"\W", "", place.desa.lower()), place.kecamatan
    assert names == (re.sub(r"\W", "", desa.lower()), kecamatan), place


def test_what_is_own_here_is_outside_there(tmp_path: Path) -> None:
    brebes = load_engine(load_rules(rules_for("33.29", tmp_path)))
    assert "Tegal" in brebes.locate("kebakaran di kota tegal").outside
    assert "Tegal" in brebes.locate("kebakaran di Tegal").outside
    assert brebes.locate("kebakaran di kecamatan Adiwerna").outside == "Kabupaten Tegal"
    assert brebes.locate("kebakaran di Brebes").outside == ""


ELSEWHERE = ["kabupaten Brebes", "kota Tegal", "Pemalang", "kab. Pekalongan", "Jakarta", "kota Cirebon", "Banyumas"]


def test_no_village_of_ours_is_said_for_another_regency(engine: TriageEngine) -> None:
    villages = load_gazetteer("33.28").villages
    for number, village in enumerate(villages):
        other = ELSEWHERE[number % len(ELSEWHERE)]
        for text in (f"kebakaran di desa {village.name} {other}", f"banjir {village.name.lower()}, {other}",
                     f"{village.name} village, {other} is on fire"):
            place = engine.locate(text)
            assert not place.desa, (text, place)
            assert place.outside, (text, place)


def test_a_direction_is_no_scene_whatever_the_name(engine: TriageEngine) -> None:
    for village in load_gazetteer("33.28").villages:
        for text in (f"truk jurusan {village.name} mogok", f"saya mau ke {village.name.lower()} tapi macet",
                     f"korban dibawa ke puskesmas {village.name}", f"the bus heading to {village.name} broke down",
                     f"warga {village.name} jatuh dari motor"):
            place = engine.locate(text)
            assert (place.code, place.ambiguous) == ("", False), (text, place)
