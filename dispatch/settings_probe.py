"""Settings of the proof of life: which numbers of ours lead back to us, and how often that is tried."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers

from dispatch.errors import Problem

KNOWN = ("PROBE_SMS", "PROBE_VOICE", "PROBE_EVERY")
DEFAULT_EVERY = "60"
SHORTEST_MIN, LONGEST_MIN = 5, 24 * 60


@dataclass(frozen=True, slots=True)
class Probe:
    """Numbers in +country form; '' = that channel is not proved. ``every_min`` minutes between two proofs."""

    sms: str = ""
    voice: str = ""
    every_min: int = 60


def read_probe(values: Mapping[str, str], problems: list[Problem]) -> Probe:
    """The PROBE settings; ``values`` are without their prefix. A number we send from cannot be sent to."""
    probe = Probe(values.get("PROBE_SMS", ""), values.get("PROBE_VOICE", ""), _minutes(values, problems))
    for key, number, own in (
        ("PROBE_SMS", probe.sms, values.get("TWILIO_SMS_FROM", "")),
        ("PROBE_VOICE", probe.voice, values.get("TWILIO_VOICE_NUMBER", "")),
    ):
        if number and not _is_phone(number):
            problems.append(_problem(key, f"'{number}' is not a phone number in +country form"))
        elif number and number == own:
            problems.append(_problem(key, "is the number it would be sent from; name another one that leads back here"))
    return probe


def _minutes(values: Mapping[str, str], problems: list[Problem]) -> int:
    words = values.get("PROBE_EVERY") or DEFAULT_EVERY
    minutes = int(words) if words.isascii() and words.isdigit() and len(words) < 6 else 0
    if not SHORTEST_MIN <= minutes <= LONGEST_MIN:
        problems.append(_problem("PROBE_EVERY", f"'{words}' is not a number of minutes, 5 to 1440"))
    return minutes


def _problem(key: str, message: str) -> Problem:
    return Problem(message, key=f"KENTONGAN_{key}")


def _is_phone(number: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
