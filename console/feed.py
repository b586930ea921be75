"""The live feed of one console: into the store, and onto the screen at most ten times a second.

Owns what is known of the connection. The worker posts messages and touches no widget; what hangs is
found here as well, because a feed that hangs says nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from textual.app import App
from textual.timer import Timer

from console.client import Rejected
from console.desk import Desk
from console.live import Connection, Live
from console.message import FeedRead, LinkChanged, SessionOver
from console.screens.workspace import Workspace
from console.view.head import ENDED, Link
from dispatch.wire import Board, Changes

REPAINT_S = 0.1
"""Bursts of the feed are drawn together."""
STALE_S = 3.0


class FeedWatch:
    """``follow`` runs as a worker until the session is over; it may be started again after signing in."""

    def __init__(
        self, desk: Desk, screen: Workspace, live: Live, clock: Callable[[], datetime], app: App[Any],
        want_detail: Callable[[], None],
    ) -> None:
        self._desk, self._screen, self._live, self._clock, self._app = desk, screen, live, clock, app
        self._want_detail = want_detail
        self.dirty: set[str] = set()
        self._connection: Connection | None = None
        self._over = False
        self._heard: datetime | None = None
        self._started = clock()
        self._repaint: Timer | None = None
        self._was_lost = False

    # -- the worker ---------------------------------------------------------------------------------

    async def follow(self) -> None:
        """The live feed, until the session is over."""
        self._over = False
        try:
            await self._live.run(self._take_snapshot, self._take_changes, self._take_state)
        except Rejected as over:
            self.end_session()
            self._app.post_message(SessionOver(over.problem))

    def end_session(self) -> None:
        """Nothing that is on the screen is true any more until somebody has signed in."""
        self._over, self._connection = True, None

    def _take_snapshot(self, board: Board) -> None:
        self.dirty |= self._desk.store.snapshot(board, self._clock())
        self._app.post_message(FeedRead())

    def _take_changes(self, changes: Changes) -> None:
        self.dirty |= self._desk.store.apply(changes, self._clock())
        self._app.post_message(FeedRead())

    def _take_state(self, connection: Connection) -> None:
        self._heard = self._clock() if connection.state == "live" else self._heard
        if self._connection is None or connection.state != self._connection.state:
            self._app.post_message(LinkChanged(connection))
        self._connection = connection

    # -- drawing ------------------------------------------------------------------------------------

    def read(self) -> None:
        """Draw at once when idle, then at most every tenth of a second."""
        if self._repaint is None:
            self._draw()
            self._repaint = self._app.set_timer(REPAINT_S, self._draw_late)

    def _draw_late(self) -> None:
        self._repaint = None
        if self.dirty:
            self.read()

    def _draw(self) -> None:
        dirty, self.dirty = self.dirty, set()
        desk = self._desk
        # Never under a line that is being typed: it would then be about an incident nobody chose.
        if "all" in dirty and desk.current is None and desk.store.waiting() and not self._screen.prompt.value:
            desk.select(desk.store.waiting()[0])
        self._screen.refresh_all()
        wanted = desk.current not in desk.details or f"incident:{desk.current}" in dirty or "all" in dirty
        if desk.current is not None and wanted:
            self._want_detail()

    # -- the connection -----------------------------------------------------------------------------

    def take_link(self, connection: Connection) -> None:
        """Being back is worth a word; being away stands in the header."""
        self.watch()
        live = connection.state == "live"
        if live and self._was_lost:
            say = self._desk.say
            self._screen.say_result(say("screen.ok"), say("screen.connected"), good=True)
        self._was_lost = not live and self._desk.store.ready

    def watch(self) -> None:
        """Called four times a second: staleness is measured here, whatever the feed says."""
        state = self._connection.state.value if self._connection else "offline"
        age = self._clock() - (self._heard or self._started)
        if state == "live" and age > timedelta(seconds=STALE_S):
            state = "stale"
        link = Link(ENDED if self._over else state, max(age, timedelta()))
        before, self._desk.link = self._desk.link, link
        if link.state != before.state or (link.state != "live" and link.reads_as != before.reads_as):
            self._screen.update_header()
