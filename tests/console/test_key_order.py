"""Keys that arrive all at once, as behind a slow connection, mean what they mean one by one."""

from __future__ import annotations

from textual import events
from textual.pilot import Pilot

from console.client import Rejected
from dispatch.wire import ProblemDetails
from tests.console.night import Night
from tests.console.test_workspace import console, idle_night, prompt, type_text, until


async def burst(pilot: Pilot[int], *keys: str) -> None:
    """All of them before any has been looked at; a name of one letter is that letter."""
    for key in keys:
        pilot.app.post_message(events.Key("space" if key == " " else key, key if len(key) == 1 else None))
    await pilot.pause()


async def test_a_jump_does_not_overtake_the_words_typed_before_it() -> None:
    async with console(Night()) as (app, pilot):
        before = app.desk.current
        await burst(pilot, *"r bel", "ctrl+g", *" x")
        await until(pilot, lambda: prompt(app) == "r bel x")
        assert app.desk.current == before


async def test_a_function_key_means_the_row_the_arrow_before_it_went_to() -> None:
    async with console(Night()) as (app, pilot):
        await burst(pilot, "down", "f7", "x")
        await until(pilot, lambda: prompt(app) == "r 1052: x")


async def test_enter_right_behind_the_recommendation_sends_it() -> None:
    night = Night()
    async with console(night) as (_app, pilot):
        await burst(pilot, "f5", "enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].command == "dispatch"


async def test_the_digit_right_behind_f9_is_its_digit() -> None:
    night = idle_night()
    async with console(night) as (app, pilot):
        await burst(pilot, "f9", "1")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].command == "dispose"
        assert prompt(app) == ""


async def test_another_line_typed_in_one_go_with_enter_confirms_nothing() -> None:
    night = Night()
    night.answers = [Rejected(ProblemDetails(status=428, code="needs_confirmation", detail="Gabung 1050 ke 1048?"))]
    async with console(night) as (app, pilot):
        await type_text(pilot, "g 1050>1048")
        await pilot.press("enter")
        await until(pilot, lambda: app.runner.confirming)
        await burst(pilot, "backspace", "7", "enter")
        await until(pilot, lambda: len(night.sent) == 2)
        assert not night.sent[1].confirmed


async def test_a_correction_typed_fast_is_the_correction() -> None:
    async with console(Night()) as (app, pilot):
        await burst(pilot, *"p 1", "backspace", *"2 !x", "home", "delete", "j")
        await until(pilot, lambda: len(prompt(app)) == 6)
        assert prompt(app) == "j 2 !x"


async def test_pasted_lines_become_one() -> None:
    async with console(Night()) as (app, pilot):
        await type_text(pilot, "r ")
        pilot.app.post_message(events.Paste("korban dua\r\n\n  satu sadar\n"))
        await until(pilot, lambda: prompt(app) == "r korban dua / satu sadar")


async def test_what_a_key_replaces_on_the_line_comes_back() -> None:
    async with console(Night()) as (app, pilot):
        await type_text(pilot, "r pelaku lari ke utara")
        await pilot.press("f5")
        await until(pilot, lambda: prompt(app).startswith("d "))
        await pilot.press("f5", "up")
        await until(pilot, lambda: prompt(app) == "r pelaku lari ke utara")
