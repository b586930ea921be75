"""Which incident or unit is on screen, and how another comes there: arrows, boards, a number, Ctrl+G.

Owns moving between them; what is selected is the desk's, how it is drawn the workspace's.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from console.message import DetailRead
from console.store import GONE_INCIDENT, Store
from console.view.look import LATE, mark_of, pressing_clock
from console.widgets.board import Board

if TYPE_CHECKING:
    from console.app import ConsoleApp


class Choosing:
    """Whatever selects takes back a question that was asked about the incident before."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app, self._desk, self._store, self._screen = app, app.desk, app.store, app.workspace

    def select(self, number: int | None) -> None:
        if number is not None and number != self._desk.current:
            self._desk.select(number)
            self._app.runner.take_back()
            self._app.reading.want()
            self._app.echo_now()

    def open(self, number: int, line: str = "") -> None:
        """Put an incident on screen, whatever covers it; one that is not on the boards is fetched."""
        self._app.entry.step_aside(number)
        self._screen.uncover()
        if self._store.row_of(number) is None:
            self._app.reading.visit(number, line)
        else:
            self.select(number)

    def show_visited(self, event: DetailRead) -> None:
        """An incident that was asked for by number; reading it counts as opening it while it is open."""
        row = event.detail.incident
        if row.number not in self._store.incidents:
            self._desk.visit(row)
        self._screen.uncover()
        self.select(row.number)
        self._app.runner.take_back()
        self._app.echo_now()
        if event.line and not event.line[:1].isdigit():
            self._app.show_incident(row.number)
        if event.line:
            verb = "view" if row.status in GONE_INCIDENT else "open"
            self._app.runner.send(event.line, [self._desk.make(verb, {"incident": row.number})])

    def move(self, step: int) -> None:
        """Arrows on the boards."""
        desk, panes = self._desk, self._screen.panes
        self._screen.touched()
        if desk.pane == "units":
            desk.unit = panes.full.neighbour(step)
        else:
            self.select((panes.waiting if desk.pane == "waiting" else panes.active).neighbour(step))
        self._screen.refresh_all()

    def pick(self, event: Board.Picked) -> None:
        """A click on a row."""
        self._screen.touched()
        if isinstance(event.key, int):
            self.select(event.key)
        else:
            self._desk.unit = str(event.key)
        self._screen.refresh_all()

    def swap(self) -> None:
        """From the waiting board to the active one and back."""
        desk, panes = self._desk, self._screen.panes
        self._screen.uncover()
        board = panes.active if desk.pane == "waiting" else panes.waiting
        desk.pane = "active" if desk.pane == "waiting" else "waiting"
        self.select(board.keys[0] if board.keys else None)
        self._screen.refresh_all()

    def units(self) -> None:
        """The full unit board, and away again."""
        desk = self._desk
        if desk.pane == "units":
            self._screen.uncover()
            return
        signs = self._store.unit_signs()
        mine = [a for a in desk.signs() if a in self._store.units]
        desk.unit = desk.unit or (mine[0] if mine else (signs[0] if signs else None))
        self._screen.show_units()

    def unit(self, call_sign: str) -> None:
        """The full unit board with this one selected."""
        self._desk.unit = call_sign
        self._screen.show_units()

    def jump(self) -> None:
        """Ctrl+G: the next incident that needs somebody. A line half typed is about the one on screen: it stays."""
        app, say = self._app, self._desk.say
        self._screen.touched()
        if app.typed():
            app.result("screen.failed", say("screen.jump_typed"), good=None)
            return
        numbers = in_need(self._store, self._screen.now())
        if not numbers:
            app.result("screen.ok", say("screen.jump_none"), good=True)
            return
        at = numbers.index(self._desk.current) + 1 if self._desk.current in numbers else 0
        number = numbers[at % len(numbers)]
        self.open(number)
        self._screen.refresh_all()
        shown = self._desk.look(self._screen.now()).number(number)
        app.result("screen.ok", say("screen.jump", at=at % len(numbers) + 1, n=len(numbers), number=shown), good=True)


def in_need(store: Store, now: datetime) -> list[int]:
    """Who waits, the most urgent first and without what is held; then what is under way and overdue, likewise."""
    waiting = [number for number in store.waiting() if store.incidents[number].status != "held"]
    return [*waiting, *(number for number in store.active() if _is_late(store, number, now))]


def _is_late(store: Store, number: int, now: datetime) -> bool:
    clock = pressing_clock(store.incidents[number])
    return clock is not None and mark_of(clock, now) == LATE
