"""What a typed line stands over, and a verb that was typed behind itself."""

from __future__ import annotations

import pytest

from console.doubled import once
from console.typed_over import TypedOver
from tests.console.night import ago, incident, replaced

PEOPLE = ("rina", "adi")


def test_a_line_claims_the_state_it_was_begun_over_only_against_a_colleague() -> None:
    row = incident(1051, "fire", "", "high", "SLW", ago(5), version=3)
    typed = TypedOver()
    typed.note([row])
    newer = replaced(row, version=5, last_actor="adi")
    typed.note([newer])
    assert typed.version(newer, "rina", PEOPLE) == 3, "adi changed it while rina typed"
    assert typed.version(newer, "adi", PEOPLE) == 5, "one's own change is known"
    assert typed.version(replaced(newer, last_actor="system"), "rina", PEOPLE) == 5
    assert typed.version(replaced(newer, number=1052), "rina", PEOPLE) == 5, "the line did not speak of it"
    typed.forget(1051)
    typed.forget(1051)
    assert typed.version(newer, "rina", PEOPLE) == 5, "the newer state was shown"
    typed.note([row])
    typed.clear()
    assert typed.version(newer, "rina", PEOPLE) == 5


@pytest.mark.parametrize(("line", "meant"), [
    ("st st 1 2", "st 1 2"), ("st  ST 1", "ST 1"), (" ST serahterima 4 jalan  tutup", "serahterima 4 jalan  tutup"),
    ("st handover", "handover"),
    ("st 1 2", "st 1 2"), ("st", "st"), ("", ""), ("n st 3", "n st 3"), ("r r api", "r r api"), ("d d a01", "d d a01"),
])
def test_only_a_handover_is_freed_of_a_doubled_verb(line: str, meant: str) -> None:
    assert once(line) == meant
