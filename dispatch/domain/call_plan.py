"""How a centre wants its calls handled: recording, transcription, whose phones ring when no seat answers. Data only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RingGroup:
    """Rung together when a call has waited ``after``: operators, call signs of units, phone or SIP addresses."""

    after: timedelta
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallPlan:
    """``retention``: how long a recording is kept at the provider. ``ring_groups`` in the order of their time."""

    record: bool = True
    retention: timedelta = timedelta(days=90)
    transcribe: bool = True
    ring_groups: tuple[RingGroup, ...] = ()
