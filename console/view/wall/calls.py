"""Panel 1: the telephone now and in the last sixty minutes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from rich.style import Style

from console.view.cell import Line
from console.view.head import title
from console.view.look import LATE, Look
from console.view.wall.data import HOUR, WallData
from console.view.wall.value import is_few, marked, style_of

QUEUE_LIMIT, OLDEST_LIMIT_S = 3, 15
CALL_KEYS = ("calls.within_15", "calls.within_10", "calls.answer", "calls.abandoned", "calls.noise", "calls.real")


@dataclass(frozen=True)
class Cell:
    """One number of the call line; a bad one carries '!' in its value besides its colour."""

    value: str
    style: Style


def call_cells(data: WallData, look: Look) -> list[Cell]:
    """Queue, oldest, the figures of ``CALL_KEYS``, operators."""
    palette, waiting = look.palette, data.store.ringing()
    oldest = look.now - waiting[0].rang_at if waiting else timedelta()
    states = Counter(person.state for person in data.store.operators.values())

    def now(text: str, bad: bool) -> Cell:
        return Cell(f"{text}{LATE if bad else ''}", palette.late if bad else palette.strong)

    cells = [
        now(str(len(waiting)), len(waiting) > QUEUE_LIMIT),
        now(look.span(oldest) if waiting else "-", oldest.total_seconds() > OLDEST_LIMIT_S),
    ]
    for key in CALL_KEYS:
        figure = data.figure(key, HOUR)
        text = marked(figure, look)
        if key == "calls.noise" and figure is not None and figure.n:
            text += f" n={figure.n}"
        cells.append(Cell(text, style_of(figure, look)))
    people = look.say("wall.operators", ready=states["ready"], busy=states["on_call"] + states["wrap_up"])
    return [*cells, Cell(people, palette.strong)]


def calls_block(data: WallData, look: Look, width: int) -> list[Line]:
    """Title, heads, values and targets: four lines."""
    palette, found = look.palette, call_cells(data, look)
    resting = sum(person.state == "break" for person in data.store.operators.values())
    heads = look.say("wall.call_heads").split("|")
    targets = look.say("wall.call_targets", rest=resting).split("|")
    rooms = _rooms(heads, found, targets, width - 1)
    rows = [Line().add(" ") for _ in range(3)]
    for head, cell, goal, room in zip(heads, found, targets, rooms, strict=True):
        rows[0].add(head, palette.quiet, room)
        rows[1].add(cell.value, cell.style, room)
        rows[2].add(goal, palette.quiet, room)
    return [_title(data, look, width), *rows]


def _rooms(heads: list[str], found: list[Cell], targets: list[str], width: int) -> list[int]:
    """What each column needs, and the rest shared out from the left."""
    need = [max(len(h), len(c.value), len(t)) + 1 for h, c, t in zip(heads, found, targets, strict=True)]
    spare = max(0, width - sum(need))
    return [room + spare // len(need) + (index < spare % len(need)) for index, room in enumerate(need)]


def _title(data: WallData, look: Look, width: int) -> Line:
    figure = data.figure("calls.within_15", HOUR)
    few = figure is not None and is_few(figure)
    return title(look.say("wall.calls_few" if few else "wall.calls"), "", look, width)


def calls_short(data: WallData, look: Look, width: int) -> list[Line]:
    """For 80 columns: title and two lines of four."""
    found = call_cells(data, look)
    kept = [*found[:7], found[8]]
    names = look.say("wall.call_short").split("|")
    lines = [_title(data, look, width)]
    for start in (0, 4):
        line = Line()
        for name, cell in zip(names[start : start + 4], kept[start : start + 4], strict=True):
            room = width // 4
            line.add(f"{name} ", look.palette.quiet).add(cell.value, cell.style, max(1, room - len(name) - 1))
        lines.append(line)
    return lines
