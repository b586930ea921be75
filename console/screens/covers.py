"""What covers the boards: the full unit board, a text, or a page that lives. Owns which, and how it is scrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical

from console.cover import Cover
from console.desk import Desk, Echo
from console.screens.panes import Panes
from console.view.cell import Line
from console.view.head import title
from console.view.look import Look
from console.widgets.lines import Layer, OneLine

Draw = Callable[[Look, int], Sequence[Line]]
"""A text for so many columns."""


class Covers(Vertical):
    """``live`` is drawn anew at every ``update``; a text only when the width or the colours have changed."""

    def __init__(self, desk: Desk, panes: Panes, look: Callable[[], Look]) -> None:
        super().__init__(id="covers")
        self._desk, self._panes, self._look = desk, panes, look
        self.heading: str | None = None
        """Of the text; None = the unit board."""
        self.live: Cover | None = None
        self._draw: Draw = lambda look, width: []
        self._drawn_for: tuple[int, str] = (0, "")
        self._lang = desk.lang
        """Of the text and its heading: both stay in the language they were asked for in."""
        self.page = Layer(id="cover")
        self.line = OneLine(self._title, id="cover_title")

    def compose(self) -> ComposeResult:
        yield self.line
        yield OneLine(self._panes.unit_heads, id="full_heads", classes="heads")
        yield self._panes.full
        yield self.page

    def show(self, heading: str, draw: Draw, width: int) -> None:
        self.heading, self.live = heading, None
        self._draw, self._lang, self._drawn_for = draw, self._desk.lang, (width, self._desk.palette.name)
        self.page.show(draw(self._look(), width))

    def follow(self, page: Cover) -> None:
        self.heading, self.live = "", page
        self.page.show([])
        self.update()

    def show_units(self) -> None:
        self.heading, self.live = None, None

    def update(self) -> None:
        """Draw the page that lives as things are now; fold a text anew for another width, or in other colours."""
        if not self.page.size.height:
            return
        shape = (self.page.size.width, self._desk.palette.name)
        if self.live is not None:
            self.page.change(self.live.lines(*self.page.size))
        elif self.heading and shape != self._drawn_for:
            self._drawn_for = shape
            self.page.change(self._draw(replace(self._look(), lang=self._lang), shape[0]))
            self.page.scroll(0)

    def _turn(self) -> None:
        """Another part of the page: from its top."""
        self.page.show([])
        self.update()

    # -- keys ---------------------------------------------------------------------------------------

    def takes(self, line: str) -> bool:
        """Whether Enter with this line meant the page."""
        if self.live is None or not self.live.takes(line):
            return False
        self._turn()
        return True

    def says(self, line: str) -> Echo | None:
        return self.live.says(line) if self.live is not None else None

    def step_back(self) -> bool:
        """Esc: one step back within the page; False when only the boards are left."""
        if self.live is None or not self.live.back():
            return False
        self._turn()
        return True

    def move(self, across: int, down: int) -> None:
        """Arrows: what the page does with them, else scrolling."""
        if self.live is None or not self.live.move(across, down):
            self.page.scroll(down)
        elif across:
            self._turn()
        self.update()
        self.line.update()

    def _title(self, width: int) -> Line:
        desk, store = self._desk, self._desk.store
        if self.heading is None:
            text = desk.say("screen.units_full", ready=store.ready_units(), n=len(store.units))
            return title(text, desk.say("screen.units_full_hint"), self._look(), width)
        below = self.page.below
        more = desk.say("screen.more_lines", n=below) if below > 0 else ""
        return title(self.live.title() if self.live else self.heading, more, self._look(), width)
