"""Whatever is written: the place words are the writer's own, and none is shown twice."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine
from dispatch.triage.normalise import clean

ENGINE: TriageEngine = load_engine()
WORDS = (
    "jalan jl gang depan dekat sebelah pasar masjid sdn balai desa pom alun pondok next to in front of near market "
    "pak bu raya Kalisapu slawi Balamoa mawar 2 12 rt rw RT.03 iv tadi karena rusak ditutup (kiri) arah ke dibawa "
    "di . , - / \n kudaile Maju lancar"
)
TEXTS = st.lists(st.sampled_from(WORDS.split(" ")), max_size=14).map(" ".join)


@given(st.one_of(TEXTS, st.text(max_size=80)))
@settings(deadline=None, max_examples=300)
def test_place_words_stand_in_the_text(text: str) -> None:
    place, written = ENGINE.locate(text), clean(text)
    assert place.landmark in written
    assert place.landmark == place.landmark.strip()
    assert "\n" not in place.landmark
    if not place.outside and len(place.text) < 200:
        assert all(part in written for part in place.text.split(", ")), place.text


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_no_part_of_the_place_is_shown_twice(text: str) -> None:
    parts = [part.casefold() for part in ENGINE.locate(text).text.split(", ")]
    assert len(parts) == len(set(parts))
