"""The read side over both engines: order, limits, masking, clock states and statistics."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.phone import mask_phone
from dispatch.services.statistics import count_calls, nearest_rank, read_stats
from dispatch.storage import board
from dispatch.storage.board import read_board, read_incident, read_rows
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import clock, incident
from dispatch.storage.transaction import Tx
from tests.support.centre import CENTRE, START, TZ, Centre, running_centre


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


async def test_the_most_severe_and_oldest_come_first_and_the_rest_is_counted(centre: Centre) -> None:
    numbers = {}
    for name, text in (("low", "jalan"), ("old", "kebakaran"), ("info", "info KTP"), ("new", "kebakaran")):
        numbers[name] = (await centre.report(text, name)).number
        centre.pass_time(1)
    rows = await read_board(centre.edge.reader, TZ, centre.moment[0])
    assert [row.number for row in rows.incidents] == [numbers[name] for name in ("old", "new", "low", "info")]
    assert rows.truncated == 0
    short = await read_board(centre.edge.reader, TZ, centre.moment[0], limit=3)
    assert (len(short.incidents), short.truncated) == (3, 1)


async def test_what_is_closed_leaves_the_board_and_is_still_sent_as_a_change(centre: Centre) -> None:
    received = await centre.report("kebakaran", "a")
    await centre.run(lambda tx: tx.update(incident, {"id": received.incident_id}, status="closed", is_open=0))
    assert (await read_board(centre.edge.reader, TZ, START)).incidents == []
    rows = await read_rows(centre.edge.reader, [f"incident:{received.incident_id}"], TZ, START)
    assert rows.incidents[0].status == "closed"


async def test_links_between_rows_are_spoken_numbers(centre: Centre) -> None:
    first, second = await centre.report("kebakaran", "a"), await centre.report("kebakaran", "b")
    await centre.add_unit("D01")

    def link(tx: Tx) -> None:
        from dispatch.storage.tables import unit

        tx.update(incident, {"id": second.incident_id}, merged_into=first.incident_id, status="merged")
        tx.update(unit, {"call_sign": "D01"}, incident_id=first.incident_id)

    await centre.run(link)
    merged = await read_incident(centre.edge.reader, second.number, TZ, START)
    assert merged is not None
    assert merged.merged_into == first.number
    assert (await read_rows(centre.edge.reader, ["unit:D01"], TZ, START)).units[0].incident == first.number


async def test_unknown_keys_are_ignored(centre: Centre) -> None:
    rows = await read_rows(centre.edge.reader, ["incident:99", "unit:Z99", "alarm:5", "moon:1", "centre"], TZ, START)
    assert (rows.incidents, rows.units, rows.alarms) == ([], [], [])


@pytest.mark.parametrize(("level", "outcome", "pauses", "state"), [
    (0, "", "[]", "running"), (1, "", "[]", "warned"), (2, "", "[]", "breached"), (3, "", "[]", "serious"),
    (0, "", '[[1768201200000,null,"menunggu suku cadang","rina"]]', "paused"), (0, "met", "[]", "met"),
    (2, "missed", "[]", "missed"), (1, "cancelled", "[]", "cancelled"),
])
async def test_clock_states(centre: Centre, level: int, outcome: str, pauses: str, state: str) -> None:
    received = await centre.report("jalan", "a")
    await centre.run(lambda tx: tx.update(clock, {}, level=level, outcome=outcome, pauses=pauses))
    now = START + timedelta(seconds=90)
    row = await read_incident(centre.edge.reader, received.number, TZ, now)
    assert row is not None
    assert {item.state for item in row.clocks} == {state}
    assert row.clocks[0].paused_ms == (90_000 if state == "paused" else 0)


@given(st.text(max_size=40))
def test_a_masked_number_never_shows_its_middle(number: str) -> None:
    masked = mask_phone(number)
    assert sum(c.isdigit() for c in masked) <= 7
    assert all(c.isprintable() for c in masked)


@pytest.mark.parametrize(("number", "masked"), [
    ("+6281234567771", "0812-***-771"), ("whatsapp:+6281234567771", "0812-***-771"), ("112", "***"), ("", ""),
    ("+442079460000", "4420-***-000"), ("sip:anon@host9", "***"),
])
def test_masked_numbers(number: str, masked: str) -> None:
    assert mask_phone(number) == masked


async def test_statistics_count_incidents_of_the_span_only(centre: Centre) -> None:
    await centre.report("kebakaran slawi", "a")
    centre.pass_time(30)
    await centre.run(lambda tx: tx.update(
        clock, {"phase": "answer"}, stopped_at=tx.now_ms, outcome="met", lateness_ms=7, next_at=None
    ))
    await centre.report("jalan", "b")
    centre.pass_time(7200)
    await centre.add_unit("D01")
    stats = await read_stats(centre.edge.reader, START, START + timedelta(seconds=1), centre.moment[0], TZ)
    assert stats.types == {"fire": 1}
    assert stats.districts == {"Slawi": 1}
    assert stats.hours == {"2026-01-12 14": 1}
    [answer] = stats.phases
    assert (answer.phase, answer.n, answer.p50, answer.p90, answer.met_share) == ("answer", 1, 30.0, 30.0, 1.0)
    assert stats.lateness_ms == {"n": 1, "p50": 7, "p99": 7, "max": 7}
    assert stats.units[0]["available"] == 1
    assert sum(stats.sla.values()) == 3
    grouped = await read_stats(centre.edge.reader, START, START + timedelta(seconds=1), START, TZ, by="severity")
    assert [item.group for item in grouped.phases] == ["critical"]


async def test_breached_clocks_are_listed_and_paused_ones_are_not_called_running(centre: Centre) -> None:
    first, second = await centre.report("kebakaran", "a"), await centre.report("jalan", "b")
    await centre.run(lambda tx: tx.update(clock, {"incident_id": first.incident_id}, level=2))
    await centre.run(lambda tx: tx.update(clock, {"incident_id": second.incident_id}, next_at=None))
    stats = await read_stats(centre.edge.reader, START, START + timedelta(days=1), START, TZ)
    assert stats.sla == {"breached": 2, "paused": 2}
    assert {(item["incident"], item["state"]) for item in stats.at_risk} == {(first.number, "breached")}


def offered(answered_s: float | None = None, ended_s: float | None = None, **row: Any) -> dict[str, Any]:
    at = {"rang_at": 0, "answered_at": None, "ended_at": None, "status": "ended", "disposition": ""}
    at["answered_at"] = None if answered_s is None else int(answered_s * 1000)
    at["ended_at"] = None if ended_s is None else int(ended_s * 1000)
    return at | row


def test_calls_are_counted_as_defined() -> None:
    counted = count_calls([
        offered(10, 60), offered(15, 60), offered(40, 90), offered(2, 5, disposition="ghost"),
        offered(None, 3, status="abandoned"), offered(None, 8, status="abandoned"), offered(status="ringing"),
    ])
    assert counted["offered"] == 7
    assert counted["answered"] == 3
    assert counted["answered_15s_share"] == pytest.approx(2 / 3)
    assert counted["abandoned"] == 1, "who hangs up within 5 s did not wait"
    assert counted["noise"] == 1
    assert counted["answer_p90_s"] == 40


@given(st.lists(st.integers(0, 10**9), min_size=1), st.floats(0.01, 1))
def test_nearest_rank_is_a_value_that_occurred(values: list[int], share: float) -> None:
    ordered = sorted(values)
    found = nearest_rank(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered)


def test_nearest_rank_of_nothing() -> None:
    assert nearest_rank([], 0.5) is None


STATEMENTS: list[tuple[Statement, dict[str, Any]]] = [
    (board.OPEN_IDS, {"most": 5}), (board.COUNT_OPEN, {}), (board.INCIDENTS, {"ids": [1, 2]}),
    (board.ASSIGNMENTS, {"ids": [1, 2]}), (board.CLOCKS, {"ids": [1, 2]}), (board.NUMBERS, {"ids": [1, 2]}),
    (board.BY_NUMBER, {"number": 1}), (board.UNITS_OF, {"keys": ["A01"]}), (board.CALLS, {}),
    (board.CALLS_OF, {"keys": [1]}), (board.OPERATORS_OF, {"keys": ["a"]}), (board.ALARMS, {}),
    (board.ALARMS_OF, {"keys": [1]}), (board.REPORTS, {"id": 1}), (board.TIMELINE, {"id": 1}),
    (board.MESSAGES, {"id": 1}),
]


async def test_board_plans_never_scan_a_table(sqlite_database: Database) -> None:
    reader = Reader(sqlite_database, CENTRE, connections=1)
    await reader.start()
    async with reader._lease() as connection:
        for statement, given_ in STATEMENTS:
            sql, parameters = statement.prepare("sqlite", {"centre": CENTRE, **given_})
            async with connection.execute(f"EXPLAIN QUERY PLAN {sql}", parameters) as cursor:
                plan = [row[3] for row in await cursor.fetchall()]
            for step in plan:
                assert not step.startswith("SCAN"), (sql, plan)
                # 'centre' alone would be the whole table of a one-centre database.
                assert not step.endswith("(centre=?)"), (sql, plan)
    await reader.stop()
