"""Who is nearest, and who else could go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from dispatch.domain.incident import Incident
from dispatch.domain.place import Place
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus
from dispatch.ports import Classifier
from dispatch.services.knowledge import Knowledge
from dispatch.services.recommendation import nearest_first, recommend
from tests.support.desk import MONDAY_MORNING, real_knowledge

VILLAGE = Place(code="33.28.10.2003", desa="Dukuhsalam", kecamatan="Slawi")
BY_METRES, BY_DISTRICT = Severity.CRITICAL, Severity.HIGH


class Villages:
    """Knows the middle of every village."""

    def approximate(self, place: Place) -> Place:
        return replace(place, lat=-6.98, lon=109.14)


class Names:
    """A centre without imported points."""

    def approximate(self, place: Place) -> Place:
        return place


def knowing(triage: object) -> Knowledge:
    return replace(real_knowledge(), triage=cast("Classifier", triage))


def unit(sign: str, kecamatan: str, lat: float | None = None, agency: str = "health") -> dict[str, Any]:
    lon = None if lat is None else 109.14
    return {"call_sign": sign, "agency": agency, "kecamatan": kecamatan, "lat": lat, "lon": lon}


def incident(severity: Severity, *agencies: str) -> Incident:
    return Incident(
        1, 1001, IncidentStatus.NEW, "medical", severity, MONDAY_MORNING, MONDAY_MORNING, place=VILLAGE,
        agencies=agencies or ("health",),
    )  # fmt: skip


NEAR_ACROSS_THE_BORDER = unit("A03", "Adiwerna", -6.97)
IN_THE_DISTRICT, FAR = unit("A01", "Slawi", -6.95), unit("A09", "Margasari", -7.1)
ALL = (FAR, IN_THE_DISTRICT, NEAR_ACROSS_THE_BORDER)


def signs(severity: Severity, triage: object) -> list[str]:
    return [row["call_sign"] for row in nearest_first(incident(severity), ALL, knowing(triage))]


def test_a_life_at_risk_trusts_metres_from_the_middle_of_the_village() -> None:
    assert signs(BY_METRES, Villages()) == ["A03", "A01", "A09"]


def test_otherwise_the_units_of_the_district_come_first() -> None:
    assert signs(BY_DISTRICT, Villages()) == ["A01", "A03", "A09"]


def test_a_unit_nobody_knows_the_position_of_is_not_taken_for_the_nearest() -> None:
    rows = [unit("A02", "Slawi"), unit("A01", "Slawi", -6.975), unit("A09", "Slawi", -7.1)]
    for severity in (BY_METRES, BY_DISTRICT):
        found = nearest_first(incident(severity), rows, knowing(Villages()))
        assert [row["call_sign"] for row in found] == ["A01", "A02", "A09"]


def test_without_points_the_district_and_the_call_sign_decide() -> None:
    assert signs(BY_METRES, Names()) == ["A01", "A03", "A09"]


def test_the_next_nearest_of_the_agency_are_named_with_their_distance() -> None:
    [found] = recommend(incident(BY_METRES), [*ALL, unit("D01", "Slawi", -6.98, "fire")], knowing(Villages()))
    assert (found.unit, found.distance_km, found.why) == ("A03", 1.1, "nearest")
    assert found.as_wire()["others"] == [
        {"unit": "A01", "distance_km": 3.3}, {"unit": "A09", "distance_km": 13.3},
    ]  # fmt: skip


def test_an_agency_that_is_on_it_is_not_proposed_and_one_without_units_is_its_desk() -> None:
    found = recommend(incident(BY_METRES, "health", "police", "fire"), ALL, knowing(Names()), ["health"])
    assert [(item.agency, item.unit, item.why, item.others) for item in found] == [
        ("police", None, "no_free_unit", ()), ("fire", None, "no_free_unit", ()),
    ]  # fmt: skip
