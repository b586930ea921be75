"""Folding by property: whatever is written, places apart stay apart, and a joined report never lowers anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.fold import FoldRules, Sighting, Verdict, choose, judge
from dispatch.domain.fold_words import likeness, marks_of
from dispatch.domain.place import Place
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
