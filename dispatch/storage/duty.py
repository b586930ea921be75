"""Who was signed on when: one row from a person's first seat to their last. Kept for the figures of alarms."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.storage.statement import Statement
from dispatch.storage.tables import duty
from dispatch.storage.transaction import Tx

STILL_ON = 1 << 62
"""``off_at`` of whoever is signed on: later than any moment, so that one index finds them with the others."""
LISTENING = ("call_taker", "dispatcher", "supervisor")
ON_DUTY = Statement(
    select(duty.c.operator, duty.c.on_at, duty.c.off_at)
    .where(
        duty.c.centre == bindparam("centre"), duty.c.off_at > bindparam("since"), duty.c.on_at < bindparam("until"),
        duty.c.role.in_(LISTENING),
    )
    .order_by(duty.c.on_at)
)
"""Those who hear alarms, in [since, until)."""


def begin_duty(tx: Tx, name: str, role: str) -> None:
    """The person has their first seat now. A duty that a session nobody swept left open ends here."""
    end_duty(tx, name)
    tx.insert(duty, id=tx.new_id(), operator=name, role=role, on_at=tx.now_ms, off_at=STILL_ON)


def end_duty(tx: Tx, name: str) -> None:
    """The person has no seat any more."""
    tx.update(duty, {"operator": name, "off_at": STILL_ON}, off_at=tx.now_ms)
