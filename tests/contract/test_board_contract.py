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
