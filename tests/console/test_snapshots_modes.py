"""Pictures of a console that is not simply live: old data, no server, an exercise, a session that is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from textual.pilot import Pilot

from console.client import Rejected, ServerAway
from dispatch.texts import text
from dispatch.wire import ProblemDetails
from tests.console.night import NOW, Night, board, replaced
from tests.console.test_snapshots import settled, workspace
from tests.console.test_snapshots_pages import LANGS, SIZES

Compare = Callable[..., bool]


class Hand:
    """A clock a test moves."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


async def _shown(pilot: Pilot[Any], *states: str) -> None:
    app: Any = pilot.app
    for _ in range(200):
        await pilot.pause(0.02)
        if app.desk.link.state in states:
            break
    await pilot.pause(0.15)


@SIZES
@LANGS
def test_stale(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    """Nothing was heard for seven seconds; a command is half typed."""
    hand = Hand()

    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        app: Any = pilot.app
        app.workspace.prompt.put("d a01 1051")
        hand.now += timedelta(seconds=7)
        await _shown(pilot, "stale")

    assert snap_compare(workspace(lang, clock=hand), terminal_size=size, run_before=run)


@SIZES
@LANGS
def test_cut_off(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    """The server has been away for more than a minute: the work goes on on numbered cards."""
    start = board()
    night, hand = Night(replaced(start, centre=replaced(start.centre, next_card="M-021"))), Hand()

    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        night.away = True
        night.push(ServerAway("gone"))
        hand.now += timedelta(seconds=61)
        await _shown(pilot, "offline")

    assert snap_compare(workspace(lang, night, hand), terminal_size=size, run_before=run)


@SIZES
@LANGS
def test_exercise_on_the_standby(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    centre = replaced(board().centre, mode="training", standby=True, drivers={"sms": "simulator"})
    assert snap_compare(workspace(lang, Night(board(centre=centre))), terminal_size=size, run_before=settled)


@SIZES
@LANGS
def test_session_over(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    """Who sits here is asked on the command line, then the password, of which nothing is shown."""
    night = Night()

    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        night.push(Rejected(ProblemDetails(status=401, code="no_session", detail=text("access.no_session", lang))))
        await _shown(pilot, "ended")
        await pilot.press("enter", *"rahasia")
        await pilot.pause(0.05)

    assert snap_compare(workspace(lang, night), terminal_size=size, run_before=run)
