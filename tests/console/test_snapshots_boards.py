"""Pictures of the boards when they are not full of a quiet night: before the first answer, at the first start,
narrowed, with states that need somebody, an incident that is over; and the other colours."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.app import ConsoleApp
from console.live import Live
from console.view.head import Seat
from dispatch.wire import Changes, OperatorRow
from tests.console.night import NOW, Night, ago, board, detail, replaced
from tests.console.pictures import LANGS, Album, type_line
from tests.console.test_snapshots import workspace
from tests.console.test_wall import wall as wall_app
from tests.console.wall_night import WallNight

ONE = [(120, 36)]


@LANGS
async def test_no_answer_yet(album: Album, lang: str) -> None:
    """Nothing is called empty or quiet before the server has been heard."""
    night = Night()
    night.away = True
    app: Any = ConsoleApp(night, seat=Seat("rina", "dispatcher", "3"), lang=lang, clock=lambda: NOW, calm=True,
                          live=Live(night, silence_s=3600, backoff_s=(3600, 3600)))

    def offline() -> bool:
        return bool(app.desk.link.state == "offline")

    async with album.of(app, ready=offline) as pilot:
        await album.shoot(pilot, ready=offline)


@LANGS
async def test_first_start(album: Album, lang: str) -> None:
    """A new centre: no incident, no unit, nobody has called."""
    rina = OperatorRow(name="rina", role="dispatcher", state="ready", since=NOW)
    app: Any = workspace(lang, Night(board(incidents=[], units=[], calls=[], alarms=[], operators=[rina])))
    async with album.of(app) as pilot:
        await album.shoot(pilot)
        await pilot.press("f4")
        await album.shoot(pilot, "units", ready=lambda: app.workspace.has_class("covered"))
        await pilot.press("escape", "f10")
        await album.shoot(pilot, "map", ready=lambda: app.workspace.covered_by_text)


@LANGS
async def test_narrowed(album: Album, lang: str) -> None:
    app: Any = workspace(lang)
    async with album.of(app) as pilot:
        await type_line(pilot, "q kbk", "enter")
        await album.shoot(pilot, ready=lambda: app.desk.filter.words)


@LANGS
async def test_states(album: Album, lang: str) -> None:
    """Held with the time it comes back, a caller to be rung back, a threat to be judged, units done but not closed."""
    changed: dict[int, dict[str, Any]] = {
        1051: {"status": "held", "held_until": ago(-28)}, 1041: {"status": "resolved", "assignments": []},
        1049: {"callback_due": True},
    }
    rows = [replaced(row, **changed.get(row.number, {})) for row in board().incidents]
    app: Any = workspace(lang, Night(board(incidents=rows)))
    async with album.of(app) as pilot:
        await type_line(pilot, "1052", "enter")
        await album.shoot(pilot, "threat", ready=lambda: app.desk.current == 1052)
        await type_line(pilot, "1049", "enter")
        await album.shoot(pilot, "callback", ready=lambda: app.desk.current == 1049)
        await type_line(pilot, "1041", "enter")
        await album.shoot(pilot, "resolved", ready=lambda: app.desk.current == 1041)


@LANGS
async def test_closed(album: Album, lang: str) -> None:
    """An incident that is on no board, fetched by its number."""
    night = Night()
    told = detail(1044)
    over = replaced(told.incident, number=1001, status="closed", disposition="sls", version=9, opened_at=ago(3090),
                    assignments=[])
    night.details[1001] = replaced(told, incident=over)
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        await type_line(pilot, "1001", "enter")
        await album.shoot(pilot, ready=lambda: app.desk.current == 1001)


@LANGS
async def test_rush(album: Album, lang: str) -> None:
    """More calls than seats, more incidents than are sent: line 1 says both, the titles what cannot be seen."""
    start = board()
    waiting = [row for row in start.incidents if row.status == "triaged"]
    many = [replaced(waiting[n % len(waiting)], number=1100 + n, id=1100 + n, opened_at=ago(n / 3)) for n in range(40)]
    night = Night(replaced(start, incidents=[*start.incidents, *many], truncated=1000,
                           centre=replaced(start.centre, fold_factor=2.0)))
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        await pilot.press(*["down"] * 9)
        calls = [replaced(start.calls[1], id=300 + n, rang_at=NOW - timedelta(seconds=n)) for n in range(25)]
        night.push(Changes(seq=101, now=NOW, calls=calls))
        await album.shoot(pilot, ready=lambda: len(app.store.ringing()) == 28)


async def test_light(album: Album) -> None:
    """TEMA: dark to light."""
    app: Any = workspace("id")
    async with album.of(app) as pilot:
        await type_line(pilot, "tema", "enter")
        await album.shoot(pilot, sizes=ONE, ready=lambda: app.desk.palette.name != "kentongan-dark")


async def test_no_colour(album: Album, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is said by colour is said by a sign, a word, bold or reverse too; also on the wall."""
    monkeypatch.setenv("NO_COLOR", "1")
    app: Any = workspace("id")
    async with album.of(app) as pilot:
        await album.shoot(pilot, sizes=ONE)
    wall: Any = wall_app(WallNight(), "id")
    async with album.of(wall) as pilot:
        await album.shoot(pilot, "wall", sizes=ONE)
