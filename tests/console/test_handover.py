"""Handing the shift over at the screen and in line mode: seven items, the other's password, never a trap."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from console.client import Client, ServerAway
from console.line.mode import LineMode
from dispatch.wire import Changes, CommandResult
from tests.console.fake_server import TOKEN, FakeServer
from tests.console.night import NOW, Night, board, replaced
from tests.console.test_line import run
from tests.console.test_workspace import console, line, lines_of, prompt, type_text, until


def shown(read: list[int], incoming: str = "") -> CommandResult:
    items: list[dict[str, Any]] = [
        {"number": n, "title": f"butir {n}", "lines": ["1051 P1 henti jantung; LEWAT batas dikirim 14:32"],
         "read": n in read}
        for n in range(1, 8)
    ]
    unread = [n for n in range(1, 8) if n not in read]
    more = {"incoming": incoming} if incoming else {}
    data = {"outgoing": "rina", "items": items, "unread": unread, "lines": ["[ ] 1 butir 1", "      1051 P1"], **more}
    return CommandResult(ok=True, seq=9, message="serah terima", data=data)


def owning() -> Night:
    """1051 is rina's."""
    start = board()
    rows = [replaced(row, owner="rina") if row.number == 1051 else row for row in start.incidents]
    return Night(replaced(start, incidents=rows))


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_ctrl_o_shows_the_seven_items_and_the_next_thing_to_type(size: tuple[int, int]) -> None:
    night = owning()
    night.answers = [shown([1, 2])]
    async with console(night, size) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: prompt(app) == "st ")
        text = "\n".join(lines_of(app))
        assert "SERAH TERIMA  1 insiden milik Anda" in text
        assert "[x] 2 butir 2" in text
        assert "[ ] 3 butir 3" in text
        assert "LEWAT batas dikirim" in text
        assert [command.command for command in night.sent] == ["handover"]


async def test_the_verb_typed_once_more_behind_the_one_that_stands_there_is_understood() -> None:
    night = owning()
    night.answers = [shown([]), shown([1, 2])]
    async with console(night) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: prompt(app) == "st ")
        assert "st lalu: 1 2 baca, 4 x catat, @nama" in "\n".join(lines_of(app)), "the title tells what is to be added"
        await type_text(pilot, "st 1 2")
        await pilot.press("enter")
        await until(pilot, lambda: [command.args for command in night.sent] == [{}, {"items": [1, 2]}])


async def test_the_incoming_person_signs_with_a_password_nobody_sees() -> None:
    night = owning()
    night.answers = [shown(list(range(1, 8)))]
    async with console(night) as (app, pilot):
        await pilot.press("ctrl+o")
        await until(pilot, lambda: prompt(app) == "st @")
        await type_text(pilot, "adi")
        await pilot.press("enter")
        await until(pilot, lambda: "Kata sandi adi" in line(app, "=>"))
        await type_text(pilot, "benar")
        assert "benar" not in "\n".join(lines_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "Meja 7 adi" in lines_of(app)[0])
        assert "Serah terima diteken" in line(app, "OK")
        assert "Penyerah: rina   Penerima: adi" in "\n".join(lines_of(app))
        assert night.sign_ins == [("adi", "benar")]
        assert "benar" not in str(night.sent)
        await pilot.press("escape", "up")
        assert prompt(app) != "benar", "it is not in the history"


async def test_a_wrong_password_signs_nothing_and_the_session_goes_on() -> None:
    night = owning()
    async with console(night) as (app, pilot):
        await type_text(pilot, "st @adi")
        await pilot.press("enter")
        await until(pilot, lambda: app.door.is_open)
        await pilot.press(*"salah", "enter")
        await until(pilot, lambda: "nama atau sandi salah" in line(app, "GAGAL"))
        assert app.door.is_open, "the next try must not stand on the command line for all to read"
        await pilot.press(*"lagi")
        assert "lagi" not in "\n".join(lines_of(app))
        await pilot.press("escape")
        assert "[LIVE]" in lines_of(app)[0]
        assert "Meja 3 rina" in lines_of(app)[0]
        assert "sandi" not in line(app, "=>")


async def test_esc_gives_no_signature_and_the_commands_are_back() -> None:
    night = owning()
    async with console(night) as (app, pilot):
        await type_text(pilot, "st @adi")
        await pilot.press("enter")
        await until(pilot, lambda: app.door.is_open)
        await pilot.press("escape")
        assert not app.door.is_open
        await type_text(pilot, "d a01 1051")
        await pilot.press("enter")
        await until(pilot, lambda: [c.command for c in night.sent] == ["dispatch"])


async def test_leaving_with_open_incidents_asks_for_the_handover_however_often() -> None:
    night = owning()
    night.answers = [shown([]), shown([])]
    async with console(night) as (app, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "SERAH TERIMA  1 insiden" in "\n".join(lines_of(app)))
        await pilot.press("ctrl+q")
        await until(pilot, lambda: len(night.sent) == 2)
        assert app.is_running
        assert app.return_value is None


async def test_nobody_takes_an_exercise_over_it_is_left_with_two() -> None:
    night = owning()
    night.start = replaced(night.start, centre=replaced(night.start.centre, mode="training"))
    async with console(night) as (app, pilot):
        await pilot.press("ctrl+q")
        await until(pilot, lambda: "sekali lagi mengakhirinya" in line(app, "=>"))
        assert app.return_value is None
        await pilot.press("ctrl+q")
        await until(pilot, lambda: app.return_value == 0)
        assert night.sent == []


async def test_once_it_is_somebody_elses_one_leaves() -> None:
    night = owning()
    async with console(night) as (app, pilot):
        row = replaced(night.rows[1051], owner="adi", version=99)
        night.push(Changes(seq=101, now=NOW, incidents=[row]))
        await until(pilot, lambda: app.store.incidents[1051].owner == "adi")
        await pilot.press("ctrl+q", "ctrl+q")
        await until(pilot, lambda: app.return_value == 0)


async def test_a_server_that_is_away_traps_nobody() -> None:
    night = owning()
    async with console(night) as (app, pilot):
        night.away = True
        night.push(ServerAway("gone"))
        await until(pilot, lambda: "[LIVE]" not in lines_of(app)[0])
        await pilot.press("ctrl+q", "ctrl+q")
        await until(pilot, lambda: app.return_value == 0)


async def test_a_supervisors_release_is_sent_as_a_command() -> None:
    night = Night()
    night.answers = [shown([], incoming="spv")]
    async with console(night) as (app, pilot):
        await type_text(pilot, "st @rina !pingsan di meja")
        assert "alasan: pingsan di meja" in line(app, "=>")
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].args == {"who": "rina", "reason": "pingsan di meja"}
        assert not app.door.is_open


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


async def test_line_mode_prints_the_items_and_takes_the_next_line_as_the_signature(server: FakeServer) -> None:
    server.answer = lambda command: shown([])
    code, said = await run(server, "st", "st @adi", "benar")
    assert code == 0
    assert said == [
        "  [ ] 1 butir 1", "        1051 P1", "OK serah terima",
        "TANYA kata sandi adi di baris berikut (baris kosong = batal)",
        "  SERAH TERIMA SIF", "  Penyerah: rina   Penerima: adi", "OK serah terima diteken; meja ini sekarang adi",
    ]
    assert [command.command for command in server.commands] == ["handover"]


@pytest.mark.parametrize(("line_", "said_"), [("salah", "GAGAL Nama atau sandi salah."), ("", "GAGAL dibatalkan: adi")])
async def test_line_mode_without_the_right_password_changes_nothing(
    server: FakeServer, line_: str, said_: str
) -> None:
    code, said = await run(server, "st @adi", line_, "u")
    assert code == 1
    assert said[1:] == [said_, "OK undo"]


async def test_at_a_terminal_a_wrong_password_is_asked_for_again_unseen(server: FakeServer) -> None:
    async with Client(server.url, token=TOKEN, timeout_s=5) as client:
        said: list[str] = []
        mode = LineMode(client, await client.board(), said.append, interactive=True)
        await mode.run_line("st @adi")
        await mode.run_line("salah")
        assert mode.asks_secret, "the next line must not be shown"
        assert said[-2:] == ["GAGAL Nama atau sandi salah.",
                             "TANYA kata sandi adi di baris berikut (baris kosong = batal)"]
        await mode.run_line("benar")
        assert not mode.asks_secret
        assert mode.failures == 0
