"""Who sits here: from a token file, a password, or the seat this computer remembers.

Owns the order in which these are tried. Draws no screen; a terminal is asked through ``Ask``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from console import seat
from console.client import Client, ClientError, Rejected, ServerAway
from console.texts import text
from dispatch.wire import Session

TRIES = 3
UNAUTHORISED = 401
NOT_SPOKEN = frozenset({404, 405})
"""Answers of a server that is older than the question."""
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)

Ask = Callable[[str, bool], str]
"""Prompt and whether the answer is secret -> the answer. Raises EOFError when the person leaves."""


class CannotSignIn(Exception):
    """No seat; the sentence says what to do, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line said about who it is."""

    user: str = ""
    password_file: Path | None = None
    token_file: Path | None = None
    phone: str = ""


async def sign_in(server: str, given: Given, seats: Path, *, lang: str, ask: Ask | None) -> Session:
    """1. token file 2. password file 3. remembered seat 4. ask, when there is somebody to ask.

    A seat that was remembered is used even when the server is away: the console may start before it.
    """
    await _check_address(server, lang)
    if given.token_file is not None:
        return await _introduce(server, _read_token(given.token_file, given.user, lang), lang)
    if given.password_file is not None:
        user = given.user or _ask(ask, "username", lang)
        session = await _log_in(server, user, _read_secret(given.password_file, lang), given.phone, lang)
    else:
        known = await _try_remembered(server, seats, given.user, lang)
        if known is not None:
            return known
        session = await _ask_until_right(server, given, lang, ask)
    seat.remember(seats, server, session)
    return session


async def _check_address(server: str, lang: str) -> None:
    try:
        await Client(server).close()
    except ServerAway as impossible:
        raise CannotSignIn(text("client.bad_server", lang, server=server)) from impossible


async def _introduce(server: str, session: Session, lang: str) -> Session:
    """A bare token says nothing of its owner: the server knows. One that is away may say it later."""
    try:
        async with Client(server, token=session.token, lang=lang) as client:
            known = await client.session()
    except Rejected as refused:
        if refused.problem.status in NOT_SPOKEN:
            return session
        raise CannotSignIn(text("client.refused", lang, reason=str(refused))) from refused
    except ServerAway:
        return session
    return msgspec.structs.replace(
        session, role=known.role or session.role, seat=known.seat or session.seat,
        username=known.username or session.username,
    )


async def _try_remembered(server: str, seats: Path, user: str, lang: str) -> Session | None:
    session = seat.recall(seats, server, user)
    if session is None:
        return None
    try:
        async with Client(server, token=session.token, lang=lang) as client:
            await client.board()
    except Rejected as refused:
        if refused.problem.status != UNAUTHORISED:
            raise CannotSignIn(text("client.refused", lang, reason=str(refused))) from refused
        seat.forget(seats, server)
        return None
    except ClientError:
        return session
    return session


async def _ask_until_right(server: str, given: Given, lang: str, ask: Ask | None) -> Session:
    before = ""
    for attempt in range(1, TRIES + 1):
        user = given.user or _ask(ask, "username", lang, before)
        password = _ask(ask, "password", lang, before if given.user else "")
        try:
            return await _log_in(server, user, password, given.phone, lang)
        except _WrongPassword as wrong:
            if attempt == TRIES:
                raise
            before = f"{wrong}\n"
    raise AssertionError("unreachable: the last try returns or raises")


class _WrongPassword(CannotSignIn):
    """Worth asking again."""


async def _log_in(server: str, user: str, password: str, phone: str, lang: str) -> Session:
    try:
        async with Client(server, lang=lang) as client:
            return await client.login(user, password, phone)
    except Rejected as refused:
        kind = _WrongPassword if refused.problem.status == UNAUTHORISED else CannotSignIn
        raise kind(text("client.refused", lang, reason=str(refused))) from refused
    except ServerAway as away:
        raise CannotSignIn(text("client.away", lang, server=server, reason=str(away))) from away


def _ask(ask: Ask | None, what: str, lang: str, before: str = "") -> str:
    """``before``: why it is asked again, on a line of its own."""
    if ask is None:
        raise CannotSignIn(text("client.no_terminal", lang))
    try:
        return ask(before + text(f"client.{what}", lang), what == "password")
    except EOFError as left:
        raise CannotSignIn(text("client.no_terminal", lang)) from left


def _read_token(path: Path, user: str, lang: str) -> Session:
    """A bare token, or a whole session as JSON."""
    content = _read_secret(path, lang)
    try:
        return msgspec.json.decode(content, type=Session)
    except msgspec.DecodeError:
        return Session(token=content, role="", seat="", expires_at=_NEVER, username=user)


def _read_secret(path: Path, lang: str) -> str:
    """The first line of a file; the rest is not ours."""
    try:
        with path.open(encoding="utf-8") as file:
            secret = file.readline(4096).strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CannotSignIn(text("client.bad_file", lang, path=path, reason=error)) from error
    if not secret:
        raise CannotSignIn(text("client.bad_file", lang, path=path, reason="empty"))
    return secret
