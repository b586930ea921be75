"""Points in text: coordinates in every common form, map links, plus codes; and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.triage.coordinates import find_coordinates
from dispatch.triage.engine import TriageEngine
from dispatch.triage.plus_code import complete, decode, find_plus_code

WRITTEN = [
    "-6.9821, 109.1403",
    "posisi -6.9821 109.1403.",
    "-6,9821, 109,1403",
    "https://maps.google.com/?q=-6.9821,109.1403",
    "https://www.google.com/maps/@-6.9821,109.1403,17z",
    "https://maps.google.com/maps/search/-6.9821,+109.1403?x=1",
    "https://maps.google.com/?q=-6.9821%2C109.1403",
    "6.9821 LS 109.1403 BT",
    "6°58'55.6\"S 109°08'25.1\"E",
    "6°58′55.6″ LS, 109°8′25.1″ BT",
    "S 6°58.926' E 109°8.418'",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_written_point_is_read(text: str) -> None:
    point = find_coordinates(text)
    assert point is not None
    assert (round(point.lat, 3), round(point.lon, 3)) == (-6.982, 109.14)


@pytest.mark.parametrize(("text", "radius"), [("-6.98,109.14", 800), ("di -6.98 109.14.", 800), ("-6.9821,109.14", 800),
                                              ("-6.9821,109.1403", None)])
def test_a_coarse_point_says_how_far_off_it_may_be(text: str, radius: float | None) -> None:
    point = find_coordinates(text)
    assert point is not None
    assert (round(point.lat, 2), round(point.lon, 2), point.radius_m) == (-6.98, 109.14, radius)


@pytest.mark.parametrize("text", [
    "6.98, 109.14", "-6,98 109,14", "-6.9, 109.1",
    "48.85661, 2.35222", "https://goo.gl/maps/abc123", "https://maps.app.goo.gl/XyZ", "jam 10.30, 11.45", "6.5 km",
    "6°70'00\"S 109°08'25\"E", "Rp 25.000, 150.000", "0283.491016", "1.2.3.4", "", ".", "-",
])
def test_other_numbers_are_no_point(text: str) -> None:
    assert find_coordinates(text) is None


@given(st.text(alphabet="0123456789.,-+°'\" LSBTNE/", max_size=60))
def test_any_noise_is_answered(text: str) -> None:
    point = find_coordinates(text)
    assert point is None or (-11.5 <= point.lat <= 6.5 and text[point.start:point.end])
    find_plus_code(text)


# Middles as the reference implementation (openlocationcode 1.0.1) gives them.
CODES = [
    ("6P5F249R+54", -6.9820625, 109.1403125),
    ("6P5F249R+547", -6.9820875, 109.140296875),
    ("6P5F2622+22", -6.9999375, 109.2000625),
    ("6R92GP22+222", -2.4999875, 140.700015625),
]


@pytest.mark.parametrize(("written", "lat", "lon"), CODES)
def test_a_plus_code_in_full_and_in_short(written: str, lat: float, lon: float) -> None:
    code = find_plus_code(f"lokasi {written.lower()}, cepat")
    assert code is not None
    assert decode(code) == pytest.approx((lat, lon))
    short = find_plus_code(written[4:])
    # A reference point up to half a degree away completes it to the same rectangle.
    for near in ((lat, lon), (lat + 0.45, lon - 0.45), (lat - 0.45, lon + 0.45)):
        if short is not None:
            assert complete(short, *near) == pytest.approx((lat, lon))


@pytest.mark.parametrize(
    "text", ["2345+67", "6281234+5678", "A+B", "C++", "ABCD+EF", "FFFF2458+9R", "2458+9", "+62812"]
)
def test_sums_and_numbers_are_no_plus_code(text: str) -> None:
    assert find_plus_code(text) is None


def test_a_full_plus_code_is_a_point_and_a_short_one_without_a_gazetteer_stays_words(engine: TriageEngine) -> None:
    assert engine.locate("kebakaran di 6P5F249R+54").lat == pytest.approx(-6.9820625)
    place = engine.locate("banjir 249R+54 Slawi")
    assert place.lat is None
    assert place.kecamatan == "Slawi"
