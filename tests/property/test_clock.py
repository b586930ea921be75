"""Due times by property: they never move backwards, never count time that does not count, and survive pauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.clock import (
    Calendar,
    Pause,
    Window,
    add_working,
    deadlines,
    paused_ms,
    working_between,
)

TZ = ZoneInfo("Asia/Jakarta")
ALWAYS = Calendar("always", TZ)
OFFICE = Calendar(
    "office", TZ,
    tuple(Window(day, *span) for day in range(5) for span in ((time(7, 30), time(12)), (time(13), time(16)))),
    frozenset({date(2026, 1, 1), date(2026, 3, 20), date(2026, 3, 23)}),
)
NIGHTS = Calendar(
    "nights", TZ, tuple(Window(day, *span) for day in (4, 5) for span in ((time(0), time(6)), (time(18), time.max))),
)
calendars = st.sampled_from([ALWAYS, OFFICE, NIGHTS])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(seconds=1), timedelta(days=20))
short = st.timedeltas(timedelta(), timedelta(days=3))


@given(moments, spans, calendars)
def test_the_time_until_due_is_exactly_the_target(start: datetime, target: timedelta, calendar: Calendar) -> None:
    due = add_working(start, target, calendar)
    assert working_between(start, due, calendar) == target


@given(moments, spans, spans, calendars)
def test_a_longer_target_is_never_due_earlier(
    start: datetime, one: timedelta, two: timedelta, calendar: Calendar
) -> None:
    first, second = add_working(start, min(one, two), calendar), add_working(start, max(one, two), calendar)
    assert first <= second


@given(moments, moments, moments, calendars)
def test_working_time_adds_up(a: datetime, b: datetime, c: datetime, calendar: Calendar) -> None:
    a, b, c = sorted((a, b, c))
    assert working_between(a, c, calendar) == working_between(a, b, calendar) + working_between(b, c, calendar)


@given(moments, spans, calendars)
def test_warn_comes_before_due_and_due_before_serious(start: datetime, target: timedelta, calendar: Calendar) -> None:
    times = deadlines(start, target, calendar)
    assert start <= times.warn_at <= times.due_at <= times.serious_at


@given(moments, spans, calendars, st.lists(st.tuples(short, short), max_size=4))
def test_pauses_move_the_due_time_by_what_they_swallow_before_it(
    start: datetime, target: timedelta, calendar: Calendar, gaps: list[tuple[timedelta, timedelta]]
) -> None:
    pauses, moment = [], start
    for gap, length in gaps:
        opened = moment + gap
        moment = opened + length
        pauses.append(Pause(opened, moment, "tunggu", "rina"))
    due = deadlines(start, target, calendar, tuple(pauses)).due_at
    stood = sum((working_between(p.started_at, min(p.ended_at or due, due), calendar) for p in pauses
                 if p.started_at < due), timedelta())
    assert working_between(start, due, calendar) - stood == target
    assert due >= add_working(start, target, calendar)


@given(moments, spans)
def test_an_open_pause_moves_nothing_yet(start: datetime, target: timedelta) -> None:
    still = (Pause(start + timedelta(seconds=1), None, "tunggu", "rina"),)
    assert deadlines(start, target, ALWAYS, still) == deadlines(start, target, ALWAYS)
    assert paused_ms(still, start + timedelta(seconds=11)) == 10_000


def test_friday_afternoon_runs_on_monday_after_a_holiday() -> None:
    thursday = datetime(2026, 3, 19, 15, 30, tzinfo=TZ)
    assert add_working(thursday, timedelta(hours=1), OFFICE) == datetime(2026, 3, 24, 8, 0, tzinfo=TZ)


def test_a_night_passes_midnight_without_a_gap_and_the_longest_day_is_a_working_day() -> None:
    friday = datetime(2026, 3, 20, 23, 0, tzinfo=TZ)
    assert add_working(friday, timedelta(hours=8), NIGHTS) == datetime(2026, 3, 21, 19, 0, tzinfo=TZ)
    assert working_between(friday, friday + timedelta(hours=2), NIGHTS) == timedelta(hours=2)
    uneven = replace(OFFICE, windows=(*OFFICE.windows, Window(0, time(18), time.max)))
    lengths = [c.working_day_length() / timedelta(hours=1) for c in (ALWAYS, OFFICE, NIGHTS, uneven)]
    assert lengths == [24, 7.5, 12, 13.5]


def test_a_naive_moment_and_a_calendar_without_time_are_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        add_working(datetime(2026, 1, 1), timedelta(hours=1), ALWAYS)
    never = Calendar("never", TZ, (Window(0, time(8), time(8)),))
    with pytest.raises(ValueError, match="no working time"):
        add_working(datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1), never)
