"""Coordinates written in a text: decimal, degrees-minutes-seconds, map links. Only what lies in Indonesia counts.

Short links (goo.gl, maps.app.goo.gl) name no point; they stay words. Nothing is fetched.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from dispatch.triage.geometry import in_indonesia

_DECIMAL = re.compile(r"(?<![\d.])([+-]?\d{1,2}[.,]\d{3,})°?\s*(?:[,;/ ]|%2C|\+)\s*([+-]?\d{2,3}[.,]\d{3,})(?![\d.]\d)")
_COARSE = re.compile(r"(?<![\d.])(-\d{1,2}\.\d{2,})°?\s*(?:[,;/ ]|%2C|\+)\s*(\d{2,3}\.\d{2,})(?![\d.]\d)")
"""Two decimals are read only behind a minus sign and with points: without them they are prices and times of day."""
COARSE_RADIUS_M = 800.0
"""How far off a point of two decimals may be."""
_PART = r"(\d{1,3})\s*[°dº]\s*(\d{1,2}(?:[.,]\d+)?)\s*['′’m]?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|”|''|s)?)?\s*"
_DMS = re.compile(rf"{_PART}(LS|LU|S|N)\b[\s,;]*{_PART}(BT|E|T)\b", re.IGNORECASE)
_DMS_BEFORE = re.compile(rf"\b(S|N)\s*{_PART}[\s,;]*\b(E|T)\s*{_PART}", re.IGNORECASE)
_HEMISPHERE = re.compile(
    r"(?<![\d.])(\d{1,2}[.,]\d{2,})\s*°?\s*(LS|LU|S|N)\b[\s,;]*(\d{2,3}[.,]\d{2,})\s*°?\s*(BT|E)\b", re.IGNORECASE
)
SOUTH = frozenset({"ls", "s"})


class Point(NamedTuple):
    """Degrees, and where they stand in the text. ``radius_m``: how exact it is, where that is worse than a phone's."""

    lat: float
    lon: float
    start: int
    end: int
    radius_m: float | None = None


def find_coordinates(text: str) -> Point | None:
    """The first point in Indonesia written in the text.

    A latitude without its minus sign is taken as it stands: 6.98 N is in the sea off Aceh and is refused.
    """
    if not any(mark in text for mark in ".,°º"):
        return None
    found = _signed(text) or _hemisphere(text) or _sexagesimal(text)
    return found if found is not None and in_indonesia(found.lat, found.lon) else None


def _number(text: str) -> float:
    return float(text.replace(",", "."))


def _signed(text: str) -> Point | None:
    for match in _DECIMAL.finditer(text):
        lat, lon = _number(match[1]), _number(match[2])
        if in_indonesia(lat, lon):
            return Point(lat, lon, *match.span())
    for match in _COARSE.finditer(text):
        lat, lon = _number(match[1]), _number(match[2])
        if in_indonesia(lat, lon):
            return Point(lat, lon, *match.span(), COARSE_RADIUS_M)
    return None


def _hemisphere(text: str) -> Point | None:
    match = _HEMISPHERE.search(text)
    if match is None:
        return None
    lat = _number(match[1])
    return Point(-lat if match[2].lower() in SOUTH else lat, _number(match[3]), *match.span())


def _sexagesimal(text: str) -> Point | None:
    match = _DMS.search(text)
    if match is not None:
        lat, lon, side = _degrees(match[1], match[2], match[3]), _degrees(match[5], match[6], match[7]), match[4]
        return None if lat is None or lon is None else Point(_sided(lat, side), lon, *match.span())
    match = _DMS_BEFORE.search(text)
    if match is None:
        return None
    lat, lon, side = _degrees(match[2], match[3], match[4]), _degrees(match[6], match[7], match[8]), match[1]
    return None if lat is None or lon is None else Point(_sided(lat, side), lon, *match.span())


def _sided(lat: float, side: str) -> float:
    return -lat if side.lower() in SOUTH else lat


def _degrees(whole: str, minutes: str, seconds: str | None) -> float | None:
    """None for sixty or more minutes or seconds."""
    m, s = _number(minutes), _number(seconds or "0")
    return int(whole) + m / 60 + s / 3600 if m < 60 and s < 60 else None
