"""Reading a file of reports: every line becomes a record or a named fault, the same way every time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.cli.traffic import Record, Tally, read_records


def read(*entries: Any) -> tuple[list[Record], Tally]:
    tally = Tally()
    lines = [entry if isinstance(entry, bytes) else json.dumps(entry).encode() for entry in entries]
    return list(read_records(lines, tally)), tally


def test_bare_text_becomes_an_sms_of_a_made_up_number_nobody_can_have() -> None:
    records, tally = read({"id": "a", "text": "kebakaran"})
    assert (records[0].channel, records[0].text, tally.failed) == ("sms", "kebakaran", 0)
    assert records[0].sender.startswith("+62860")


def test_given_fields_are_kept() -> None:
    records, _ = read({"id": 7, "channel": "web", "sender": "+628999000001", "text": "x", "kecamatan": "Slawi"})
    assert (records[0].channel, records[0].sender, records[0].kecamatan) == ("web", "+628999000001", "Slawi")


def test_times_count_from_the_first_report() -> None:
    records, _ = read(
        {"id": "a", "text": "x", "t": "2026-01-12T07:00:00+07:00"},
        {"id": "b", "text": "x", "t": "2026-01-12T00:00:30Z"},
        {"id": "c", "text": "x"},
    )
    assert [record.at_s for record in records] == [0.0, 30.0, None]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"{nonsense", "line 2: not JSON"), (b"[1]", "not an object"), (b'{"text": 5}', "not an object with a text"),
        (b'{"channel": "fax", "text": "x"}', "unknown channel 'fax'"), (b"\xff\xfe", "not JSON"),
        (b'{"text": "' + b"x" * 70_000 + b'"}', "longer than"), (b'{"text": "x", "sender": 5}', "sender must be text"),
    ],
)
def test_line_that_is_no_report_is_named_and_the_others_go_on(line: bytes, fault: str) -> None:
    records, tally = read({"id": "a", "text": "x"}, line, b"", {"id": "b", "text": "y"})
    assert [record.text for record in records] == ["x", "y"]
    assert tally.failed == 1
    assert fault in tally.faults[0]


@given(st.lists(st.tuples(st.text(max_size=8), st.text(max_size=30)), max_size=30, unique_by=lambda pair: pair[0]))
def test_the_same_file_always_gives_the_same_records(pairs: list[tuple[str, str]]) -> None:
    entries = [{"id": name, "text": text} for name, text in pairs]
    first, again = read(*entries)[0], read(*entries)[0]
    assert first == again
    assert len({record.sender for record in first}) == len(first), "people must not share a number"
    named = [record.key for record, (name, _) in zip(first, pairs, strict=True) if name]
    assert len(set(named)) == len(named)


def test_percentiles_are_nearest_rank() -> None:
    tally = Tally(seconds=[0.004, 0.001, 0.002, 0.003])
    assert (tally.percentile_ms(50), tally.percentile_ms(99), tally.percentile_ms(25)) == (2.0, 4.0, 1.0)
    assert Tally().percentile_ms(99) == 0.0
