"""Health with hysteresis, and the pace of a way: whatever the results and the arrivals, these hold."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.health import DOWN_AFTER, LONGEST_PROBE_MS, UP_AFTER, Health, next_probe, rank
from dispatch.services.ways import Choice, Wanted, Ways, way_of
from tests.support.drivers import Named

RESULTS = st.lists(st.booleans(), max_size=60)


def states(results: list[bool]) -> list[Health]:
    found = [Health()]
    for number, worked in enumerate(results):
        found.append(found[-1].after(worked, number * 1000))
    return found


@given(RESULTS)
def test_a_way_turns_only_on_a_row_of_results_that_say_so(results: list[bool]) -> None:
    found = states(results)
    for number in range(1, len(found)):
        if found[number].is_up != found[number - 1].is_up:
            length = DOWN_AFTER if found[number - 1].is_up else UP_AFTER
            assert set(results[number - length:number]) == {found[number].is_up}
            assert found[number].streak == 0


@given(RESULTS)
def test_it_never_flaps_and_is_never_given_up(results: list[bool]) -> None:
    found = states(results)
    turns = sum(a.is_up != b.is_up for a, b in pairwise(found))
    assert turns <= len(results) // min(DOWN_AFTER, UP_AFTER)
    for number, health in enumerate(found):
        assert health.is_up or health.probe_at <= number * 1000 + LONGEST_PROBE_MS
        assert states([*results, *[True] * UP_AFTER])[-1].is_up
        assert not states([*results, *[False] * DOWN_AFTER])[-1].is_up


NAMES = ["a", "b", "c"]
HEALTHS = st.fixed_dictionaries({name: RESULTS.map(lambda results: states(results)[-1]) for name in NAMES})


@given(HEALTHS, st.integers(0, 10**7), st.booleans())
def test_the_healthy_are_asked_in_order_and_somebody_in_the_end(
    healths: dict[str, Health], now: int, critical: bool
) -> None:
    ranked = rank(NAMES, healths, now, critical=critical)
    up = [name for name in NAMES if healths[name].is_up]
    assert [name for name in NAMES if name in ranked] == ranked, "the order given is kept"
    assert set(up) <= set(ranked)
    if critical:
        assert ranked == (up or NAMES), "a page is no probe, and tries everything when nothing works"
    elif not ranked:
        later = next_probe(NAMES, healths)
        assert now < later <= now + LONGEST_PROBE_MS or later < 60_000 + LONGEST_PROBE_MS
        assert rank(NAMES, healths, later, critical=False), "somebody is asked in the end"


ARRIVALS = st.lists(st.tuples(st.integers(0, 3_000), st.booleans()), min_size=1, max_size=40)


@given(ARRIVALS)
def test_bulk_keeps_the_pace_and_a_page_never_waits(arrivals: list[tuple[int, bool]]) -> None:
    """One a second: what is not critical goes in the order it came, never faster; what is critical goes at once."""
    ways = Ways({"sms": [Named("a")]}, rates={way_of("a", "sms"): 1.0})
    due = [(at, number, critical) for number, (at, critical) in enumerate(arrivals)]
    sent: list[tuple[int, int, bool]] = []
    asked = 0
    while due:
        due.sort()
        now, number, critical = due.pop(0)
        plan = ways.plan(Counter(), 100, 100)
        chosen = plan.choose(Wanted(number, "sms", "+628", critical), now)
        ways.keep(plan)
        asked += 1
        if isinstance(chosen, Choice):
            assert not critical or now == arrivals[number][0]
            sent.append((now, number, critical))
        else:
            assert not critical
            assert chosen is not None
            assert chosen > now
            due.append((chosen, number, critical))
    moments = [at for at, _, _ in sent]
    # Over any stretch: no more than one a second and one for the start, beside the critical ones.
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            bulk = sum(not critical for _, _, critical in sent[first:last + 1])
            assert bulk <= (moments[last] - moments[first] + 250) / 1000 + 1
    assert asked <= len(arrivals) * (2 + sum(critical for _, critical in arrivals)), "nobody asks again and again"
