"""AUDIT: the event log through filters. Owns what was asked, what has come so far, and how far it is scrolled.

It asks when it is opened and when its end is passed, never because of a change: its own question is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from textwrap import wrap
from typing import Any

from rich.style import Style
from textual.app import App

from console.audit.export import export_audit
from console.audit.query import ACTS, AuditQuery
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
        self, query: AuditQuery, client: Server, desk: Desk, now: Callable[[], datetime], app: App[Any],
        *, folder: Path | None = None,
    ) -> None:
        """``folder`` is where files go; None = where the console was started."""
        self._query, self._client, self._desk, self._now, self._app = query, client, desk, now, app
        self._lines: list[LogLine] = []
        self._chain: ChainState | None = None
        self._next, self._asking, self._fault = 0, False, ""
        self._top, self._room = 0, 1
        self._folder, self._saving, self._saved = folder or Path.cwd(), False, ""
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
        words, style = self._end()
        end = [Line().add(part, style) for part in wrap(words, max(1, width))] or [Line()]
        room = max(0, self._room + 1 - len(end))
        return [audit_heads(look, width), *shown[:room], *[Line()] * (room - len(shown)), *end]

    def _end(self) -> tuple[str, Style]:
        """The last words: what was saved, what failed, what is awaited, or whether there is more."""
        desk, palette = self._desk, self._desk.palette
        if self._saved:
            return self._saved, palette.quiet if self._saving else palette.strong
        if self._fault:
            return desk.say("screen.audit.fault", text=self._fault), palette.late
        if self._asking:
            return desk.say("screen.audit.asking"), palette.quiet
        below = len(self._lines) - self._room - self._top
        key = "more" if below > 0 or self._next else "end"
        return desk.say(f"screen.audit.{key}", n=len(self._lines)), palette.quiet

    def save(self) -> None:
        """Everything that fits into a file; the last line says how it goes."""
        if not self._saving:
            self._saving = True
            self._tell(0)
            self._app.run_worker(self._export(), group="audit")

    async def _export(self) -> None:
        look = self._desk.look(self._now())
        try:
            done = await export_audit(self._client, self._query, self._folder, look, self._tell)
            self._saved = done.words(look)
        except (ClientError, OSError) as error:
            self._saved = self._desk.say("screen.audit.not_saved", reason=str(error))
        self._saving = False
        self._app.post_message(FeedRead())

    def _tell(self, lines: int) -> None:
        self._saved = self._desk.say("screen.audit.saving", n=lines)
        self._app.post_message(FeedRead())

    def go_on(self) -> None:
        """Older lines, as PgDn at the end."""
        self.move(0, len(self._lines))

    def move(self, across: int, down: int) -> bool:
        self._top += down
        self._saved = self._saved if self._saving else ""
        if down > 0 and self._top + self._room >= len(self._lines) and self._next:
            self._ask()
        self._top = max(0, min(self._top, len(self._lines) - self._room))
        return True

    def takes(self, line: str) -> bool:
        act = ACTS.get(line.strip().casefold())
        if act == "save":
            self.save()
        elif act == "more":
            self.go_on()
        return act is not None

    def says(self, line: str) -> Echo | None:
        if act := ACTS.get(line.strip().casefold()):
            return Echo(self._desk.say(f"screen.audit.do_{act}"), self._desk.say("screen.run_hint"))
        if line.strip():
            return None
        return Echo(self._desk.say("screen.audit.idle"), self._desk.say("screen.audit.hint"))

    def back(self) -> bool:
        return False
