"""Plus codes (Open Location Code) in text: '6P5G2458+9R' in full, '2458+9R Slawi' short with a place name.

Decoding only, after the published specification: a code of 10 digits is a rectangle of about 14 m, of 11 about
3 m; its middle is the point. A short code has lost its first digits and is completed near a reference point.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DIGITS = "23456789CFGHJMPQRVWX"
_CODE = re.compile(rf"(?<![\w+])(?P<head>[{DIGITS}]{{4}}|[{DIGITS}]{{6}}|[{DIGITS}]{{8}})\+(?P<tail>[{DIGITS}]{{2,4}})"
                   r"(?![\w+])", re.IGNORECASE)
PAIRS = (20.0, 1.0, 0.05, 0.0025, 0.000125)
"""Degrees a digit of each of the five pairs is worth."""
FULL = 8


class PlusCode(NamedTuple):
    """``head`` stands before the '+': eight digits in a full code, four or six in a short one."""

    head: str
    tail: str
    start: int
    end: int

    @property
    def is_full(self) -> bool:
        return len(self.head) == FULL


def find_plus_code(text: str) -> PlusCode | None:
    """The first code in the text. A short one needs a letter: '2345+67' is a sum, not a place."""
    if "+" not in text:
        return None
    for match in _CODE.finditer(text):
        head, tail = match["head"].upper(), match["tail"].upper()
        # A full code on earth begins with at most C (latitude) and V (longitude).
        on_earth = DIGITS.index(head[0]) < 9 and DIGITS.index(head[1]) < 18
        if on_earth if len(head) == FULL else not (head + tail).isdigit():
            return PlusCode(head, tail, *match.span())
    return None


def decode(code: PlusCode) -> tuple[float, float]:
    """Middle of a full code's rectangle: latitude, longitude in degrees."""
    digits = [DIGITS.index(digit) for digit in code.head + code.tail]
    lat, lon = -90.0, -180.0
    for place, worth in enumerate(PAIRS):
        lat += digits[2 * place] * worth
        lon += digits[2 * place + 1] * worth
    high, wide = PAIRS[-1], PAIRS[-1]
    for digit in digits[10:]:
        high, wide = high / 5, wide / 4
        lat += digit // 4 * high
        lon += digit % 4 * wide
    return lat + high / 2, lon + wide / 2


def complete(code: PlusCode, lat: float, lon: float) -> tuple[float, float]:
    """Middle of the short code's rectangle nearest to the reference point."""
    if code.is_full:
        return decode(code)
    missing = FULL - len(code.head)
    worth = PAIRS[missing // 2 - 1]
    near_lat, near_lon = decode(PlusCode(_prefix(lat, lon)[:missing] + code.head, code.tail, 0, 0))
    return _nearer(near_lat, lat, worth), _nearer(near_lon, lon, worth)


def _nearer(found: float, wanted: float, step: float) -> float:
    if found - wanted > step / 2:
        return found - step
    return found + step if wanted - found > step / 2 else found


def _prefix(lat: float, lon: float) -> str:
    """The first eight digits of the code of a point."""
    rest_lat, rest_lon, digits = lat + 90.0, lon + 180.0, ""
    for worth in PAIRS[:4]:
        up, right = int(rest_lat // worth), int(rest_lon // worth)
        digits += DIGITS[min(up, 19)] + DIGITS[min(right, 19)]
        rest_lat, rest_lon = rest_lat - up * worth, rest_lon - right * worth
    return digits
