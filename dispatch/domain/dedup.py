"""Recognises a caller's follow-up, and measures how far apart two places are. What two callers say: see fold.py."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

from dispatch.domain.fold_words import marks_of
from dispatch.domain.incident import Incident
from dispatch.domain.place import Place
from dispatch.domain.report import NO_SEVERITY_TYPES, Triage
from dispatch.domain.transitions import IncidentStatus

FOLLOW_UP_WINDOW = timedelta(hours=2)
SAME_BREATH = timedelta(minutes=15)
VAGUE_TYPES = NO_SEVERITY_TYPES | {"other_service"}
"""Types that say too little to contradict another type."""
EARTH_RADIUS_M = 6_371_000.0


def distance_m(a: Place, b: Place) -> float | None:
    """Great-circle metres between two points; None unless both have coordinates."""
    if a.lat is None or a.lon is None or b.lat is None or b.lon is None:
        return None
    lat_a, lat_b = math.radians(a.lat), math.radians(b.lat)
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b.lon - a.lon) / 2
    h = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h)))


def is_follow_up(incident: Incident, triage: Triage, now: datetime, text: str = "") -> bool:
    """Whether a further report by the same caller belongs to their open incident.

    Another place, another kind of trouble, or words that speak of a further event are a new emergency;
    vague words ("tolong cepat") are not.
    """
    if _speaks_of_another(incident.summary, text):
        return False
    if incident.status is IncidentStatus.RESOLVED and triage.severity is not None:
        return False  # the crews have gone: what is said now must be answered anew
    age = now - incident.updated_at
    if age > FOLLOW_UP_WINDOW or not _places_agree(incident.place, triage.place):
        return False
    # Somebody who writes again within minutes and names no other place speaks of what they see.
    still_there = age <= SAME_BREATH and not triage.place.code
    return still_there or _types_agree(incident, triage)


def _speaks_of_another(before: str, text: str) -> bool:
    """'Satu lagi', another house, another road, another RT. Numbers of victims may change while one looks on."""
    known, said = marks_of(before), marks_of(text)
    pairs = ((known.owners, said.owners), (known.roads, said.roads), ({known.rt} - {""}, {said.rt} - {""}))
    return said.another or any(a and b and not a & b for a, b in pairs)


def _places_agree(known: Place, said: Place) -> bool:
    if said.outside and said.outside != known.outside:
        return False
    if not said.code or not known.code:
        return True
    return said.code.startswith(known.code) or known.code.startswith(said.code)


def _types_agree(incident: Incident, triage: Triage) -> bool:
    said, known = set(triage.types) - VAGUE_TYPES, set(incident.types) - VAGUE_TYPES
    return not said or not known or bool(said & known)
