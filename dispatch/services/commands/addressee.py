"""Whom ``@name`` can mean: a person of the centre, a seat somebody is signed on at, or everybody of a role."""

from __future__ import annotations

from dispatch.domain.roles import TAKE
from dispatch.errors import Invalid
from dispatch.grammar.vocabulary import nearest
from dispatch.services.access import LIVE_SESSIONS, USERS
from dispatch.storage.transaction import Tx

ROLE_WORDS = ("spv", "penyelia", *sorted(role.value for role in TAKE))
"""The roles with a console, as they are typed."""
SHOWN = 12


def require_addressee(tx: Tx, to: str) -> None:
    """Raises Invalid, naming the nearest who exists or else some of them: nobody would feel meant by a slip."""
    name = to.removeprefix("@").casefold()
    people = [row["name"] for row in tx.all(USERS) if not row["disabled"]]
    seats = sorted({row["seat"] for row in tx.all(LIVE_SESSIONS, now=tx.now_ms) if row["seat"]})
    known = {word.casefold(): word for word in (*seats, *ROLE_WORDS, *people)}
    if name in known:
        return
    if near := nearest(name, known):
        raise Invalid("no_addressee_near", f"there is no {to}; @{known[near]}?", to=to, nearest=f"@{known[near]}")
    words = [f"@{word}" for word in dict.fromkeys(("spv", *people, *ROLE_WORDS, *seats))]
    choices = ", ".join(words[:SHOWN]) + (" ..." if len(words) > SHOWN else "")
    raise Invalid("no_addressee", f"there is no {to}", to=to, choices=choices)
