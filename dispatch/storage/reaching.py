"""Steps of escalations and the people they told, in the database. Rows in, rows out, nothing decided here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Table, bindparam, func, select

from dispatch.domain.assignment import Assignment
from dispatch.storage.assignments import assignment_of
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment, page, reach_step
from dispatch.storage.transaction import Tx

R, P = reach_step.c, page.c
STOPPABLE = ("waiting", "held")
"""States of a step that may still fire."""
MOST_STEPS = 500
OF_ASSIGNMENT = Statement(
    select(reach_step)
    .where(R.centre == bindparam("centre"), R.assignment_id == bindparam("assignment_id"))
    .order_by(R.id)
    .limit(MOST_STEPS)
)
OF_INCIDENT = Statement(
    select(reach_step)
    .where(R.centre == bindparam("centre"), R.incident_id == bindparam("incident_id"))
    .order_by(R.id)
    .limit(MOST_STEPS)
)
BY_ID = Statement(select(reach_step).where(R.centre == bindparam("centre"), R.id == bindparam("id")))
DUE = Statement(
    select(reach_step)
    .where(R.centre == bindparam("centre"), R.next_at <= bindparam("now"))
    .order_by(R.next_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
NEXT_DUE = Statement(select(func.min(R.next_at).label("next_at")).where(R.centre == bindparam("centre")))
PAGES_OF = Statement(
    select(page)
    .where(P.centre == bindparam("centre"), P.assignment_id == bindparam("assignment_id"))
    .order_by(P.id)
    .limit(MOST_STEPS)
)
PAGES_OF_MANY = Statement(
    select(page)
    .where(P.centre == bindparam("centre"), P.assignment_id.in_(bindparam("ids", expanding=True)))
    .order_by(P.id + 0)
    .limit(MOST_STEPS),
    many="ids",
)
"""'+ 0' keeps SQLite from walking the whole table by its key."""
PAGE = Statement(select(page).where(P.centre == bindparam("centre"), P.id == bindparam("id")))


def _told(what: Table, role: str, most: int) -> Statement:
    """Of the live assignments this phone was told of in this role, the newest first."""
    return Statement(
        select(what)
        .select_from(page.join(
            assignment, (assignment.c.centre == P.centre) & (assignment.c.id == P.assignment_id)
        ))
        .where(P.centre == bindparam("centre"), P.phone == bindparam("phone"), P.role == role)
        .where(assignment.c.is_live == 1)
        .order_by(P.id.desc())
        .limit(most)
    )


PAGED = _told(assignment, "team", 50)
"""Live assignments that this phone was told of."""


SUPERVISED = _told(page, "supervisor", 1)
"""The newest page of this supervisor about a live assignment."""


def page_of_supervisor(tx: Tx, phone: str) -> Row | None:
    """The newest time this supervisor was told of a team whose task is not over."""
    return tx.first(SUPERVISED, phone=phone) if phone else None


def steps_of(tx: Tx, assignment_id: int) -> list[Row]:
    """All steps of one assignment, in their order."""
    return tx.all(OF_ASSIGNMENT, assignment_id=assignment_id)


def due_steps(tx: Tx, most: int) -> list[Row]:
    """Steps whose moment has come, earliest first."""
    return tx.all(DUE, now=tx.now_ms, most=most)


def insert_steps(tx: Tx, rows: list[dict[str, Any]]) -> None:
    tx.insert_many(reach_step, rows)


def change_step(tx: Tx, row: Row, **values: Any) -> bool:
    """Change a step as it was read; False when somebody else was first."""
    seen = {"id": row["id"], "state": row["state"]}
    if row["next_at"] is not None:  # NULL equals nothing
        seen["next_at"] = row["next_at"]
    return tx.update(reach_step, seen, **values) == 1


def stop_steps(tx: Tx, assignment_id: int) -> int:
    """End everything that has not fired; returns how many steps that were."""
    return sum(
        tx.update(reach_step, {"assignment_id": assignment_id, "state": state}, state="stopped", next_at=None)
        for state in STOPPABLE
    )


def insert_page(tx: Tx, **values: Any) -> int:
    """Note one person told; returns its id."""
    page_id = tx.new_id()
    tx.insert(page, id=page_id, at=tx.now_ms, outcome="", **values)
    return page_id


def name_message(tx: Tx, page_id: int, message_id: int | None) -> None:
    """Say which outgoing message told this person."""
    tx.update(page, {"id": page_id}, message_id=message_id)


def find_page(tx: Tx, page_id: int) -> Row | None:
    return tx.first(PAGE, id=page_id)


def find_step(tx: Tx, step_id: int) -> Row | None:
    return tx.first(BY_ID, id=step_id)


def settle_page(tx: Tx, row: Row, outcome: str) -> None:
    """Write down a person's own word, also over what was supposed of them before."""
    tx.update(page, {"id": row["id"]}, outcome=outcome, answered_at=tx.now_ms)


def pages_of(tx: Tx, assignment_id: int) -> list[Row]:
    """Everybody told about one assignment, in order."""
    return tx.all(PAGES_OF, assignment_id=assignment_id)


def end_page(tx: Tx, row: Row, outcome: str) -> bool:
    """Write down what became of telling somebody; False when that was written before."""
    return tx.update(page, {"id": row["id"], "outcome": ""}, outcome=outcome, answered_at=tx.now_ms) == 1


def assignments_paged(tx: Tx, phone: str) -> list[Assignment]:
    """Live assignments that this phone was told of by some step, newest first."""
    found = {row["id"]: assignment_of(row) for row in tx.all(PAGED, phone=phone)}
    return list(found.values())
