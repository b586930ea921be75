"""V: one incident in full on six tabs. Owns which tab is shown and how far it is scrolled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from console.desk import Desk, Echo
from console.view.cell import Line
from console.view.tabs import head_lines, tab_line, tab_lines, tab_names

NEWEST_FIRST = (1, 6)
"""Tabs to which lines are added at the top: what is being read further down must not move."""


class IncidentPage:
    """Always of the incident on screen; drawn anew with every change. A tab is chosen by its digit and Enter, by
    arrows or Tab: a digit alone is the beginning of an incident's number."""

    tall = True

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk, self._now = desk, now
        self.tab = 1
        self._top, self._count, self._room = 0, 0, 1

    def title(self) -> str:
        desk, row = self._desk, self._desk.row
        return desk.say("screen.tab.title", number=desk.look(self._now()).number(row.number) if row else "-")

    def lines(self, width: int, height: int) -> Sequence[Line]:
        look = self._desk.look(self._now())
        facts = self._desk.facts(look)
        if facts is None:
            return [Line().add(look.say("screen.no_selection"), look.palette.quiet)]
        heads = head_lines(facts, look, width)
        body = tab_lines(self.tab, facts, look, width)
        self._room = max(1, height - len(heads) - 1)
        if self._top and self.tab in NEWEST_FIRST:
            self._top += max(0, len(body) - self._count)
        self._count = len(body)
        self._top = max(0, min(self._top, self._count - self._room))
        below = self._count - self._room - self._top
        return [*heads, tab_line(self.tab, look, width, below), *body[self._top : self._top + self._room]]

    def move(self, across: int, down: int) -> bool:
        if across:
            self._show((self.tab - 1 + across) % len(self._names) + 1)
        self._top = max(0, min(self._top + down, self._count - self._room))
        return True

    @property
    def _names(self) -> list[str]:
        return tab_names(self._desk.look(self._now()))

    def _show(self, tab: int) -> None:
        self.tab, self._top, self._count = tab, 0, 0

    def _meant(self, line: str) -> int | None:
        digit = line.strip()
        return int(digit) if len(digit) == 1 and digit in "123456" else None

    def takes(self, line: str) -> bool:
        tab = self._meant(line)
        if tab is not None:
            self._show(tab)
        return tab is not None

    def says(self, line: str) -> Echo | None:
        desk, tab = self._desk, self._meant(line)
        if not line.strip():
            return Echo(desk.say("screen.tab.idle"), desk.say("screen.tab.hint"))
        if tab is None:
            return None
        return Echo(desk.say("screen.tab.echo", name=self._names[tab - 1]), desk.say("screen.run_hint"))

    def back(self) -> bool:
        return False
