"""The pages that cover the boards: help, kecamatan, protocol cards, what a search found. Owns when each is shown."""

from __future__ import annotations

from functools import partial
from typing import Any

from textual.app import App

from console.alarm_page import AlarmPage
from console.audit.kinds import help_lines
from console.audit.page import AuditLog
from console.audit.query import AuditQuery
from console.client import ClientError
from console.desk import Desk
from console.incident_page import IncidentPage
from console.map_page import MapPage
from console.message import LineDone, SearchDone, Server
from console.screens.workspace import Workspace
from console.sender import Outcome
from console.told import told_lines
from console.view.hits import hit_lines
from console.view.page import card_lines, handover_lines, text_lines
from dispatch.wire import SearchResult

MARK = "st "
"""What stands on the command line under the items of a handover; their numbers follow."""


class Pages:
    """Each method puts one page over the boards; Esc takes it away."""

    def __init__(self, client: Server, desk: Desk, screen: Workspace, app: App[Any]) -> None:
        self._client, self._desk, self._screen, self._app = client, desk, screen, app

    def show_help(self) -> None:
        """Of this place: with the form open its own keys come first."""
        say = self._desk.say
        words = (say("screen.entry.help.lines") if self._screen.form else "") + say("screen.help.lines")
        self._screen.cover(say("screen.help_title"), partial(text_lines, words))

    def show_districts(self) -> None:
        """The map; pressed again it goes away."""
        if isinstance(self._screen.covers.live, MapPage):
            self._screen.uncover()
        else:
            self._screen.follow(MapPage(self._desk, self._screen.now))

    def show_incident(self, number: int | None = None) -> None:
        """The six tabs of the incident on screen, once that is the one meant."""
        if self._desk.row is not None and number in (None, self._desk.current):
            self._screen.follow(IncidentPage(self._desk, self._screen.now))

    def show_alarms(self) -> None:
        """Every alarm with the number AKUI and TUNDA take."""
        self._screen.follow(AlarmPage(self._desk, self._screen.now))

    def show_audit(self, query: AuditQuery) -> AuditLog:
        """The event log; the server says who may read it."""
        page = AuditLog(query, self._client, self._desk, self._screen.now, self._app)
        self._screen.follow(page)
        return page

    def show_audit_help(self) -> None:
        """How a filter is written, and what events are called."""
        told = "\n".join(help_lines(self._desk.look(self._screen.now())))
        self._screen.cover(self._desk.say("screen.audit.help_title"), partial(text_lines, told))

    def show_cards(self) -> bool:
        """The protocol cards of the incident on screen; False when there are none."""
        desk, row = self._desk, self._desk.row
        detail = desk.details.get(row.number) if row else None
        if row is None or detail is None or not detail.cards:
            return False
        title = desk.say("screen.cards_title", number=desk.look(self._screen.now()).number(row.number))
        self._screen.cover(title, partial(card_lines, detail.cards))
        return True

    def show_handover(self, data: dict[str, Any]) -> None:
        """The seven items; the next thing to type stands on the command line, unless something else does."""
        desk, screen = self._desk, self._screen
        items = [{**item, "lines": told_lines(desk, item.get("lines") or [])} for item in data.get("items") or []]
        screen.cover(desk.say("screen.handover_title", n=len(desk.own_incidents())), partial(handover_lines, items))
        if not screen.prompt.value and not data.get("incoming"):
            screen.prompt.put(MARK if data["unread"] else f"{MARK}@")

    def show_signed(self, lines: tuple[str, ...]) -> None:
        """What both have signed."""
        words = "\n".join(told_lines(self._desk, lines))
        self._screen.cover(self._desk.say("screen.handover_signed"), partial(text_lines, words))

    def find(self, line: str, query: str) -> None:
        """F: ask the server; the answer comes as a page."""
        self._app.run_worker(self._find(line, query), group="find", exclusive=True)

    async def _find(self, line: str, query: str) -> None:
        try:
            found = await self._client.search(query)
        except ClientError as error:
            self._app.post_message(LineDone(Outcome.of(line, error)))
            return
        self._app.post_message(SearchDone(line, found))

    def show_found(self, line: str, found: SearchResult) -> None:
        self._screen.cover(self._desk.say("screen.answer_title", line=line), partial(hit_lines, found))
