"""Plain rows: whatever citizens write and servers send, a line stays one printable line."""

from __future__ import annotations

from typing import Any
from unicodedata import category

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from console.plain import ANSWER_LIMIT, Plain, answer_lines
from dispatch.wire import (
    AssignmentRow,
    CallRow,
    ClockRow,
    DuplicateRow,
    IncidentDetail,
    LogLine,
    PlaceRow,
    ReportRow,
    SceneRow,
    TypeLabel,
)
from tests.console.fake_server import AT, CENTRE, incident, unit

CHARACTERS = st.one_of(st.sampled_from("ab \x1b\x07\x9b\u202e\u2028\r\n\x00{}[]%"), st.characters())
EVIL = st.text(alphabet=CHARACTERS, max_size=12)
STEERING = {"Cc", "Zl", "Zp", "Cs"}
DIRECTIONS = set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
DECISION = st.fixed_dictionaries({
    "rules": st.lists(EVIL, max_size=2), "trace": st.lists(st.lists(EVIL, max_size=5), max_size=3),
    "reasons": st.lists(st.lists(EVIL, max_size=5), max_size=3),
})
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), EVIL),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(EVIL, inner, max_size=4)),
)


def is_harmless(line: str) -> bool:
    return not any(category(char) in STEERING or char in DIRECTIONS for char in line)


@settings(deadline=None)
@given(EVIL, st.sampled_from(["id", "en", "xx"]))
def test_a_row_is_one_printable_line(evil: str, lang: str) -> None:
    plain = Plain(CENTRE, lang)
    row = incident(
        1051, type=evil, subtype=evil, status=evil, severity=evil, place=PlaceRow(desa=evil, landmark=evil, text=evil),
        assignments=[AssignmentRow(id=1, unit=evil, agency=evil, status=evil, at={evil: AT})], reports=2, summary=evil,
        clocks=[ClockRow(phase=evil, subject=evil, started_at=AT, due_at=AT, warn_at=AT, state=evil)],
        duplicates=[DuplicateRow(number=1050, score=1, reason=evil)], life_threat=True, unsure=True, merged_into=1050,
        scene=SceneRow(landmark=evil, hazard=evil, casualties=1, weapon=False),
    )
    detail = IncidentDetail(
        incident=row, reports=[ReportRow(id=1, channel=evil, received_at=AT, text=evil, sender=evil)],
        timeline=[LogLine(seq=1, at=AT, actor=evil, kind=evil, text=evil)], recommendation=[{"unit": evil, "x": evil}],
        caller_name=evil, callback=evil,
    )
    call = CallRow(id=7, caller=evil, status=evil, rang_at=AT, operator=evil)
    for line in [*plain.detail(detail), plain.unit(unit("A01", name=evil, note=evil)), plain.call(call)]:
        assert is_harmless(line), line


@settings(deadline=None)
@given(st.dictionaries(st.one_of(EVIL, st.just("decision")), JSON | DECISION, max_size=5))
def test_any_answer_can_be_printed_and_ends(data: dict[str, Any]) -> None:
    lines = list(answer_lines(data, Plain(CENTRE, "id")))
    assert len(lines) <= ANSWER_LIMIT
    assert all(map(is_harmless, lines))


def test_a_very_long_answer_is_cut() -> None:
    assert len(list(answer_lines({"lines": ["x"] * 1000}, Plain(CENTRE, "id")))) == ANSWER_LIMIT


def test_a_decision_is_told_in_words() -> None:
    decision = {
        "version": "2026.11", "rules": ["kebakaran"], "question": "people_inside",
        "trace": [["fire", "luar", False, "outside"], ["fire", "kebakaran", True, ""]],
        "reasons": [["severity", "high", "fire_now", ["kobongan"]]],
    }
    assert list(answer_lines({"decision": decision}, Plain(CENTRE, "id"))) == [
        "Aturan 2026.11: kebakaran", "tidak cocok KBK luar: batas wilayah tidak sesuai", "COCOK KBK kebakaran",
        "kata Prioritas P2: kobongan (fire_now)",
    ]


def test_a_row_names_the_type_and_only_who_is_still_bound() -> None:
    labels, cardiac = CENTRE.types["medical"].labels, {"id": "henti jantung"}
    centre = replace(CENTRE, types={"medical": TypeLabel(short="MED", labels=labels, subtypes={"cardiac": cardiac})})
    row = incident(1051, type="medical", subtype="cardiac", assignments=[
        AssignmentRow(id=1, unit="A01", agency="health", status="cleared"),
        AssignmentRow(id=2, unit="P07", agency="police", status="en_route"),
    ])
    said = Plain(centre, "id").incident(row)
    assert "1051 medis henti jantung" in said
    assert "P07" in said
    assert "A01" not in said
