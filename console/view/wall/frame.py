"""The wall's header, its last line, and what holds blocks together."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip

from console.store import GONE_OPERATOR
from console.view.cell import Line
from console.view.head import KEPT, Marks, Part, centre_name, doubled_parts, fitted, mode_parts
from console.view.look import Look
from console.view.wall.data import WallData

WIDE = 110


def header(data: WallData, look: Look, width: int) -> Line:
    """Centre, every mode as on the console, moment, who is there, how old the figures are, what does not work.

    The modes and the time always stand; the frozen wall says so.
    """
    wide = width >= WIDE
    lead = [Part(look.palette.strong, ((30, f"112 {centre_name(look, 16 if wide else 8)}"), (KEPT, "112")))]
    on_paper = any(person.on_paper and person.state != GONE_OPERATOR for person in data.store.operators.values())
    modes = mode_parts(data.link, look, width, Marks(manual=on_paper))
    groups = fitted([lead, modes, _parts(data, look, wide=wide)],
                    [1, 0 if wide else 1, 2], width)
    line = Line()
    for parts, gap in zip(groups, (0, 0 if wide else 1, 2), strict=True):
        line.add(" " if wide and parts is groups[1] else "")
        for part in parts:
            line.add(" " * gap).add(part.text, part.style)
    return line


def _parts(data: WallData, look: Look, *, wide: bool) -> list[Part]:
    """In their order; the figures' age and who is there give way before what does not work."""
    palette, at = look.palette, look.local(look.now)
    day = look.say("screen.days").split()[at.weekday()]
    month = look.say("screen.months").split()[at.month - 1]
    time = f"{at:%H:%M:%S}"
    dates = ((5, f"{day} {at.day:02d} {month} {at:%Y} {time}"), (KEPT, time)) if wide else ((KEPT, time),)
    date = Part(palette.text, dates)
    if data.frozen_at is not None:
        since = look.say("wall.frozen", time=f"{look.local(data.frozen_at):%H:%M:%S}")
        return [Part(palette.stale, ((KEPT, since),)), date]
    parts = [Part(palette.title, ((2, look.say("wall.title")),))] if wide else []
    parts.append(date)
    busy = sum(1 for person in data.store.operators.values() if person.state != "break")
    parts.append(Part(palette.text, ((4, look.say("wall.seats", busy=busy, all=len(data.store.operators))),)))
    parts += doubled_parts(look)
    if data.failed:
        parts.append(Part(palette.offline, ((20, look.say("wall.stats_away")),)))
    if data.read_at is not None:
        parts.append(Part(palette.quiet, ((3, look.say("wall.data", time=f"{look.local(data.read_at):%H:%M:%S}")),)))
    bad = look.centre.degraded
    parts.append(Part(palette.warn, ((15, look.say("wall.sources_bad", n=len(bad))),)) if bad
                 else Part(palette.ok, ((1, look.say("wall.sources_ok")),)))
    return parts


def fit(text: str, width: int) -> str:
    """As many of the parts between ' | ' as there is room for."""
    parts = text.split(" | ")
    while len(parts) > 1 and len(" | ".join(parts)) > width:
        # The last one is the way back: it stays.
        del parts[-2]
    return " | ".join(parts)


def cut(line: Line, width: int) -> Line:
    """The line, or what fits of it."""
    if line.width <= width:
        return Line().extend(line)
    short = Line()
    short.segments = list(Strip(line.segments, line.width).crop(0, width))
    short.width = width
    return short


def beside(left: list[Line], right: list[Line], height: int, look: Look, width: int) -> list[Line]:
    """Two blocks with a bar between them; ``width`` cells for the left one, whose lines are cut there."""
    lines = []
    for index in range(height):
        line = cut(left[index], width) if index < len(left) else Line()
        line.fill(width).add("|", look.palette.frame)
        lines.append(line.extend(right[index]) if index < len(right) else line)
    return lines


def cells(parts: list[Line], width: int, height: int, size: int) -> list[Line]:
    """Short lines in columns of ``size`` cells; what does not fit in one is cut before the next."""
    across = max(1, width // size)
    lines = []
    for start in range(0, min(len(parts), across * height), across):
        line = Line()
        for index, part in enumerate(parts[start : start + across]):
            line.fill(index * size).extend(cut(part, size - 1))
        lines.append(line)
    return lines


def flow(parts: list[tuple[str, Style]], width: int) -> list[Line]:
    """Texts one after the other, two blanks between, on as many lines as they take; none is cut in two."""
    lines = [Line()]
    for text, style in parts:
        if lines[-1].width and lines[-1].width + 2 + len(text) > width:
            lines.append(Line())
        if lines[-1].width:
            lines[-1].add("  ")
        lines[-1].add(text, style)
    return lines
