"""The district map: where cells stand, what they say, and what its keys do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.store import Store
from console.view.look import Look
from console.view.map import map_cells, map_lines, nearest_units, tallies
from console.view.place_cells import neighbour, place_cells
from tests.console.night import CENTRE, DISTRICTS, NOW, Night, board, incident, replaced, units
from tests.console.pictures import still
from tests.console.test_snapshots import workspace

CODES = st.lists(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3), min_size=1, max_size=48, unique=True)
SPOT = st.tuples(st.floats(-11, 6), st.floats(95, 141))


@settings(max_examples=60, deadline=None)
@given(codes=CODES, data=st.data(), columns=st.integers(1, 14), rows=st.integers(1, 28))
def test_every_district_has_a_cell_of_its_own(codes: list[str], data: st.DataObject, columns: int, rows: int) -> None:
    points = data.draw(st.dictionaries(st.sampled_from(codes), SPOT))
    cells = place_cells(tuple(codes), tuple(sorted(points.items())), columns, rows)
    assert set(cells) == set(codes)
    assert len(set(cells.values())) == len(codes)
    assert all(0 <= column < columns for _, column in cells.values())
    if len(codes) <= columns * rows and not points:
        assert max(row for row, _ in cells.values()) < rows
    bare = sorted(set(codes) - points.keys())
    assert sorted(bare, key=cells.__getitem__) == bare, "those without a point stand in code order"


@settings(max_examples=40, deadline=None)
@given(codes=CODES, data=st.data())
def test_arrows_reach_every_district_and_stop_at_the_edge(codes: list[str], data: st.DataObject) -> None:
    points = data.draw(st.dictionaries(st.sampled_from(codes), SPOT))
    cells = place_cells(tuple(codes), tuple(sorted(points.items())), 7, 7)
    reached, edge = {min(cells)}, [min(cells)]
    while edge:
        here = edge.pop()
        for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            there = neighbour(cells, here, across, down)
            if there != here:
                assert (cells[there][1] - cells[here][1]) * across + (cells[there][0] - cells[here][0]) * down > 0
            if there not in reached:
                reached.add(there)
                edge.append(there)
    assert reached == set(codes)


def look(**centre: Any) -> Look:
    return Look(replaced(CENTRE, **centre), NOW)


def store_of(**more: Any) -> Store:
    store = Store()
    store.snapshot(board(**more), NOW)
    return store


def test_the_coast_is_above_and_the_mountain_below() -> None:
    cells = map_cells(look(), 120, 15)
    rows = {code: row for code, (row, _) in cells.items()}
    assert {code for code, row in rows.items() if row == 0} == {"DTR", "TLG", "KRM", "SRD", "WRJ"}
    assert {code for code, row in rows.items() if row == max(rows.values())} == {"BMJ", "BJG"}
    assert min(cells, key=lambda code: cells[code][1]) == "MGS"
    assert max(cells, key=lambda code: cells[code][1]) == "WRJ"


def test_a_regency_without_points_is_a_grid_in_code_order() -> None:
    cells = map_cells(look(district_points={}), 80, 7)
    assert sorted(cells, key=cells.__getitem__) == sorted(DISTRICTS)


def test_a_cell_says_load_worst_priority_lateness_and_lost_units() -> None:
    found = tallies(store_of(), look())
    text = "\n".join(line.text for line in map_lines(found, map_cells(look(), 120, 15), look(), 120, "MGS"))
    for cell in ("SLW*!4/5", "ADW* 2/2", "KDB( 1/0", "BJG ~1/0", "BMJ  0/?", "MGS  0/0"):
        assert cell in text, text


def test_what_has_no_district_is_not_lost() -> None:
    lost = incident(1060, "fire", "building", "critical", "SLW", NOW, place=replaced(board().incidents[0].place,
                                                                                  kecamatan="Atlantis"))
    found = tallies(store_of(incidents=[lost]), look())
    assert [row.number for row in found[""].waiting] == [1060]


def test_ready_units_elsewhere_come_by_distance() -> None:
    near = nearest_units(tallies(store_of(), look()), "SLW", CENTRE.district_points)
    assert [unit.call_sign for _, unit in near] == ["A03", "P12", "P14", "P15"]
    assert all(km > 0 for km, _ in near)
    assert not nearest_units(tallies(store_of(), look()), "SLW", {})


async def test_the_map_lives_and_its_keys_stay_on_it() -> None:
    night = Night()
    app = workspace("id", night)
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        await pilot.press("f10")
        assert "SLW*!4/5" in page(app)
        away = [replaced(unit, status="out_of_service", version=2) for unit in units() if unit.call_sign == "A01"]
        from dispatch.wire import Changes

        night.push(Changes(seq=101, now=NOW, units=away))
        await pilot.pause(0.3)
        assert "SLW*!4/4" in page(app)
        await pilot.press("right", "enter")
        await pilot.pause(0.1)
        assert "1039" in page(app), "the list of Pangkah"
        await pilot.press("escape")
        await pilot.pause(0.1)
        assert "PKH  1/0" in page(app)
        assert not night.sent, "arrows and Enter on the map send nothing"
        await pilot.press(*"dekat", "enter")
        await pilot.pause(0.1)
        assert "km" in page(app)
        await pilot.press("escape", "escape")
        await pilot.pause(0.1)
        assert not app.workspace.covered_by_text


@pytest.mark.parametrize("word", ["1044", "v 1044"])
async def test_commands_work_from_the_map(word: str) -> None:
    app = workspace("id")
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        await pilot.press("f10", *(" ".join(word).replace("   ", " space ").split()), "enter")
        await pilot.pause(0.3)
        assert app.desk.current == 1044


def page(app: Any) -> str:
    return "\n".join(line.text for line in app.workspace.covers.page.lines)
