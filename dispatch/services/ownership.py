"""Whose an incident is: who opened it first, until it is handed over. Owns the passing on, not when it is due."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.domain.incident import Incident
from dispatch.storage.incidents import incident_of, save_incident, touch
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident
from dispatch.storage.transaction import Tx

PAGE = 200
C = incident.c
OPEN_OF = Statement(
    select(incident)
    .where(C.centre == bindparam("centre"), C.is_open == 1, C.owner == bindparam("owner"))
    .order_by(C.opened_at)
    .limit(PAGE)
)


def open_incidents_of(tx: Tx, owner: str) -> list[Incident]:
    """What somebody answers for now, the oldest first, at most 200; '' = what is nobody's yet."""
    return [incident_of(row) for row in tx.all(OPEN_OF, owner=owner)]


def pass_on(tx: Tx, owner: str, to: str, actor: str) -> list[Incident]:
    """Give all open incidents of ``owner`` to another person ('' = to nobody); returns them as they are after it."""
    passed: list[Incident] = []
    if owner == to or not owner:
        return passed
    while found := open_incidents_of(tx, owner):
        for item in found:
            passed.append(save_incident(tx, item, actor, owner=to))
            tx.emit(
                "incident.passed_on", actor, incident_id=item.id, touched=[touch(item)], number=item.number,
                outgoing=owner, incoming=to or "-",
            )
    return passed
