"""The order of the queue: urgent hints go ahead, waiting counts, and nobody waits for ever."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.call_queue import HEAD_START_MS, KEYS, Waiting, place_in_queue
from dispatch.domain.severity import Severity

MAX_HEAD_START_MS = max(HEAD_START_MS.values())
HINTS = st.one_of(st.none(), st.sampled_from(Severity))
CALLS = st.builds(
    Waiting, call_id=st.integers(1, 10_000), rang_at=st.integers(0, 10_000_000), hint=HINTS, called_back=st.booleans(),
)


def first(*calls: Waiting) -> Waiting:
    return min(calls, key=place_in_queue)


@given(CALLS, CALLS)
def test_who_has_waited_ten_minutes_longer_is_never_passed(old: Waiting, new: Waiting) -> None:
    if new.rang_at - old.rang_at > MAX_HEAD_START_MS:
        assert first(old, new) is old


@given(CALLS, CALLS)
def test_of_two_with_the_same_hint_the_older_goes_first(one: Waiting, other: Waiting) -> None:
    if (one.hint, one.called_back) == (other.hint, other.called_back) and one.rang_at < other.rang_at:
        assert first(one, other) is one


@given(CALLS, HINTS)
def test_a_more_urgent_hint_never_costs_a_place(call: Waiting, hint: Severity | None) -> None:
    other = Waiting(call.call_id, call.rang_at, hint, call.called_back)
    worse = call.hint is None or (hint is not None and hint.rank <= call.hint.rank)
    if worse:
        assert place_in_queue(other) <= place_in_queue(call)


@given(st.lists(CALLS, unique_by=lambda call: call.call_id, min_size=2))
def test_no_two_calls_share_a_place(calls: list[Waiting]) -> None:
    keys = [place_in_queue(call) for call in calls]
    assert len(set(keys)) == len(keys)


def test_who_cannot_speak_passes_whoever_only_waits() -> None:
    silent = Waiting(2, 500_000, KEYS["55"])
    assert first(Waiting(1, 0), silent) is silent
    assert first(Waiting(1, 0, KEYS["1"]), Waiting(2, 50_000)).call_id == 1
    assert "9" not in KEYS
