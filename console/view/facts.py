"""All that is known about the incident on screen, and whom the server advises to send."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from console.view.look import Look
from dispatch.wire import CallRow, CoverRow, IncidentDetail, IncidentRow, LogLine, OperatorRow, UnitRow


class Thin(NamedTuple):
    """Free units an agency would have left, of a district or ('') of the whole centre, and how few are enough."""

    agency: str
    kecamatan: str
    left: int
    minimum: int


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
    thin: Sequence[Thin] = ()
    """Cover that sending what is advised would take away, or that is missing already."""


def advised(detail: IncidentDetail | None) -> list[dict[str, Any]]:
    """The recommended units and desks, best first."""
    return [item for item in (detail.recommendation if detail else []) if item.get("unit") or item.get("agency")]


def advised_names(detail: IncidentDetail | None, look: Look) -> list[str]:
    return [str(item.get("unit") or look.agency(str(item["agency"]))) for item in advised(detail)]


def thinned(cover: Iterable[CoverRow], units: Collection[UnitRow], leaving: Collection[str]) -> list[Thin]:
    """The rules that would not be met when the free units in ``leaving`` (call signs) go; only those they belong to."""
    found = []
    for rule in cover:
        free = [unit for unit in units if unit.status == "available" and unit.agency == rule.agency
                and rule.kecamatan in ("", unit.kecamatan)]
        going = [unit for unit in free if unit.call_sign in leaving]
        left = len(free) - len(going)
        if going and left < rule.minimum:
            found.append(Thin(rule.agency, rule.kecamatan, left, rule.minimum))
    return found
