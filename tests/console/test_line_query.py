"""F: which of the server's hits are what was asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.query import fits, search_words
from dispatch.wire import SearchHit
from tests.console.fake_server import AT

HIT = SearchHit(
    kind="incident", key="incident:1044", title="1044", detail="pencurian P3 SELESAI Slawi", at=AT, type="crime",
    severity="medium", kecamatan="Slawi",
)
NOW = AT + timedelta(days=2)


@pytest.mark.parametrize(("args", "expected"), [
    ({"text": "x"}, True),
    ({"severity": "medium"}, True),
    ({"severity": "critical"}, False),
    ({"type": "crime", "district": "Slawi"}, True),
    ({"type": "fire"}, False),
    ({"within_s": 7 * 86400}, True),
    ({"within_s": 86400}, False),
    ({"older_than_s": 86400}, True),
    ({"older_than_s": 7 * 86400}, False),
])
def test_only_what_was_asked_for_fits(args: dict[str, Any], expected: bool) -> None:
    assert fits(HIT, args, NOW) is expected


def test_what_has_no_priority_and_no_time_does_not_pass_a_filter() -> None:
    report = SearchHit(kind="report", key="report:1", title="medium", detail="sms medium", severity="medium", at=AT)
    assert not fits(report, {"severity": "medium"}, NOW)
    assert not fits(SearchHit(kind="unit", key="unit:A01", title="A01"), {"within_s": 60}, NOW)
    assert fits(report, {"text": "medium"}, NOW)
    assert fits(SearchHit(kind="unit", key="unit:A01", title="A01"), {"text": "A01"}, NOW)


@pytest.mark.parametrize(("args", "words"), [
    ({"text": "pasar trayeman", "district": "Slawi"}, "pasar trayeman"),
    ({"district": "Slawi", "type": "fire"}, "Slawi"),
    ({"type": "fire", "severity": "low"}, "fire"), ({"severity": "low"}, "low"), ({}, ""),
])
def test_the_words_are_what_is_searched(args: dict[str, Any], words: str) -> None:
    assert search_words(args) == words
