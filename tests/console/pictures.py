"""Pictures of one run of an app at the three sizes. Owns when a screen stands still and how pictures are compared.

Starting an app costs more than drawing it: a test starts it once, resizes it and goes through several states.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_textual_snapshot import SVGImageExtension
from syrupy import SnapshotAssertion
from textual.pilot import Pilot

SIZES = [(80, 24), (120, 36), (160, 50)]
LANGS = pytest.mark.parametrize("lang", ["id", "en"])
Ready = Callable[[], Any]
Do = Callable[[Pilot[Any]], Awaitable[Any]]


class Album:
    """``shoot`` compares at once and goes on; what differs is told together when the run is over.

    A picture that differs is left beside the test's other files, to be looked at before it is accepted.
    """

    def __init__(self, snapshot: SnapshotAssertion, folder: Path) -> None:
        self._snapshot, self._folder = snapshot.use_extension(SVGImageExtension), folder
        self._differing: list[str] = []

    @asynccontextmanager
    async def of(self, app: Any, *, ready: Ready | None = None) -> AsyncIterator[Pilot[Any]]:
        """A running app that has shown what the server said at first (``ready``: another first state)."""
        async with app.run_test(size=SIZES[0]) as pilot:
            await still(pilot, ready)
            yield pilot
        assert not self._differing, f"differ or are new, see {self._folder}: {', '.join(self._differing)}"

    async def shoot(
        self, pilot: Pilot[Any], name: str = "", *, ready: Ready | None = None, at_each: Do | None = None,
        sizes: list[tuple[int, int]] = SIZES,
    ) -> None:
        """One picture at each size. ``at_each`` is done after each resize, for what is laid out when it is opened."""
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            if at_each is not None:
                await at_each(pilot)
            await still(pilot, ready)
            size = f"{width}x{height}"
            self._compare(f"{name}-{size}" if name else size, pilot.app.export_screenshot(title=pilot.app.title))

    def _compare(self, name: str, picture: str) -> None:
        if picture != self._snapshot(name=name):
            (self._folder / f"{name}.svg").write_text(picture, encoding="utf-8")
            self._differing.append(name)


async def still(pilot: Pilot[Any], ready: Ready | None = None) -> None:
    """Wait until ``ready`` holds (or the server is heard), no answer is awaited, and two frames are the same."""
    app, last = pilot.app, ""
    for _ in range(500):
        await pilot.pause(0.01)
        if not (ready() if ready else _is_heard(app)) or not _is_idle(app):
            continue
        settle(app)
        await pilot.pause()
        shown = text_of(app)
        if shown == last:
            return
        last = shown
    raise AssertionError(f"never still:\n{text_of(app)}")


def _is_heard(app: Any) -> bool:
    """The server has said everything a first picture needs."""
    return bool(app.store.ready and (hasattr(app, "desk") or (app.read_at and app._data.load)))


def _is_idle(app: Any) -> bool:
    """Nothing is asked of the server now."""
    if not hasattr(app, "desk"):
        return all(worker.group == "feed" for worker in app.workers)
    return app.desk.current in {None, *app.desk.details} and not app.sender.waiting_for


def settle(app: Any) -> None:
    """What a full second without a key does; the clock of a picture stands still."""
    if hasattr(app, "workspace"):
        app.workspace.refresh_all(hold=False)
        app.workspace.panes.tick()
        app.workspace._share_lines()


def text_of(app: Any) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def type_line(pilot: Pilot[Any], line: str, *keys: str) -> None:
    """A line as if typed, then keys."""
    app: Any = pilot.app
    app.workspace.prompt.put(line)
    await pilot.press(*keys)
