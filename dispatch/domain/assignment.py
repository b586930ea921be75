"""One incident given to one unit, or to an agency's duty desk where it has no unit."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dispatch.domain.transitions import ENDED, AssignmentStatus


@dataclass(frozen=True, slots=True)
class Assignment:
    """``times`` maps a status to when it was reached; a skipped status is absent ('not recorded')."""

    id: int
    incident_id: int
    unit: str | None
    agency: str
    status: AssignmentStatus
    assigned_at: datetime
    updated_at: datetime
    times: dict[str, datetime] = field(default_factory=dict)
    note: str = ""

    @property
    def is_live(self) -> bool:
        return self.status not in ENDED

    @property
    def subject(self) -> str:
        """How its clocks and messages name it: the call sign, or the agency's code."""
        return self.unit or self.agency
