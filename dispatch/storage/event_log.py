"""The event log: append-only, gap-free per centre, each line chained to the one before by SHA-256.

Owns the head of a centre (last seq, last hash, the counters) and the hash. Never updates or deletes
an event; a trigger refuses it even to us.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, select

from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import event, head

FIRST_ID = 1
FIRST_NUMBER = 1001
LAST_SHORT_NUMBER = 9999

LOCK_HEAD = Statement(select(head).where(head.c.centre == bindparam("centre")).with_for_update())
"""FOR UPDATE on PostgreSQL: whoever holds it numbers the next events, so seq order is commit order.
SQLite has one writer by itself and compiles this to a plain SELECT."""

_canonical = msgspec.json.Encoder(order="sorted")


class Head(NamedTuple):
    """Where a centre's log stands and what its counters give next. A tuple: a report makes a dozen of them."""

    seq: int
    hash: str
    next_id: int
    next_number: int

    @classmethod
    def start(cls) -> Head:
        return cls(0, "", FIRST_ID, FIRST_NUMBER)

    @classmethod
    def of(cls, row: Row) -> Head:
        return cls(row["seq"], row["hash"], row["next_id"], row["next_number"])


def event_hash(prev_hash: str, centre: str, line: Row) -> str:
    """SHA-256(prev_hash ‖ canonical JSON of the line), hex. ``line`` holds the stored columns."""
    body = {
        "centre": centre, "seq": line["seq"], "at": line["at"], "actor": line["actor"], "kind": line["kind"],
        "incident_id": line["incident_id"], "touched": line["touched"], "data": line["data"],
    }
    return hashlib.sha256(prev_hash.encode() + _canonical.encode(body)).hexdigest()


def append(
    state: Head, centre: str, *, at_ms: int, actor: str, kind: str, incident_id: int | None,
    touched: Iterable[str], data: dict[str, Any],
) -> tuple[Head, Row]:
    """The next line of the log and the head after it. Pure: nothing is stored here."""
    line: Row = {
        "centre": centre, "seq": state.seq + 1, "at": at_ms, "actor": actor, "kind": kind,
        "incident_id": incident_id, "touched": _canonical.encode(list(touched)).decode(),
        "data": _canonical.encode(data).decode(), "prev_hash": state.hash,
    }
    line["hash"] = event_hash(state.hash, centre, line)
    return Head(line["seq"], line["hash"], state.next_id, state.next_number), line


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """The first line that does not follow from the one before."""

    seq: int
    reason: str


def verify(lines: Iterable[Row], centre: str, *, after: Head | None = None) -> tuple[int, BrokenLink | None]:
    """Walk the lines in seq order. Returns how many hold and the first broken link, if any."""
    state = after or Head.start()
    count, expected_seq, expected_prev = 0, state.seq + 1, state.hash
    for line in lines:
        if line["seq"] != expected_seq:
            return count, BrokenLink(expected_seq, f"line {expected_seq} is missing, found {line['seq']}")
        if line["prev_hash"] != expected_prev:
            return count, BrokenLink(line["seq"], "previous hash does not match the line before")
        if event_hash(expected_prev, centre, line) != line["hash"]:
            return count, BrokenLink(line["seq"], "content does not match its hash")
        count, expected_seq, expected_prev = count + 1, expected_seq + 1, line["hash"]
    return count, None


EVENT_COLUMNS = tuple(column.name for column in event.columns)
