"""The boards of the workspace and what they draw. Owns which rows are in which pane."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime

from rich.style import Style

from console.desk import Desk
from console.view import row as rows
from console.view.cell import Line
from console.view.look import Look
from console.widgets.board import Board


class Panes:
    """Waiting, active, and the units twice: beside the incidents and as the full board."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self.desk, self._now = desk, now
        self._look_cache: tuple[Hashable, Look] | None = None
        self._late: frozenset[str] = frozenset()
        self._late_at: Hashable = None
        self.waiting: Board[int] = Board(
            self._waiting_row, self._incident_token, lambda width: rows.waiting_clock(self.look(), width),
            lambda: self._note("screen.nothing_waiting"), self._under, id="waiting",
        )
        self.active: Board[int] = Board(
            self._active_row, self._incident_token, lambda width: rows.active_clock(self.look(), width),
            lambda: self._note("screen.nothing_active"), self._under, id="active",
        )
        self.units = self._unit_board("units")
        self.full = self._unit_board("full")

    def _unit_board(self, name: str) -> Board[str]:
        return Board(
            self._unit_row, self._unit_token, lambda width: rows.unit_clock(self.look(), width),
            lambda: self._note("screen.no_units"), self._under, id=name,
        )

    def look(self) -> Look:
        """One look a second is enough for everything that is drawn within it."""
        now = self._now().replace(microsecond=0)
        token = (now, self.desk.lang, self.desk.palette.name, id(self.desk.store.centre))
        if self._look_cache is None or self._look_cache[0] != token:
            self._look_cache = (token, self.desk.look(now))
        return self._look_cache[1]

    # -- filling ------------------------------------------------------------------------------------

    def fill(self, now: datetime, *, hold: bool) -> None:
        """Give every board its rows; with ``hold`` none that is on the screen moves."""
        desk = self.desk
        self.waiting.show(desk.waiting(now), hold=hold)
        self.active.show(desk.active(now), hold=hold)
        self.waiting.select(desk.current)
        self.active.select(desk.current)
        for board in (self.units, self.full):
            board.show(desk.store.unit_signs(), hold=hold)
        self.units.select(None)
        self.full.select(desk.unit)

    def tick(self) -> None:
        for board in (self.waiting, self.active, self.units, self.full):
            board.tick()

    @property
    def late(self) -> frozenset[str]:
        """Call signs whose clock has run out; looked up once a second, whatever the feed does."""
        now = self.look().now
        if self._late_at != now:
            store = self.desk.store
            self._late = rows.late_units([store.incidents[n] for n in store.active()], now)
            self._late_at = now
        return self._late

    # -- drawing ------------------------------------------------------------------------------------

    def _incident_token(self, number: int) -> tuple[object, object]:
        store = self.desk.store
        row = store.incidents.get(number)
        return (row, store.is_in_waiting(number), self.desk.lang, store.centre.mode), self.look().now

    def _unit_token(self, sign: str) -> tuple[object, object]:
        store = self.desk.store
        return (store.units.get(sign), sign in self.late, self.desk.lang, store.centre.mode), self.look().now

    def _waiting_row(self, number: int, width: int, selected: bool) -> Line | None:
        row = self.desk.store.incidents.get(number)
        if row is None or not self.desk.store.is_in_waiting(number):
            return None
        return rows.waiting_row(row, self.look(), width, selected=selected)

    def _active_row(self, number: int, width: int, selected: bool) -> Line | None:
        row = self.desk.store.incidents.get(number)
        if row is None or self.desk.store.is_in_waiting(number):
            return None
        return rows.active_row(row, self.look(), width, selected=selected)

    def _unit_row(self, sign: str, width: int, selected: bool) -> Line | None:
        row = self.desk.store.units.get(sign)
        return rows.unit_row(row, self.look(), width, selected=selected, late=sign in self.late) if row else None

    def waiting_heads(self, width: int) -> Line:
        return rows.waiting_heads(self.look(), width)

    def active_heads(self, width: int) -> Line:
        return rows.active_heads(self.look(), width)

    def unit_heads(self, width: int) -> Line:
        return rows.unit_heads(self.look(), width)

    def chips(self, width: int, height: int) -> list[Line]:
        store = self.desk.store
        units = [store.units[sign] for sign in store.unit_signs()]
        return rows.chip_lines(units, self.late, self.look(), width, height)

    def bar(self, line: int) -> Line:
        return Line().add("|", self.desk.palette.frame)

    def _note(self, key: str) -> Line:
        """An empty list is only called empty once the server has been heard."""
        if not self.desk.store.ready:
            return Line().add("  ").add(self.desk.say("screen.connecting"), self.desk.palette.warn)
        return Line().add("  ").add(self.desk.say(key), self.desk.palette.quiet)

    def _under(self, selected: bool) -> Style:
        return self.desk.palette.selected if selected else self.desk.palette.base
