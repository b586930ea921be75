"""Who is at the other end: users, passwords, sessions, the owner's seat.

Owns the operator and session rows. A token exists in clear only in the answer that hands it out. Must
never answer differently for an unknown user and a wrong password.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sqlalchemy import bindparam, delete, select

from dispatch import wire
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.phone import address_of
from dispatch.domain.roles import Actor, Role
from dispatch.errors import Invalid, NotFound, Refused, StorageUnavailable, Unauthorised
from dispatch.services.handover import require_handed_over, sign_handover
from dispatch.services.knowledge import Knowledge
from dispatch.services.password import MAX_NAME, MAX_PASSWORD, Throttle, check_password
from dispatch.storage.committer import Committer
from dispatch.storage.duty import begin_duty, end_duty
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import operator, session
from dispatch.storage.transaction import Tx
from dispatch.storage.wire_row import OPERATOR_GONE

log = logging.getLogger(__name__)

SESSION_MS = 12 * 3600 * 1000
"""A session ends this long after its last use."""
TOUCH_MS = 5 * 60 * 1000
"""Use is written down at most this often: a read must not cost a commit."""
OWNER_ROLE = Role.SUPERVISOR
"""The local owner does the main job; users and data are administered on the command line."""

OPERATOR = Statement(
    select(operator).where(operator.c.centre == bindparam("centre"), operator.c.name == bindparam("name"))
)
USERS = Statement(
    select(operator).where(operator.c.centre == bindparam("centre")).order_by(operator.c.name).limit(1000)
)
SESSION = Statement(
    select(session, operator.c.disabled, operator.c.lang)
    .select_from(session.join(
        operator, (operator.c.centre == session.c.centre) & (operator.c.name == session.c.operator)
    ))
    .where(session.c.centre == bindparam("centre"), session.c.token_hash == bindparam("token_hash"))
)
LIVE_SESSIONS = Statement(
    select(session.c.operator, session.c.seat)
    .where(session.c.centre == bindparam("centre"), session.c.expires_at > bindparam("now"))
)
EXPIRED = Statement(
    select(session.c.token_hash, session.c.operator)
    .where(session.c.centre == bindparam("centre"), session.c.expires_at <= bindparam("now")).limit(100)
)
END_SESSION = Statement(
    delete(session).where(session.c.centre == bindparam("centre"), session.c.token_hash == bindparam("token_hash"))
)
END_SESSIONS_OF = Statement(
    delete(session).where(session.c.centre == bindparam("centre"), session.c.operator == bindparam("operator"))
)


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in person at a seat."""

    actor: Actor
    lang: str
    token_hash: str
    expires_at: datetime


def hash_token(token: str) -> str:
    """What is stored of a bearer token."""
    return hashlib.sha256(token.encode()).hexdigest()


# users


def add_user(tx: Tx, name: str, role: Role, password_hash: str, *, by: str, phone: str = "", lang: str = "id") -> None:
    """Create a user. Raises Invalid when the name is taken or cannot be typed."""
    if not name or len(name) > MAX_NAME or not all(c.isalnum() or c in "._-" for c in name):
        raise Invalid("user_name", f"'{name}' is not a user name: letters, digits, . _ - up to {MAX_NAME}", name=name)
    if tx.first(OPERATOR, name=name) is not None:
        raise Invalid("user_exists", f"there is a user '{name}' already", name=name)
    tx.insert(
        operator, name=name, role=role.value, password_hash=password_hash, phone=phone, lang=lang, disabled=0,
        state=OPERATOR_GONE, since=tx.now_ms, created_at=tx.now_ms,
    )
    tx.emit("operator.added", by, touched=[f"operator:{name}"], name=name, role=role.value)


def set_phone(tx: Tx, name: str, address: str, *, by: str) -> None:
    """Where this person answers calls, from now on and at the seats they have: E.164, a SIP address, '' = nowhere."""
    _require_user(tx, name)
    tx.update(operator, {"name": name}, phone=address)
    tx.update(session, {"operator": name}, phone=address)
    tx.emit("operator.phone_changed", by, touched=[f"operator:{name}"], name=name)


def set_password(tx: Tx, name: str, password_hash: str, *, by: str) -> None:
    """Change a password; whoever is signed in with the old one is signed out."""
    _require_user(tx, name)
    tx.update(operator, {"name": name}, password_hash=password_hash)
    _end_sessions(tx, name, by)
    tx.emit("operator.password_changed", by, touched=[f"operator:{name}"], name=name)


def disable_user(tx: Tx, name: str, *, by: str) -> None:
    """No new sessions, and the running ones end now."""
    _require_user(tx, name)
    tx.update(operator, {"name": name}, disabled=1)
    _end_sessions(tx, name, by)
    tx.emit("operator.disabled", by, touched=[f"operator:{name}"], name=name)


def enable_user(tx: Tx, name: str, *, by: str) -> None:
    """Let a disabled user in again."""
    _require_user(tx, name)
    tx.update(operator, {"name": name}, disabled=0)
    tx.emit("operator.enabled", by, touched=[f"operator:{name}"], name=name)


def list_users(tx: Tx) -> list[Row]:
    return tx.all(USERS)


def _require_user(tx: Tx, name: str) -> Row:
    row = tx.first(OPERATOR, name=name)
    if row is None:
        raise NotFound("no_user", f"no user '{name}'", name=name)
    return row


# sessions


def open_session(tx: Tx, name: str, role: Role, token_hash: str, *, phone: str) -> str:
    """Store a session and show the person on the board; returns the seat, the lowest one free."""
    live = tx.all(LIVE_SESSIONS, now=tx.now_ms)
    taken = {row["seat"] for row in live}
    seat = next(str(number) for number in range(1, len(taken) + 2) if str(number) not in taken)
    tx.insert(
        session, token_hash=token_hash, operator=name, role=role.value, seat=seat, phone=phone,
        created_at=tx.now_ms, expires_at=tx.now_ms + SESSION_MS, seen_at=tx.now_ms,
    )
    if all(row["operator"] != name for row in live):
        tx.update(operator, {"name": name}, state="ready", since=tx.now_ms, viewing=None, deaf=0, on_paper=0)
        begin_duty(tx, name, role.value)
    tx.emit("operator.signed_on", name, touched=[f"operator:{name}"], role=role.value, seat=seat)
    return seat


def close_session(tx: Tx, identity: Identity) -> None:
    """Sign off one seat."""
    if tx.execute(END_SESSION, token_hash=identity.token_hash):
        _leave(tx, identity.actor.name, "signed_off")


def _sign_off(tx: Tx, identity: Identity) -> None:
    seats = [row for row in tx.all(LIVE_SESSIONS, now=tx.now_ms) if row["operator"] == identity.actor.name]
    if len(seats) <= 1:
        require_handed_over(tx, identity.actor.name)
    close_session(tx, identity)


def expire_sessions(tx: Tx) -> int:
    """End what nobody used for 12 hours; returns how many."""
    expired = tx.all(EXPIRED, now=tx.now_ms)
    for row in expired:
        tx.execute(END_SESSION, token_hash=row["token_hash"])
        _leave(tx, row["operator"], "session_expired")
    return len(expired)


def _end_sessions(tx: Tx, name: str, by: str) -> None:
    if tx.execute(END_SESSIONS_OF, operator=name):
        _leave(tx, name, "signed_off", by)


def _leave(tx: Tx, name: str, kind: str, by: str = "") -> None:
    """Take the person off the board when no seat of theirs is left."""
    if all(row["operator"] != name for row in tx.all(LIVE_SESSIONS, now=tx.now_ms)):
        tx.update(operator, {"name": name}, state=OPERATOR_GONE, since=tx.now_ms, viewing=None)
        end_duty(tx, name)
    tx.emit(f"operator.{kind}", by or name, touched=[f"operator:{name}"], name=name)


def grant_owner_seat(tx: Tx, name: str, token_hash: str) -> str:
    """A seat for the OS user who started the server, who could read the database anyway; no password."""
    known = tx.first(OPERATOR, name=name)
    if known is None:
        add_user(tx, name, OWNER_ROLE, "", by="system")
    elif known["disabled"]:
        raise Refused("owner_disabled", f"user '{name}' is disabled; enable it or start as another user", name=name)
    # The same token again: the server was killed and started by the same supervisor. Its old seat is taken over.
    tx.execute(END_SESSION, token_hash=token_hash)
    return open_session(tx, name, OWNER_ROLE, token_hash, phone=(known or {}).get("phone") or "")


class Access:
    """The door: signs people in and out and knows who a token belongs to."""

    def __init__(self, committer: Committer, reader: Reader, clock: Callable[[], datetime], tz: tzinfo) -> None:
        self._committer, self._reader, self._clock, self._tz = committer, reader, clock, tz
        self._throttle = Throttle()
        self._checks = asyncio.Semaphore(2)
        """A check takes 64 MiB for 50 ms: two at a time, the others wait their turn."""

    async def sign_in(self, request: wire.SessionRequest, address: str) -> wire.Session:
        """Raises Unauthorised (the same for a wrong name and a wrong password) or TooManyAttempts."""
        row = await self._check(request, address)
        name, role, token = row["name"], Role(row["role"]), secrets.token_urlsafe(32)
        phone = address_of(request.phone) or row["phone"]
        seat, moment = await self._committer.run(
            lambda tx: (open_session(tx, name, role, hash_token(token), phone=phone), tx.now_ms)
        )
        return self._session(token, row, seat, moment)

    def _session(self, token: str, row: Row, seat: str, moment: int) -> wire.Session:
        ends = from_ms(moment + SESSION_MS, self._tz)
        return wire.Session(token=token, role=row["role"], seat=seat, username=row["name"], expires_at=ends)

    async def _check(self, request: wire.SessionRequest, address: str) -> Row:
        """The user's row when the password is right. Raises Unauthorised or TooManyAttempts."""
        name, who = request.username.strip(), (request.username.strip().casefold()[:MAX_NAME], address)
        self._throttle.check(who, self._clock())
        row = await self._reader.first(OPERATOR, name=name)
        stored = "" if row is None or row["disabled"] else row["password_hash"]
        async with self._checks:
            right = await asyncio.to_thread(check_password, stored, request.password[:MAX_PASSWORD + 1])
        if not right or row is None:
            self._throttle.note_failure(who, self._clock())
            raise Unauthorised("wrong_password", "wrong user name or password")
        self._throttle.forget(who)
        return row

    async def sign_over(
        self, identity: Identity, request: wire.SessionRequest, address: str, knowledge: Knowledge
    ) -> wire.HandoverSigned:
        """Shift change at one seat: the incoming person's password is the second signature. In one transaction the
        incidents pass on, the outgoing session ends and the incoming one begins.

        Raises what signing in and signing a handover raise; then nothing has changed.
        """
        row = await self._check(request, address)
        token, phone = secrets.token_urlsafe(32), address_of(request.phone) or identity.actor.phone
        outgoing, incoming, role = identity.actor.name, row["name"], Role(row["role"])

        def change(tx: Tx) -> tuple[list[str], str, int]:
            signed = sign_handover(tx, outgoing, incoming, role, knowledge)
            close_session(tx, identity)
            return signed["lines"], open_session(tx, incoming, role, hash_token(token), phone=phone), tx.now_ms

        lines, seat, moment = await self._committer.run(change)
        return wire.HandoverSigned(session=self._session(token, row, seat, moment), lines=lines)

    async def identify(self, token: str) -> Identity:
        """Whose token this is; keeps the session alive. Raises Unauthorised."""
        row = await self._reader.first(SESSION, token_hash=hash_token(token)) if token else None
        now_ms = to_ms(self._clock())
        if row is None or row["disabled"] or row["expires_at"] <= now_ms:
            raise Unauthorised("no_session", "no session, or it has ended: sign in")
        if now_ms - row["seen_at"] > TOUCH_MS:
            await self._prolong(row["token_hash"])
        actor = Actor(row["operator"], Role(row["role"]), row["phone"], row["seat"])
        return Identity(actor, row["lang"], row["token_hash"], from_ms(row["expires_at"], self._tz))

    async def is_live(self, identity: Identity) -> bool:
        """Whether a session still counts, without keeping it alive: for streams that were opened with it."""
        row = await self._reader.first(SESSION, token_hash=identity.token_hash)
        return row is not None and not row["disabled"] and row["expires_at"] > to_ms(self._clock())

    async def _prolong(self, token_hash: str) -> None:
        """Twelve hours more. A full disk must not sign anybody out, so failing is only logged."""
        try:
            await self._committer.run(lambda tx: tx.update(
                session, {"token_hash": token_hash}, seen_at=tx.now_ms, expires_at=tx.now_ms + SESSION_MS
            ))
        except StorageUnavailable:
            log.warning("the use of a session could not be written down")

    async def sign_out(self, identity: Identity) -> None:
        """Raises Refused while open incidents are this person's and no other seat of theirs is left."""
        await self._committer.run(lambda tx: _sign_off(tx, identity))

    async def accept_owner_token(self, token_hash: str, name: str) -> str:
        """Give the local owner a seat for a token whose hash was handed over by file; returns the seat."""
        return await self._committer.run(lambda tx: grant_owner_seat(tx, name, token_hash))
