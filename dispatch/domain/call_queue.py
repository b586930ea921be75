"""Which waiting call is answered first. Pure: hints move a call ahead by so much time, so that nobody waits for ever.

A call sorts by when it rang, minus the head start of its best hint. A critical hint passes everybody who has waited
less than ten minutes longer, an urgent one those of the last minute. What is known against a number changes places
among equals only: ``trust.reorder``.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.domain.severity import Severity

KEYS: dict[str, Severity] = {
    "55": Severity.CRITICAL, "1": Severity.HIGH, "2": Severity.HIGH, "3": Severity.HIGH,
}
"""Pressed while waiting: 55 cannot speak, 1 medical, 2 fire, 3 police. Anything else is no hint."""
HEAD_START_MS = {Severity.CRITICAL: 600_000, Severity.HIGH: 60_000}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One call in the queue. ``hint``: the most urgent that keys, words or an open incident of the number speak for."""

    call_id: int
    rang_at: int
    hint: Severity | None = None
    called_back: bool = False
    """A lost call we rang back for: the caller has waited once already."""


def place_in_queue(call: Waiting) -> tuple[int, int, int]:
    """The sort key: the smallest is answered first."""
    ahead = head_start_ms(call.hint or "", called_back=call.called_back)
    return call.rang_at - ahead, call.rang_at, call.call_id


def head_start_ms(hint: str, *, called_back: bool) -> int:
    """What a hint (a severity's slug, '' = none) is worth in milliseconds of waiting."""
    severity = Severity.CRITICAL if called_back else Severity(hint) if hint else None
    return HEAD_START_MS.get(severity, 0) if severity is not None else 0
