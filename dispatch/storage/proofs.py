"""Proofs of life in the database: rows in, rows out, nothing decided here."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import proof
from dispatch.storage.transaction import Tx

P = proof.c
DUE_MOST = 20
DUE = Statement(
    select(proof).where(P.centre == bindparam("centre"), P.next_at <= bindparam("now")).order_by(P.next_at)
    .limit(DUE_MOST)
)
BY_NONCE = Statement(select(proof).where(P.centre == bindparam("centre"), P.nonce == bindparam("nonce")))
NEWEST = Statement(
    select(proof).where(P.centre == bindparam("centre"), P.channel == bindparam("channel"))
    .order_by(P.id.desc()).limit(bindparam("most"))
)


def due_proofs(tx: Tx) -> list[Row]:
    """Proofs that are to go out now, or that are late."""
    return tx.all(DUE, now=tx.now_ms)


def proof_of_nonce(tx: Tx, nonce: str) -> Row | None:
    """The proof that carries this nonce, in whatever state it is."""
    return tx.first(BY_NONCE, nonce=nonce)


def newest_proofs(tx: Tx, channel: str, most: int) -> list[Row]:
    """The last proofs of a channel, newest first."""
    return tx.all(NEWEST, channel=channel, most=most)


def insert_proof(tx: Tx, channel: str, nonce: str, next_at: int) -> None:
    """One more proof, to go out at that moment."""
    tx.insert(proof, id=tx.new_id(), channel=channel, nonce=nonce, state="planned", next_at=next_at)


def save_proof(tx: Tx, row: Row, **values: object) -> bool:
    """Change a proof as it was read; False when somebody else changed it meanwhile."""
    return tx.update(proof, {"id": row["id"], "state": row["state"]}, **values) == 1
