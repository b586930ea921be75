"""Dated changes of rosters in the database. Rows in, rows out, nothing decided here."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.roster import Change
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import roster_change
from dispatch.storage.transaction import Tx

C = roster_change.c
MOST_CHANGES = 500
COMING = Statement(
    select(roster_change)
    .where(C.centre == bindparam("centre"), C.ends_at > bindparam("after"), C.cancelled_at.is_(None))
    .order_by(C.ends_at)
    .limit(MOST_CHANGES)
)
"""Changes that are not over yet."""
BY_ID = Statement(select(roster_change).where(C.centre == bindparam("centre"), C.id == bindparam("id")))


def change_of(row: Row) -> Change:
    """Build the domain object of a stored row."""
    incoming = tuple(name for name in row["incoming"].split(",") if name)
    return Change(row["id"], from_ms(row["starts_at"]), from_ms(row["ends_at"]), row["outgoing"], incoming)


def changes_of(rows: list[Row], agency: str) -> list[Change]:
    """Those of one agency."""
    return [change_of(row) for row in rows if row["agency"] == agency]


def coming_changes(tx: Tx) -> list[Row]:
    """All changes of the centre that are in force or will be."""
    return tx.all(COMING, after=tx.now_ms)


def insert_change(tx: Tx, agency: str, change: Change, actor: str, reason: str) -> None:
    tx.insert(
        roster_change, id=change.id, agency=agency, starts_at=to_ms(change.starts_at), ends_at=to_ms(change.ends_at),
        outgoing=change.outgoing, incoming=",".join(change.incoming), actor=actor, at=tx.now_ms, reason=reason,
    )


def cancel_change(tx: Tx, change_id: int) -> Row | None:
    """Take a change back; its row when there was one in force, else None."""
    row = tx.first(BY_ID, id=change_id)
    if row is None or row["cancelled_at"] is not None:
        return None
    tx.update(roster_change, {"id": change_id}, cancelled_at=tx.now_ms)
    return row
