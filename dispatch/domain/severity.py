"""Severities. Owns their order; nothing automatic ever lowers one."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """1 (P1, a life is at risk now) to 4 (P4, routine)."""
        return RANKS[self]

    @property
    def is_urgent(self) -> bool:
        """Critical and high run around the clock and are never paused."""
        return self in (Severity.CRITICAL, Severity.HIGH)


ORDER = (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
RANKS = {severity: index + 1 for index, severity in enumerate(ORDER)}


def highest(*severities: Severity | None) -> Severity | None:
    """The most severe of those given; None only when all are None."""
    known = [severity for severity in severities if severity is not None]
    return min(known, key=RANKS.__getitem__) if known else None
