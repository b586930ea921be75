"""The one question whose answer would change the decision most. Keys only; the sentences are in the locale files.

Keys: what_happened, location, which_village, which_district, breathing, people_inside, injured, weapon,
still_happening, people_near, last_seen, birth, water_depth.
"""

from __future__ import annotations

from dispatch.domain.place import Place
from dispatch.domain.severity import Severity

BY_TYPE = {
    "fire": "people_inside",
    "medical": "breathing",
    "traffic_accident": "injured",
    "crime": "still_happening",
    "domestic_violence": "still_happening",
    "suicide": "still_happening",
    "rescue": "people_inside",
    "missing_person": "last_seen",
    "animal_rescue": "injured",
    "disaster": "people_inside",
}
BY_SUBTYPE = {"flood": "water_depth", "live_wire": "people_near", "gas_leak": "people_inside", "brawl": "weapon"}


def question_for(kind: str, subtype: str, severity: Severity | None, place: Place, asked: str, *, known: bool) -> str:
    """1 what, 2 where when nobody can be sent without it, 3 what the threat depends on, 4 what could raise it."""
    if kind in ("not_a_report", "information_request"):
        return ""
    if not known:
        return "what_happened"
    if place.ambiguous:
        return "which_district" if _same_name(place) else "which_village"
    if not place.is_known and not place.outside:
        return "location"
    if asked:
        return asked
    if severity in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM):
        return BY_SUBTYPE.get(subtype) or BY_TYPE.get(kind, "")
    return ""


def _same_name(place: Place) -> bool:
    """Villages of one name in several districts: only the district tells them apart."""
    names = {candidate.desa for candidate in place.candidates}
    districts = {candidate.kecamatan for candidate in place.candidates}
    return len(names) == 1 and "" not in names and len(districts) > 1
