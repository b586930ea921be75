"""Signing in and out, over both engines; the owner's seat; guessing is slow, nobody is locked out for long."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.cli.serve import read_owner_token
from dispatch.domain.roles import Role
from dispatch.errors import ConfigurationError, Invalid, NotFound, Refused, StorageUnavailable, Unauthorised
from dispatch.services import access
from dispatch.services.access import add_user, disable_user, expire_sessions, hash_token, set_password
from dispatch.services.password import Throttle, TooManyAttempts, check_password, hash_password
from dispatch.storage.board import read_board
from dispatch.storage.database import Database
from dispatch.storage.statement import Statement
from dispatch.storage.tables import event, operator, session
from dispatch.web import stream
from tests.support.centre import START, TZ, Centre, running_centre

PASSWORD = "kentongan-112"
SESSIONS = Statement(select(session).where(session.c.centre == bindparam("centre")))
OPERATORS = Statement(select(operator).where(operator.c.centre == bindparam("centre")))
EVENTS = Statement(select(event.c.kind).where(event.c.centre == bindparam("centre")).order_by(event.c.seq))


@pytest.fixture(scope="module")
def hashed() -> str:
    return hash_password(PASSWORD)


@pytest.fixture
async def centre(database: Database, tmp_path: Path, hashed: str) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        await running.run(lambda tx: add_user(tx, "rina", Role.DISPATCHER, hashed, by="test", phone="+62811"))
        yield running


def sign_in(centre: Centre, name: str = "rina", password: str = PASSWORD, address: str = "10.0.0.1", phone: str = ""):
    return centre.edge.access.sign_in(wire.SessionRequest(username=name, password=password, phone=phone), address)


async def on_board(centre: Centre) -> list[str]:
    return [row.name for row in (await read_board(centre.edge.reader, TZ, centre.moment[0])).operators]


async def test_a_person_signs_in_works_and_signs_out(centre: Centre) -> None:
    given = await sign_in(centre, phone="0812 3456 7771")
    assert (given.role, given.seat, given.expires_at) == ("dispatcher", "1", START + timedelta(hours=12))
    who = await centre.edge.access.identify(given.token)
    assert (who.actor.name, who.actor.role, who.actor.phone) == ("rina", Role.DISPATCHER, "+6281234567771")
    assert await on_board(centre) == ["rina"]
    await centre.edge.access.sign_out(who)
    assert await on_board(centre) == []
    with pytest.raises(Unauthorised):
        await centre.edge.access.identify(given.token)
    kinds = [row["kind"] for row in await centre.edge.reader.all(EVENTS)]
    assert kinds == ["operator.added", "operator.signed_on", "operator.signed_off"]


async def test_neither_token_nor_password_is_stored_in_clear(centre: Centre) -> None:
    given = await sign_in(centre)
    stored = str(await centre.edge.reader.all(SESSIONS)) + str(await centre.edge.reader.all(OPERATORS))
    assert given.token not in stored
    assert PASSWORD not in stored
    assert hash_token(given.token) in stored


async def test_wrong_name_and_wrong_password_look_the_same(centre: Centre) -> None:
    said = []
    for name, password in (("rina", "wrong-password"), ("nobody", PASSWORD), ("", ""), ("rina", "")):
        with pytest.raises(Unauthorised) as refused:
            await sign_in(centre, name, password)
        said.append((refused.value.code, str(refused.value)))
    assert len(set(said)) == 1


def test_an_unknown_user_costs_a_verification_too(monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored)
            return True

        def hash(self, password: str) -> str:
            return "decoy"

    monkeypatch.setattr("dispatch.services.password._hasher", Counting())
    assert not check_password("", "whatever")
    assert len(checked) == 1


async def test_two_seats_of_one_person_and_the_lowest_free_seat(centre: Centre) -> None:
    first, second = await sign_in(centre), await sign_in(centre)
    assert (first.seat, second.seat) == ("1", "2")
    await centre.edge.access.sign_out(await centre.edge.access.identify(first.token))
    assert await on_board(centre) == ["rina"], "the second seat is still there"
    assert (await sign_in(centre)).seat == "1"


async def test_disabling_ends_the_running_sessions(centre: Centre) -> None:
    given = await sign_in(centre)
    await centre.run(lambda tx: disable_user(tx, "rina", by="admin"))
    with pytest.raises(Unauthorised):
        await centre.edge.access.identify(given.token)
    with pytest.raises(Unauthorised):
        await sign_in(centre)
    assert await on_board(centre) == []


async def test_a_stream_ends_with_its_session(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SESSION_CHECK_S", 0.01)
    who = await centre.edge.access.identify((await sign_in(centre)).token)
    feed, sent = centre.edge.feed, []
    subscriber = feed.subscribe(None, "id")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message.get("body", b""))

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    listening = stream.EventStream(feed, subscriber, lambda: centre.edge.access.is_live(who))
    task = asyncio.ensure_future(listening({}, receive, send))  # type: ignore[arg-type]
    await asyncio.sleep(0.1)
    assert not task.done(), "a live session keeps its stream"
    await centre.run(lambda tx: disable_user(tx, "rina", by="admin"))
    async with asyncio.timeout(10):
        await task
    assert b"event: bye" in b"".join(sent)
    assert feed.listeners == 0


async def test_a_new_password_signs_out_the_old_one(centre: Centre) -> None:
    given = await sign_in(centre)
    other = hash_password("another-password")
    await centre.run(lambda tx: set_password(tx, "rina", other, by="admin"))
    with pytest.raises(Unauthorised):
        await centre.edge.access.identify(given.token)
    await sign_in(centre, password="another-password")


async def test_a_session_lives_twelve_hours_after_its_last_use(centre: Centre) -> None:
    given = await sign_in(centre)
    centre.pass_time(11 * 3600)
    await centre.edge.access.identify(given.token)
    centre.pass_time(11 * 3600)
    await centre.edge.access.identify(given.token)
    centre.pass_time(12 * 3600)
    with pytest.raises(Unauthorised):
        await centre.edge.access.identify(given.token)
    assert await centre.run(expire_sessions) == 1
    assert await on_board(centre) == []


async def test_a_full_disk_signs_nobody_out(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    given = await sign_in(centre)
    centre.pass_time(3600)

    async def refuse(*args: object, **kw: object) -> None:
        raise StorageUnavailable("storage_unavailable", "disk full")

    monkeypatch.setattr(centre.edge.committer, "run", refuse)
    assert (await centre.edge.access.identify(given.token)).actor.name == "rina"


async def test_guessing_is_slowed_down_and_others_are_not(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "check_password", lambda stored, password: password == PASSWORD)
    for _ in range(Throttle.FREE):
        with pytest.raises(Unauthorised):
            await sign_in(centre, password="guess")
    with pytest.raises(TooManyAttempts) as refused:
        await sign_in(centre)
    assert 1 <= refused.value.params["wait_s"] <= Throttle.LONGEST_S
    await sign_in(centre, address="10.0.0.2")
    centre.pass_time(refused.value.params["wait_s"])
    await sign_in(centre)


def test_the_longest_wait_is_short_however_long_somebody_guesses() -> None:
    throttle, who, now = Throttle(), ("rina", "10.0.0.1"), START
    for _ in range(500):
        throttle.note_failure(who, now)
    with pytest.raises(TooManyAttempts):
        throttle.check(who, now + timedelta(seconds=Throttle.LONGEST_S - 1))
    throttle.check(who, now + timedelta(seconds=Throttle.LONGEST_S))


async def test_users_that_cannot_be(centre: Centre) -> None:
    with pytest.raises(Invalid):
        hash_password("short")
    for name in ("", "a b", "x" * 41, "\x1b[31m"):
        with pytest.raises(Invalid):
            await centre.run(lambda tx, name=name: add_user(tx, name, Role.ADMIN, "", by="t"))
    with pytest.raises(Invalid):
        await centre.run(lambda tx: add_user(tx, "rina", Role.ADMIN, "", by="t"))
    with pytest.raises(NotFound):
        await centre.run(lambda tx: disable_user(tx, "nobody", by="t"))


async def test_the_owner_gets_a_seat_without_a_password(centre: Centre) -> None:
    token = "t" * 43
    await centre.edge.access.accept_owner_token(hash_token(token), "siti")
    who = await centre.edge.access.identify(token)
    assert (who.actor.name, who.actor.role) == ("siti", Role.SUPERVISOR)
    with pytest.raises(Unauthorised):
        await sign_in(centre, "siti", "")
    await centre.run(lambda tx: disable_user(tx, "siti", by="admin"))
    with pytest.raises(Refused):
        await centre.edge.access.accept_owner_token(hash_token("u" * 43), "siti")


def test_only_a_private_file_of_this_user_is_an_owner_token(tmp_path: Path) -> None:
    good = tmp_path / "token"
    good.write_text("t" * 43 + "\n")
    good.chmod(0o600)
    assert read_owner_token(good) == "t" * 43
    link = tmp_path / "link"
    link.symlink_to(good)
    readable, short = tmp_path / "readable", tmp_path / "short"
    for path, content, mode in ((readable, "t" * 43, 0o640), (short, "t" * 8, 0o600)):
        path.write_text(content)
        path.chmod(mode)
    for path in (link, readable, short, tmp_path / "missing", tmp_path):
        with pytest.raises(ConfigurationError):
            read_owner_token(path)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a file of another user")
def test_a_file_of_another_user_is_no_owner_token(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("t" * 43)
    path.chmod(0o600)
    os.chown(path, 12345, 12345)
    with pytest.raises(ConfigurationError):
        read_owner_token(path)
