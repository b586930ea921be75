"""Pictures of the pages that cover the boards, at three sizes and in both languages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from console.view.head import Seat
from dispatch.wire import OperatorRow
from tests.console.night import NOW, Night, board, replaced
from tests.console.test_banners import FLOOD
from tests.console.test_snapshots import settled, workspace
from tests.console.whole import whole_night

Compare = Callable[..., bool]
SIZES = pytest.mark.parametrize("size", [(80, 24), (120, 36), (160, 50)], ids=["80x24", "120x36", "160x50"])
LANGS = pytest.mark.parametrize("lang", ["id", "en"])


def after(*keys: str) -> Callable[[Pilot[Any]], Any]:
    """Press keys once the server has said everything."""

    async def run(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await pilot.press(*keys)
        await pilot.pause(0.3)

    return run


@SIZES
@LANGS
def test_map(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    assert snap_compare(workspace(lang), terminal_size=size, run_before=after("f10"))


@SIZES
@LANGS
def test_incident(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    run = after("v", "space", *"1048", "enter")
    assert snap_compare(workspace(lang, whole_night()), terminal_size=size, run_before=run)


@SIZES
@LANGS
def test_troubles(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    """A supervisor's screen on the standby server in a flood: two floods, a deaf seat, cards on paper."""
    start = board(alarms=FLOOD, centre=replaced(board().centre, standby=True, next_card="M-021"))
    people = [replaced(start.operators[0], deaf=True), start.operators[1],
              OperatorRow(name="sari", role="supervisor", state="ready", since=NOW)]
    app = workspace(lang, Night(replaced(start, operators=people)))
    app.desk.seat = Seat("sari", "supervisor", "1")
    assert snap_compare(app, terminal_size=size, run_before=after(*"manual", "enter"))


@SIZES
@LANGS
def test_audit(snap_compare: Compare, size: tuple[int, int], lang: str) -> None:
    keys = [{" ": "space", ":": "colon"}.get(char, char) for char in "audit op:rina"]
    assert snap_compare(workspace(lang), terminal_size=size, run_before=after(*keys, "enter"))
