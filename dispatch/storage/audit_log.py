"""The event log read backwards through a filter, and forwards to check its chain. Owns these queries only.

The log has no index by person, kind or time: it is walked back in slices of the key, and a day is found by halving.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, func, select

from dispatch.storage.board import BY_NUMBER, HEAD_SEQ
from dispatch.storage.reader import Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import event, incident

SLICE = 5_000
SLICES = 20
"""So much of the log is looked through at once; whoever asks goes on from ``next``."""
CHAIN_SLICE = 5_000

C = event.c
_MINE = C.centre == bindparam("centre")
_NUMBERED = event.outerjoin(incident, and_(incident.c.centre == C.centre, incident.c.id == C.incident_id))
_LINE = select(event, incident.c.number.label("incident_number")).select_from(_NUMBERED)
_FITS = (
    (func.lower(C.actor).like(bindparam("actor"), escape="\\")) & (C.kind.like(bindparam("kind"), escape="\\"))
    & (C.at >= bindparam("since")) & (C.at < bindparam("until"))
)
BACK = Statement(
    _LINE.where(_MINE, C.seq <= bindparam("last"), C.seq > bindparam("first"), _FITS)
    .order_by(C.seq.desc()).limit(bindparam("most"))
)
BACK_OF_INCIDENT = Statement(
    _LINE.where(_MINE, C.incident_id == bindparam("id"), C.seq <= bindparam("last"), _FITS)
    .order_by(C.seq.desc()).limit(bindparam("most"))
)
AT = Statement(select(C.at).where(_MINE, C.seq == bindparam("seq")))
FORWARD = Statement(select(event).where(_MINE, C.seq > bindparam("after")).order_by(C.seq).limit(CHAIN_SLICE))


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for; '' and None mean anything. ``kind`` is part of one. Times in ms."""

    actor: str = ""
    kind: str = ""
    incident: int | None = None
    since: int | None = None
    until: int | None = None

    def given(self) -> dict[str, Any]:
        return {
            "actor": f"%{_literal(self.actor.casefold())}%", "kind": f"%{_literal(self.kind)}%",
            "since": 0 if self.since is None else self.since,
            "until": 1 << 62 if self.until is None else self.until,
        }


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def read_back(snapshot: Snapshot, sought: Sought, before: int | None, most: int) -> tuple[list[Row], int]:
    """Fitting lines before ``before`` (None = from the end), newest first, and where to go on (0 = the end)."""
    last = (await _head(snapshot)) if before is None else before - 1
    if sought.incident is not None:
        return await _of_incident(snapshot, sought, last, most)
    if sought.until is not None:
        last = min(last, await first_at(snapshot, sought.until, last) - 1)
    rows: list[Row] = []
    for _ in range(SLICES):
        first = max(0, last - SLICE)
        room = most - len(rows)
        rows += await snapshot.all(BACK, last=last, first=first, most=room, **sought.given())
        if len(rows) == most:
            return rows, rows[-1]["seq"]
        last = first
        if last == 0 or await _is_before(snapshot, last, sought.since):
            return rows, 0
    return rows, last + 1


async def _of_incident(snapshot: Snapshot, sought: Sought, last: int, most: int) -> tuple[list[Row], int]:
    found = await snapshot.all(BY_NUMBER, number=sought.incident)
    if not found:
        return [], 0
    rows = await snapshot.all(BACK_OF_INCIDENT, id=found[0]["id"], last=last, most=most, **sought.given())
    return rows, rows[-1]["seq"] if len(rows) == most else 0


async def _head(snapshot: Snapshot) -> int:
    rows = await snapshot.all(HEAD_SEQ)
    return int(rows[0]["seq"]) if rows else 0


async def _is_before(snapshot: Snapshot, seq: int, moment: int | None) -> bool:
    """Whether everything up to ``seq`` is older than the moment: the log is written in order of time."""
    if moment is None:
        return False
    rows = await snapshot.all(AT, seq=seq)
    return bool(rows) and rows[0]["at"] < moment


async def first_at(snapshot: Snapshot, moment: int, last: int) -> int:
    """The first seq written at the moment or later, ``last + 1`` when there is none; found by halving."""
    low, high = 1, last + 1
    while low < high:
        middle = (low + high) // 2
        if await _is_before(snapshot, middle, moment):
            low = middle + 1
        else:
            high = middle
    return low


