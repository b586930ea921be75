"""MANUAL: somebody works on paper cards here. Owns that the board, and so the wall and other seats, hear of it.

It is usually typed while the server is away: it is told as soon as the server hears again.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from textual.app import App

from console.client import ClientError
from console.desk import Desk
from console.message import Server
from console.screens.workspace import Workspace
from console.store import GONE_OPERATOR

TELL_AGAIN = timedelta(seconds=10)
"""The server is told again after so long while the board does not say it."""


class PaperSeat:
    """What was typed here goes before what the board says until both are the same; then the board is followed."""

    def __init__(self, client: Server, desk: Desk, screen: Workspace, app: App[Any]) -> None:
        self._client, self._desk, self._screen, self._app = client, desk, screen, app
        self._wanted: bool | None = None
        self._told_at: datetime | None = None

    def turn(self) -> None:
        """MANUAL was typed: on, or off again."""
        self._desk.manual = not self._desk.manual
        self._wanted, self._told_at = self._desk.manual, None
        self.watch()

    def watch(self) -> None:
        """Called four times a second."""
        desk, now = self._desk, self._screen.now()
        row = desk.store.operators.get(desk.seat.name)
        if row is None or row.state == GONE_OPERATOR:
            return
        if self._wanted in (None, row.on_paper):
            self._wanted = None
            if desk.manual != row.on_paper:
                desk.manual = row.on_paper
                self._screen.update_header()
            return
        if desk.link.state == "live" and (self._told_at is None or now - self._told_at >= TELL_AGAIN):
            self._told_at = now
            self._app.run_worker(self._tell(self._wanted), group="paper", exclusive=True)

    async def _tell(self, on_paper: bool) -> None:
        try:
            await self._client.command(self._desk.make("seat", {"on_paper": on_paper}))
        except ClientError as error:
            self._app.log.warning(f"paper not told: {error}")
