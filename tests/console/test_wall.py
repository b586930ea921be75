"""The wallboard: figures as the server gave them, marked only where they can be trusted, their cases one key away."""

from __future__ import annotations

import asyncio
import csv
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from console.client import ServerAway
from console.live import Live
from console.spreadsheet import safe_cell
from console.store import Store
from console.view.cell import CUT
from console.view.head import Link
from console.view.look import Look
from console.view.wall import Narrow, Unknown, WallData, parse_narrow, wall_lines
from console.view.wall.frame import header
from console.view.wall.units import units_block
from console.view.wall.zoom import build_panel, definition, figure_name
from console.wall.app import WallApp
from console.wall.walk import Walk
from dispatch.services.statistics.definitions import DEFINITIONS
from dispatch.wire import Load
from tests.console.night import NOW, board, replaced
from tests.console.pictures import LANGS, Album, still
from tests.console.wall_night import FIGURES, WallNight, load, took, wall_centre, wall_stats

SIZES = [(80, 24), (100, 30), (120, 36), (160, 50)]


def scene(lang: str = "id", stats: Any = None, **change: Any) -> tuple[Look, WallData]:
    start = board(centre=wall_centre(**change))
    store = Store()
    store.snapshot(start, NOW)
    found = stats or wall_stats()
    return Look(start.centre, NOW, lang), WallData(store, found, found, load())


def shown(size: tuple[int, int] = (120, 36), lang: str = "id", **change: Any) -> list[str]:
    look, data = scene(lang, **change)
    return [line.text for line in wall_lines(data, look, *size)]


def right(lines: list[str]) -> list[str]:
    return [line.partition("|")[2] for line in lines]


def find(lines: list[str], start: str) -> str:
    return next(line for line in lines if line.startswith(start))


def test_percentiles_stand_beside_n_a_standard_and_our_own_limits() -> None:
    row = find(shown(), "proses (angkat>kirim)").split("|")[0]
    assert row.split()[2:] == ["58", "62", "104", "139", "60", "84%!", "+44"], "ours is marked, a published one is not"


def test_fewer_than_twenty_cases_are_in_brackets_and_never_alarmed() -> None:
    few = wall_stats(figures=[*FIGURES[:14], took("phase.total_p1", 19, 410, 99_000, 99_000, 1)])
    row = find(shown(stats=few), "P1 saja TOTAL").split("|")[0]
    assert "(28j)" in row
    assert "n<20" in row
    assert "!" not in row
    enough = wall_stats(figures=[took("phase.total_p1", 20, 410, 99_000, 99_000, 1)])
    assert "! +" in find(shown(stats=enough), "P1 saja TOTAL").split("|")[0]


@pytest.mark.parametrize(("lang", "said"), [("id", "0 dari 8"), ("en", "0 of 8")])
def test_a_chart_without_a_full_hour_says_how_many_it_needs(lang: str, said: str) -> None:
    """The incidents of the running hour count as processing already, and not in the chart."""
    look, data = scene(lang)
    lines = [line.text for line in wall_lines(replace(data, load=replaced(load(), points=[])), look, 120, 36)]
    below = lines[next(i for i, line in enumerate(lines) if line.startswith("--- 7")) + 1].split("|")[0]
    assert said in below
    assert below.rstrip().endswith(")"), "whole beside the districts"


def test_noise_stands_beside_the_service_level() -> None:
    lines = shown()
    assert find(lines, " ANTRE").split()[2:4] == ["DIJAWAB<=15s", "<=10s"]
    values = lines[3].split()
    assert "92%" in values, "of the 39 real calls"
    assert "82%" in values, "within 10 s: a published target is no alarm"
    assert "71%" in values
    assert "n=135" in values


def test_the_most_urgent_clock_is_first_and_counts_down() -> None:
    lines = shown()
    start = next(i for i, line in enumerate(lines) if line.startswith("--- 3 SLA"))
    assert "BERISIKO 2   LEWAT 1" in lines[start + 1]
    assert lines[start + 2].startswith("! 1041")
    assert "lewat 04:55" in lines[start + 2]
    assert "sisa 00:12" in lines[start + 3]


def test_cover_is_judged_only_where_somebody_said_what_is_enough() -> None:
    lines = right(shown())
    assert find(lines, "Damkar").split() == ["Damkar", "1", "3", "0", "0", "2", "!", "-1", "BMJ"]
    assert find(lines, "Polres").split()[-2:] == ["-", "-"]
    assert "!" not in find(right(shown(cover=[])), "Damkar")


def test_load_stands_against_its_forecast_and_names_the_seats() -> None:
    lines = right(shown())
    assert find(lines, "12 ").split()[2:] == ["14", "/", "10", "+40%"]
    assert find(lines, "14 ").split()[2:] == ["6", "/", "11", "(32m)"]
    assert any("Erlang C jam 15: 10/j x 118s -> 2 meja (94% <=15s)" in line for line in lines)


def test_no_earlier_week_is_said_and_no_call_too() -> None:
    look, data = scene()
    bare = [replaced(hour, forecast=None, weeks=0, seats=None, level=None) for hour in load().hours]
    for given_load, words in ((load(hours=bare), "tanpa ramalan"), (load(hours=[]), "belum pernah ada telepon")):
        lines = wall_lines(WallData(data.store, data.today, data.hour, given_load), look, 120, 36)
        assert any(words in line.text for line in lines)


def test_a_signal_of_few_cases_is_a_hint() -> None:
    look, data = scene()
    assert any("sinyal: di luar batas (n<20: petunjuk" in line.text for line in wall_lines(data, look, 120, 36))
    trusted = load(points=[replaced(point, n=20) for point in load().points])
    lines = wall_lines(WallData(data.store, data.today, data.hour, trusted), look, 120, 36)
    assert any("! sinyal: di luar batas" in line.text for line in lines)


def test_districts_carry_missed_limits_and_where_a_p1_waits() -> None:
    text = "\n".join(right(shown()))
    assert "BMJ 2/(31)!2" in text
    assert "ADW 9/13" in text
    assert "*SLW 14/(12)" in text


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_size_and_every_page_fits(size: tuple[int, int], lang: str) -> None:
    """No name is cut: not on the overview, not on a panel, not of any figure with four digits everywhere."""
    look, data = scene(lang, wall_stats(figures=[took(key, 9999, 9999, 9999, 9999, 1) for key in DEFINITIONS]))
    walk = Walk()
    pages = [walk.lines(data, look, *size)]
    for panel in "12345678":
        walk.open_panel(panel)
        pages.append(walk.lines(data, look, *size))
    walk.define()
    pages.append(walk.lines(data, look, *size))
    for lines in pages:
        assert len(lines) == size[1]
        too_long = [line.text for line in lines if len(line.text.rstrip()) > size[0]]
        assert not too_long
        drawn = [line.strip(size[0], Style()).text for line in lines]
        assert not [text for text in drawn if re.search(rf"[^\s\d]{CUT}", text)], "'00:48~' is a clock at risk"
    shown_in = {"1": ("calls.",), "2": ("phase.", "met.", "clock."), "8": ("quality.", "alarms.", "system.")}
    for panel, families in shown_in.items():
        entries = build_panel(panel, data, look, *size).entries
        told = "\n".join(entry.line.strip(size[0] - 2, Style()).text for entry in entries)
        assert not re.findall(rf".*[^\s\d]{CUT}", told)
        assert not [key for key in DEFINITIONS if key.startswith(families) and figure_name(key, look) not in told]


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_figure_of_the_server_has_a_name_and_a_definition(lang: str) -> None:
    look, _ = scene(lang)
    for key in DEFINITIONS:
        assert figure_name(key, look)
        assert len(definition(key, look)) > 20


def test_training_and_degraded_parts_are_said() -> None:
    lines = shown(mode="training", degraded=["SMS tidak keluar"])
    assert "[PUTUS 00:00][LATIHAN]" in lines[0], "no link in this picture"
    assert "GANGGUAN 1" in lines[0]
    assert any("SMS tidak keluar" in line for line in lines)
    assert lines[1].startswith("===")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("link", "centre", "words"), [
    (Link("live"), {"standby": True}, ["LIVE", "CADANGAN"]),
    (Link("live"), {"mode": "training", "standby": True, "drivers": {"sms": "simulator"}},
     ["LATIHAN", "CADANGAN", "SIM"]),
    (Link("stale", timedelta(seconds=9)), {"mode": "training"}, ["DATA LAMA 00:09", "LATIHAN"]),
    (Link("offline", timedelta(seconds=61)), {"next_card": "M-021", "standby": True},
     ["PUTUS 01:01", "MANUAL M-021", "CADANGAN"]),
])
def test_every_mode_stands_on_the_wall_as_on_the_console(
    size: tuple[int, int], link: Link, centre: dict[str, Any], words: list[str]
) -> None:
    look, data = scene(**centre)
    head = header(replace(data, link=link), look, size[0])
    assert head.width <= size[0]
    for word in [*words, "14:32:07"]:
        assert word in head.text
    assert "LATIHAN" in words or "LATIHAN" not in head.text


@pytest.mark.parametrize("height", [3, 4, 6, 20])
def test_agencies_without_a_line_are_counted_never_dropped(height: int) -> None:
    look, data = scene()
    whole = [line.text for line in units_block(data, look, 60, 100)]
    lines = [line.text for line in units_block(data, look, 60, height)]
    assert len(lines) == min(height, len(whole))
    free = sum(int(line[14:19]) for line in lines[2:])
    assert free == sum(unit.status == "available" for unit in data.store.units.values())


def test_a_seat_that_works_on_paper_makes_the_wall_say_so_until_it_has_left() -> None:
    look, data = scene(next_card="M-021")
    person = replaced(board().operators[0], on_paper=True)
    live = replace(data, link=Link("live"))
    assert "MANUAL" not in header(live, look, 120).text
    live.store.operators[person.name] = person
    assert "[LIVE][MANUAL M-021]" in header(live, look, 120).text
    live.store.operators[person.name] = replaced(person, state="off")
    assert "MANUAL" not in header(live, look, 120).text


@pytest.mark.parametrize(("words", "narrow"), [
    ("", Narrow()), ("7hr slw", Narrow("7d", "Slawi")), ("SLAWI dmk kbk", Narrow("today", "Slawi", "fire", "fire")),
    ("damkar 24j", Narrow("24h", "", "fire")), ("7d MED", Narrow("7d", type="medical")),
])
def test_what_is_typed_narrows(words: str, narrow: Narrow) -> None:
    assert parse_narrow(words, wall_centre()) == narrow


@given(st.text(max_size=20))
def test_any_other_word_is_refused(word: str) -> None:
    with pytest.raises(Unknown):
        parse_narrow(f"{word}zz", wall_centre())


@given(st.sampled_from(["", "=", "+", "-", "@", "\t", "\r"]), st.text())
def test_no_cell_is_a_formula(first: str, rest: str) -> None:
    cell = str(safe_cell(first + rest))
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cell.removeprefix("'") == (first + rest).removeprefix("'")


def wall(night: WallNight, lang: str = "id", **more: Any) -> WallApp:
    night.lang = lang
    return WallApp(night, lang, clock=lambda: NOW, live=Live(night, silence_s=3600), **more)


def text_of(app: WallApp) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def test_the_picture_can_be_held_while_the_night_goes_on() -> None:
    night = WallNight()
    app = wall(night)
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        assert "[LIVE]" in text_of(app)
        await pilot.press("z")
        assert "BEKU sejak 14:32:07" in text_of(app)
        app.store.incidents.clear()
        await pilot.press("3")
        assert "1041" in text_of(app), "the rows are held too"
        await pilot.press("z")
        assert "1041" not in text_of(app)


async def test_cases_are_one_key_away_and_their_chronology_one_more() -> None:
    night = WallNight()
    app = wall(night)
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        await pilot.press("2", "down", "down", "down")
        assert "NFPA 1225" in text_of(app), "the definition of the line under the cursor"
        await pilot.press("enter")
        await pilot.pause(0.05)
        assert night.asked[-1] == ("phase.processing", {})
        assert "Semua 3 kasus." in text_of(app)
        await pilot.press("down", "down", "enter")
        await pilot.pause(0.05)
        assert "1049" in text_of(app).splitlines()[2]
        await pilot.press("escape", "escape", "escape")
        assert "ANTRE" in text_of(app)
        await pilot.press("question_mark")
        assert "peringkat terdekat" in text_of(app)


async def test_the_filter_narrows_what_is_asked() -> None:
    night = WallNight()
    app = wall(night)
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        await pilot.press("slash", *"slw z", "enter")
        assert "tidak dikenal: z" in text_of(app)
        await pilot.press("slash", *"slw 7hr", "enter")
        await still(pilot)
        assert night.asked[-1] == ("stats", {"kecamatan": "Slawi"})
        assert "7 HARI [SLW]" in text_of(app)
        assert night.sent == []


async def test_everything_leaves_as_a_table_that_runs_nothing(tmp_path: Path) -> None:
    night = WallNight()
    app = wall(night, export_to=str(tmp_path))
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        await pilot.press("e")
        for _ in range(100):
            await pilot.pause(0.02)
            if "Ekspor" in text_of(app):
                break
    [file] = tmp_path.iterdir()
    text = file.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    figures = [row for row in rows if row["record"] == "figure"]
    assert {row["figure"] for row in figures} >= {figure.key for figure in FIGURES}
    assert all(row["n"] and len(row["definition"]) > 20 for row in figures)
    assert {row["subject"] for row in rows if row["record"] == "case"} == {"'=rina"}


async def test_a_slow_answer_overwrites_no_other() -> None:
    class Slow(WallNight):
        async def load(self) -> Load:
            await asyncio.sleep(0.1)
            return load()

    night = Slow()
    app = wall(night)
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(100):
            await pilot.pause(0.02)
            if app._data.load:
                break
        assert app._data.today is not None


async def test_no_key_gives_a_command() -> None:
    night = WallNight()
    app = wall(night)
    async with app.run_test(size=(120, 36)) as pilot:
        await still(pilot)
        await pilot.press("ctrl+t", "d", "enter", "f5", "f8", "f9", "1", "enter", "x")
        assert "SUPERVISOR BOARD" in text_of(app)
        assert night.sent == []
    assert not hasattr(type(app).__init__, "command")


async def test_without_figures_the_live_part_still_stands_and_says_so() -> None:
    class Silent(WallNight):
        async def stats(self, *args: object, **named: object) -> Any:
            raise ServerAway("gone")

    night = Silent()
    app = wall(night)
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(50):
            await pilot.pause(0.01)
            if app.store.ready:
                break
        await pilot.press("ctrl+l")
        text = text_of(app)
        assert "LEWAT 1" in text
        assert "belum ada data" in text
        assert "TIDAK TERBACA" in text


def test_a_slow_console_is_marked() -> None:
    measured = wall_stats().consoles
    slow = wall_stats(consoles={**measured, "echo": replaced(measured["echo"], p95=51)})
    assert any("ketuk 51 ms!, perintah 140 ms" in line for line in shown((160, 50), stats=slow))
    assert any("belum ada meja yang melapor" in line for line in shown((160, 50), stats=wall_stats(console_seats=0)))


@LANGS
async def test_wall(album: Album, lang: str) -> None:
    async with album.of(wall(WallNight(), lang)) as pilot:
        await album.shoot(pilot)
