"""AUDIT: the event log through filters. Owns what was asked, what has come so far, and how far it is scrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from textual.app import App

from console.audit_query import AuditQuery
from console.client import ClientError
from console.desk import Desk, Echo
from console.message import FeedRead, Server
from console.view.audit import audit_heads, audit_line, chain_words
from console.view.cell import Line
from dispatch.wire import ChainState, LogLine


class AuditLog:
    """Asks at once, and for older lines when the end is passed. What it shows is of the moment it was asked."""

    tall = True

    def __init__(
        self, query: AuditQuery, client: Server, desk: Desk, now: Callable[[], datetime], app: App[Any]
    ) -> None:
        self._query, self._client, self._desk, self._now, self._app = query, client, desk, now, app
        self._lines: list[LogLine] = []
        self._chain: ChainState | None = None
        self._next, self._asking, self._fault = 0, False, ""
        self._top, self._room = 0, 1
        self._ask()

    def _ask(self) -> None:
        if not self._asking:
            self._asking = True
            self._app.run_worker(self._read(), group="audit")

    async def _read(self) -> None:
        try:
            page = await self._client.audit(self._query.params(self._next))
        except ClientError as error:
            self._fault = str(error)
        else:
            self._lines += page.lines
            self._next, self._chain, self._fault = page.next, page.chain, ""
        self._asking = False
        self._app.post_message(FeedRead())

    def title(self) -> str:
        desk, chain = self._desk, self._chain
        words = chain_words(chain, desk.look(self._now())) if chain is not None else "..."
        return desk.say("screen.audit.title", words=self._query.words or "-", chain=words)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        look = self._desk.look(self._now())
        palette = look.palette
        self._room = max(1, height - 2)
        self._top = max(0, min(self._top, len(self._lines) - self._room))
        shown = [audit_line(entry, look, width) for entry in self._lines[self._top : self._top + self._room]]
        if not self._lines and not self._asking and not self._fault:
            shown = [Line().add(look.say("screen.audit.nothing"), palette.quiet)]
        if self._chain is not None and not self._chain.ok:
            shown = [Line().add(chain_words(self._chain, look), palette.offline), *shown][: self._room]
        return [audit_heads(look, width), *shown, *[Line()] * (self._room - len(shown)), self._end()]

    def _end(self) -> Line:
        """The last line: what failed, what is awaited, or whether there is more."""
        desk, palette = self._desk, self._desk.palette
        if self._fault:
            return Line().add(desk.say("screen.audit.fault", text=self._fault), palette.late)
        if self._asking:
            return Line().add(desk.say("screen.audit.asking"), palette.quiet)
        below = len(self._lines) - self._room - self._top
        key = "more" if below > 0 or self._next else "end"
        return Line().add(desk.say(f"screen.audit.{key}", n=len(self._lines)), palette.quiet)

    def move(self, across: int, down: int) -> bool:
        self._top += down
        if down > 0 and self._top + self._room >= len(self._lines) and self._next:
            self._ask()
        self._top = max(0, min(self._top, len(self._lines) - self._room))
        return True

    def takes(self, line: str) -> bool:
        return False

    def says(self, line: str) -> Echo | None:
        if line.strip():
            return None
        return Echo(self._desk.say("screen.audit.idle"), self._desk.say("screen.audit.hint"))

    def back(self) -> bool:
        return False
