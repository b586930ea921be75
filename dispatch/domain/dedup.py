"""Same event or not: suggests duplicates and recognises a caller's follow-up. Precision before recall.

A wrong fold can kill, so nothing here merges two callers' incidents: it only scores and says why.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.domain.incident import Duplicate, Incident
from dispatch.domain.place import Place
from dispatch.domain.report import NO_SEVERITY_TYPES, Triage
from dispatch.domain.transitions import IncidentStatus

WINDOW = timedelta(minutes=30)
FOLLOW_UP_WINDOW = timedelta(hours=2)
SAME_BREATH = timedelta(minutes=15)
NEAR_M = 300.0
SUGGEST_FROM = 0.7
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


@dataclass(frozen=True, slots=True)
class Neighbour:
    """As much of another open incident as it takes to compare: the path of every report reads a few."""

    id: int
    number: int
    types: tuple[str, ...]
    place: Place
    opened_at: datetime


def suggest_duplicate(new: Incident, other: Neighbour) -> Duplicate | None:
    """Score another open incident as the same event; None below the threshold or outside the window."""
    if other.id == new.id or abs(new.opened_at - other.opened_at) > WINDOW:
        return None
    metres = distance_m(new.place, other.place)
    same_desa = bool(new.place.desa) and new.place.code == other.place.code
    same_type = bool(set(new.types) & set(other.types) - VAGUE_TYPES)
    near = metres is not None and metres <= NEAR_M
    if metres is not None and metres > 2 * NEAR_M:
        return None
    score = 0.5 * (same_desa or near) + 0.3 * same_type + 0.2 * (near or _same_landmark(new, other))
    if score < SUGGEST_FROM:
        return None
    where = f"{metres:.0f} m" if metres is not None else other.place.desa
    minutes = int(abs(new.opened_at - other.opened_at) / timedelta(minutes=1))
    return Duplicate(other.id, other.number, round(score, 2), f"{where}, {minutes} min, {other.types[0]}")


def _same_landmark(a: Incident, b: Neighbour) -> bool:
    return bool(a.place.landmark) and a.place.landmark.casefold() == b.place.landmark.casefold()


def is_follow_up(incident: Incident, triage: Triage, now: datetime) -> bool:
    """Whether a further report by the same caller belongs to their open incident.

    Another place or another kind of trouble is a new emergency; vague words ("tolong cepat") are not.
    """
    if incident.status is IncidentStatus.RESOLVED and triage.severity is not None:
        return False  # the crews have gone: what is said now must be answered anew
    age = now - incident.updated_at
    if age > FOLLOW_UP_WINDOW or not _places_agree(incident.place, triage.place):
        return False
    # Somebody who writes again within minutes and names no other place speaks of what they see.
    still_there = age <= SAME_BREATH and not triage.place.code
    return still_there or _types_agree(incident, triage)


def _places_agree(known: Place, said: Place) -> bool:
    if said.outside and said.outside != known.outside:
        return False
    if not said.code or not known.code:
        return True
    return said.code.startswith(known.code) or known.code.startswith(said.code)


def _types_agree(incident: Incident, triage: Triage) -> bool:
    said, known = set(triage.types) - VAGUE_TYPES, set(incident.types) - VAGUE_TYPES
    return not said or not known or bool(said & known)
