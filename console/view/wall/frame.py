"""The wall's header, its last line, and what holds blocks together."""

from __future__ import annotations

from rich.style import Style
from textual.strip import Strip

from console.view.cell import Line
from console.view.head import centre_name, mode_chip
from console.view.look import Look
from console.view.wall.data import WallData

WIDE = 110


def header(data: WallData, look: Look, width: int) -> Line:
    """Centre, mode, moment, who is there, how old the figures are, what does not work; the frozen wall says so."""
    palette = look.palette
    line = Line().add(f"112 {centre_name(look, 16)} ", palette.strong)
    text, style = mode_chip(data.link, look)
    line.add(f"[{text}]", style).add(" ")
    for text, part_style in _parts(data, look, wide=width >= WIDE):
        if line.width + len(text) + 2 <= width:
            line.add(" ").add(text, part_style).add(" ")
    return line


def _parts(data: WallData, look: Look, *, wide: bool) -> list[tuple[str, Style]]:
    palette, at = look.palette, look.local(look.now)
    day = look.say("screen.days").split()[at.weekday()]
    month = look.say("screen.months").split()[at.month - 1]
    date = f"{day} {at.day:02d} {month} {at:%Y %H:%M:%S}"
    if data.frozen_at is not None:
        since = look.say("wall.frozen", time=f"{look.local(data.frozen_at):%H:%M:%S}")
        return [(since, palette.stale), (date if wide else f"{at:%H:%M:%S}", palette.text)]
    parts: list[tuple[str, Style]] = [(look.say("wall.title"), palette.title)] if wide else []
    parts.append((date if wide else f"{at:%H:%M:%S}", palette.text))
    busy = sum(1 for person in data.store.operators.values() if person.state != "break")
    parts.append((look.say("wall.seats", busy=busy, all=len(data.store.operators)), palette.text))
    if data.failed:
        parts.append((look.say("wall.stats_away"), palette.offline))
    if data.read_at is not None:
        parts.append((look.say("wall.data", time=f"{look.local(data.read_at):%H:%M:%S}"), palette.quiet))
    if data.today is not None and data.today.truncated:
        parts.append((look.say("wall.cut", what=" ".join(data.today.truncated)), palette.warn))
    bad = look.centre.degraded
    parts.append((look.say("wall.sources_bad", n=len(bad)), palette.warn) if bad
                 else (look.say("wall.sources_ok"), palette.ok))
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
