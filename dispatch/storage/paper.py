"""What paper needs beside the board: full phone numbers, the next numbers, and the numbers of blank cards.

A card's number is given out once and never again: it is reserved here before it is printed.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from dispatch.domain.paper import card_id, card_name
from dispatch.domain.report import Channel
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import head, incident, report, unit
from dispatch.storage.transaction import Tx

CALLERS = Statement(
    select(incident.c.id, incident.c.caller, incident.c.caller_name, incident.c.callback).where(
        incident.c.centre == bindparam("centre"), incident.c.id.in_(bindparam("ids", expanding=True))
    ),
    many="ids",
)
UNIT_PHONES = Statement(
    select(unit.c.call_sign, unit.c.phone).where(unit.c.centre == bindparam("centre")).order_by(unit.c.call_sign)
)
NEXT = Statement(select(head.c.next_number, head.c.next_card).where(head.c.centre == bindparam("centre")))
ENTERED = Statement(
    select(report.c.external_id).where(
        report.c.centre == bindparam("centre"), report.c.channel == Channel.OPERATOR.value,
        report.c.external_id.in_(bindparam("ids", expanding=True)),
    ),
    many="ids",
)
CARD = Statement(
    select(report.c.incident_id, report.c.sender_name, incident.c.number).select_from(report.join(
        incident, (incident.c.centre == report.c.centre) & (incident.c.id == report.c.incident_id)
    )).where(
        report.c.centre == bindparam("centre"), report.c.channel == Channel.OPERATOR.value,
        report.c.external_id == bindparam("external_id"),
    )
)


def reserve_cards(tx: Tx, count: int, actor: str) -> int:
    """The first of so many numbers that are nobody else's from now on."""
    first = next_card(tx)
    tx.update(head, {}, next_card=first + count)
    tx.emit("paper.cards_reserved", actor, first=card_name(first), last=card_name(first + count - 1))
    return first


def next_card(tx: Tx) -> int:
    """The first number that was never given out. Every command holds the head, so no two get the same."""
    row = tx.first(NEXT)
    assert row is not None, "the committer locks the head before any command"
    return int(row["next_card"])


def skip_to_card(tx: Tx, number: int) -> None:
    """A card beyond all that were given out is in use: it and those before it are never given out any more."""
    if number >= next_card(tx):
        tx.update(head, {}, next_card=number + 1)


def card_of(tx: Tx, number: int) -> Row | None:
    """Where a card was entered: ``incident_id``, spoken ``number``, ``sender_name`` who entered it; None: not yet."""
    return tx.first(CARD, external_id=card_id(number))


def any_entered(tx: Tx, numbers: Iterable[int]) -> bool:
    """Whether one of these cards has been entered."""
    ids = [card_id(number) for number in numbers]
    return bool(ids) and bool(tx.all(ENTERED, ids=ids))
