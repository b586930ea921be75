"""F10: the district map and the list behind each of its cells. Owns which district is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from console.desk import Desk, Echo
from console.view.cell import Line, fold
from console.view.map import chosen_line, district_lines, legend_line, map_cells, map_lines, tallies
from console.view.place_cells import Cell, neighbour

NEAREST_WORDS = frozenset({"dekat", "terdekat", "near", "nearest"})
"""Typed on the map: the chosen district with its nearest ready units."""
BELOW = 4
"""Lines kept free under the map for the chosen district and the legend, so that it does not jump with their length."""


class MapPage:
    """Arrows choose, Enter lists, Esc goes back. Drawn from the store at every change."""

    tall = False

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk, self._now = desk, now
        self._chosen = self._first()
        self._listed = False
        self._cells: dict[str, Cell] = {}

    def _first(self) -> str:
        """The district of the incident on screen, else the first of the centre."""
        row, districts = self._desk.row, self._desk.store.centre.districts
        name = row.place.kecamatan.casefold() if row else ""
        return next((code for code, known in districts.items() if known.casefold() == name), min(districts, default=""))

    def title(self) -> str:
        desk = self._desk
        if not self._listed:
            return desk.say("screen.map.title")
        name = desk.store.centre.districts.get(self._chosen, "?")
        return desk.say("screen.map.district_title", code=self._chosen, name=name)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        look = self._desk.look(self._now())
        found = tallies(self._desk.store, look)
        if self._chosen not in found:
            self._chosen = self._first()
        if self._listed:
            return [row for line in district_lines(found, self._chosen, look, width) for row in fold(line, width, 8)]
        if not look.centre.districts:
            return [Line().add(look.say("screen.map.no_districts"), look.palette.warn)]
        below = [*fold(chosen_line(found[self._chosen], look), width, 2), *fold(legend_line(found, look), width, 2)]
        room = height - max(BELOW, len(below))
        self._cells = map_cells(look, width, room)
        drawn = map_lines(found, self._cells, look, width, self._chosen)
        gap = [Line()] * max(0, height - len(drawn) - len(below))
        return [*drawn, *gap, *below]

    def move(self, across: int, down: int) -> bool:
        if self._listed or self._chosen not in self._cells:
            return False
        self._chosen = neighbour(self._cells, self._chosen, across, down)
        return True

    def takes(self, line: str) -> bool:
        if self._listed or (line and line.casefold() not in NEAREST_WORDS):
            return False
        self._listed = bool(self._desk.store.centre.districts)
        return True

    def says(self, line: str) -> Echo | None:
        if self._listed or (line.strip() and line.strip().casefold() not in NEAREST_WORDS):
            return None
        desk = self._desk
        name = desk.store.centre.districts.get(self._chosen, "?")
        return Echo(desk.say("screen.map.echo", name=name), desk.say("screen.map.hint"))

    def back(self) -> bool:
        was, self._listed = self._listed, False
        return was
