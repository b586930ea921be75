"""Pictures of the wall behind its overview: every panel, the cases of a figure, what is typed, modes and states."""

from __future__ import annotations

from typing import Any

from console.client import ServerAway
from dispatch.wire import Load, Stats
from tests.console.night import Night, board, replaced
from tests.console.pictures import LANGS, Album
from tests.console.test_wall import wall
from tests.console.wall_night import WallNight, load, wall_centre, wall_stats


class Idle(WallNight):
    """The first evening of a centre: nothing has happened, nothing is counted yet."""

    def __init__(self) -> None:
        Night.__init__(self, board(centre=wall_centre(), incidents=[], units=[], calls=[], alarms=[], operators=[]))
        self.asked, self.answer = [], wall_stats(
            figures=[], heat=[], consoles={}, console_seats=0, backup_at=None, alarms={}, alarm_causes={})

    async def load(self) -> Load:
        return load(hours=[], points=[], handling_n=0)


class Dumb(WallNight):
    """A server that tells the rows but no figures."""

    async def stats(self, *args: object, **named: object) -> Stats:
        raise ServerAway("gone")


@LANGS
async def test_panels(album: Album, lang: str) -> None:
    """All eight, the cursor on the second line and its definition below."""
    async with album.of(wall(WallNight(), lang)) as pilot:
        for panel in "12345678":
            await pilot.press(panel, "down")
            await album.shoot(pilot, panel)


@LANGS
async def test_cases(album: Album, lang: str) -> None:
    """The cases of a figure, the chronology of one, then every definition."""
    app: Any = wall(WallNight(), lang)
    async with album.of(app) as pilot:
        await pilot.press("2", "down", "down", "down", "enter")
        await album.shoot(pilot, "list", ready=lambda: app.walk.page.value == "cases" and app.walk._cases)
        await pilot.press("enter")
        await album.shoot(pilot, "chronology", ready=lambda: app.walk.page.value == "incident")
        await pilot.press("escape", "escape", "question_mark")
        await album.shoot(pilot, "definitions", ready=lambda: app.walk.page.value == "definitions")


@LANGS
async def test_narrowing(album: Album, lang: str) -> None:
    """What may be typed, a word that is none, what is shown then, and the picture that is held."""
    app: Any = wall(WallNight(), lang)
    async with album.of(app) as pilot:
        await pilot.press("slash")
        await album.shoot(pilot, "asked", ready=lambda: app.prompt.display)
        await pilot.press(*"slw z", "enter")
        await album.shoot(pilot, "unknown", ready=lambda: app._note)
        await pilot.press("slash", *("7d slw" if lang == "en" else "7hr slw"), "enter")
        await album.shoot(pilot, "narrowed", ready=lambda: app._data.narrow.kecamatan and app._data.hour)
        await pilot.press("z")
        await album.shoot(pilot, "held", ready=lambda: app._frozen)


@LANGS
async def test_modes(album: Album, lang: str) -> None:
    """An exercise on the standby server with simulated channels, a seat on paper, one person at two consoles."""
    centre = {"mode": "training", "standby": True, "drivers": {"sms": "simulator"}, "next_card": "M-021",
              "screens": {"rina": 2}, "degraded": ["SMS"]}
    night = WallNight(**centre)
    rina, *others = night.start.operators
    night.start = replaced(night.start, operators=[replaced(rina, on_paper=True), *others])
    async with album.of(wall(night, lang)) as pilot:
        await album.shoot(pilot)


@LANGS
async def test_first_start(album: Album, lang: str) -> None:
    async with album.of(wall(Idle(), lang)) as pilot:
        await album.shoot(pilot)


@LANGS
async def test_without_figures(album: Album, lang: str) -> None:
    app: Any = wall(Dumb(), lang)

    def failed() -> bool:
        return bool(app._data.failed)

    async with album.of(app, ready=failed) as pilot:
        await album.shoot(pilot, ready=failed)
