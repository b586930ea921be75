"""Advanced Mobile Location: the text a phone sends by itself with the position of an emergency call.

ETSI TS 103 625. Version 1: ``A"ML=1;lt=..;lg=..;rd=..;top=YYYYMMDDhhmmss;lc=..;pm=..;si=..;ei=..;mcc=..;mnc=..;ml=..``.
Version 2: ``A"ML=2;en=..;et=..;lo=lat,lon,accuracy;lt=seconds after et;lc=..;ls=..``; there ``lt`` is a time and
``lg`` a language. A wrong length (``ml``) is common in the wild and only noted. IMSI and IMEI are not kept.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HEADER = 'A"ML='
MAX_LENGTH = 1000
MAX_RADIUS_M = 1_000_000.0
METHODS = {"G": "gnss", "W": "wifi", "C": "cell", "F": "fused"}


@dataclass(frozen=True, slots=True)
class AmlPosition:
    """``lat``/``lon`` are None when the phone says it has no fix. ``radius_m`` holds with ``confidence`` percent.

    ``at`` is when the fix was taken (UTC), None when not said. ``method``: gnss, wifi, cell, fused or ''.
    ``faults`` lists what was odd and did not matter, such as a wrong length.
    """

    version: int
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    confidence: int | None = None
    at: datetime | None = None
    method: str = ""
    faults: tuple[str, ...] = ()


def is_aml(text: str) -> bool:
    """Whether the whole text is one of a phone's own; a citizen who quotes one in a sentence is still a citizen."""
    return text.lstrip().startswith(HEADER)


def parse_aml(text: str) -> AmlPosition | None:
    """The position in an AML text; None when it is none, or says a place that cannot be."""
    text = text.strip()
    if not text.startswith(HEADER) or len(text) > MAX_LENGTH:
        return None
    fields: dict[str, str] = {}
    for part in text.split(";"):
        key, _, value = part.partition("=")
        fields.setdefault(key.strip(), value.strip())
    version = fields.get('A"ML', "")
    if version == "1":
        return _first(fields, text)
    return _second(fields) if version == "2" else None


def _first(fields: dict[str, str], text: str) -> AmlPosition | None:
    lat, lon = _number(fields.get("lt", "")), _number(fields.get("lg", ""))
    method = fields.get("pm", "").upper()
    if method == "N" or (lat == 0.0 and lon == 0.0):
        return AmlPosition(1)
    if not _on_earth(lat, lon):
        return None
    faults = []
    at = _stamp(fields.get("top", ""))
    if at is None:
        faults.append("top")
    if fields.get("ml", "").isdigit() and int(fields["ml"]) != len(text):
        faults.append("ml")
    return AmlPosition(
        1, lat, lon, _radius(fields.get("rd", "")), _percent(fields.get("lc", "")), at, METHODS.get(method, ""),
        tuple(faults),
    )


def _second(fields: dict[str, str]) -> AmlPosition | None:
    parts = fields.get("lo", "").split(",")
    if parts == [""]:
        return AmlPosition(2)
    lat, lon = _number(parts[0]), _number(parts[1]) if len(parts) > 1 else None
    if not _on_earth(lat, lon):
        return None
    called, later = _number(fields.get("et", "")), _number(fields.get("lt", "")) or 0.0
    at = _epoch(called, later)
    return AmlPosition(
        2, lat, lon, _radius(parts[2] if len(parts) > 2 else "") or None, _percent(fields.get("lc", "")), at,
        METHODS.get(fields.get("ls", "").upper(), ""), () if at else ("et",),
    )


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _on_earth(lat: float | None, lon: float | None) -> bool:
    return lat is not None and lon is not None and abs(lat) <= 90 and abs(lon) <= 180


def _radius(text: str) -> float | None:
    value = _number(text)
    return value if value is not None and 0 <= value <= MAX_RADIUS_M else None


def _percent(text: str) -> int | None:
    value = _number(text)
    return int(value) if value is not None and 0 <= value <= 100 else None


def _stamp(text: str) -> datetime | None:
    if len(text) != 14 or not (text.isascii() and text.isdigit()):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def _epoch(called: float | None, later: float) -> datetime | None:
    """Time of the call in seconds of the UNIX epoch, and how much later the fix is (it may be before)."""
    if called is None or not 0 < called < 4_102_444_800 or abs(later) > 7 * 86_400:
        return None
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=called + later)
