"""The frozen gate of the place corpus, and what single texts must do. The corpus is scored as scripts/evaluate does."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from dispatch.triage.engine import TriageEngine

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "data/corpus/place.jsonl"


def evaluation() -> ModuleType:
    spec = importlib.util.spec_from_file_location("evaluate_place", ROOT / "scripts/evaluate_place.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_frozen_part_of_the_corpus(engine: TriageEngine) -> None:
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["part"] == "test"]
    shares: dict[str, tuple[int, int]] = {}
    module = evaluation()
    scored = module.score(rows, engine.locate)
    module.report(scored, lambda name, hits, n: shares.__setitem__(name.strip(), (hits, n)))

    def share(name: str) -> float:
        return shares[name][0] / shares[name][1]

    assert len(rows) >= 200
    assert share("village exact, where named") >= 0.95
    assert share("twins and part names asked back") == 1.0
    assert share("another village said") == 0.0
    assert share("a village inside said") == 0.0
    assert share("a district inside said") == 0.0
    assert share("wrongly outside") == 0.0
    assert share("outside named") >= 0.9
    assert share("no place: none said") >= 0.92
    assert sorted(one.ms for one in scored)[len(scored) // 2] < 5.0  # 0.03 ms where it was measured


NOWHERE = [
    "saya mau ke slawi tapi jalannya macet total",
    "warga tarub jatuh dari motor",
    "the bus to Slawi broke down",
    "talang air bocor", "tenda tarub roboh", "setu kliwon libur",
    "bis jurusan Tegal mogok",
]


@pytest.mark.parametrize("text", NOWHERE)
def test_no_scene_is_made_up(engine: TriageEngine, text: str) -> None:
    place = engine.locate(text)
    assert (place.code, place.outside, place.ambiguous) == ("", "", False)


SCENES = [
    ("kirim ambulan ke Trayeman", "Trayeman"),
    ("Gumalar village Adiwerna is flooded", "Gumalar"),
    ("fire in Kalisapu village, Slawi district", "Kalisapu"),
    ("rumah warga Pecabean kemalingan", "Pecabean"),
    ("slwi kln banjir", "Slawi Kulon"),
    ("dkhsalam laka", "Dukuhsalam"),
    ("truk dari Brebes menuju Pemalang terguling di yamansari", "Yamansari"),
    ("orang pagongan tabrakan di kebasen", "Kebasen"),
    ("pesarean adiwerna kebakaran pabrik", "Pesarean"),
]


@pytest.mark.parametrize(("text", "desa"), SCENES)
def test_the_scene_is_found_among_other_places(engine: TriageEngine, text: str, desa: str) -> None:
    place = engine.locate(text)
    assert (place.desa, place.ambiguous) == (desa, False)


@pytest.mark.parametrize(("text", "outside"), [
    ("kecamatan Margadana banjir rob", "Kota Tegal"),
    ("kebakaran di kec Ketanggungan", "Kabupaten Brebes"),
    ("banjir jakarta jalan kramat raya", "Jakarta"),
    ("robbery in Tegal city", "Kota Tegal"),
    ("house fire in Pekalongan", "Kabupaten/Kota Pekalongan"),
])
def test_another_regency_is_named(engine: TriageEngine, text: str, outside: str) -> None:
    place = engine.locate(text)
    assert (place.outside, place.code) == (outside, "")


def test_the_question_that_tells_twins_apart(engine: TriageEngine) -> None:
    from tests.unit.triage.conftest import AT

    assert engine.classify("kebakaran di kaligayam", at=AT).question == "which_district"
    assert engine.classify("kebakaran di mejasem", at=AT).question == "which_village"
