"""Severity from types, threats and circumstances. Takes the highest of all arguments: nothing here lowers."""

from __future__ import annotations

import re

from dispatch.domain.report import NO_SEVERITY_TYPES, Reason
from dispatch.domain.severity import Severity, highest
from dispatch.triage.context import Claim
from dispatch.triage.score import Reading, Tally

DEFAULTS: dict[str, Severity | None] = {
    "fire": Severity.HIGH,
    "medical": Severity.HIGH,
    "traffic_accident": Severity.MEDIUM,
    "crime": Severity.MEDIUM,
    "domestic_violence": Severity.HIGH,
    "suicide": Severity.CRITICAL,
    "disaster": Severity.MEDIUM,
    "rescue": Severity.HIGH,
    "animal_rescue": Severity.LOW,
    "missing_person": Severity.HIGH,
    "road_damage": Severity.LOW,
    "street_light": Severity.LOW,
    "power": Severity.MEDIUM,
    "water": Severity.LOW,
    "waste": Severity.LOW,
    "public_order": Severity.LOW,
    "other_service": Severity.LOW,
    "information_request": None,
    "not_a_report": None,
}


def default_severity(kind: str, subtype: str) -> Severity | None:
    """Used without a rules file; a rules file brings its own."""
    del subtype
    return DEFAULTS.get(kind, Severity.MEDIUM)


_DEPTH = re.compile(
    r"(?:air|banjir|banyu|tinggi|ketinggian|setinggi|mencapai|sekitar|kurang lebih|genangan|water|flood)[^.!?\n]{0,40}?"
    r"(\d+(?:[.,]\d+)?)\s*(?:-\s*(\d+(?:[.,]\d+)?)\s*)?(cm|centi|senti|meter|mtr|m)\b",
    re.IGNORECASE,
)
CRITICAL_DEPTH_CM = 150
HIGH_DEPTH_CM = 70


def flood_depth_cm(text: str) -> float | None:
    """The greatest water depth named in the text, in centimetres."""
    depths = []
    for match in _DEPTH.finditer(text):
        number = float((match.group(2) or match.group(1)).replace(",", "."))
        depth = number if match.group(3).lower() in ("cm", "centi", "senti") else number * 100
        if depth <= 1500:
            depths.append(depth)
    return max(depths, default=None)


def circumstances(reading: Reading, kind: str) -> list[tuple[Severity, Reason]]:
    """Words that raise the severity of the type, and how far."""
    found = []
    for hit in reading.kinds["severity"]:
        concept = hit.concept
        severity = concept.severity
        if severity is None or kind not in concept.types:
            continue
        claim = reading.context.claim(hit)
        # Danger that is only feared makes a pothole dangerous, but nobody is hurt by a fear.
        unreal = claim in (Claim.HYPOTHETICAL, Claim.OVER) and severity.is_urgent
        if claim is Claim.NEGATED or unreal:
            continue
        words = reading.text.raw(hit.start, hit.end)
        found.append((severity, Reason("severity", severity, concept.name, words, 1.0)))
    return found


def depth_of_water(reading: Reading, types: set[str]) -> tuple[Severity, Reason] | None:
    if "disaster" not in types:
        return None
    depth = flood_depth_cm(reading.text.clean)
    if depth is None or depth < HIGH_DEPTH_CM:
        return None
    level = Severity.CRITICAL if depth >= CRITICAL_DEPTH_CM else Severity.HIGH
    effect = "life_threat" if level is Severity.CRITICAL else "severity"
    return level, Reason(effect, level, "water_depth", (f"{depth:.0f} cm",), 2.0)


def is_over(reading: Reading, kind: str) -> bool:
    """Everything that argued for the type is said to be over ('wis padam', 'sudah surut')."""
    claims = [reading.context.claim(hit) for hit in reading.concepts.values() if hit.concept.type == kind]
    return bool(claims) and all(claim is Claim.OVER for claim in claims)


def weigh(
    reading: Reading, kind: str, entries: list[Tally], default: Severity | None
) -> tuple[Severity | None, list[Reason]]:
    """The severity of the report and the reasons that carried it."""
    if kind in NO_SEVERITY_TYPES:
        return None, []
    if default is not None and default.is_urgent and is_over(reading, kind):
        default = Severity.MEDIUM
    found = circumstances(reading, kind)
    depth = depth_of_water(reading, {kind, *(entry.type for entry in entries)})
    if depth is not None:
        found.append(depth)
    severity = highest(default, *[entry.severity for entry in entries], *[level for level, _ in found])
    return severity, [reason for _, reason in found]
