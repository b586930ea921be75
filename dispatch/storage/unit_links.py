"""Links to a team's phone page in the database: only hashes, rows in, rows out.

A token is made when its notice is sent, so that it stands nowhere but in that message.
"""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import bindparam, delete, select

from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment, unit_link
from dispatch.storage.transaction import Tx

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""No letter that is taken for another when it is typed from one phone into another."""
TOKEN_LENGTH = 26
"""31 signs, 26 places: 128 bits that nobody guesses."""
PLACEHOLDER = "*" * TOKEN_LENGTH
"""What stands in a stored notice instead of the token, as long as one."""
OF_LINK = Statement(
    select(assignment, unit_link.c.page_id)
    .select_from(unit_link.join(
        assignment,
        (assignment.c.centre == unit_link.c.centre) & (assignment.c.id == unit_link.c.assignment_id),
    ))
    .where(unit_link.c.centre == bindparam("centre"), unit_link.c.token_hash == bindparam("token_hash"))
)
"""The assignment of a link."""
FORGET = Statement(
    delete(unit_link).where(unit_link.c.centre == bindparam("centre"), unit_link.c.created_at < bindparam("before"))
)


def hash_of(token: str) -> str:
    """How a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def is_token(word: str) -> bool:
    """Whether it could be one of ours; anything else is not even looked up."""
    return len(word) == TOKEN_LENGTH and set(word) <= set(ALPHABET)


def mint_link(tx: Tx, assignment_id: int, page_id: int | None = None) -> str:
    """A new token for one assignment; each sending of a notice has its own, and all of them are good. ``page_id`` says
    who was told with it."""
    token = "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))
    tx.insert(unit_link, token_hash=hash_of(token), assignment_id=assignment_id, page_id=page_id, created_at=tx.now_ms)
    return token


def assignment_of_link(tx: Tx, token: str) -> Row | None:
    """The assignment's row, or None for a token that we never gave out."""
    return tx.first(OF_LINK, token_hash=hash_of(token)) if is_token(token) else None


def forget_links(tx: Tx, before_ms: int) -> int:
    """Delete links made before this moment; returns how many."""
    return tx.execute(FORGET, before=before_ms)
