"""How long a failed message waits: longer each time, never for ever, never all at the same moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.backoff import CRITICAL, ROUTINE, VOICE, Backoff, backoff_for

POLICIES = st.sampled_from([CRITICAL, ROUTINE, VOICE])


@given(POLICIES, st.integers(1, 200), st.floats(0, 1))
def test_a_wait_is_within_its_bounds_or_there_is_none(policy: Backoff, attempt: int, jitter: float) -> None:
    wait = policy.delay(attempt, jitter)
    if attempt >= policy.attempts:
        assert wait is None
    else:
        assert wait is not None
        assert policy.first * 0.75 <= wait <= policy.cap


@given(POLICIES, st.integers(1, 100), st.floats(0, 1))
def test_waits_do_not_get_shorter(policy: Backoff, attempt: int, jitter: float) -> None:
    first, second = policy.delay(attempt, jitter), policy.delay(attempt + 1, jitter)
    if first is not None and second is not None:
        assert second >= first


@pytest.mark.parametrize(("policy", "least"), [(CRITICAL, timedelta(minutes=15)), (ROUTINE, timedelta(hours=1))])
def test_trying_outlasts_a_providers_outage_of_ten_minutes(policy: Backoff, least: timedelta) -> None:
    waits = [policy.delay(attempt, 1.0) for attempt in range(1, policy.attempts)]
    assert sum((wait for wait in waits if wait), timedelta()) >= least


def test_a_caller_in_the_queue_does_not_wait_for_retries() -> None:
    assert backoff_for("voice", critical=True) is VOICE
    assert backoff_for("sms", critical=True) is CRITICAL
    assert backoff_for("sms", critical=False) is ROUTINE
