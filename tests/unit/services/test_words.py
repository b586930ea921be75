"""What the server says of states, channels and alarms is a word in both languages, never its own slug."""

from __future__ import annotations

import json
from datetime import UTC
from enum import StrEnum

import pytest

from dispatch.domain.report import Channel
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus, CallStatus, IncidentStatus, UnitStatus
from dispatch.storage.wire_row import log_line
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


def told(kind: str, lang: str, **data: object) -> str:
    row = {"kind": kind, "data": json.dumps(data), "at": 0, "seq": 1, "actor": "system"}
    return log_line(row, 1002, UTC, lang).text


@pytest.mark.parametrize(("lang", "kind", "data", "said"), [
    ("id", "reach.ended", {"subject": "pln", "status": "en_route"}, "PLN: berhenti dihubungi (JALAN)"),
    ("en", "assignment.created", {"subject": "women_child"}, "WOMEN CHILD assigned"),
    ("id", "assignment.created", {"subject": "A01"}, "A01 ditugaskan"),
    ("id", "report.silent", {"step": "location"}, "pelapor belum membalas (lokasi)"),
    ("en", "report.silent", {"step": "village"}, "the caller has not answered (which village)"),
    ("id", "alarm.raised", {"alarm": "citizen_silent"}, "alarm: pelapor diam"),
])
def test_a_line_of_the_chronology_shows_no_code(lang: str, kind: str, data: dict[str, str], said: str) -> None:
    assert told(kind, lang, **data) == said
