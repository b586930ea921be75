"""Ctrl+P, everything by its name, and Ctrl+G, the next incident that needs somebody; keys are counted."""

from __future__ import annotations

import pytest
from textual.command import CommandList
from textual.pilot import Pilot

from console.app import ConsoleApp
from console.screens.finder import Finder
from console.view.head import Seat
from dispatch.grammar import VERBS
from tests.console.night import NOW, Night, board, replaced
from tests.console.test_workspace import console, line, lines_of, prompt, type_text, until


def listed(app: ConsoleApp) -> list[str]:
    """What the palette offers, none when it is not open."""
    if not isinstance(app.screen, Finder):
        return []
    return [str(option.prompt) for option in app.screen.query_one(CommandList).options]


async def ask(app: ConsoleApp, pilot: Pilot[int], words: str) -> None:
    """Ctrl+P and the words: the list answers them."""
    await pilot.press("ctrl+p")
    await until(pilot, lambda: listed(app))
    before = listed(app)
    await pilot.press(*("space" if letter == " " else letter for letter in words))
    await until(pilot, lambda: listed(app) != before)


async def closed(app: ConsoleApp, pilot: Pilot[int]) -> None:
    await until(pilot, lambda: not isinstance(app.screen, Finder) and app.focused is app.workspace.prompt)


@pytest.mark.parametrize(("lang", "word"), [("id", "KIRIM"), ("en", "DISPATCH")])
async def test_it_offers_pages_incidents_verbs_and_units_in_the_seats_language(lang: str, word: str) -> None:
    async with console(Night(), lang=lang) as (app, pilot):
        await pilot.press("ctrl+p")
        await until(pilot, lambda: listed(app))
        told = "\n".join(listed(app))
        assert word in told
        assert all(any(name.upper() in told for name in verb.words) for verb in VERBS if verb.words)
        assert all(str(number) in told for number in app.store.incidents)
        assert all(sign in told for sign in app.store.units)
        page = {"id": "HALAMAN", "en": "PAGE"}[lang]
        assert len([text for text in listed(app) if text.startswith(page)]) == 9
        assert not any("Quit" in text or "Screenshot" in text for text in listed(app))


@pytest.mark.parametrize(("role", "offered"), [("dispatcher", 0), ("admin", 1), ("supervisor", 2)])
async def test_audit_and_review_are_offered_to_those_who_may(role: str, offered: int) -> None:
    async with console(Night()) as (app, pilot):
        app.desk.seat = Seat("rina", role, "3")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: listed(app))
        found = [text for text in listed(app) if text.startswith(("HALAMAN Audit", "HALAMAN Tinjau"))]
        assert len(found) == offered


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_header_and_alarm_stay_in_sight_and_esc_gives_the_line_back(size: tuple[int, int]) -> None:
    async with console(Night(), size) as (app, pilot):
        await type_text(pilot, "d a01")
        before = lines_of(app)[:2]
        await ask(app, pilot, "peta")
        assert lines_of(app)[:2] == before
        assert lines_of(app)[2].strip() == "peta"
        await pilot.press("escape")
        await closed(app, pilot)
        assert prompt(app) == "d a01"
        await pilot.press("2")
        assert prompt(app) == "d a012", "the next key is the command line's"


async def test_a_verb_comes_to_the_line_and_is_not_run() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await ask(app, pilot, "kirim")
        await pilot.press("enter")
        await closed(app, pilot)
        await until(pilot, lambda: prompt(app) == "d ")
        await ask(app, pilot, "urung")
        await pilot.press("enter")
        await closed(app, pilot)
        assert prompt(app) == "d ", "what stands there stays"
        await until(pilot, lambda: "Ketikan tetap. Tulis: U URUNG" in line(app, "GAGAL"))
        assert night.sent == []


async def test_an_incident_is_selected_with_six_keys_and_a_page_opened() -> None:
    async with console(Night()) as (app, pilot):
        await ask(app, pilot, "1047")
        await pilot.press("enter")
        await closed(app, pilot)
        await until(pilot, lambda: app.desk.current == 1047)
        await ask(app, pilot, "peta")
        await pilot.press("enter")
        await until(pilot, lambda: "PETA KECAMATAN" in "\n".join(lines_of(app)))
        await ask(app, pilot, "p11")
        await pilot.press("enter")
        await until(pilot, lambda: app.desk.unit == "P11" and app.desk.pane == "units")


async def test_enter_right_behind_the_words_means_them_and_not_the_list_before() -> None:
    async with console(Night()) as (app, pilot):
        await pilot.press("ctrl+p", *"1049", "enter")
        await closed(app, pilot)
        await until(pilot, lambda: app.desk.current == 1049)


async def test_words_nothing_has_say_so_and_words_from_outside_are_no_markup() -> None:
    start = board()
    strange = "[red]pos\x1b[31m[/]"
    rows = [replaced(row, place=replaced(row.place, desa="", landmark=strange)) for row in start.incidents]
    async with console(Night(replaced(start, incidents=rows))) as (app, pilot):
        await ask(app, pilot, "1047")
        assert "[red]pos^[[31m[/]" in listed(app)[0]
        await pilot.press(*"zzz")
        await until(pilot, lambda: listed(app) == ["Tidak ada yang cocok (Esc = kembali)"])
        await pilot.press("enter")
        await closed(app, pilot)


async def test_a_function_key_takes_it_away_and_does_what_it_does() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await ask(app, pilot, "peta")
        await pilot.press("f8")
        await closed(app, pilot)
        await until(pilot, lambda: [command.command for command in night.sent] == ["acknowledge"])
        await pilot.press("ctrl+p")
        await until(pilot, lambda: listed(app))
        await pilot.press("ctrl+p")
        await closed(app, pilot)


async def test_opened_and_closed_many_times_nothing_stays() -> None:
    async with console(Night()) as (app, pilot):
        before, screens = len(list(app.workspace.walk_children())), len(app.screen_stack)
        for _ in range(20):
            await app.run_action("finder")
            await app.run_action("finder")
            await closed(app, pilot)
        assert len(list(app.workspace.walk_children())) == before
        assert len(app.screen_stack) == screens
        assert not [node for node in app._registry if isinstance(node, Finder | CommandList)]
        assert not [worker for worker in app.workers if isinstance(worker.node, Finder)]


async def test_ctrl_g_goes_through_who_waits_then_what_is_overdue_and_round_again() -> None:
    async with console(Night()) as (app, pilot):
        seen = []
        for _ in range(6):
            await pilot.press("ctrl+g")
            seen.append(app.desk.current)
        assert seen == [1052, 1049, 1046, 1041, 1051, 1052]
        assert "1052 menunggu orang (2 dari 5)" in line(app, "OK")
        await type_text(pilot, "d a01")
        await pilot.press("ctrl+g")
        assert app.desk.current == 1052, "the half typed line is about this one"
        assert prompt(app) == "d a01"


async def test_ctrl_g_with_nobody_waiting_says_so() -> None:
    async with console(Night()) as (app, pilot):
        app.store.snapshot(board(incidents=[]), NOW)
        await pilot.press("ctrl+g")
        assert "Tidak ada insiden yang menunggu" in line(app, "OK")
