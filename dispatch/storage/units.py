"""Units in the database. Their status column is derived, written only by services.units."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import unit
from dispatch.storage.transaction import Tx

C = unit.c
BY_CALL_SIGN = Statement(select(unit).where(C.centre == bindparam("centre"), C.call_sign == bindparam("call_sign")))
AVAILABLE_OF = Statement(
    select(unit)
    .where(C.centre == bindparam("centre"), C.status == "available")
    .where(C.agency.in_(bindparam("agencies", expanding=True)))
    .order_by(C.call_sign)
    .limit(200),
    many="agencies",
)


def find_unit(tx: Tx, call_sign: str) -> Row | None:
    """A unit's row by call sign, or None."""
    return tx.first(BY_CALL_SIGN, call_sign=call_sign)


def available_units(tx: Tx, agencies: tuple[str, ...]) -> list[Row]:
    """Units that could be sent now, of these agencies."""
    return tx.all(AVAILABLE_OF, agencies=agencies) if agencies else []
