"""Panel 7: the control chart of hourly P90 processing, drawn with characters."""

from __future__ import annotations

from rich.style import Style

from console.view.cell import Line
from console.view.head import title
from console.view.look import LATE, Look
from console.view.wall.data import FEW, WallData
from dispatch.wire import ControlPoint, Load

SCALE = 6
"""Cells for the numbers on the left."""
NOTE = 12


def chart_block(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """Title, the plot, the hours, the signals; ``height`` lines."""
    heading = title(look.say("wall.chart"), "", look, width)
    load = data.load
    if load is None:
        return [heading, Line().add(look.say("wall.no_data"), look.palette.quiet)]
    if not load.points:
        return [heading, Line().add(look.say("wall.chart_none", needed=load.needed), look.palette.quiet)]
    plot = _plot(load, look, width, max(2, height - 3))
    return [heading, *plot, _hours(load.points, look, width), signal_line(load, look)]


def _plot(load: Load, look: Look, width: int, rows: int) -> list[Line]:
    """The highest row is the largest value or the upper limit, the lowest is zero."""
    palette = look.palette
    top = max([1.0, load.upper or 0.0, *(point.p90_s for point in load.points)])
    step = _step(load.points, width)
    levels = {
        _row(value, top, rows): f"{look.say(f'wall.{name}')} {value:.0f}"
        for name, value in (("lower", load.lower), ("mean", load.mean), ("upper", load.upper)) if value is not None
    }
    lines = []
    for row in range(rows):
        value = top * (rows - 1 - row) / (rows - 1)
        line = Line().add(f"{value:.0f}", palette.quiet, SCALE - 2, right=True).add(" |", palette.frame)
        ground = "-" if row in levels else " "
        for point in load.points:
            mark, style = _mark(point, look)
            here = _row(point.p90_s, top, rows) == row
            line.add(mark if here else ground, style if here else palette.frame)
            line.add(ground * (step - 1), palette.frame)
        lines.append(line.add(f" {levels[row]}" if row in levels else "", palette.quiet))
    return lines


def _row(value: float, top: float, rows: int) -> int:
    return rows - 1 - round(value / top * (rows - 1))


def _mark(point: ControlPoint, look: Look) -> tuple[str, Style]:
    """'*' a point, 'o' one of fewer than 20 cases, '!' one that stands out and can be trusted."""
    palette = look.palette
    if point.n < FEW:
        return ("O" if point.signals else "o"), palette.quiet
    return (LATE, palette.late) if point.signals else ("*", palette.strong)


def _step(points: list[ControlPoint], width: int) -> int:
    return max(1, min(4, (width - SCALE - NOTE) // max(1, len(points))))


def _hours(points: list[ControlPoint], look: Look, width: int) -> Line:
    """The hour below every point that has room for two digits."""
    step = _step(points, width)
    every = -(-3 // step)
    line = Line().add(" " * SCALE)
    for index, point in enumerate(points):
        if index % every == 0:
            line.fill(SCALE + index * step).add(f"{look.local(point.at):%H}", look.palette.quiet)
    return line


def signal_line(load: Load, look: Look) -> Line:
    """What stands out; a hint only where the points have too few cases."""
    palette = look.palette
    if load.mean is None:
        return Line().add(look.say("wall.chart_few", needed=load.needed, n=len(load.points)), palette.quiet)
    names = dict.fromkeys(name for point in load.points for name in point.signals)
    if not names:
        return Line().add(look.say("wall.no_signal"), palette.text)
    words = ", ".join(look.say(f"wall.signal.{name}") for name in names)
    line = Line()
    if all(point.n < FEW for point in load.points if point.signals):
        text = f"{look.say('wall.signals', what=words)} {look.say('wall.signal_few')}"
        return line.add(text, palette.quiet)
    return line.add(f"{LATE} {look.say('wall.signals', what=words)}", palette.late)
