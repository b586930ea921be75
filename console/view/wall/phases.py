"""Panel 2: how long the steps took, against published standards and our own limits."""

from __future__ import annotations

from console.view.cell import Line
from console.view.head import title
from console.view.look import Look
from console.view.wall.data import WallData
from console.view.wall.value import is_few, marked, number, status, style_of
from dispatch.wire import Figure

NAME, N, TIME, GOAL, OURS = 23, 5, 7, 6, 6
ROWS = (
    ("answer", "calls.answer", "met.answer"), ("processing", "phase.processing", "met.dispatch"),
    ("turnout", "phase.turnout", "met.turnout"), ("travel", "phase.travel", "met.travel"),
    ("total", "phase.total", ""), ("total_p1", "phase.total_p1", ""),
)
"""Word, the figure, and the share of our own clocks of that step that met their limit."""


def phases_block(data: WallData, look: Look, width: int) -> list[Line]:
    """Title, heads and one line a step."""
    heads = look.say("wall.phase_columns").split("|")
    quiet = look.palette.quiet
    line = Line().add(heads[0], quiet, NAME)
    for head, room in zip(heads[1:7], (N, TIME, TIME, TIME, GOAL, OURS), strict=True):
        line.add(head, quiet, room, right=True)
    line.add(" ").add(heads[7], quiet)
    lines = [title(look.say("wall.phases", period=data.period(look)), "", look, width), line]
    return lines + [_phase(word, data.figure(key), data.figure(met) if met else None, look) for word, key, met in ROWS]


def _phase(word: str, figure: Figure | None, met: Figure | None, look: Look) -> Line:
    palette = look.palette
    line = Line().add(look.say(f"wall.phase.{word}"), palette.text, NAME)
    if figure is None or not figure.n:
        return line.add("0", palette.quiet, N, right=True).add("   " + look.say("wall.no_data"), palette.quiet)
    style = palette.quiet if is_few(figure) else palette.text
    line.add(str(figure.n), style, N, right=True)
    for value in (figure.p50, figure.p90, figure.p95):
        text = number(value, look)
        line.add(f"({text})" if is_few(figure) else text, style, TIME, right=True)
    line.add(number(figure.target, look), palette.quiet, GOAL, right=True)
    line.add(marked(met, look), style_of(met, look, palette.text), OURS, right=True).add(" ")
    return line.add(*status(figure, look))
