"""Trust orders and never blocks: floors, fading, what one real report does, and who may pass whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.severity import Severity
from dispatch.domain.trust import FLOOR, MAX_DOUBT_MS, REAL, WEIGHTS, Past, Trust, reorder, trust_of

NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
ages = st.timedeltas(timedelta(), timedelta(days=400))
junk = st.builds(lambda kind, age: Past(kind, NOW - age), st.sampled_from(sorted(WEIGHTS)), ages)
contacts = st.builds(lambda kind, age: Past(kind, NOW - age), st.sampled_from([*sorted(WEIGHTS), REAL]), ages)


@given(st.lists(contacts, max_size=300))
def test_it_stays_between_floor_and_full(pasts: list[Past]) -> None:
    trust = trust_of(pasts, NOW)
    assert FLOOR <= trust.score <= 1.0
    assert 0 <= trust.doubt_ms <= MAX_DOUBT_MS


@given(st.lists(junk, max_size=50), junk)
def test_one_more_disposal_never_raises_it(pasts: list[Past], more: Past) -> None:
    assert trust_of([*pasts, more], NOW).score <= trust_of(pasts, NOW).score


@given(st.lists(junk, max_size=50), ages)
def test_time_alone_brings_it_back(pasts: list[Past], later: timedelta) -> None:
    assert trust_of(pasts, NOW + later).score >= trust_of(pasts, NOW).score


@given(st.lists(junk, max_size=50))
def test_one_real_report_wipes_out_all_before_it(pasts: list[Past]) -> None:
    assert trust_of([*pasts, Past(REAL, NOW)], NOW) == Trust()


@given(st.lists(junk, min_size=1, max_size=50))
def test_its_reason_counts_exactly_what_lowered_it(pasts: list[Past]) -> None:
    assert sum(trust_of(pasts, NOW).counts.values()) == len(pasts)


def test_nothing_known_is_full_trust() -> None:
    assert trust_of([], NOW) == Trust(1.0, {})


def test_half_of_a_prank_is_gone_after_a_week() -> None:
    fresh, old = (trust_of([Past("prank", NOW - timedelta(days=days))], NOW).score for days in (0, 7))
    assert (round(fresh, 3), round(old, 3)) == (0.6, 0.733)


@dataclass(frozen=True)
class Call:
    number: int
    rang_at: int
    hint: Severity | None
    doubt_ms: int


calls = st.lists(
    st.builds(
        lambda rang, hint, doubt: (rang, hint, doubt), st.integers(0, 200_000),
        st.sampled_from([None, Severity.CRITICAL, Severity.HIGH]), st.integers(0, MAX_DOUBT_MS),
    ),
    max_size=30,
).map(lambda rows: [Call(n, *row) for n, row in enumerate(sorted(rows, key=lambda row: row[0]))])


def queue(ordered: list[Call]) -> list[Call]:
    return reorder(ordered, hint=lambda call: call.hint, late=lambda call: call.rang_at + call.doubt_ms)


@given(calls)
def test_everybody_is_still_in_the_queue(ordered: list[Call]) -> None:
    assert sorted(call.number for call in queue(ordered)) == [call.number for call in ordered]


@given(calls)
def test_no_urgency_loses_a_place_to_another(ordered: list[Call]) -> None:
    assert [call.hint for call in queue(ordered)] == [call.hint for call in ordered]


@given(calls)
def test_a_critical_call_stands_where_it_stood(ordered: list[Call]) -> None:
    assert [c for c in queue(ordered) if c.hint is Severity.CRITICAL] == [
        c for c in ordered if c.hint is Severity.CRITICAL
    ]


@given(calls)
def test_nobody_is_passed_by_one_who_rang_half_a_minute_later(ordered: list[Call]) -> None:
    after = queue(ordered)
    for place, call in enumerate(after):
        for other in after[:place]:
            assert other.hint is not call.hint or other.rang_at <= call.rang_at + MAX_DOUBT_MS


@given(calls)
def test_full_trust_changes_nothing(ordered: list[Call]) -> None:
    trusted = [Call(call.number, call.rang_at, call.hint, 0) for call in ordered]
    assert queue(trusted) == trusted
