"""Pictures of the pages that cover the boards, at three sizes and in both languages."""

from __future__ import annotations

from typing import Any

from console.view.head import Seat
from dispatch.wire import OperatorRow
from tests.console.night import NOW, Night, board, replaced
from tests.console.pictures import LANGS, Album, type_line
from tests.console.test_banners import FLOOD
from tests.console.test_snapshots import workspace
from tests.console.whole import whole_night


@LANGS
async def test_map(album: Album, lang: str) -> None:
    app: Any = workspace(lang)
    async with album.of(app) as pilot:
        await pilot.press("f10")
        await album.shoot(pilot, ready=lambda: app.workspace.has_class("covered"))


@LANGS
async def test_incident(album: Album, lang: str) -> None:
    app: Any = workspace(lang, whole_night())
    async with album.of(app) as pilot:
        await type_line(pilot, "v 1048", "enter")
        await album.shoot(pilot, ready=lambda: app.workspace.has_class("covered"))


@LANGS
async def test_troubles(album: Album, lang: str) -> None:
    """A supervisor's screen on the standby server in a flood: two floods, a deaf seat, cards on paper."""
    start = board(alarms=FLOOD, centre=replaced(board().centre, standby=True, next_card="M-021"))
    people = [replaced(start.operators[0], deaf=True), start.operators[1],
              OperatorRow(name="sari", role="supervisor", state="ready", since=NOW)]
    app: Any = workspace(lang, Night(replaced(start, operators=people)))
    app.desk.seat = Seat("sari", "supervisor", "1")
    async with album.of(app) as pilot:
        await type_line(pilot, "manual", "enter")
        await album.shoot(pilot, ready=lambda: app.desk.manual)


@LANGS
async def test_audit(album: Album, lang: str) -> None:
    app: Any = workspace(lang)
    async with album.of(app) as pilot:
        await type_line(pilot, "audit op:rina", "enter")
        await album.shoot(pilot, ready=lambda: app.workspace.has_class("covered"))
