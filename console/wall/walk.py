"""Where the reader of the wall is: overview, panel, cases of a figure, incident, definitions. Pure state."""

from __future__ import annotations

from enum import Enum

from console.view.cell import Line
from console.view.look import Look
from console.view.wall.cases import case_lines, chronicle_lines, define_lines, text_page
from console.view.wall.data import WallData
from console.view.wall.frame import fit
from console.view.wall.layout import wall_lines
from console.view.wall.zoom import Ask, build_panel, figure_name, zoom_lines
from dispatch.wire import Cases, IncidentDetail


class Page(Enum):
    BOARD = "board"
    PANEL = "panel"
    CASES = "cases"
    INCIDENT = "incident"
    DEFINITIONS = "definitions"


KEYS = {
    Page.PANEL: "wall.keys_zoom", Page.CASES: "wall.keys_cases", Page.INCIDENT: "wall.keys_text",
    Page.DEFINITIONS: "wall.keys_text",
}


class Walk:
    """The pages the reader came through, and where the cursor stands on each."""

    def __init__(self) -> None:
        self.panel = "1"
        self._trail: list[Page] = [Page.BOARD]
        self._at: dict[Page, int] = {}
        self._figure = ""
        self._cases: Cases | None = None
        self._detail: IncidentDetail | None = None

    @property
    def page(self) -> Page:
        return self._trail[-1]

    @property
    def cursor(self) -> int:
        """The line that is chosen, or the first that is shown of a text."""
        return self._at.get(self.page, 0)

    def open_panel(self, name: str) -> None:
        if name != self.panel:
            self._at.pop(Page.PANEL, None)
        self.panel, self._trail = name, [Page.BOARD, Page.PANEL]

    def back(self) -> None:
        if len(self._trail) > 1:
            self._trail.pop()

    def define(self) -> None:
        """The same key opens and closes."""
        if self.page is Page.DEFINITIONS:
            self.back()
        else:
            self._go(Page.DEFINITIONS)

    def _go(self, page: Page) -> None:
        self._at[page] = 0
        if self.page is not page:
            self._trail.append(page)

    def move(self, step: int, data: WallData, look: Look, width: int, height: int) -> None:
        """Up and down within what there is. On the overview the arrows open the panel that was open last."""
        if self.page is Page.BOARD:
            return
        last = max(0, self._length(data, look, width, height) - 1)
        self._at[self.page] = max(0, min(last, self.cursor + step))

    def _length(self, data: WallData, look: Look, width: int, height: int) -> int:
        if self.page is Page.PANEL:
            return len(build_panel(self.panel, data, look, width, height).entries)
        if self.page is Page.CASES:
            return len(self._cases.cases) if self._cases else 0
        return len(self._text(data, look, width)) - (height - 3) + 1

    def _text(self, data: WallData, look: Look, width: int) -> list[Line]:
        if self.page is Page.DEFINITIONS:
            return define_lines(data, look, width)
        return chronicle_lines(self._detail, look, width) if self._detail else []

    def ask_cases(self, data: WallData, look: Look, width: int, height: int) -> Ask | None:
        """Open the list of the figure under the cursor; what to ask for it. None where there is none."""
        if self.page is not Page.PANEL:
            return None
        entries = build_panel(self.panel, data, look, width, height).entries
        ask = entries[self.cursor].ask if self.cursor < len(entries) else None
        if ask is not None:
            self._figure, self._cases = ask.figure, None
            self._go(Page.CASES)
        return ask

    def take_cases(self, cases: Cases) -> None:
        """An answer; one that came too late for the page is dropped."""
        if cases.figure == self._figure:
            self._cases = cases

    def chosen_incident(self, data: WallData, look: Look, width: int, height: int) -> int | None:
        """The incident under the cursor, of a case or of a live row."""
        if self.page is Page.CASES and self._cases and self.cursor < len(self._cases.cases):
            return self._cases.cases[self.cursor].number
        if self.page is Page.PANEL:
            entries = build_panel(self.panel, data, look, width, height).entries
            return entries[self.cursor].number if self.cursor < len(entries) else None
        return None

    def show_incident(self, detail: IncidentDetail) -> None:
        self._detail = detail
        self._go(Page.INCIDENT)

    def lines(self, data: WallData, look: Look, width: int, height: int, *, note: str = "") -> list[Line]:
        """The whole screen. ``note`` takes the place of the keys in the last line."""
        last = Line().add(note, look.palette.strong)
        if self.page is Page.BOARD:
            board = wall_lines(data, look, width, height)
            return [*board[:-1], last] if note else board
        return [*self._covered(data, look, width, height), last if note else self._keys(look, width)]

    def _keys(self, look: Look, width: int) -> Line:
        return Line().add(fit(look.say(KEYS[self.page]), width), look.palette.quiet)

    def _covered(self, data: WallData, look: Look, width: int, height: int) -> list[Line]:
        if self.page is Page.PANEL:
            panel = build_panel(self.panel, data, look, width, height)
            cursor = min(self.cursor, max(0, len(panel.entries) - 1))
            return zoom_lines(data, look, panel, self.panel, cursor, width, height)
        if self.page is Page.CASES:
            return case_lines(data, look, self._cases, figure_name(self._figure, look), self.cursor, width, height)
        number = look.number(self._detail.incident.number) if self._detail else ""
        name = "?" if self.page is Page.DEFINITIONS else look.say("screen.chronology", number=number)
        return text_page(data, look, name, self._text(data, look, width), self.cursor, width, height)
