"""Signing in at the command line, and ``kentongan console --line`` as a real process in a real pipe."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from console import seat
from console.sign_in import CannotSignIn, Given, sign_in
from console.texts import text
from dispatch.wire import CommandResult, Session
from tests.console.fake_server import TOKEN, FakeServer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
def seats(tmp_path: Path) -> Path:
    return tmp_path / "new" / "seats.json"


class Person:
    """Answers what a terminal asks."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.secret, self.asked = list(answers), list[bool](), list[str]()

    def __call__(self, prompt: str, secret: bool) -> str:
        self.secret.append(secret)
        self.asked.append(prompt)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


async def enter(server: str, seats: Path, given: Given = Given(), ask: Person | None = None) -> Session:  # noqa: B008
    return await sign_in(server, given, seats, lang="id", ask=ask)


async def test_asked_once_and_remembered_privately(server: FakeServer, seats: Path) -> None:
    person = Person("rina", "salah", "rina", "benar")
    assert (await enter(server.url, seats, ask=person)).token == TOKEN
    assert person.secret == [False, True, False, True]
    assert ["salah" in prompt for prompt in person.asked] == [False, False, True, False], "why it is asked again"
    assert stat.S_IMODE(seats.stat().st_mode) == 0o600
    assert (await enter(server.url, seats)).username == "rina"


async def test_three_wrong_passwords_are_enough(server: FakeServer, seats: Path) -> None:
    person = Person(*["rina", "salah"] * 4)
    with pytest.raises(CannotSignIn, match="Nama atau sandi salah"):
        await enter(server.url, seats, ask=person)
    assert len(person.answers) == 2
    assert not seats.exists()


async def test_another_user_is_not_given_the_remembered_seat(server: FakeServer, seats: Path) -> None:
    await enter(server.url, seats, ask=Person("rina", "benar"))
    with pytest.raises(CannotSignIn, match="Tidak ada kursi"):
        await enter(server.url, seats, Given(user="adi"))


async def test_a_seat_that_no_longer_holds_is_forgotten(server: FakeServer, seats: Path) -> None:
    session = await enter(server.url, seats, ask=Person("rina", "benar"))
    seat.remember(seats, server.url, msgspec.structs.replace(session, token="old"))
    with pytest.raises(CannotSignIn):
        await enter(server.url, seats)
    assert seat.recall(seats, server.url) is None


async def test_a_remembered_seat_survives_a_server_that_is_away(server: FakeServer, seats: Path) -> None:
    await enter(server.url, seats, ask=Person("rina", "benar"))
    await server.stop()
    assert (await enter(server.url, seats)).token == TOKEN
    await server.start()


@pytest.mark.parametrize("mode", [0o644, 0o660, 0o602])
async def test_a_file_others_can_reach_is_not_believed(server: FakeServer, seats: Path, mode: int) -> None:
    await enter(server.url, seats, ask=Person("rina", "benar"))
    seats.chmod(mode)
    assert seat.recall(seats, server.url) is None


async def test_damage_is_no_seat_and_is_replaced(server: FakeServer, seats: Path) -> None:
    seats.parent.mkdir()
    seats.touch(0o600)
    seats.write_bytes(b"{\x00")
    await enter(server.url, seats, ask=Person("rina", "benar"))
    assert seat.recall(seats, server.url) is not None


async def test_files_instead_of_a_terminal(server: FakeServer, seats: Path, tmp_path: Path) -> None:
    secret, token = tmp_path / "secret", tmp_path / "token"
    secret.write_text("benar\n")
    token.write_text(f"{TOKEN}\n")
    assert (await enter(server.url, seats, Given(user="rina", password_file=secret))).token == TOKEN
    session = await enter(server.url, seats, Given(token_file=token))
    assert (session.token, session.username, session.role, session.seat) == (TOKEN, "rina", "supervisor", "4")
    token.write_text("of another server\n")
    with pytest.raises(CannotSignIn, match="Masuk dahulu"):
        await enter(server.url, seats, Given(token_file=token))
    for given in (Given(token_file=tmp_path / "none"), Given(user="r", password_file=tmp_path / "none")):
        with pytest.raises(CannotSignIn, match="tidak dapat dibaca"):
            await enter(server.url, seats, given)


@pytest.mark.parametrize("address", ["http://", "ftp://x", "http://x:99999", "http://x:port"])
async def test_an_address_that_cannot_be_is_said(address: str, seats: Path) -> None:
    with pytest.raises(CannotSignIn, match="Alamat server"):
        await enter(address, seats)


def test_the_seat_lies_beside_the_data_or_in_the_home(tmp_path: Path) -> None:
    assert seat.seat_file({"KENTONGAN_DATA_DIR": "/data"}) == Path("/data/seats.json")
    assert seat.seat_file({"HOME": "/h"}) == Path("/h/.config/kentongan/seats.json")
    assert seat.seat_file({"HOME": "/h", "XDG_CONFIG_HOME": "/c"}) == Path("/c/kentongan/seats.json")


async def pipe(server: str, tmp_path: Path, script: bytes, *options: str) -> tuple[int, list[str], str]:
    """Exit code, lines of the output, and what was complained about."""
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "KENTONGAN_SERVER": server,
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "dispatch.cli", "console", "--line", *options, cwd=tmp_path, env=environment,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, complaint = await process.communicate(script)
    assert process.returncode is not None
    return process.returncode, out.decode().splitlines(), complaint.decode()


async def test_a_script_in_a_pipe(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("benar\n")
    server.answer = lambda command: CommandResult(ok=command.command != "undo", seq=1, message=command.command)
    login = ("--user", "rina", "--password-file", str(tmp_path / "secret"))
    assert await pipe(server.url, tmp_path, b"d a01 1051\nr 1051: \xff api\n", *login) == (
        0, ["OK dispatch", "OK remark"], "")
    assert server.commands[1].args == {"incident": 1051, "text": "\ufffd api"}
    assert await pipe(server.url, tmp_path, b"u\nd a01 1051", "--lang", "en") == (
        1, ["FAILED undo", "OK dispatch"], "")


def test_without_any_input_it_says_so_instead_of_breaking() -> None:
    """As cron and a service manager start it: ``<&-``."""
    ended = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m dispatch.cli console <&-', sys.executable], cwd=ROOT, capture_output=True, text=True,
        timeout=60, check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.splitlines() == [f"kentongan console: {text('client.no_screen', 'id')}"]


async def test_no_seat_and_no_server_are_exit_2(server: FakeServer, tmp_path: Path) -> None:
    code, said, complaint = await pipe(server.url, tmp_path, b"u\n")
    assert (code, said) == (2, [])
    assert complaint.startswith("kentongan console: Tidak ada kursi yang diingat.")
    (tmp_path / "token").write_text("x")
    code, said, complaint = await pipe("http://127.0.0.1:1", tmp_path, b"u\n", "--token-file", str(tmp_path / "token"))
    assert (code, said) == (2, [])
    assert len(complaint.splitlines()) == 1
    code, said, complaint = await pipe(server.url, tmp_path, b"u\n", "--token-file", str(tmp_path / "token"))
    assert (code, said) == (2, [])
    assert "Masuk dahulu" in complaint
