"""What covers the boards: the full unit board, a text, or a page that lives. Owns which, and how it is scrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from console.cover import Cover
from console.desk import Desk, Echo
from console.screens.panes import Panes
from console.view.cell import Line
from console.view.head import title
from console.view.look import Look
from console.widgets.lines import Layer, OneLine


class Covers(Vertical):
    """``live`` is drawn anew at every ``update``; a text stays as it was given."""

    def __init__(self, desk: Desk, panes: Panes, look: Callable[[], Look]) -> None:
        super().__init__(id="covers")
        self._desk, self._panes, self._look = desk, panes, look
        self.heading: str | None = None
        """Of the text; None = the unit board."""
        self.live: Cover | None = None
        self.page = Layer(id="cover")
        self.line = OneLine(self._title, id="cover_title")

    def compose(self) -> ComposeResult:
        yield self.line
        yield OneLine(self._panes.unit_heads, id="full_heads", classes="heads")
        yield self._panes.full
        yield self.page

    def show(self, heading: str, lines: Sequence[Line]) -> None:
        self.heading, self.live = heading, None
        self.page.show(lines)

    def follow(self, page: Cover) -> None:
        self.show("", [])
        self.live = page
        self.update()

    def show_units(self) -> None:
        self.heading, self.live = None, None

    def update(self) -> None:
        """Draw the page that lives as things are now."""
        if self.live is not None and self.page.size.height:
            self.page.change(self.live.lines(*self.page.size))

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
