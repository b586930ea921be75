"""What a line names that the board does not have is said at once, with the nearest that it does have."""

from __future__ import annotations

import pytest

from dispatch.errors import Invalid
from dispatch.grammar import Vocabulary, fault, mistyped_code, parse, unknown_incident, unknown_unit
from tests.unit.grammar.small_centre import VOCABULARY

UNITS = ["A01", "A02", "A09", "D05", "P07", "P12"]
OPEN = {1048, 1050, 1051}


@pytest.mark.parametrize(("line", "said"), [
    ("d a99 1051", "Tidak ada unit A99. Maksud Anda A09?"),
    ("e a90", "Tidak ada unit A90. Maksud Anda A09?"),
    ("d a01 p70 1051", "Tidak ada unit P70. Maksud Anda P07?"),
    ("m p17+a01 tunggu", "Tidak ada unit P17. Maksud Anda P12?"),
    ("x h44 1048>1051", "Tidak ada unit H44."), ("d d99", "Tidak ada unit D99. Yang ada: D05."),
    ("y r88; o b77", "Tidak ada unit R88, B77."),
])
def test_a_unit_nobody_has_is_named_with_the_nearest(line: str, said: str) -> None:
    found = unknown_unit(parse(line, VOCABULARY), UNITS)
    assert found is not None
    assert fault(found) == said


@pytest.mark.parametrize("line", ["d a01 p12 1051", "m p07+a01 tunggu", "m @spv tolong", "m pln air", "u", "k sls"])
def test_what_exists_is_no_stranger(line: str) -> None:
    assert unknown_unit(parse(line, VOCABULARY), UNITS) is None
    assert unknown_incident(parse(line, VOCABULARY), OPEN, 1051) is None


def test_before_any_unit_is_known_none_is_called_unknown() -> None:
    assert unknown_unit(parse("d a99 1051"), []) is None


@pytest.mark.parametrize(("line", "said"), [
    ("d a01 9999", "Tidak ada insiden 9999 di papan; yang terbaru 1051."),
    ("d a01 1501", "Tidak ada insiden 1501 di papan; yang terbaru 1051. Maksud Anda 1051?"),
    ("v 1084", "Tidak ada insiden 1084 di papan; yang terbaru 1051. Maksud Anda 1048?"),
    ("g 1052>1048", "Tidak ada insiden 1052 di papan; yang terbaru 1051. Maksud Anda 1051?"),
    ("pisah 2050", "Tidak ada insiden 2050 di papan; yang terbaru 1051. Maksud Anda 1050?"),
])
def test_a_number_that_was_never_given_is_named_with_the_nearest_open_one(line: str, said: str) -> None:
    found = unknown_incident(parse(line, VOCABULARY), OPEN, 1051)
    assert found is not None
    assert fault(found) == said


def test_a_lower_number_may_be_closed_and_an_empty_board_knows_nothing() -> None:
    assert unknown_incident(parse("v 1042"), OPEN, 1051) is None
    assert unknown_incident(parse("v 9999"), {}, 0) is None


@pytest.mark.parametrize(("line", "word"), [
    ("n slx kbk pasar", ("SLX", "SLW")), ("n lsw api besar", ("LSW", "SLW")), ("l tlh pasar", ("TLH", "TLG")),
    ("f mes henti jantung", ("MES", "MED")), ("q lsi", ("LSI", "LIS")), ("n slw kbj pasar", ("KBJ", "KBK")),
    ("n slw kbk pasar", None), ("l api besar", None), ("l jln raya", None), ("r slx", None), ("l kbj pasar", None),
    ("n kebakaran", None),
])
def test_a_word_one_slip_from_a_code_is_noted(line: str, word: tuple[str, str] | None) -> None:
    assert mistyped_code(parse(line, VOCABULARY)[0], VOCABULARY) == word
    assert mistyped_code(parse(line)[0], Vocabulary()) is None


@pytest.mark.parametrize(("line", "said"), [
    ("k beres", "beres bukan kode penutupan. Pilihan: sls, palsu."),
    ("k slz", "slz bukan kode penutupan. Maksud Anda SLS?"),
    ("m plm air", "plm bukan penerima. Maksud Anda PLN?"), ("a1", "Tidak ada perintah a1. Maksud Anda A01?"),
    ("j kbk-rnh", "rnh bukan rincian KBK. Maksud Anda RMH? Pilihan: rmh, lhn."),
    ("k palsi 1048", "palsi bukan kode penutupan. Maksud Anda PALSU?"),
])
def test_a_code_that_is_none_is_named_with_what_may_be_typed(line: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(line, VOCABULARY)
    assert fault(caught.value) == said
