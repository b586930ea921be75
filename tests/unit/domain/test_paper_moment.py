"""The time on a card names one moment: the newest that has been, and never one to come."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.paper import CLOCK_SKEW, OLDEST, card_id, card_name, moment_of
from dispatch.errors import Invalid

TZ = ZoneInfo("Asia/Jakarta")
NOON = datetime(2026, 1, 12, 12, 0, tzinfo=TZ)
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(TZ))


@given(MOMENTS, st.integers(0, 23), st.integers(0, 59))
def test_without_a_date_it_is_within_the_last_day(now: datetime, hour: int, minute: int) -> None:
    moment = moment_of(f"{hour:02d}:{minute:02d}", "", now)
    assert now - timedelta(days=1) < moment <= now
    assert (moment.hour, moment.minute) == (hour, minute) or now - moment <= CLOCK_SKEW


@given(MOMENTS, st.integers(0, 29), st.integers(0, 23), st.integers(0, 59))
def test_with_a_date_it_is_that_day(now: datetime, ago: int, hour: int, minute: int) -> None:
    day = now - timedelta(days=ago)
    wanted = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if wanted > now or now - wanted > OLDEST:
        return
    assert moment_of(f"{hour:02d}:{minute:02d}", f"{day.day:02d}/{day.month:02d}", now) == wanted


@pytest.mark.parametrize(
    ("clock", "date", "moment"),
    [
        ("11:59", "", "2026-01-12 11:59"), ("12:01", "", "2026-01-12 12:00"), ("12:30", "", "2026-01-11 12:30"),
        ("23:50", "31/12", "2025-12-31 23:50"), ("08:00", "12/01", "2026-01-12 08:00"),
    ],
)
def test_examples_at_noon(clock: str, date: str, moment: str) -> None:
    assert f"{moment_of(clock, date, NOON):%Y-%m-%d %H:%M}" == moment


@pytest.mark.parametrize(("date", "code"), [("30/02", "paper_no_date"), ("01/12", "paper_too_old"),
                                            ("13/01", "paper_too_old")])
def test_dates_that_cannot_be(date: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        moment_of("10:00", date, NOON)
    assert refused.value.code == code


def test_names() -> None:
    assert (card_name(12), card_name(1234), card_id(7)) == ("M-012", "M-1234", "paper:M-007")
