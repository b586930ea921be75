"""What a crew's short message means, and what must never be read into one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.crew_answer import BLOCKERS, CLEAR, DIGITS, FILLERS, MAX_WORDS, read_crew_answer
from dispatch.domain.transitions import AssignmentStatus as S

ANSWERS = {
    S.ACKNOWLEDGED: ["1", "1.", "1 siap", "ok", "Oke pak", "SIAP NDAN", "terima", "diterima", "ya", "iya", "nggih",
                     "86 siap", "copy", "A01 siap", "accepted", "1 1042"],
    S.EN_ROUTE: ["2", "2 jalan", "jalan", "OTW", "otw ndan", "meluncur", "siap meluncur", "mangkat", "budal",
                 "on the way", "kami berangkat", "menuju lokasi"],
    S.ON_SCENE: ["3", "3 tiba di lokasi", "tiba", "sampai", "sampe lokasi", "wis tekan", "teka", "di lokasi",
                 "sudah di TKP", "arrived", "on scene"],
    S.CLEARED: ["4", "4 selesai", "selesai", "beres", "wis rampung", "kelar ndan", "done",
                "selesai, pasien dibawa ke RS", "4\ufe0f\u20e3"],
    S.DECLINED: ["0", "0 tolak", "tolak", "ora bisa", "tidak bisa pak, ban kempes", "gak bisa", "belum bisa",
                 "durung bisa", "can't", "cannot"],
}
NO_ANSWERS = [
    "", " ", "?", "2 korban luka", "3 orang terjebak", "4 unit rusak", "0 korban", "1 tolak", "4 belum", "jalan rusak",
    "jalan ditutup", "terima kasih", "belum tiba", "durung tekan", "5 menit lagi tiba", "hampir sampai",
    "sudah selesai?", "kalau sudah selesai kabari", "banjir sampai dada", "ok tapi butuh bantuan", "tidak siap",
    "siap tolak", "akan meluncur", "112", "11", "5", "9", "tolong kirim ambulans ke Slawi sekarang juga pak ya cepat",
]


@pytest.mark.parametrize(("text", "status"), [(text, status) for status, texts in ANSWERS.items() for text in texts])
def test_answers(text: str, status: S) -> None:
    assert read_crew_answer(text).status is status


@pytest.mark.parametrize("text", NO_ANSWERS)
def test_what_might_mean_something_else_moves_nothing(text: str) -> None:
    assert read_crew_answer(text).status is None


@pytest.mark.parametrize(
    ("text", "number"), [("1 1042", 1042), ("#1042 selesai", 1042), ("2", None), ("112 siap", None)]
)
def test_the_incident_a_message_names(text: str, number: int | None) -> None:
    assert read_crew_answer(text).number == number


@given(st.text(max_size=200))
def test_any_text_has_an_answer(text: str) -> None:
    read_crew_answer(text)


@given(st.sampled_from(sorted(BLOCKERS - FILLERS)), st.sampled_from(sorted(CLEAR)), st.booleans())
def test_not_yet_soon_and_if_never_move_a_crew_forward(blocker: str, word: str, first: bool) -> None:
    text = f"{blocker} {word}" if first else f"{word} {blocker}"
    assert read_crew_answer(text).status in (None, S.DECLINED)


@given(st.sampled_from(sorted(DIGITS)), st.text("abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12))
def test_a_digit_before_an_unknown_word_is_a_count(digit: str, word: str) -> None:
    if word not in CLEAR and word not in FILLERS:
        status = read_crew_answer(f"{digit} {word} luka").status
        assert status is None


@given(st.lists(st.text("abcdefg", min_size=1, max_size=4), min_size=MAX_WORDS + 1, max_size=20))
def test_a_long_message_is_a_remark(words: list[str]) -> None:
    assert read_crew_answer("selesai " + " ".join(words)).status is None
