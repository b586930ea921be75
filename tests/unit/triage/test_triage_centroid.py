"""The middle of each kecamatan: from a boundary, a point, or its villages; nothing is made up."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.triage.centroid import centroid, district_points
from dispatch.triage.gazetteer import load_gazetteer

SHARED = Path(__file__).parents[4] / "shared/gazetteer"


def square(x: float, y: float, side: float) -> list[tuple[float, float]]:
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]


@given(x=st.floats(95, 141), y=st.floats(-11, 6), side=st.floats(0.01, 1), turned=st.booleans(), closed=st.booleans())
def test_the_middle_of_a_square_is_its_middle(x: float, y: float, side: float, turned: bool, closed: bool) -> None:
    ring = square(x, y, side)
    ring = [*ring, ring[0]] if closed else ring
    assert centroid([[ring[::-1] if turned else ring]]) == pytest.approx((y + side / 2, x + side / 2), abs=1e-6)


def test_larger_polygons_weigh_more_and_holes_nothing() -> None:
    assert centroid([[square(0, 0, 2)], [square(10, 0, 1)]]) == pytest.approx((0.9, 2.9))
    assert centroid([[square(0, 0, 4), square(2, 0, 2)]]) == pytest.approx((28 / 12, 20 / 12))
    assert centroid([[[(1, 1), (1, 1), (1, 1)]]]) is None


def test_without_points_there_is_no_middle(tmp_path: Path) -> None:
    assert district_points(load_gazetteer("33.28")) == {}
    table = tmp_path / "points.csv"
    table.write_text(
        "code,level,name,lat,lon\n33.28.08,kecamatan,Balapulang,-7.06,109.1\n"
        "33.28.01.2001,desa,A,-7.10,109.0\n33.28.01.2002,desa,B,-7.20,109.2\n"
    )
    found = district_points(load_gazetteer("33.28", table))
    assert len(found) == 2
    assert found["Margasari"] == (-7.15, 109.1)  # the mean of its villages
    assert (-7.06, 109.1) in found.values()


def test_tegal_lies_as_it_lies() -> None:
    if not (SHARED / "tegal_boundaries.geojson").exists():
        pytest.skip("the shared gazetteer of Tegal is not here")
    found = district_points(load_gazetteer("33.28", SHARED / "tegal_boundaries.geojson"))
    assert len(found) == 18
    north = sorted(found, key=lambda name: -found[name][0])
    assert {"Kramat", "Suradadi", "Warureja", "Dukuhturi"} & set(north[:5])
    assert set(north[-2:]) <= {"Bumijawa", "Bojong"}
    assert min(found, key=lambda name: found[name][1]) == "Margasari"
    assert max(found, key=lambda name: found[name][1]) == "Warureja"
