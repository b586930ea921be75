"""Erlang C, control chart and forecast: by the worked figures and by what must always hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.control_chart import FEWEST, Signal, draw_chart
from dispatch.domain.erlang import seats_needed, service_level, waiting_share
from dispatch.domain.forecast import WEEK, Forecast, forecast_hour

RATES = st.floats(0.1, 500)
HANDLING = st.floats(5, 900)


@pytest.mark.parametrize(("calls", "seats"), [(12, 2), (20, 3), (40, 4), (60, 5)])
def test_seats_for_two_minute_calls(calls: int, seats: int) -> None:
    assert seats_needed(calls, 120, 0.9, 15) == seats


def test_two_seats_answer_twelve_calls_an_hour() -> None:
    assert service_level(12, 120, 2, 15) == pytest.approx(0.9454, abs=0.0001)
    assert service_level(0, 120, 2, 15) == 1.0


def test_one_seat_is_the_simple_queue() -> None:
    """M/M/1: the share that waits is the load itself."""
    assert waiting_share(1, 0.3) == pytest.approx(0.3)
    assert waiting_share(2, 2.0) == 1.0, "who cannot keep up lets everybody wait"


@given(RATES, HANDLING, st.integers(1, 60), st.floats(0, 120))
def test_one_more_seat_never_hurts(calls: float, handling: float, seats: int, within: float) -> None:
    fewer, more = (service_level(calls, handling, n, within) for n in (seats, seats + 1))
    assert 0 <= fewer <= more + 1e-9 <= 1 + 2e-9


@given(RATES, HANDLING, st.integers(1, 60), st.floats(0, 60), st.floats(0, 60))
def test_patience_and_quiet_hours_help(calls: float, handling: float, seats: int, within: float, more: float) -> None:
    level = service_level(calls, handling, seats, within)
    assert service_level(calls, handling, seats, within + more) >= level - 1e-9
    assert service_level(calls / 2, handling, seats, within) >= level - 1e-9


@given(st.floats(0, 300), HANDLING, st.floats(0.5, 0.99))
def test_the_answer_is_the_fewest_seats(calls: float, handling: float, share: float) -> None:
    seats = seats_needed(calls, handling, share, 15)
    assert service_level(calls, handling, seats, 15) >= share
    assert seats == 1 or service_level(calls, handling, seats - 1, 15) < share


@pytest.mark.parametrize(("calls", "share"), [(-1, 0.9), (10, 1.0), (10**6, 0.9)])
def test_what_cannot_be_staffed_is_said(calls: float, share: float) -> None:
    with pytest.raises(ValueError, match=r"share|negative|seats"):
        seats_needed(calls, 120, share, 15)


QUIET = [10.0, 12, 9, 11, 10, 12, 9, 11]


def signals(values: list[float]) -> dict[int, set[Signal]]:
    chart = draw_chart(values)
    assert chart is not None
    return {i: set(found) for i, found in chart.signals.items()}


def test_a_usual_scatter_has_no_signal() -> None:
    chart = draw_chart(QUIET)
    assert chart is not None
    assert chart.signals == {}
    assert chart.mean == pytest.approx(10.5)
    assert chart.upper == pytest.approx(10.5 + 2.66 * 15 / 7)
    assert chart.lower == pytest.approx(10.5 - 2.66 * 15 / 7)


def test_a_point_beyond_a_limit() -> None:
    found = signals([*QUIET, *QUIET, 40])
    assert {i for i, why in found.items() if Signal.OUTSIDE in why} == {16}


def test_seven_on_one_side_and_not_six() -> None:
    low, high = [10, 11, 10, 11, 10, 11, 10.0], [14, 13.5, 14, 13.5, 14, 13.5, 14.0]
    assert {i for i, found in signals(low + high).items() if Signal.SHIFT in found} == set(range(14))
    six = [10, 14, *([10, 11] * 3), *([14, 13] * 3), 10.0]
    assert not any(Signal.SHIFT in found for found in signals(six).values())


def test_seven_rising_and_not_six() -> None:
    rising = [10, 13, 9, 9.5, 10, 10.5, 11, 11.5, 12, 9.0]
    assert {i for i, found in signals(rising).items() if Signal.TREND in found} == set(range(2, 9))
    six = [10, 13, 9, 9.5, 10, 10.5, 11, 11.5, 9, 12.0]
    assert not any(Signal.TREND in found for found in signals(six).values())
    level = [10, 13, 9, 9.5, 10, 10, 10.5, 11, 11.5, 12.0]
    assert not any(Signal.TREND in found for found in signals(level).values()), "a step that is none ends it"
    assert not any(Signal.TREND in found for found in signals([22 - value for value in level]).values())


def test_two_of_three_near_a_limit() -> None:
    found = signals([*QUIET * 4, 15.5, 12, 15.5])
    assert {i for i, why in found.items() if Signal.NEAR_LIMIT in why} == {32, 34}
    assert not any(Signal.OUTSIDE in why for why in found.values())
    low = signals([21 - value for value in (*QUIET * 4, 15.5, 12, 15.5)])
    assert {i for i, why in low.items() if Signal.NEAR_LIMIT in why} == {32, 34}
    assert signals([*QUIET * 4, 14, 12, 14]) == {}, "the outer third begins at two thirds of the way"
    apart = signals([*QUIET * 4, 15.5, 10, 11, 15.5])
    assert not any(Signal.NEAR_LIMIT in found for found in apart.values())


def test_too_few_points_have_no_limits() -> None:
    assert draw_chart([1.0] * (FEWEST - 1)) is None


@given(st.lists(st.floats(0, 1e6), min_size=FEWEST, max_size=60), st.floats(0.1, 100), st.floats(0, 1e4))
def test_limits_lie_around_the_mean_and_signals_are_points(values: list[float], scale: float, shift: float) -> None:
    chart = draw_chart(values)
    assert chart is not None
    assert 0 <= chart.lower <= chart.mean + 1e-6 <= chart.upper + 2e-6
    assert all(0 <= i < len(values) and found for i, found in chart.signals.items())


HOUR = datetime(2026, 1, 12, 7, tzinfo=UTC)


def test_the_same_hour_of_the_weeks_before() -> None:
    week, day = timedelta(days=7), timedelta(days=1)
    counts = {HOUR - week: 10, HOUR - 2 * week: 14, HOUR - day: 99, HOUR - 8 * day: 99, HOUR: 99}
    assert forecast_hour(HOUR, counts, HOUR - 2 * week) == Forecast(12.0, 2)
    assert forecast_hour(HOUR, counts | {HOUR - 9 * week: 999}, HOUR - 20 * week) == Forecast(3.0, 8)


def test_an_hour_without_calls_counts_once_somebody_was_counting() -> None:
    assert forecast_hour(HOUR, {HOUR - WEEK: 9}, HOUR - 3 * WEEK) == Forecast(3.0, 3)


def test_no_earlier_week_on_record_is_no_forecast() -> None:
    assert forecast_hour(HOUR, {}, HOUR - timedelta(days=6)) is None
    assert forecast_hour(HOUR, {}, None) is None


@given(st.lists(st.integers(0, 500), min_size=1, max_size=8))
def test_a_forecast_lies_within_what_was_seen(seen: list[int]) -> None:
    counts = {HOUR - WEEK * back: n for back, n in enumerate(seen, 1)}
    found = forecast_hour(HOUR, counts, HOUR - WEEK * len(seen))
    assert found is not None
    assert min(seen) <= found.mean <= max(seen)
    assert found.n == len(seen)
