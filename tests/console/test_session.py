"""The console when its session ends: said, signed in again on the command line, nothing typed is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from console.app import ConsoleApp
from console.client import Rejected
from console.live import Live
from dispatch.wire import Command, CommandResult, ProblemDetails, Session
from tests.console.night import NOW, Night
from tests.console.test_workspace import console, kept_line, line, lines_of, prompt, type_text, until

OVER = Rejected(ProblemDetails(status=401, code="no_session", detail="Sesi berakhir, masuk lagi"))


async def test_a_session_that_ends_is_said_and_signing_in_brings_the_text_back() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "r 1051: api")
        night.push(OVER)
        await until(pilot, lambda: "[SESI BERAKHIR]" in lines_of(app)[0])
        assert "SESI BERAKHIR" in line(app, "GAGAL")
        assert (line(app, "NAMA>").split(), prompt(app)) == (["NAMA>", "rina"], "rina")
        await pilot.press("enter")
        await type_text(pilot, "benar")
        assert "benar" not in "\n".join(lines_of(app))
        await pilot.press("enter")
        await until(pilot, lambda: "[LIVE]" in lines_of(app)[0])
        assert night.sign_ins == [("rina", "benar")]
        assert prompt(app) == "r 1051: api"
        assert "catat" in line(app, "=>").casefold()
        assert "Meja 7 rina/S" in lines_of(app)[0]
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].args == {"incident": 1051, "text": "api"}


async def test_a_wrong_password_is_asked_for_again_and_esc_names_somebody_else() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        night.push(OVER)
        await until(pilot, lambda: prompt(app) == "rina")
        await pilot.press("enter", "x", "enter")
        await until(pilot, lambda: "nama atau sandi salah" in line(app, "GAGAL"))
        await pilot.press("escape")
        await until(pilot, lambda: prompt(app) == "rina")
        app.workspace.prompt.put("adi")
        await pilot.press("enter", *"benar", "enter")
        await until(pilot, lambda: "Meja 7 adi/S" in lines_of(app)[0])
        assert night.sign_ins == [("rina", "x"), ("adi", "benar")]


async def test_a_command_refused_for_its_session_comes_back_after_signing_in() -> None:
    night = Night()
    night.answers = [OVER]
    async with console(night) as (app, pilot):
        await type_text(pilot, "e a02")
        await pilot.press("enter")
        await until(pilot, lambda: "[SESI BERAKHIR]" in lines_of(app)[0])
        await pilot.press("enter", *"benar", "enter")
        await until(pilot, lambda: prompt(app) == "e a02")
        await pilot.press("enter")
        await until(pilot, lambda: len(night.sent) == 2)


async def test_without_a_session_keys_send_nothing_and_the_draft_is_the_command(tmp_path: Path) -> None:
    night = Night()
    draft = tmp_path / "drafts"
    async with console(night, draft=draft) as (app, pilot):
        await type_text(pilot, "r 1051: api")
        night.push(OVER)
        await until(pilot, lambda: prompt(app) == "rina")
        await pilot.press("f8", "f6", "f2", "enter", *"rahasia")
        await until(pilot, lambda: kept_line(draft) == "r 1051: api")
        assert night.sent == []
        await pilot.press("up")
        assert "rahasia" not in app.workspace.prompt.history
        await pilot.press("ctrl+q", "ctrl+q")
        assert app.return_code == 0
    assert kept_line(draft) == "r 1051: api"


async def test_a_bare_token_learns_its_seat_from_the_server() -> None:
    night = Night()
    app = ConsoleApp(night, clock=lambda: NOW, calm=True, live=Live(night, silence_s=3600))
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "Meja 3 rina/D" in lines_of(app)[0])


async def test_a_session_that_ended_behind_an_open_feed_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    night = Night()

    async def over() -> Session:
        raise OVER

    async with console(night) as (app, pilot):
        monkeypatch.setattr(night, "session", over)
        app.reading.learn_seat()
        await until(pilot, lambda: "[SESI BERAKHIR]" in lines_of(app)[0])
        assert prompt(app) == "rina"


async def test_a_command_under_way_when_the_session_ends_comes_back_and_not_as_a_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    night = Night()
    answer = asyncio.Event()

    async def refuse(_command: Command) -> CommandResult:
        await answer.wait()
        raise OVER

    monkeypatch.setattr(night, "command", refuse)
    async with console(night) as (app, pilot):
        await type_text(pilot, "e a02")
        await pilot.press("enter")
        night.push(OVER)
        await until(pilot, lambda: prompt(app) == "rina")
        answer.set()
        await until(pilot, lambda: app.door.kept == "e a02")
        assert prompt(app) == "rina"
        await pilot.press("enter", *"benar", "enter")
        await until(pilot, lambda: prompt(app) == "e a02")
