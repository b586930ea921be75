"""Incidents that are on no board: asked for by number, kept up to date, let go when another is chosen."""

from __future__ import annotations

from console.app import ConsoleApp
from dispatch.wire import Changes, CommandResult
from tests.console.night import NOW, Night, ago, board, detail, incident, replaced
from tests.console.test_workspace import console, idle_night, line, lines_of, prompt, type_text, until


def unloaded(night: Night, number: int = 2500, status: str = "new") -> None:
    """The server has it, the snapshot did not."""
    row = incident(number, "fire", "land", "high", "TLG", ago(90), desa="Kaladawa", status=status, version=5)
    night.details[number] = replaced(detail(1052), incident=row)


def title(app: ConsoleApp) -> str:
    return lines_of(app)[19]


async def test_an_incident_that_is_not_loaded_is_shown_by_its_number_and_counts_as_opened() -> None:
    night = Night()
    unloaded(night)
    async with console(night) as (app, pilot):
        await type_text(pilot, "2500")
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert title(app).startswith("--- 2500 P2 KBK")
        assert lines_of(app)[25].startswith("--- KRONOLOGI 2500")
        assert (night.sent[0].command, night.sent[0].args) == ("open", {"incident": 2500})
        await type_text(pilot, "d a03")
        assert "2500" in line(app, "=>")
        await pilot.press("enter")
        await until(pilot, lambda: len(night.sent) == 2)
        assert (night.sent[1].args["incident"], night.sent[1].expected_version) == (2500, 5)


async def test_it_follows_the_feed_even_after_it_is_closed_until_another_is_selected() -> None:
    night = Night()
    unloaded(night)
    async with console(night) as (app, pilot):
        await type_text(pilot, "2500")
        await pilot.press("enter")
        await until(pilot, lambda: "2500 P2" in title(app))
        row = night.details[2500].incident
        night.details[2500] = replaced(night.details[2500], incident=replaced(row, severity="critical", version=6))
        night.push(Changes(seq=101, now=NOW, incidents=[night.details[2500].incident]))
        await until(pilot, lambda: "2500 P1" in title(app))
        assert any("2500" in text for text in lines_of(app)[3:10])
        gone = replaced(row, status="closed", version=7)
        night.details[2500] = replaced(night.details[2500], incident=gone)
        night.push(Changes(seq=102, now=NOW, incidents=[gone]))
        await until(pilot, lambda: app.store.aside is not None and app.store.aside.version == 7)
        assert app.desk.current == 2500
        await pilot.press("f3")
        assert app.desk.current == 1048
        assert app.store.aside is None


async def test_a_closed_incident_is_looked_at_and_not_opened() -> None:
    night = Night()
    unloaded(night, status="closed")
    async with console(night, (80, 24)) as (app, pilot):
        await type_text(pilot, "2500")
        await pilot.press("enter")
        await until(pilot, lambda: night.sent)
        assert night.sent[0].command == "view"
        assert "2500" in lines_of(app)[16]
        assert "TUTUP" in lines_of(app)[16]


async def test_a_number_nobody_knows_is_said_and_comes_back() -> None:
    night = Night()
    async with console(night) as (app, pilot):
        await type_text(pilot, "v 9999")
        await pilot.press("enter")
        await until(pilot, lambda: "tidak ada insiden 9999" in "\n".join(lines_of(app)))
        assert (prompt(app), app.desk.current, night.sent) == ("v 9999", 1051, [])


async def test_a_new_incident_comes_on_screen_before_the_feed_has_it() -> None:
    night = Night()
    unloaded(night, 1061)
    night.answers = [CommandResult(ok=True, seq=101, message="1061 dibuat", incident=1061)]
    async with console(night) as (app, pilot):
        await type_text(pilot, "n slw kbk lahan")
        await pilot.press("enter")
        await until(pilot, lambda: app.desk.current == 1061)
        assert "OK" in line(app, "OK")
        assert [command.command for command in night.sent] == ["new"]


async def test_a_new_incident_does_not_take_the_screen_from_one_chosen_meanwhile() -> None:
    import asyncio

    night = Night()
    unloaded(night, 1061)
    wait = asyncio.Event()
    night.answers = [wait, CommandResult(ok=True, seq=101, message="1061 dibuat", incident=1061)]
    async with console(night) as (app, pilot):
        await type_text(pilot, "e a02")
        await pilot.press("enter")
        await type_text(pilot, "n slw kbk lahan")
        await pilot.press("enter", "down")
        assert app.desk.current == 1052
        wait.set()
        await until(pilot, lambda: "1061 dibuat" in "\n".join(lines_of(app)))
        assert app.desk.current == 1052


async def test_f2_takes_the_answered_calls_incident() -> None:
    night = idle_night()
    unloaded(night, 1061)
    night.answers = [CommandResult(ok=True, seq=101, message="telp diangkat", incident=1061)]
    async with console(night) as (app, pilot):
        await pilot.press("f2")
        await until(pilot, lambda: app.desk.current == 1061)
        assert prompt(app) == ""


async def test_what_the_board_left_out_is_counted_down_as_it_appears() -> None:
    night = Night(board(truncated=2))
    async with console(night) as (app, pilot):
        assert "MENUNGGU 4 +2 tak dimuat" in lines_of(app)[2]
        old = incident(900, "fire", "land", "low", "TLG", ago(200))
        night.push(Changes(seq=101, now=NOW, incidents=[old]))
        await until(pilot, lambda: "MENUNGGU 5 +1 tak dimuat" in lines_of(app)[2])
        night.push(Changes(seq=102, now=NOW, incidents=[replaced(old, number=901, status="closed")]))
        await until(pilot, lambda: "MENUNGGU 5 " in lines_of(app)[2] and "tak dimuat" not in lines_of(app)[2])


