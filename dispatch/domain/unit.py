"""Units: dispatchable teams with a call sign."""

from __future__ import annotations

import re
from dataclasses import dataclass

CALL_SIGN = re.compile(r"[ABDHLPRSU]\d{2}")
KINDS = {
    "A": "ambulance", "B": "bpbd", "D": "fire_engine", "H": "transport", "L": "power", "P": "police",
    "R": "volunteer", "S": "public_order", "U": "public_works",
}
"""First letter of a call sign -> kind of unit. 'U' (PU, pekerjaan umum) is ours: public-works crews."""


@dataclass(frozen=True, slots=True)
class Unit:
    """``phone`` is E.164 and receives assignment notices; ``kecamatan`` is where it is based."""

    call_sign: str
    agency: str
    name: str
    base: str
    kecamatan: str
    phone: str
    capabilities: tuple[str, ...] = ()
    crew: int = 0
    lat: float | None = None
    lon: float | None = None

    @property
    def kind(self) -> str:
        return KINDS[self.call_sign[0]]
