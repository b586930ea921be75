"""What must hold for any rules and any facts: a decision is always made, and the first match decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dispatch.domain.place import Place
from dispatch.domain.report import Channel
from dispatch.domain.routing import Condition, Facts, Route, RuleSet, decide
from dispatch.domain.severity import ORDER, Severity
from dispatch.rules.explain import render_decision
from dispatch.rules.finding import Names
from dispatch.rules.reach import shadowed_by
from tests.rules.small_rules import parsed

SMALL_RULES = parsed()
KINDS = ("fire", "road", "information_request")
SUBTYPES = ("building", "land")
PLACES = ("Slawi", "Kramat", "33.28", "33.28.01", "33.28.01.2001")
NAMES = Names(
    agencies=("fire", "works"),
    types={"fire": SUBTYPES, "road": (), "information_request": ()},
    calendars=("always", "office"),
    holidays=(),
    districts={"SLW": "Slawi", "KRM": "Kramat"},
    routes=(),
    centre="33.28",
)


def subset(*values: object) -> st.SearchStrategy[frozenset]:  # type: ignore[type-arg]
    """Mostly unrestricted, as rules are."""
    return st.just(frozenset()) | st.frozensets(st.sampled_from(values), min_size=1, max_size=2)


hours = st.none() | st.builds(clock_time, st.integers(0, 23))
conditions = st.builds(
    Condition,
    types=subset(*KINDS),
    subtypes=subset(*SUBTYPES),
    severities=subset(*ORDER),
    life_threat=st.none() | st.booleans(),
    places=subset(*PLACES),
    channels=subset("call", "sms"),
    days=subset(0, 4, 6),
    from_=hours,
    to=hours,
    outside=st.none() | st.booleans(),
) | st.builds(Condition, types=subset(*KINDS), calendar=st.just("office"), working=st.booleans())
agencies = st.lists(st.sampled_from(["fire", "works"]), min_size=1, max_size=2, unique=True).map(tuple)
routes = st.lists(st.tuples(conditions, agencies, st.none() | st.sampled_from(ORDER)), max_size=6).map(
    lambda rows: tuple(Route(f"r{n}", when, to, up) for n, (when, to, up) in enumerate(rows))
)
places = st.builds(
    Place,
    kecamatan=st.sampled_from(["", "Slawi", "Kramat"]),
    code=st.sampled_from(["", *PLACES[2:]]),
    outside=st.sampled_from(["", "Brebes"]),
)
facts = st.builds(
    Facts,
    type=st.sampled_from([*KINDS, "unheard_of"]),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda d: d.replace(tzinfo=UTC)),
    severity=st.none() | st.sampled_from(ORDER),
    also_types=st.lists(st.sampled_from(KINDS), max_size=2).map(tuple),
    subtype=st.sampled_from(["", *SUBTYPES, "unheard_of"]),
    life_threat=st.booleans(),
    place=places,
    channel=st.sampled_from([*Channel]),
)


def rules_with(some: tuple[Route, ...]) -> RuleSet:
    return replace(SMALL_RULES, routes=some)


@given(routes, facts)
def test_there_is_always_a_decision_and_it_never_lowers_a_severity(some: tuple[Route, ...], what: Facts) -> None:
    decision = decide(rules_with(some), what)
    assert decision.agencies
    assert len(decision.rules) == 1 + len(what.also_types)
    assert (decision.severity is None) == (what.severity is None)
    if what.severity is not None and decision.severity is not None:
        assert decision.severity.rank <= what.severity.rank


@given(routes, facts, conditions, agencies)
def test_a_rule_added_at_the_end_takes_only_what_the_root_had(
    some: tuple[Route, ...], what: Facts, when: Condition, to: tuple[str, ...]
) -> None:
    before = decide(rules_with(some), what)
    after = decide(rules_with((*some, Route("late", when, to))), what)
    for old, new in zip(before.rules, after.rules, strict=True):
        assert new == old or (old, new) == ("root", "late")


@given(routes, facts)
def test_the_same_instant_in_another_zone_is_the_same_decision(some: tuple[Route, ...], what: Facts) -> None:
    from zoneinfo import ZoneInfo

    there = replace(what, at=what.at.astimezone(ZoneInfo("America/New_York")))
    assert decide(rules_with(some), what) == decide(rules_with(some), there)


@settings(max_examples=300)
@given(routes, facts)
def test_a_route_reported_as_unreachable_is_never_reached(some: tuple[Route, ...], what: Facts) -> None:
    """The checker may miss a shadow; it must not report a false one. ``unheard_of`` words cannot occur."""
    assume(what.type in NAMES.types and what.subtype != "unheard_of")
    assume(not what.subtype or what.subtype in NAMES.types[what.type])
    dead = {route.name for index, route in enumerate(some) if shadowed_by(some, index, NAMES)}
    assert dead.isdisjoint(decide(rules_with(some), what).rules)


@given(routes, st.integers(0, 5))
def test_a_copy_of_an_earlier_route_is_always_reported(some: tuple[Route, ...], index: int) -> None:
    assume(index < len(some))
    assume(_can_match(some[index].when))
    copied = (*some, replace(some[index], name="copy"))
    assert shadowed_by(copied, len(some), NAMES)


def _can_match(when: Condition) -> bool:
    """Subtypes of no type of the route match nothing at all: another fault, reported elsewhere."""
    kinds = when.types or NAMES.types
    return not when.subtypes or any(set(NAMES.types.get(kind, ())) & when.subtypes for kind in kinds)


@given(routes, facts, st.sampled_from(["id", "en"]))
def test_every_decision_can_be_explained(some: tuple[Route, ...], what: Facts, lang: str) -> None:
    rules = rules_with(some)
    decision = decide(rules, what)
    text = "\n".join(render_decision(rules, what, decision, lang))
    assert all(name in text for name in decision.rules)
    for step in decision.trace:
        assert step.failed == "types" or step.rule in text


@given(facts, st.timedeltas(timedelta(), timedelta(days=7)))
def test_raising_a_severity_never_slows_a_limit(what: Facts, later: timedelta) -> None:
    """Shipped targets: the more severe, the sooner due; looked at from any moment of a week."""
    from dispatch.domain.clock import Phase
    from dispatch.rules.cases import due_at

    moment = replace(what, at=what.at + later, type="fire")
    for phase in (Phase.ANSWER, Phase.DISPATCH, Phase.TRAVEL):
        critical, high = (due_at(SMALL_RULES, phase, "fire", moment, s) for s in (Severity.CRITICAL, Severity.HIGH))
        assert critical is not None
        assert high is not None
        assert critical <= high
