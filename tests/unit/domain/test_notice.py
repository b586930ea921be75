"""A crew's notice: its first part stands alone in any alphabet, and the citizen's words are cut last to fit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.hazard import Hazard, find_hazards
from dispatch.domain.notice import MOST_PARTS, PART, WIDE_PART, compose_notice, is_plain, parts_of

HEAD = "TUGAS 112 no 1042 P1 Kebakaran. Masjid Agung, Dukuhsalam, Slawi."
FIRST = ["BAHAYA: gas, listrik hidup.", "Balas 1 terima 2 jalan 3 tiba 4 selesai 0 tolak"]
REST = ["Telp +6281234567890", "https://112.example/u/" + "*" * 26]


def notice(said: str, head: str = HEAD, first: list[str] = FIRST) -> str:
    return compose_notice(head, first, ("Kata pelapor: ", said), REST)


def test_a_plain_notice_says_everything_needed_in_its_first_part() -> None:
    first = notice("tulung kobongan umah nang Dukuhsalam, ana wong nang njero")[:PART]
    for needed in ("1042", "P1", "Kebakaran", "Slawi", "gas", "1 terima", "0 tolak"):
        assert needed in first


def test_one_foreign_sign_makes_parts_short_and_the_head_still_fits() -> None:
    body = notice("kebakaran \U0001f525 di rumah")
    for needed in ("1042", "P1", "Kebakaran", "Masjid Agung", "Dukuhsalam"):
        assert needed in body[:WIDE_PART]
    assert "kebakaran \U0001f525 di rumah" in body


@given(said=st.text(max_size=3000), head=st.text(st.sampled_from("abc XYZ019"), min_size=1, max_size=200),
       hazard=st.text(st.sampled_from("abc "), max_size=90))
def test_whatever_is_said_the_rest_is_whole_and_the_message_ends(said: str, head: str, hazard: str) -> None:
    body = notice(said, head, [hazard, FIRST[1]])
    assert parts_of(body) <= MOST_PARTS
    assert body.startswith(head)
    assert FIRST[1] in body
    assert hazard.strip() in body
    for line in REST:
        assert line in body


@given(said=st.text(max_size=120).filter(str.strip))
def test_short_words_come_verbatim(said: str) -> None:
    assert said in notice(said)


def test_what_does_not_fit_into_the_first_part_comes_after_the_words() -> None:
    body = notice("api besar", first=["BAHAYA: " + "x" * 60, FIRST[1]])
    first, words, *late = body.split("\n")
    assert len(first) <= PART
    assert words == "Kata pelapor: api besar"
    assert late == [FIRST[1], *REST]


def test_how_many_parts() -> None:
    assert [parts_of("a" * n) for n in (160, 161, 306, 307)] == [1, 2, 2, 3]
    assert [parts_of("é" * 160), parts_of("[" * 80), parts_of("[" * 81)] == [1, 1, 2]
    assert [parts_of("ș" * n) for n in (70, 71, 134, 135)] == [1, 2, 2, 3]
    assert parts_of("\U0001f525" * 36) == 2, "a picture is two places"
    assert is_plain("{[€]}")
    assert not is_plain("\u201c")


def test_hazards_come_from_types_subtypes_and_whole_words() -> None:
    gas = Hazard("gas", {"id": "gas"}, subtypes=frozenset({"gas_leak"}), words=("tabung gas", "elpiji"))
    knife = Hazard("knife", {"id": "senjata"}, types=frozenset({"brawl"}), words=("parang",))
    rules = (gas, knife)
    assert find_hazards(rules, ["fire"], "gas_leak", []) == (gas,)
    assert find_hazards(rules, ["brawl"], "", []) == (knife,)
    assert find_hazards(rules, ["fire"], "", ["ada Tabung  GAS bocor", "parange gede"]) == rules
    assert find_hazards(rules, ["fire"], "", ["gasolin, separang, tabung"]) == ()
