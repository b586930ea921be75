"""Which incidents a board filter shows: every part by itself, all of them together, nothing forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.filter import BoardFilter
from dispatch.wire import IncidentRow, PlaceRow, SceneRow
from tests.console.night import NOW, ago, incident, replaced, sent

ROW = replaced(
    incident(1051, "fire", "building", "high", "SLW", ago(10), version=1,
             assignments=[sent(1, "D01", "fire", "en_route", NOW), sent(2, "P07", "police", "en_route", NOW)]),
    also_types=["power"], agencies=["fire", "pln"], summary="asap tebal", caller="0812-***-771",
    place=PlaceRow(text="belakang pasar", desa="Dukuhsalam", kecamatan="Slawi", landmark="Mushola", spot="RT 2"),
    scene=SceneRow(hazard="gas bocor"),
)


def shows(args: dict[str, Any], row: IncidentRow = ROW) -> bool:
    return BoardFilter.of(args, "q").shows(row, NOW)


@pytest.mark.parametrize(("args", "shown"), [
    ({}, True),
    ({"severity": "high"}, True), ({"severity": "low"}, False),
    ({"older_than_s": 599}, True), ({"older_than_s": 600}, False),
    ({"district": "Slawi"}, True), ({"district": "Talang"}, False),
    ({"type": "fire"}, True), ({"type": "power"}, True), ({"type": "medical"}, False),
    ({"subtype": "building"}, True), ({"subtype": "land"}, False),
    ({"agency": ["health", "pln"]}, True), ({"agency": ["health"]}, False),
    ({"units": ["A01", "D01"]}, True), ({"units": ["A01"]}, False),
    *(({"text": words}, True) for words in (
        "ASAP", "pasar", "dukuh", "slawi", "mushola", "rt", "gas", "0812", "tebal bocor")),
    ({"text": "asap banjir"}, False),
    ({"severity": "high", "district": "Talang"}, False), ({"severity": "high", "type": "fire"}, True),
    ({"nothing": "known"}, True), ({"severity": ""}, True),
], ids=str)
def test_every_part_must_hold(args: dict[str, Any], shown: bool) -> None:
    assert shows(args) is shown


def test_a_filter_of_nothing_has_no_title() -> None:
    assert BoardFilter.of({"severity": "high"}, "q p2").words == "q p2"
    assert BoardFilter.of({"severity": ""}, "q").words == ""
    assert not shows({"older_than_s": 1}, replaced(ROW, opened_at=NOW + timedelta(seconds=5)))
