"""Reads from the server what the feed does not bring: details, incidents asked for by number, whose seat this is.

Owns when it is asked. An incident need not be on the board to be shown: the board holds a part of what
is open and nothing of what is closed.
"""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.timer import Timer

from console.client import ClientError, Rejected
from console.desk import Desk
from console.message import DetailRead, LineDone, SeatKnown, Server, SessionOver
from console.sender import UNAUTHORISED, Outcome

DETAIL_S = 0.12
"""A selection that moves on faster than this asks the server for nothing."""


class Reading:
    """Workers that post ``DetailRead``, or ``LineDone`` when what was asked for by name cannot be shown."""

    def __init__(self, client: Server, desk: Desk, app: App[Any]) -> None:
        self._client, self._desk, self._app = client, desk, app
        self._timer: Timer | None = None

    def want(self) -> None:
        """The detail of the selected incident, as soon as the selection rests."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(DETAIL_S, self.fetch)

    def fetch(self) -> None:
        if self._desk.current is not None:
            self._app.run_worker(self._read(self._desk.current), group="detail", exclusive=True)

    async def _read(self, number: int) -> None:
        try:
            detail = await self._client.incident(number)
        except ClientError as error:
            self._note(error)
            return
        self._app.post_message(DetailRead(detail))

    def visit(self, number: int, line: str = "") -> None:
        """Bring an incident that is not on the board; ``line`` is what was typed for it ('' = nothing was)."""
        self._app.run_worker(self._visit(number, line), group="visit", exclusive=True)

    async def _visit(self, number: int, line: str) -> None:
        try:
            detail = await self._client.incident(number)
        except ClientError as error:
            self._app.post_message(LineDone(Outcome.of(line, error)))
        else:
            self._app.post_message(DetailRead(detail, line=line, visit=True))

    def learn_seat(self) -> None:
        """A bare token says nothing of its owner; the server knows, and whether the session still holds."""
        self._app.run_worker(self._learn_seat(), group="seat", exclusive=True)

    async def _learn_seat(self) -> None:
        try:
            self._app.post_message(SeatKnown(await self._client.session()))
        except ClientError as error:
            self._note(error)

    def _note(self, error: ClientError) -> None:
        """What nobody asked for by name fails quietly, unless it shows that the session is over."""
        if isinstance(error, Rejected) and error.problem.status == UNAUTHORISED:
            self._app.post_message(SessionOver(error.problem))
        else:
            self._app.log.warning(f"not read: {error}")
