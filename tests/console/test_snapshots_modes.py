"""Pictures of a console that is not simply live: old data, no server, an exercise, a session that is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from console.client import Rejected, ServerAway
from dispatch.texts import text
from dispatch.wire import ProblemDetails
from tests.console.night import NOW, Night, board, replaced
from tests.console.pictures import LANGS, Album, still
from tests.console.test_snapshots import workspace


class Hand:
    """A clock a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@LANGS
async def test_stale(album: Album, lang: str) -> None:
    """Nothing was heard for seven seconds; a command is half typed."""
    hand = Hand()
    app: Any = workspace(lang, clock=hand)
    async with album.of(app) as pilot:
        app.workspace.prompt.put("d a01 1051")
        hand.now += timedelta(seconds=7)
        await album.shoot(pilot, ready=lambda: app.desk.link.state == "stale")


@LANGS
async def test_cut_off(album: Album, lang: str) -> None:
    """The server has been away for more than a minute: the work goes on on numbered cards."""
    start = board()
    night, hand = Night(replaced(start, centre=replaced(start.centre, next_card="M-021"))), Hand()
    app: Any = workspace(lang, night, hand)
    async with album.of(app) as pilot:
        night.away = True
        night.push(ServerAway("gone"))
        hand.now += timedelta(seconds=61)
        await album.shoot(pilot, ready=lambda: app.desk.link.state == "offline")


@LANGS
async def test_exercise_on_the_standby(album: Album, lang: str) -> None:
    centre = replaced(board().centre, mode="training", standby=True, drivers={"sms": "simulator"})
    async with album.of(workspace(lang, Night(board(centre=centre)))) as pilot:
        await album.shoot(pilot)


@LANGS
async def test_session_over(album: Album, lang: str) -> None:
    """Who sits here is asked on the command line, then the password, of which nothing is shown."""
    night = Night()
    app: Any = workspace(lang, night)
    async with album.of(app) as pilot:
        night.push(Rejected(ProblemDetails(status=401, code="no_session", detail=text("access.no_session", lang))))
        await still(pilot, lambda: app.door.is_open)
        await pilot.press("enter", *"rahasia")
        await album.shoot(pilot, ready=lambda: app.door.is_open)
