"""Who is behind a crew's phone, and what they are on. Rows in, nothing decided here."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.domain.assignment import Assignment
from dispatch.storage.assignments import assignment_of, live_assignments_of
from dispatch.storage.reaching import assignments_paged
from dispatch.storage.statement import Statement
from dispatch.storage.tables import assignment, command_log, unit
from dispatch.storage.transaction import Tx

UNITS_OF_PHONE = Statement(
    select(unit.c.call_sign)
    .where(unit.c.centre == bindparam("centre"), unit.c.phone == bindparam("phone"))
    .order_by(unit.c.call_sign)
    .limit(10)
)
LIVE_OF_DESK = Statement(
    select(assignment)
    .where(assignment.c.centre == bindparam("centre"), assignment.c.is_live == 1, assignment.c.unit.is_(None))
    .where(assignment.c.agency == bindparam("agency"))
    .order_by(assignment.c.id.desc())
    .limit(50)
)
KNOWN_MESSAGE = Statement(
    select(command_log.c.key).where(command_log.c.centre == bindparam("centre"), command_log.c.key == bindparam("key"))
)


def assignments_of_phone(tx: Tx, phone: str, desks: list[str]) -> list[Assignment]:
    """Live assignments of the units with this phone, of these agencies' duty desks, and those whose escalation has
    told this phone, newest first."""
    found = [
        item for row in tx.all(UNITS_OF_PHONE, phone=phone) for item in live_assignments_of(tx, row["call_sign"])
    ]
    found += [assignment_of(row) for agency in desks for row in tx.all(LIVE_OF_DESK, agency=agency)]
    found += assignments_paged(tx, phone)
    return sorted({item.id: item for item in found}.values(), key=lambda item: -item.id)


def is_remembered(tx: Tx, key: str) -> bool:
    """Whether this message or call was noted before."""
    return tx.first(KNOWN_MESSAGE, key=key) is not None


def remember_message(tx: Tx, key: str, actor: str, incident_id: int | None) -> bool:
    """Note a message that is no report by the provider's id; False when it was taken before."""
    if is_remembered(tx, key):
        return False
    tx.insert(command_log, key=key, at=tx.now_ms, actor=actor, command="crew_message", incident_id=incident_id)
    return True
