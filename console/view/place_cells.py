"""Where each district stands on a map of text cells: by the middle of its area, north up, none on another. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

Cell = tuple[int, int]
"""Row and column, counted from the north-west."""
Point = tuple[float, float]
"""Latitude, longitude."""


@lru_cache(maxsize=16)
def place_cells(
    codes: tuple[str, ...], points: tuple[tuple[str, Point], ...], columns: int, rows: int
) -> dict[str, Cell]:
    """A cell for every code. Those without a point stand in code order below the map, or alone are the map.

    More rows than ``rows`` are used where the codes would not fit otherwise.
    """
    known = {code: point for code, point in points if code in codes}
    rest = sorted(set(codes) - known.keys())
    below = -(-len(rest) // columns)
    height = max(1, rows - below, -(-len(known) // columns))
    cells = _settle(_ideal(known, columns, height), columns, height) if known else {}
    first = height if known else 0
    return cells | {code: (first + index // columns, index % columns) for index, code in enumerate(rest)}


def _ideal(points: Mapping[str, Point], columns: int, rows: int) -> dict[str, Point]:
    """The exact spot of each, in rows and columns; the outermost touch the edges."""
    lats, lons = [lat for lat, _ in points.values()], [lon for _, lon in points.values()]
    tall, wide = max(lats) - min(lats) or 1.0, max(lons) - min(lons) or 1.0
    return {
        code: ((max(lats) - lat) / tall * (rows - 1), (lon - min(lons)) / wide * (columns - 1))
        for code, (lat, lon) in sorted(points.items())
    }


def _settle(ideal: Mapping[str, Point], columns: int, rows: int) -> dict[str, Cell]:
    """The nearest free cell each, then trading places for as long as that brings the whole nearer."""
    free = [(row, column) for row in range(rows) for column in range(columns)]
    cells: dict[str, Cell] = {}
    for code in sorted(ideal, key=lambda code: (_away(ideal[code], _rounded(ideal[code])), code)):
        cells[code] = min(free, key=lambda cell: (_away(ideal[code], cell), cell))
        free.remove(cells[code])
    while _trade(ideal, cells, free):
        pass
    return cells


def _trade(ideal: Mapping[str, Point], cells: dict[str, Cell], free: list[Cell]) -> bool:
    """One round of trades with another district or a free cell; whether anything was gained."""
    gained = False
    names: Sequence[str] = sorted(cells)
    for code in names:
        for other in names:
            now = _away(ideal[code], cells[code]) + _away(ideal[other], cells[other])
            if _away(ideal[code], cells[other]) + _away(ideal[other], cells[code]) < now - 1e-9:
                cells[code], cells[other] = cells[other], cells[code]
                gained = True
        best = min(free, key=lambda cell: (_away(ideal[code], cell), cell), default=cells[code])
        if _away(ideal[code], best) < _away(ideal[code], cells[code]) - 1e-9:
            free.remove(best)
            free.append(cells[code])
            cells[code], gained = best, True
    return gained


def _rounded(spot: Point) -> Cell:
    return round(spot[0]), round(spot[1])


def _away(spot: Point, cell: Cell) -> float:
    return (spot[0] - cell[0]) ** 2 + (spot[1] - cell[1]) ** 2


def neighbour(cells: Mapping[str, Cell], code: str, across: int, down: int) -> str:
    """The next district in a direction: near first, then straight ahead; itself at the edge."""
    row, column = cells[code]
    ahead = []
    for other, (its_row, its_column) in cells.items():
        along = (its_column - column) * across + (its_row - row) * down
        aside = abs((its_row - row) * across) + abs((its_column - column) * down)
        if along > 0:
            ahead.append((along + 2 * aside, aside, other))
    return min(ahead)[2] if ahead else code
