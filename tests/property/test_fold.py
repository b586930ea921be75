"""Folding by property: whatever is written, places apart stay apart, and a joined report never lowers anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.fold import Choice, FoldRules, Rush, Sighting, Verdict, choose, judge
from dispatch.domain.fold_words import likeness, marks_of
from dispatch.domain.place import Place
from dispatch.domain.rush import choose_in_rush, rush_until
from dispatch.domain.transitions import IncidentStatus
from dispatch.rules.load import load_rules

RULES = load_rules(Path(__file__).parents[2] / "routing_rules.yaml").folding
NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
CODES = ("33.28.10.2001", "33.28.10.2003", "33.28.10", "33.29.01.2001", "")
PARTS = (
    "kebakaran rumah pak Slamet", "rt 2", "rt 9", "2 orang luka", "3 korban", "mobil merah", "truk", "motor",
    "istri saya", "melahirkan", "jl Pala", "jl Mawar", "lagi", "satu lagi", "banjir", "umahe bu Yati",
    "depan pasar", "tidak sadar",
)
texts = st.lists(st.sampled_from(PARTS), max_size=6).map(" ".join) | st.text(max_size=80)
places = st.builds(
    Place, code=st.sampled_from(CODES), desa=st.sampled_from(["Kalisapu", ""]),
    landmark=st.sampled_from(["", "pasar", "masjid"]),
    lat=st.none(), outside=st.sampled_from(["", "", "Brebes"]), ambiguous=st.sampled_from([False, False, True]),
)
sightings = st.builds(
    Sighting, at=st.integers(0, 180).map(lambda m: NOW + timedelta(minutes=m)),
    types=st.sampled_from([("fire",), ("traffic_accident",), ("medical",), ("disaster",), ("medical", "disaster")]),
    place=places, text=texts, subtype=st.sampled_from(["", "flood", "building"]), life_threat=st.booleans(),
    urgent=st.booleans(), id=st.integers(1, 50), number=st.integers(1000, 1050), reports=st.integers(1, 40),
)


@given(sightings, sightings)
def test_nothing_is_folded_across_places_or_where_the_place_is_not_known(new: Sighting, other: Sighting) -> None:
    if judge(new, other, RULES).verdict is Verdict.SAME:
        assert new.place.code == other.place.code != ""
        assert not any(place.outside or place.ambiguous for place in (new.place, other.place))


@given(sightings, sightings)
def test_a_verdict_does_not_depend_on_whose_words_came_first(a: Sighting, b: Sighting) -> None:
    """Promised while no life is in danger, nobody is named and neither is a surge: then the order says nothing."""
    plain = ("truk", "motor", "rt 2", "2 orang")
    a, b = (
        replace(s, life_threat=False, reports=1, text=" ".join(word for word in plain if word in s.text))
        for s in (a, b)
    )
    if a.types == b.types and a.subtype == b.subtype:
        assert judge(a, b, RULES).verdict is judge(b, a, RULES).verdict


@given(sightings, st.lists(sightings, max_size=6, unique_by=lambda s: s.id))
def test_the_choice_does_not_depend_on_the_order_of_the_incidents(new: Sighting, others: list[Sighting]) -> None:
    forward, backward = choose(new, others, RULES), choose(new, others[::-1], RULES)
    assert (forward.join and forward.join.other.id) == (backward.join and backward.join.other.id)
    assert (forward.join is None) or not forward.suggestions


@given(sightings, st.lists(sightings, max_size=6))
def test_without_rules_nothing_is_folded(new: Sighting, others: list[Sighting]) -> None:
    assert choose(new, others, FoldRules()).join is None


@given(sightings, sightings)
def test_a_life_with_other_victims_is_never_folded(new: Sighting, other: Sighting) -> None:
    new = replace(new, life_threat=True, text=f"{new.text} istri saya melahirkan")
    other = replace(other, text="banjir selutut")
    assert judge(new, other, RULES).verdict is not Verdict.SAME


@given(texts, texts)
def test_likeness_is_symmetric_and_bounded(a: str, b: str) -> None:
    one, two = marks_of(a).content, marks_of(b).content
    assert 0.0 <= likeness(one, two) == likeness(two, one) <= 1.0


factors = st.sampled_from([1.0, 1.5, 2.0, 3.0])
others = st.lists(sightings, max_size=6, unique_by=lambda s: s.id)


SPOT = Place(code="33.28.10.2001", desa="Kalisapu", landmark="pasar")
KINDS = [
    ("fire", "", "kebakaran rumah pak Slamet"), ("disaster", "flood", "banjir depan pasar"),
    ("disaster", "fallen_tree", "pohon tumbang depan pasar"), ("medical", "", "pingsan depan pasar"),
]


@st.composite
def alike(draw: st.DrawFn) -> tuple[Sighting, list[Sighting]]:
    """Much the same trouble, told again after one to four times as long as it is folded for: what a rush is about."""
    type_, subtype, words = draw(st.sampled_from(KINDS))
    kind = RULES.kind_of(type_, subtype)
    assert kind is not None
    base = Sighting(NOW, (type_,), SPOT, words, subtype)

    def told(at: datetime, id_: int) -> Sighting:
        one = replace(base, at=at, id=id_, life_threat=draw(st.sampled_from([False, False, True])))
        other = draw(st.sampled_from([*[{}] * 6, {"types": ("power",)}, {"place": replace(SPOT, code=CODES[1])},
                                      {"text": f"{words}, ada anak"}, {"subtype": "landslide"}]))
        return replace(one, **other)

    shares = draw(st.lists(st.integers(20, 95), min_size=1, max_size=3))
    return told(NOW, 0), [told(NOW - kind.within * share / 25, n + 1) for n, share in enumerate(shares)]


def in_rush(new: Sighting, known: list[Sighting], elsewhere: list[Sighting], factor: float) -> tuple[Choice, Choice]:
    usual = choose(new, known, RULES)
    return usual, choose_in_rush(usual, new, known, elsewhere, RULES, factor)


@given(st.tuples(sightings, others) | alike(), others, factors)
def test_a_rush_never_folds_or_suggests_less(
    told: tuple[Sighting, list[Sighting]], elsewhere: list[Sighting], factor: float
) -> None:
    usual, widened = in_rush(*told, elsewhere, factor)
    if usual.join is not None:
        assert widened == usual
    elif widened.join is None:
        assert widened.odd == usual.odd
        assert all(suggestion in widened.suggestions for suggestion in usual.suggestions)


@given(st.tuples(sightings, others) | alike(), others, factors)
def test_a_rush_folds_no_life_no_other_place_and_no_other_type(
    told: tuple[Sighting, list[Sighting]], elsewhere: list[Sighting], factor: float
) -> None:
    usual, widened = in_rush(*told, elsewhere, factor)
    new, join = told[0], widened.join
    if join is None or usual.join is not None:
        return
    assert not new.life_threat
    assert not join.other.life_threat
    assert (new.place.code, new.types[0]) == (join.other.place.code, join.other.types[0])
    assert join.other in told[1], "never one from elsewhere"
    assert join.opinion.params["widened"] == f"{factor:g}"
    assert not (new.subtype and join.other.subtype and new.subtype != join.other.subtype)
    assert marks_of(new.text).victims <= marks_of(join.other.text).victims
    kind = RULES.kind_of(join.other.types[0], join.other.subtype)
    assert kind is not None
    assert abs(new.at - join.other.at) <= kind.within * factor


HOUSE = Sighting(NOW, ("fire",), SPOT, "kebakaran rumah pak Slamet depan pasar", "building")
NO_SPOT = replace(SPOT, landmark="")
EARLIER = replace(HOUSE, at=NOW - timedelta(minutes=30), id=1, number=1001)


def test_a_rush_folds_the_same_house_for_twice_as_long() -> None:
    for minutes, folded in ((20, True), (21, True), (40, True), (41, False)):
        usual, widened = in_rush(HOUSE, [replace(EARLIER, at=NOW - timedelta(minutes=minutes))], [], 2.0)
        assert (widened.join is not None) == folded
        assert (usual.join is not None) == (minutes == 20)


@pytest.mark.parametrize(("new", "known"), [
    ({"life_threat": True}, {}), ({}, {"life_threat": True}), ({"types": ("power",)}, {}), ({"types": ("rescue",)}, {}),
    ({"text": f"{HOUSE.text} ada anak"}, {}), ({"subtype": "land", "learned": True}, {}),
    ({"place": replace(SPOT, code="33.28.10.2003")}, {}), ({"place": replace(SPOT, landmark="masjid")}, {}),
    ({"text": "kebakaran hebat"}, {"place": NO_SPOT}), ({"text": "kebakaran lagi"}, {}),
    ({"text": "gudang mebel terbakar", "place": NO_SPOT}, {"text": "gudang mebel terbakar", "place": NO_SPOT}),
    ({}, {"status": IncidentStatus.RESOLVED}), ({}, {"at": NOW - timedelta(minutes=70), "reports": 50}),
    ({"place": replace(SPOT, lat=-6.95, lon=109.13)}, {"place": replace(SPOT, code=CODES[1], lat=-6.95, lon=109.13)}),
])
def test_whatever_else_differs_a_rush_folds_nothing(new: dict[str, Any], known: dict[str, Any]) -> None:
    _, widened = in_rush(replace(HOUSE, **new), [replace(EARLIER, **known)], [], 2.0)
    assert widened.join is None


def test_another_village_of_the_district_is_suggested_and_never_joined() -> None:
    there = replace(EARLIER, place=replace(SPOT, code="33.28.10.2003", desa="Balamoa", landmark=""))
    usual, widened = in_rush(HOUSE, [], [there], 2.0)
    assert (usual.suggestions, widened.join) == ((), None)
    [shown] = widened.suggestions
    assert (shown.opinion.reason, shown.opinion.params["widened"]) == ("same_district", "2")
    changes: list[dict[str, Any]] = [
        {"place": replace(there.place, code="33.28.11.2003")}, {"text": "kebakaran sampah"}, {"types": ("power",)},
    ]
    for change in changes:
        assert in_rush(HOUSE, [], [replace(there, **change)], 2.0)[1].suggestions == ()
    assert in_rush(HOUSE, [], [EARLIER], 2.0)[1].join is None


times = st.lists(st.integers(0, 300), max_size=40).map(
    lambda gaps: [NOW + timedelta(seconds=n) for n in accumulate(gaps)]
)


@given(times, st.integers(0, 5400), st.integers(3, 8))
def test_a_rush_lasts_its_time_after_the_last_moment_of_too_many(opened: list[datetime], at: int, n: int) -> None:
    now, rush = NOW + timedelta(seconds=at), Rush(n, timedelta(minutes=10))
    crowded = [
        end for end in opened
        if end <= now and sum(end - rush.within < one <= end for one in opened) > n
    ]
    expected = max(crowded) + rush.within if crowded else None
    found = rush_until(opened, now, rush)
    assert found == (expected if expected is not None and expected > now else None)
    newest = sorted((one for one in opened if one <= now), reverse=True)[: rush.looked_at]
    assert rush_until(newest, now, rush) == found, "the newest few tell as much as all"
    assert rush_until([*opened, now], now, rush) is not None or found is None, "one more never ends it"
