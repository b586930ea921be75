"""The district map and what it knows of each district: load, worst priority, lateness, ready units. Pure.

A cell reads 'SLW*!4/5': code, worst priority that waits, lateness, incidents and ready units. Nothing is told by
colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rich.style import Style

from console.store import Store, live_assignments, rank_of
from console.view.cell import Line
from console.view.look import LATE, WARN, Look, mark_of, pressing_clock
from console.view.place_cells import Cell, place_cells
from console.view.row import GLYPHS, chip
from dispatch.wire import IncidentRow, UnitRow

COUNTS = 7
"""Cells behind the code: two marks, and 'nn/nn'."""
NEAREST = 8
"""Ready units of other districts that are listed."""
KM_A_DEGREE = 111.32


@dataclass
class Tally:
    """One district now. ``code`` '' collects what has no district of this centre."""

    code: str
    name: str
    waiting: list[IncidentRow] = field(default_factory=list)
    active: list[IncidentRow] = field(default_factory=list)
    units: list[UnitRow] = field(default_factory=list)
    late: str = " "

    @property
    def ready(self) -> list[UnitRow]:
        return [unit for unit in self.units if unit.status == "available"]

    @property
    def worst(self) -> str:
        """'*' a P1 waits, '(' a P2 waits."""
        rank = min(map(rank_of, self.waiting), default=5)
        return {1: "*", 2: "("}.get(rank, " ")

    @property
    def counts(self) -> str:
        """Open incidents and ready units; '?' when a unit there is lost."""
        lost = any(unit.status == "no_contact" for unit in self.units)
        ready = "?" if lost and not self.ready else f"{len(self.ready)}{'?' if lost else ''}"
        return f"{len(self.waiting) + len(self.active)}/{ready}"


def tallies(store: Store, look: Look) -> dict[str, Tally]:
    """By code; the last one, '', holds incidents and units of no known district."""
    found = {code: Tally(code, name) for code, name in look.centre.districts.items()}
    elsewhere = found.setdefault("", Tally("", ""))
    by_name = {tally.name.casefold(): tally for tally in found.values()}
    for numbers, waits in ((store.waiting(), True), (store.active(), False)):
        for number in numbers:
            row = store.incidents[number]
            tally = by_name.get(row.place.kecamatan.casefold(), elsewhere)
            (tally.waiting if waits else tally.active).append(row)
            tally.late = _worse(tally.late, _lateness(row, look))
    for sign in store.unit_signs():
        unit = store.units[sign]
        by_name.get(unit.kecamatan.casefold(), elsewhere).units.append(unit)
    return found


def _lateness(row: IncidentRow, look: Look) -> str:
    clock = pressing_clock(row)
    return mark_of(clock, look.now) if clock and row.status != "held" else " "


def _worse(before: str, after: str) -> str:
    return max(before, after, key=(" ", WARN, LATE).index) if after in (WARN, LATE) else before


# -- the map --------------------------------------------------------------------------------------------


def map_cells(look: Look, width: int, rows: int) -> dict[str, Cell]:
    """Where each district of the centre stands on ``width`` columns of text."""
    codes = tuple(sorted(look.centre.districts))
    columns = max(1, (width + 1) // (_cell_width(look) + 1))
    return place_cells(codes, tuple(sorted(look.centre.district_points.items())), columns, max(1, rows))


def _cell_width(look: Look) -> int:
    return max(map(len, look.centre.districts), default=3) + COUNTS


def map_lines(found: Mapping[str, Tally], cells: Mapping[str, Cell], look: Look, width: int, chosen: str) -> list[Line]:
    """The cells, every row as long as it must be."""
    at = {cell: code for code, cell in cells.items()}
    pitch = max(_cell_width(look) + 1, (width + 1) // (1 + max((column for _, column in at), default=0)))
    lines = []
    for row in range(1 + max((row for row, _ in at), default=-1)):
        line = Line()
        for column in sorted(column for its_row, column in at if its_row == row):
            line.fill(column * pitch)
            _add_cell(line, found[at[row, column]], look, chosen=at[row, column] == chosen)
        lines.append(line)
    return lines


def _add_cell(line: Line, tally: Tally, look: Look, *, chosen: bool) -> None:
    palette = look.palette
    calm = palette.text if tally.waiting or tally.active else palette.quiet
    marks = {"*": palette.p1_chip, "(": palette.p2}
    parts: list[tuple[str, Style]] = [
        (tally.code, palette.strong if tally.waiting or tally.active else palette.quiet),
        (tally.worst, marks.get(tally.worst, calm)),
        (tally.late, palette.late if tally.late == LATE else palette.warn),
        (tally.counts, palette.warn if tally.waiting and not tally.ready else calm),
    ]
    for text, style in parts:
        line.add(text, palette.cursor if chosen else style)


def chosen_line(tally: Tally, look: Look) -> Line:
    """The chosen district in words: who waits, how many are served, which units are ready."""
    palette = look.palette
    line = Line().add(f">{tally.code} {tally.name}", palette.strong)
    line.add("  ").add(look.say("screen.map.waiting", n=len(tally.waiting)),
                       palette.warn if tally.waiting else palette.quiet)
    for row in tally.waiting[:4]:
        text, style = chip(row, look)
        line.add(" ").add(f"{text.strip()}{look.number(row.number)}", style)
    line.add("  ").add(look.say("screen.map.active", n=len(tally.active)), palette.text)
    signs = " ".join(unit.call_sign for unit in tally.ready) or "-"
    line.add("  ").add(look.say("screen.map.ready", units=signs), palette.ready if tally.ready else palette.quiet)
    return line


def legend_line(found: Mapping[str, Tally], look: Look) -> Line:
    """What the marks mean, and what stands on no district."""
    elsewhere = found[""]
    lost = len(elsewhere.waiting) + len(elsewhere.active)
    line = Line()
    if lost:
        line.add(look.say("screen.map.elsewhere", n=lost), look.palette.warn).add("  ")
    if not look.centre.district_points:
        line.add(look.say("screen.map.no_points"), look.palette.warn).add("  ")
    return line.add(look.say("screen.map.legend"), look.palette.quiet)


# -- one district ---------------------------------------------------------------------------------------


def district_lines(found: Mapping[str, Tally], code: str, look: Look, width: int) -> list[Line]:
    """All open incidents of a district, its units, and the nearest ready ones of other districts."""
    tally, palette = found[code], look.palette
    rows = [*tally.waiting, *tally.active]
    lines = [Line().add(look.say("screen.map.incidents", n=len(rows)), palette.title)]
    lines += [_incident_line(row, look, width) for row in rows] or [_none(look)]
    lines.append(Line().add(look.say("screen.map.units", n=len(tally.units)), palette.title))
    lines += [_unit_line(unit, look) for unit in tally.units] or [_none(look)]
    return [*lines, *nearest_lines(found, code, look)]


def nearest_lines(found: Mapping[str, Tally], code: str, look: Look) -> list[Line]:
    """Ready units elsewhere, by the distance between the middles of the districts; without points none is nearer."""
    palette = look.palette
    lines = [Line().add(look.say("screen.map.nearest"), palette.title)]
    near = nearest_units(found, code, look.centre.district_points)
    for away, unit in near[:NEAREST]:
        line = Line().add(f"  {away:5.1f} km  ", palette.text).add(unit.call_sign, palette.ready, 5)
        line.add(look.agency(unit.agency), palette.text, 8).add(" ").add(look.district(unit.kecamatan), palette.text, 4)
        lines.append(line.add(unit.base or unit.name, palette.quiet))
    return lines if near else [*lines, _none(look)]


def nearest_units(
    found: Mapping[str, Tally], code: str, points: Mapping[str, tuple[float, float]]
) -> list[tuple[float, UnitRow]]:
    """Kilometres as the crow flies between the middles, and the unit; nearest first."""
    here = points.get(code)
    if here is None:
        return []
    away = [
        (_km(here, points[other]), unit)
        for other, tally in found.items() if other != code and other in points for unit in tally.ready
    ]
    return sorted(away, key=lambda item: (item[0], item[1].call_sign))


def _km(one: tuple[float, float], other: tuple[float, float]) -> float:
    north = (one[0] - other[0]) * KM_A_DEGREE
    east = (one[1] - other[1]) * KM_A_DEGREE * math.cos(math.radians((one[0] + other[0]) / 2))
    return math.hypot(north, east)


def _none(look: Look) -> Line:
    return Line().add("  -", look.palette.quiet)


def _incident_line(row: IncidentRow, look: Look, width: int) -> Line:
    """What it is and where takes what the rest leaves."""
    palette, late = look.palette, _lateness(row, look)
    text, style = chip(row, look)
    line = Line().add(" ").add(text, style).add(" ").add(look.number(row.number), palette.strong).add(" ")
    line.add(look.type_short(row.type), palette.priorities[rank_of(row)], 3).add(" ")
    line.add(look.type_words(row), palette.text, 14).add(" ")
    line.add(look.place(row.place), palette.text, max(16, min(40, width - line.width - 27))).add(" ")
    line.add(look.word("status", row.status), palette.text, 7).add(" ").add(look.since(row.opened_at), palette.text, 6)
    line.add(late, palette.late if late == LATE else palette.warn).add(" ")
    signs: Sequence[str] = [a.unit or look.agency(a.agency) for a in live_assignments(row)]
    return line.add(" ".join(signs), palette.text)


def _unit_line(unit: UnitRow, look: Look) -> Line:
    palette = look.palette
    style = palette.ready if unit.status == "available" else palette.text
    line = Line().add("  ").add(unit.call_sign, palette.strong, 5).add(GLYPHS.get(unit.status, " "), style).add(" ")
    line.add(look.word("unit", unit.status), style, 8).add(look.since(unit.since), palette.text, 6).add(" ")
    line.add(look.number(unit.incident) if unit.incident else "-", palette.text, 6).add(" ")
    return line.add(look.agency(unit.agency), palette.text, 6).add(" ").add(unit.note or unit.base, palette.quiet)
