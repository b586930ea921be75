"""The cases behind a figure, one incident's chronology, and the pages of definitions. Pure."""

from __future__ import annotations

from textwrap import wrap

from console.labels import label_or
from console.store import RANKS
from console.view.cell import Line, fold
from console.view.chronology import actor_name, told
from console.view.head import title
from console.view.look import CHIPS, Look
from console.view.wall.data import WallData
from console.view.wall.frame import header
from console.view.wall.value import number
from console.view.wall.zoom import CURSOR, definition, figure_name
from dispatch.wire import CaseRow, Cases, IncidentDetail

LIVE_DEFINITIONS = ("risk", "cover", "load", "heat", "chart", "consoles", "alarm_rate", "live")
COLUMNS = (8, 15, 4, 6, 5, 10, 14)
MOMENT, ACTOR = 15, 10
"""Cells of a line of the chronology before its words."""


def case_lines(
    data: WallData, look: Look, cases: Cases | None, name: str, cursor: int, width: int, height: int
) -> list[Line]:
    """The list around the cursor; the last line is the caller's."""
    palette = look.palette
    lines = [header(data, look, width), title(name, "", look, width)]
    if cases is None:
        return _filled([*lines, Line().add(look.say("wall.loading"), palette.quiet)], height)
    if not cases.cases:
        return _filled([*lines, Line().add(look.say("wall.no_cases"), palette.quiet)], height)
    key = "wall.all_seen" if cases.n == len(cases.cases) else "wall.some_seen"
    lines.append(Line().add(look.say(key, n=cases.n, shown=len(cases.cases)), palette.quiet))
    heads = look.say("wall.case_columns").split("|")
    line = Line().add("  ")
    for head, room in zip(heads, COLUMNS, strict=False):
        line.add(head, palette.quiet, room)
    lines.append(line.add(heads[-1], palette.quiet))
    room = max(1, height - 1 - len(lines))
    first = max(0, min(cursor - room // 2, len(cases.cases) - room))
    for index, case in enumerate(cases.cases[first : first + room], first):
        lines.append(Line().add(CURSOR if index == cursor else "  ", palette.strong).extend(case_line(case, look)))
    return _filled(lines, height)


def case_line(case: CaseRow, look: Look) -> Line:
    palette, rank = look.palette, RANKS.get(case.severity or "", 5)
    name = look.number(case.number) if case.number is not None else f"#{case.call or '-'}"
    line = Line().add(name, palette.strong, COLUMNS[0]).add(f"{look.local(case.at):%d/%m %H:%M:%S}", palette.text, 15)
    line.add(CHIPS[rank], palette.p1_chip if rank == 1 else palette.priorities[rank]).add(" ")
    line.add(look.type_short(case.type) if case.type else "", palette.text, COLUMNS[3])
    line.add(look.district(case.kecamatan) or "-", palette.text, COLUMNS[4])
    line.add(number(case.value, look), palette.strong, COLUMNS[5] - 2, right=True).add("  ")
    state = label_or(f"label.status.{case.status}", look.lang, case.status)
    return line.add(state, palette.text, COLUMNS[6]).add(case.subject, palette.quiet)


def chronicle_lines(detail: IncidentDetail, look: Look, width: int) -> list[Line]:
    """One incident from its newest line to its oldest."""
    row, palette = detail.incident, look.palette
    state = look.word("status", row.status)
    words = f"{look.number(row.number)} {look.type_words(row)} | {look.place(row.place)} | {state}"
    lines = [Line().add(words, palette.strong)]
    for entry in detail.timeline:
        line = Line().add(f"{look.local(entry.at):%d/%m %H:%M:%S} ", palette.quiet)
        line.add(actor_name(entry.actor, look), palette.text, ACTOR)
        lines.append(line.add(" ").add(told(entry, look), palette.text))
    return [row for line in lines for row in fold(line, width, MOMENT + ACTOR + 1)]


def define_lines(data: WallData, look: Look, width: int) -> list[Line]:
    """Every figure of the server with its definition, then what is counted live."""
    keys = list(dict.fromkeys(figure.key for figure in (data.today.figures if data.today else [])))
    entries = [(figure_name(key, look), definition(key, look)) for key in keys]
    entries += [("", definition(key, look)) for key in LIVE_DEFINITIONS]
    lines = [Line().add(part, look.palette.title) for part in wrap(look.say("wall.define.method"), width)]
    for name, text in entries:
        for index, part in enumerate(wrap(text, max(30, width - 32))):
            line = Line().add(name if index == 0 else "", look.palette.strong, 30).add("  ")
            lines.append(line.add(part, look.palette.text))
    return lines


def text_page(
    data: WallData, look: Look, name: str, lines: list[Line], top: int, width: int, height: int
) -> list[Line]:
    """Lines from ``top`` on; the last line is the caller's."""
    head = [header(data, look, width), title(name, "", look, width)]
    return _filled([*head, *lines[top : top + height - 3]], height)


def _filled(lines: list[Line], height: int) -> list[Line]:
    return [*lines[: height - 1], *[Line() for _ in range(height - 1 - len(lines))]]
