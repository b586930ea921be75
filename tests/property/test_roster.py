"""Rosters: what is on call agrees with the gaps that are told, at every moment; a change never reaches further."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.contact import Contact, QuietHours
from dispatch.domain.roster import Change, Roster, Shift, gaps, on_call, planned, strangers

WIB = ZoneInfo("Asia/Jakarta")
PEOPLE = ("andi", "budi", "citra")
TEAM = {key: Contact(key.title(), f"+62811100000{n}") for n, key in enumerate(PEOPLE)}
START = datetime(2026, 3, 16, 3, 17, tzinfo=UTC)
END = START + timedelta(days=9)
clock = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30])) | st.just(time.max)
people = st.lists(st.sampled_from([*PEOPLE, "orang_luar"]), max_size=2).map(tuple)
shifts = st.lists(
    st.builds(
        Shift, st.frozensets(st.integers(0, 6), min_size=1), clock.filter(lambda t: t != time.max), clock, people
    ),
    max_size=5,
).map(tuple)
rosters = st.builds(
    Roster, st.just("fire"), st.just(TEAM), shifts, st.just(WIB), shifts,
    st.frozensets(st.integers(0, 9).map(lambda n: date(2026, 3, 16) + timedelta(days=n))),
)
moments = st.integers(0, 9 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))


@st.composite
def all_changes(draw: st.DrawFn) -> list[Change]:
    found = []
    for number in range(draw(st.integers(0, 4))):
        begin = draw(moments)
        length = timedelta(minutes=draw(st.integers(1, 3000)))
        found.append(Change(number, begin, begin + length, draw(st.sampled_from(["", *PEOPLE])), draw(people)))
    return found


@given(roster=rosters, changes=all_changes(), at=moments)
def test_no_moment_without_somebody_stays_untold(roster: Roster, changes: list[Change], at: datetime) -> None:
    if START <= at < END:
        told = any(begin <= at < finish for begin, finish in gaps(roster, changes, START, END))
        assert told == (not on_call(roster, changes, at))


@given(roster=rosters, changes=all_changes())
def test_gaps_are_ordered_apart_and_inside(roster: Roster, changes: list[Change]) -> None:
    found = gaps(roster, changes, START, END)
    edges = [moment for gap in found for moment in gap]
    assert edges == sorted(set(edges))
    assert all(START <= moment <= END for moment in edges)


@given(roster=rosters, changes=all_changes(), at=moments)
def test_outside_of_every_change_the_plan_holds(roster: Roster, changes: list[Change], at: datetime) -> None:
    if not any(change.starts_at <= at < change.ends_at for change in changes):
        assert on_call(roster, changes, at) == tuple(name for name in planned(roster, at) if name in PEOPLE)


@given(roster=rosters, at=moments)
def test_a_swap_twice_is_no_swap_and_once_exchanges(roster: Roster, at: datetime) -> None:
    there = Change(1, START, END, "andi", ("budi",))
    back = Change(2, START, END, "budi", ("andi",))
    before, after = on_call(roster, [], at), on_call(roster, [there, back], at)
    other = {"andi": "budi", "budi": "andi"}
    assert after == tuple(other.get(name, name) for name in before)


@given(roster=rosters, changes=all_changes(), at=moments)
def test_nobody_is_told_twice_and_no_stranger(roster: Roster, changes: list[Change], at: datetime) -> None:
    found = on_call(roster, changes, at)
    assert len(set(found)) == len(found)
    assert set(found) <= set(PEOPLE)
    assert set(strangers(roster, changes).values()) <= {"orang_luar"}


def night(*on: str) -> Roster:
    return Roster("fire", TEAM, (Shift(frozenset({0}), time(19), time(7), on),), WIB)


def test_a_night_belongs_to_the_day_it_begins_on() -> None:
    roster = night("andi")
    monday = datetime(2026, 3, 16, tzinfo=WIB)
    on = [hour for hour in range(48) if planned(roster, monday + timedelta(hours=hour))]
    assert on == list(range(19, 31))


def test_a_day_round_the_clock_has_no_hole_at_midnight() -> None:
    every = frozenset(range(7))
    for start, end in ((time(0), time.max), (time(7), time(7))):
        roster = Roster("fire", TEAM, (Shift(every, start, end, ("andi",)),), WIB)
        assert gaps(roster, [], START, END) == []


def test_holidays_have_their_own_shifts() -> None:
    usual, special = (Shift(frozenset(range(7)), time(0), time.max, (who,)) for who in ("andi", "citra"))
    roster = Roster("fire", TEAM, (usual,), WIB, (special,), frozenset({date(2026, 3, 20)}))
    days = [datetime(2026, 3, day, 12, tzinfo=WIB) for day in (19, 20, 21)]
    assert [planned(roster, at) for at in days] == [("andi",), ("citra",), ("andi",)]


def test_an_empty_place_is_a_gap() -> None:
    ill = Change(1, datetime(2026, 3, 16, 20, tzinfo=WIB), datetime(2026, 3, 17, 2, tzinfo=WIB), "andi", ())
    found = gaps(night("andi"), [ill], datetime(2026, 3, 16, 19, tzinfo=WIB), datetime(2026, 3, 17, 7, tzinfo=WIB))
    assert found == [(ill.starts_at, ill.ends_at)]


@given(at=moments, start=clock.filter(lambda t: t != time.max), end=clock)
def test_quiet_hours_end_after_now_and_within_a_day(at: datetime, start: time, end: time) -> None:
    local = at.astimezone(WIB)
    until = QuietHours(start, end).ends_at(local)
    if until is not None:
        assert local < until <= local + timedelta(days=1)
        assert QuietHours(start, end).ends_at(until) is None or start == (end if end != time.max else time(0))
