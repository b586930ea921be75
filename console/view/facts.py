"""All that is known about the incident on screen, and whom the server advises to send."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from console.view.look import Look
from dispatch.wire import CallRow, IncidentDetail, IncidentRow, LogLine, OperatorRow


@dataclass(frozen=True)
class Facts:
    """``detail`` is None until the server has answered."""

    row: IncidentRow
    detail: IncidentDetail | None = None
    log: Sequence[LogLine] = ()
    call: CallRow | None = None
    others: Sequence[OperatorRow] = ()
    next_step: tuple[str, str] | None = None
    """Call sign and state F6 leads to."""


def advised(detail: IncidentDetail | None) -> list[dict[str, Any]]:
    """The recommended units and desks, best first."""
    return [item for item in (detail.recommendation if detail else []) if item.get("unit") or item.get("agency")]


def advised_names(detail: IncidentDetail | None, look: Look) -> list[str]:
    return [str(item.get("unit") or look.agency(str(item["agency"]))) for item in advised(detail)]
