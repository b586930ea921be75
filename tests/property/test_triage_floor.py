"""What must hold for every text: no crash, a floor under life threats, no guessed twin village."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.domain.report import NO_SEVERITY_TYPES, Channel
from dispatch.domain.severity import Severity
from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine

AT = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
ENGINE: TriageEngine = load_engine()

THREATS = st.sampled_from(
    [
        "bapak saya tidak napas",
        "anak kejang",
        "orang tenggelam di kali",
        "tetangga gantung diri",
        "korban kejepit truk",
        "ada orang bawa parang",
        "ketuban pecah mau lahiran",
        "banjir seleher",
        "my son is not breathing",
        "he has been shot",
        "bibirnya biru",
        "api merembet ke rumah sebelah",
        "bapake nyong ora ambegan",
        "bocah klelep nang kali",
    ]
)
NEUTRAL_WORDS = (
    "pak bu di depan warung sebelah pasar jalan raya sekolah masjid motor mobil merah biru rumah besar kecil dua tiga "
    "pagi sini sana kantor petugas warga banyak orang dekat jembatan kalisapu slawi adiwerna hujan listrik sampah "
    "please here now the house red car is this my street for you with from going"
)
NEUTRAL = st.lists(st.sampled_from(NEUTRAL_WORDS.split()), max_size=12).map(" ".join)
ANYTHING = st.text(max_size=60)
TWINS = st.sampled_from(
    ["Kaligayam", "Karangmulya", "Sidamulya", "Karanganyar", "Kertaharja", "Pesarean", "Kajen", "Jatimulya"]
)


@given(THREATS, NEUTRAL)
@settings(deadline=None, max_examples=150)
def test_more_words_never_lower_a_life_threat(threat: str, more: str) -> None:
    assert ENGINE.classify(threat, at=AT).severity is Severity.CRITICAL
    triage = ENGINE.classify(f"{threat} {more}", at=AT)
    assert triage.severity is Severity.CRITICAL
    assert triage.life_threat


@given(THREATS, ANYTHING)
@settings(deadline=None, max_examples=150)
def test_another_sentence_never_lowers_a_life_threat(threat: str, more: str) -> None:
    triage = ENGINE.classify(f"{threat}. {more}", at=AT)
    assert triage.severity is Severity.CRITICAL
    assert triage.type not in NO_SEVERITY_TYPES


@given(st.text(), st.sampled_from(Channel))
@settings(deadline=None, max_examples=200)
def test_any_text_is_answered(text: str, channel: Channel) -> None:
    triage = ENGINE.classify(text, at=AT, channel=channel)
    assert 0.0 <= triage.confidence <= 1.0
    assert (triage.severity is None) == (triage.type in NO_SEVERITY_TYPES)
    assert triage.type not in triage.also_types
    assert not triage.life_threat or triage.severity is Severity.CRITICAL


@given(st.text(alphabet="abdegiklmnoprstu 0123456789.-,'\"@#<>*?!\n", max_size=400))
@settings(deadline=None, max_examples=100)
def test_word_like_noise_is_answered_the_same_twice(text: str) -> None:
    assert ENGINE.classify(text, at=AT) == ENGINE.classify(text, at=AT)


@given(TWINS, st.sampled_from(["desa", "ds", "di", "nang", ""]), st.sampled_from(["kebakaran", "banjir", "tabrakan"]))
@settings(deadline=None)
def test_a_twin_village_is_never_guessed(name: str, mark: str, event: str) -> None:
    place = ENGINE.locate(f"{event} {mark} {name}".replace("  ", " "))
    assert not place.desa
    # 'Pesarean' is also the word for a graveyard: without a mark before it, it is no place at all.
    assert place.ambiguous or not (mark or place.text)


@pytest.mark.parametrize("text", ["a" * 20_000, "tidak " * 5_000, "napas" * 3_000, "\n" * 10_000, "<" * 5_000])
def test_long_texts_are_bounded(text: str) -> None:
    assert ENGINE.classify(text, at=AT).confidence >= 0
