"""Which corrections are learned, and when a challenger may take the champion's place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.report import Triage
from dispatch.domain.severity import Severity
from dispatch.learning.challenge import Correction, Marks, Part, measure, objection, split
from dispatch.learning.corpus import Example

NOON = datetime(2026, 1, 12, 5, tzinfo=UTC)
KNOWN = frozenset({"fire", "medical"})


def marks(right: int = 80, found: range = range(20), false: int = 5, n: int = 100) -> Marks:
    return Marks(n, n, right, 25, frozenset(found), 75, false)


def part(champion: Marks, challenger: Marks, name: str = "frozen") -> Part:
    return Part(name, champion, challenger)


def test_a_better_one_may_take_the_place() -> None:
    assert objection([part(marks(), marks(right=81))]) == ""
    assert objection([part(marks(), marks(found=range(21)))]) == "", "as many types right, one more life found"


@pytest.mark.parametrize(
    ("challenger", "why"),
    [
        (marks(right=100, found=range(1, 26)), "loses 1 of the lives"),
        (marks(), "not better"),
        (marks(right=78, found=range(25)), "type right 78"),
        (marks(right=90, false=8), "calm texts critical"),
    ],
)
def test_why_it_is_refused(challenger: Marks, why: str) -> None:
    assert why in objection([part(marks(), challenger)])


def test_gained_on_one_part_and_lost_on_the_other_is_refused() -> None:
    assert "held_out" in objection([part(marks(), marks(right=99)), part(marks(), marks(right=70), "held_out")])


@given(st.sets(st.integers(0, 24)), st.sets(st.integers(0, 24)), st.integers(0, 100), st.integers(0, 75))
def test_no_gain_buys_a_lost_life(old: set[int], new: set[int], right: int, false: int) -> None:
    before = Marks(100, 100, 0, 25, frozenset(old), 75, 75)
    after = Marks(100, 100, right, 25, frozenset(new), 75, false)
    if old - new:
        assert "lives at risk" in objection([part(before, after)])


class Says:
    """An engine that says the same of everything."""

    def __init__(self, severity: Severity, kind: str = "fire") -> None:
        self._triage = Triage(type=kind, severity=severity)

    def classify(self, text: str, *, at: datetime) -> Triage:
        return self._triage


def test_only_what_was_judged_is_measured() -> None:
    texts = [
        Example("a", "medical", judged=("severity",), severity="critical"),
        Example("b", "fire", judged=("type",)),
        Example("c", "fire", judged=("life_threat",), life_threat=False, severity="critical"),
    ]
    found = measure(Says(Severity.CRITICAL), texts, NOON)
    assert (found.typed, found.right, found.lives, len(found.found)) == (1, 1, 1, 1)
    assert (found.calm, found.false_critical) == (1, 1)


def corrections(count: int) -> list[Correction]:
    return [Correction(f"report:{n}", n, Example(f"teks {n}", "fire", "high")) for n in range(count)]


def test_a_fifth_is_held_out_and_stays_so() -> None:
    few, many = split(corrections(100), KNOWN), split(corrections(400), KNOWN)
    assert 0.1 < len(many.held_out) / 400 < 0.3
    assert few.held_out == many.held_out[: len(few.held_out)]
    assert not {one.text for one in many.train} & {one.text for one in many.held_out}


def test_a_text_that_is_held_out_is_not_learned_from_another_report() -> None:
    twins = [one._replace(example=Example("Kebakaran  di SLAWI", "fire", "high")) for one in corrections(50)]
    assert split(twins, KNOWN).train == []


def test_a_type_without_texts_in_the_corpus_is_not_learned_but_its_severity_is() -> None:
    strange = [Correction(f"r{n}", n, Example(f"t{n}", "volcano", "critical")) for n in range(20)]
    assert {one.judged for one in split(strange, KNOWN).train} == {("severity",)}
    typed = [one._replace(example=Example(one.example.text, "volcano", judged=("type",))) for one in strange]
    assert split(typed, KNOWN).train == []
