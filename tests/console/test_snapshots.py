"""Pictures of the screens at one frozen instant; a difference is looked at before it is accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from console.app import ConsoleApp
from console.live import Live
from console.view.head import Seat
from tests.console.night import NOW, Night, board, replaced
from tests.console.pictures import LANGS, Album


def workspace(lang: str, night: Night | None = None, clock: Callable[[], datetime] = lambda: NOW) -> ConsoleApp:
    night = night or Night()
    night.lang = lang
    return ConsoleApp(
        night,
        seat=Seat("rina", "dispatcher", "3"),
        lang=lang,
        clock=clock,
        calm=True,
        live=Live(night, silence_s=3600),
    )


@LANGS
async def test_workspace(album: Album, lang: str) -> None:
    async with album.of(workspace(lang)) as pilot:
        await album.shoot(pilot)


async def test_workspace_in_training(album: Album) -> None:
    centre = replaced(board().centre, mode="training", drivers={"sms": "simulator"}, degraded=["SMS lewat simulator"])
    app: Any = workspace("id", Night(board(centre=centre, alarms=[], calls=[])))
    async with album.of(app) as pilot:
        await album.shoot(pilot, sizes=[(120, 36)])
