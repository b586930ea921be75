"""What the server says of states, channels and alarms is a word in both languages, never its own slug."""

from __future__ import annotations

from enum import StrEnum

import pytest

from dispatch.domain.report import Channel
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus, CallStatus, IncidentStatus, UnitStatus
from dispatch.texts import LANGUAGES, catalogue

PEOPLE = ("id", "en")
"""Languages operators read; callers have more."""


@pytest.mark.parametrize("lang", PEOPLE)
@pytest.mark.parametrize("states", [AssignmentStatus, CallStatus, IncidentStatus, UnitStatus, Channel, Severity])
def test_every_state_has_a_word(states: type[StrEnum], lang: str) -> None:
    words = catalogue(lang)
    assert [state.value for state in states if f"log.word.{state.value}" not in words] == []


@pytest.mark.parametrize("lang", PEOPLE)
def test_every_alarm_has_a_word_for_the_chronology(lang: str) -> None:
    words = catalogue(lang)
    kinds = {key.split(".")[1] for key in words if key.startswith("alarm.")}
    assert sorted(kind for kind in kinds if f"log.alarm.{kind}" not in words) == []
    assert set(PEOPLE) <= set(LANGUAGES)
