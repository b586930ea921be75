"""Same event or not: suggestions say why, a caller's follow-up joins, another place never does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dispatch.domain.dedup import WINDOW, Neighbour, distance_m, is_follow_up, suggest_duplicate
from dispatch.domain.incident import Incident
from dispatch.domain.place import Place
from dispatch.domain.report import Triage
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus

NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
KALISAPU = Place(code="33.28.09.2008", desa="Kalisapu", kecamatan="Slawi")
BALAMOA = Place(code="33.28.10.2001", desa="Balamoa", kecamatan="Pangkah")


def an_incident(place: Place = KALISAPU, kind: str = "fire", opened_at: datetime = NOW) -> Incident:
    return Incident(
        id=1, number=1001, status=IncidentStatus.NEW, type=kind, severity=Severity.HIGH, place=place,
        opened_at=opened_at, updated_at=opened_at,
    )


def a_neighbour(place: Place = KALISAPU, kind: str = "fire", minutes: float = 5) -> Neighbour:
    return Neighbour(2, 1002, (kind,), place, NOW - timedelta(minutes=minutes))


def test_same_village_same_type_within_the_window_is_suggested_with_its_reason() -> None:
    found = suggest_duplicate(an_incident(), a_neighbour())
    assert found is not None
    assert (found.number, found.reason) == (1002, "Kalisapu, 5 min, fire")


def test_another_village_another_type_or_too_long_ago_is_not() -> None:
    assert suggest_duplicate(an_incident(), a_neighbour(BALAMOA)) is None
    assert suggest_duplicate(an_incident(), a_neighbour(kind="crime")) is None
    assert suggest_duplicate(an_incident(), a_neighbour(minutes=WINDOW / timedelta(minutes=1) + 1)) is None


def test_coordinates_far_apart_overrule_the_same_village_name() -> None:
    here = Place(code=KALISAPU.code, desa="Kalisapu", kecamatan="Slawi", lat=-6.98, lon=109.13)
    there = Place(code=KALISAPU.code, desa="Kalisapu", kecamatan="Slawi", lat=-6.99, lon=109.15)
    assert suggest_duplicate(an_incident(here), a_neighbour(there)) is None
    assert suggest_duplicate(an_incident(here), a_neighbour(here)) is not None


def test_distance_of_a_known_pair() -> None:
    slawi, tegal = Place(lat=-6.9826, lon=109.1403), Place(lat=-6.8694, lon=109.1402)
    metres = distance_m(slawi, tegal)
    assert metres is not None
    assert abs(metres - 12_587) < 20
    assert distance_m(slawi, Place()) is None


def test_vague_words_join_the_callers_open_incident() -> None:
    later = NOW + timedelta(minutes=40)
    assert is_follow_up(an_incident(), Triage("other_service", Severity.LOW), later)
    assert is_follow_up(an_incident(), Triage("fire", Severity.HIGH, place=KALISAPU), later)


def test_another_place_or_another_trouble_later_on_is_a_new_emergency() -> None:
    later = NOW + timedelta(minutes=40)
    assert not is_follow_up(an_incident(), Triage("fire", Severity.HIGH, place=BALAMOA), later)
    assert not is_follow_up(an_incident(), Triage("crime", Severity.HIGH), later)
    assert not is_follow_up(an_incident(), Triage("fire", Severity.HIGH), NOW + timedelta(hours=3))
