"""What this console does by itself: its language, its colours, the card of the incident on screen, the sound test."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from console.audit.kinds import HELP, refusal_words
from console.audit.page import AuditLog
from console.audit.query import AuditQuery, read_order
from console.paper_seat import PaperSeat
from console.theme import PALETTES, palette_of
from dispatch.errors import Invalid

if TYPE_CHECKING:
    from console.app import ConsoleApp


class Local:
    """Acts on the screen only; of all this the server hears in which language it answers, and who works on paper."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app, self._desk = app, app.desk
        self.paper = PaperSeat(app.client, app.desk, app.workspace, app)

    def act(self, name: str, words: str = "") -> None:
        """Do what a typed word means (see ``console.desk.LOCAL_WORDS``)."""
        acts: dict[str, Callable[[], object]] = {
            "language": self.language, "theme": self.theme, "card": self.card, "sound": self._app.ear.test,
            "detail": self.detail, "silence": self._app.ear.silence, "recall": self.recall,
            "manual": self.manual, "audit": lambda: self.audit(words),
        }
        acts[name]()

    def recall(self) -> None:
        """Earlier commands come back to the command line, never into a field of the form."""
        if not self._app.entry.at_hand:
            self._app.workspace.prompt.recall()

    def language(self) -> None:
        app, desk = self._app, self._desk
        desk.lang = "en" if desk.lang == "id" else "id"
        if hasattr(app.client, "lang"):
            app.client.lang = desk.lang
        app.result("screen.ok", desk.say("screen.language"), good=True)
        app.echo_now()
        app.workspace.redraw()
        app.reading.want()

    def theme(self) -> None:
        app, desk = self._app, self._desk
        names = list(PALETTES)
        name = names[(names.index(desk.palette.name) + 1) % len(names)]
        desk.palette, app.theme = palette_of(name), name
        app.workspace.redraw()
        app.result("screen.ok", desk.say("screen.theme", name=desk.say(f"screen.palette.{name}")), good=True)
        app.echo_now()

    def audit(self, words: str) -> None:
        """The event log through filters; a word that is none goes back to be corrected."""
        app, desk = self._app, self._desk
        look = desk.look(app.workspace.now())
        if words.strip() == HELP:
            app.pages.show_audit_help()
            return
        try:
            order = read_order(words, look.local(look.now).date(), desk.say("screen.months").split())
        except Invalid as error:
            app.result("screen.failed", refusal_words(error, look), good=False)
            app.give_back(f"audit {words}")
            return
        page = app.workspace.covers.live if order.query is None else None
        if not isinstance(page, AuditLog):
            page = app.pages.show_audit(order.query or AuditQuery())
        if order.act == "save":
            page.save()
        elif order.act == "more":
            page.go_on()
        app.echo_now()

    def manual(self) -> None:
        """Working on paper, or no longer: line 1 and the wall say so until it is typed again."""
        app, desk = self._app, self._desk
        self.paper.turn()
        key = "manual_on" if desk.manual else "manual_off"
        app.result("screen.ok", desk.say(f"screen.{key}", card=desk.store.centre.next_card or "M-..."), good=True)
        app.workspace.update_header()
        app.echo_now()

    def detail(self) -> None:
        if self._desk.row is None:
            self._app.result("screen.failed", self._desk.say("screen.nothing_selected"), good=None)
        self._app.pages.show_incident()

    def card(self) -> None:
        if not self._app.pages.show_cards():
            row = self._desk.row
            number = self._desk.vocabulary.numbers.told(row.number) if row else "-"
            said = self._desk.say("screen.no_cards", number=number)
            self._app.result("screen.failed", said, good=None)
