"""Pictures of the screens at one frozen instant; a difference is looked at before it is accepted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from textual.pilot import Pilot

from console.app import ConsoleApp
from console.live import Live
from console.view.head import Seat
from tests.console.night import NOW, Night, board, replaced

Compare = Callable[..., bool]


async def settled(pilot: Pilot[Any]) -> None:
    """Everything the server has to say is on the screen."""
    app: Any = pilot.app
    for _ in range(100):
        await pilot.pause(0.01)
        if app.store.ready and app.desk.current in app.desk.details:
            break
    await pilot.pause(0.15)


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


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 50)], ids=["80x24", "120x36", "160x50"])
@pytest.mark.parametrize("lang", ["id", "en"])
def test_workspace(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    assert snap_compare(workspace(lang), terminal_size=size, run_before=settled)


def test_workspace_in_training(snap_compare: Compare) -> None:
    centre = replaced(board().centre, mode="training", drivers={"sms": "simulator"}, degraded=["SMS lewat simulator"])
    night = Night(board(centre=centre, alarms=[], calls=[]))
    assert snap_compare(workspace("id", night), terminal_size=(120, 36), run_before=settled)
