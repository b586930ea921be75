"""A caller's follow-up joins; another place, another trouble or words of a further event never do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dispatch.domain.dedup import distance_m, is_follow_up
from dispatch.domain.incident import Incident
from dispatch.domain.place import Place
from dispatch.domain.report import Triage
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus

NOW = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
KALISAPU = Place(code="33.28.10.2001", desa="Kalisapu", kecamatan="Slawi")
BALAMOA = Place(code="33.28.09.2023", desa="Balamoa", kecamatan="Pangkah")
FIRE = Incident(
    id=1, number=1001, status=IncidentStatus.NEW, type="fire", severity=Severity.HIGH, place=KALISAPU,
    opened_at=NOW, updated_at=NOW, summary="kebakaran rumah pak Slamet kalisapu rt 2",
)


def test_distance_of_a_known_pair() -> None:
    slawi, tegal = Place(lat=-6.9826, lon=109.1403), Place(lat=-6.8694, lon=109.1402)
    metres = distance_m(slawi, tegal)
    assert metres is not None
    assert abs(metres - 12_587) < 20
    assert distance_m(slawi, Place()) is None


def test_vague_words_join_the_callers_open_incident() -> None:
    later = NOW + timedelta(minutes=40)
    assert is_follow_up(FIRE, Triage("other_service", Severity.LOW), later, "tolong cepat pak")
    assert is_follow_up(FIRE, Triage("fire", Severity.HIGH, place=KALISAPU), later, "apinya tambah besar")


def test_another_place_or_another_trouble_later_on_is_a_new_emergency() -> None:
    later = NOW + timedelta(minutes=40)
    assert not is_follow_up(FIRE, Triage("fire", Severity.HIGH, place=BALAMOA), later)
    assert not is_follow_up(FIRE, Triage("crime", Severity.HIGH), later)
    assert not is_follow_up(FIRE, Triage("fire", Severity.HIGH), NOW + timedelta(hours=3))


def test_words_of_a_further_event_are_a_new_emergency() -> None:
    fire = Triage("fire", Severity.HIGH, place=KALISAPU)
    for text in ("ada kebakaran lagi", "kobongan maning", "another fire", "rumah bu Yati terbakar", "api di rt 5"):
        assert not is_follow_up(FIRE, fire, NOW + timedelta(minutes=5), text), text
    for text in ("rumah pak slamet belum padam", "rt 02 pak, cepat", "korban jadi 3 orang"):
        assert is_follow_up(FIRE, fire, NOW + timedelta(minutes=5), text), text


def test_what_is_resolved_is_answered_anew() -> None:
    gone = replace(FIRE, status=IncidentStatus.RESOLVED)
    assert not is_follow_up(gone, Triage("fire", Severity.HIGH), NOW + timedelta(minutes=5), "api lagi")
