"""One panel in full: every figure with n, percentiles and target, a cursor, and what the chosen one means. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from textwrap import wrap

from console.view.cell import Line, fold
from console.view.head import title
from console.view.look import LATE, Look
from console.view.row import unit_style
from console.view.wall.chart import chart_block, signal_line
from console.view.wall.data import FEW, HOUR, TODAY, WallData
from console.view.wall.districts import district_code, total_minutes
from console.view.wall.frame import header
from console.view.wall.load import hour_line, staffing_line
from console.view.wall.quality import alarm_ack, alarm_rate, machine, proofs
from console.view.wall.risk import counts_line, risk_line, risks
from console.view.wall.units import agency_name, free_in, judge_cover, units_block
from console.view.wall.value import is_few, number, shown, status, style_of, target
from dispatch.wire import Figure, Stats

CURSOR = "> "
ROOMS = {True: (37, 11, 8, 9), False: (29, 9, 6, 7)}
"""Cells for name, value, a percentile and the target, on a screen of 100 columns or more and on a narrow one. The
longest name of the catalogue fits with the words of its hour."""
ROOMY = 100
PLOT = 14
ALL = 1000
"""Lines enough for every agency."""


@dataclass(frozen=True)
class Ask:
    """Which cases of which figure, in which window."""

    figure: str
    since: datetime
    until: datetime
    query: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A line the cursor can stand on. ``define`` names its definition; Enter asks ``ask`` or opens ``number``."""

    line: Line
    define: str
    ask: Ask | None = None
    number: int | None = None


@dataclass(frozen=True)
class Panel:
    """``top`` stands above and does not move, ``entries`` scroll with the cursor."""

    top: list[Line]
    entries: list[Entry]


def zoom_lines(data: WallData, look: Look, panel: Panel, name: str, cursor: int, width: int, height: int) -> list[Line]:
    """Header, title, the panel around the cursor, the definition of the chosen line; the last line is the caller's."""
    told = _told(panel, cursor, look, width)
    heading = title(f"{name} {look.say(f'wall.panel.{name}')} | {_when(name, data, look)}", "", look, width)
    room = max(1, height - 3 - len(panel.top) - len(told))
    first = max(0, min(cursor - room // 2, len(panel.entries) - room))
    shown_ = [
        Line().add(CURSOR if index == cursor else "  ", look.palette.strong).extend(entry.line)
        for index, entry in enumerate(panel.entries[first : first + room], first)
    ] or [Line().add("  " + look.say("wall.no_data"), look.palette.quiet)]
    body = [heading, *panel.top, *shown_]
    return [header(data, look, width), *body, *[Line() for _ in range(height - 2 - len(body) - len(told))], *told]


def _when(name: str, data: WallData, look: Look) -> str:
    """Live panels know no period, those by hour have their own."""
    if name in "34":
        return look.say("wall.live_now")
    return look.say("wall.last_day") if name in "57" else data.period(look)


def _told(panel: Panel, cursor: int, look: Look, width: int) -> list[Line]:
    """The definition of the line under the cursor."""
    define = panel.entries[cursor].define if cursor < len(panel.entries) else ""
    if not define:
        return []
    parts = wrap(definition(define, look), width - 2) + wrap(look.say("wall.define.method"), width - 2)
    return [title("?", "", look, width), *(Line().add("  " + part, look.palette.text) for part in parts)]


def definition(key: str, look: Look) -> str:
    """What a figure is; those of the single clocks share one text."""
    family, _, _ = key.partition(".")
    name = family if family in ("clock", "met") else key.replace(".", "_")
    return look.say(f"wall.define.{name}")


def figure_name(key: str, look: Look) -> str:
    return look.say(f"wall.figure.{key.replace('.', '_')}")


def build_panel(name: str, data: WallData, look: Look, width: int, height: int) -> Panel:
    """The panel behind one of the keys 1-8."""
    builders: dict[str, Callable[[WallData, Look, int, int], Panel]] = {
        "1": _calls, "2": _phases, "3": _risks, "4": _units, "5": _load, "6": _places, "7": _chart, "8": _quality,
    }
    return builders[name](data, look, width, height)


# -- figures ----------------------------------------------------------------------------------------------


def _heads(look: Look, width: int) -> Line:
    heads = look.say("wall.zoom_columns").split("|")
    name, amount, small, goal = ROOMS[width >= ROOMY]
    line = Line().add("  ").add(heads[0], look.palette.quiet, name)
    line.add(heads[1], look.palette.quiet, amount, right=True)
    for head in heads[2:6]:
        line.add(head, look.palette.quiet, small, right=True)
    return line.add(heads[6], look.palette.quiet, goal, right=True).add("  ").add(heads[7], look.palette.quiet)


def _figure_line(words: str, figure: Figure, look: Look, width: int) -> Line:
    palette = look.palette
    name, amount, small, goal = ROOMS[width >= ROOMY]
    line = Line().add(words, palette.text, name).add(shown(figure, look), style_of(figure, look), amount, right=True)
    line.add(str(figure.n), palette.text, small, right=True)
    for value in (figure.p50, figure.p90, figure.p95):
        text = "" if figure.unit != "s" else number(value, look)
        text = f"({text})" if text not in ("", "-") and is_few(figure) else text
        line.add(text, palette.quiet if is_few(figure) else palette.text, small, right=True)
    line.add(target(figure, look), palette.quiet, goal, right=True).add("  ")
    return line.add(*status(figure, look))


def _figures(data: WallData, look: Look, span: str, keys: Sequence[str], width: int) -> list[Entry]:
    """The figures whose key begins with one of ``keys``, in the server's order."""
    stats = data.stats(span)
    if stats is None:
        return []
    found = [figure for figure in stats.figures if figure.key.startswith(tuple(keys))]
    hour = look.say("wall.of_hour" if width >= ROOMY else "wall.of_hour_short")
    before = f"{hour}: " if span == HOUR else ""
    return [
        Entry(_figure_line(before + figure_name(f.key, look), f, look, width), f.key, _ask(f.key, stats, data))
        for f in found
    ]


def _ask(key: str, stats: Stats, data: WallData, **also: str) -> Ask:
    """Exactly the window the figure was counted in."""
    return Ask(key, stats.from_, stats.to, {**data.narrow.query, **also})


def _calls(data: WallData, look: Look, width: int, height: int) -> Panel:
    entries = [*_figures(data, look, HOUR, ["calls."], width), *_figures(data, look, TODAY, ["calls."], width)]
    return Panel([_heads(look, width)], entries)


def _phases(data: WallData, look: Look, width: int, height: int) -> Panel:
    keys = ["calls.answer", "phase.", "met.", "clock."]
    return Panel([_heads(look, width)], [one for key in keys for one in _figures(data, look, TODAY, [key], width)])


def _quality(data: WallData, look: Look, width: int, height: int) -> Panel:
    top = []
    if data.today is not None:
        parts = [
            alarm_rate(data, look), alarm_ack(data, look), *machine(data.today, look), *proofs(look),
        ]
        top = [Line().add("  ").add(*part) for part in parts]
        causes = " | ".join(f"{_cause(cause, look)} {n}" for cause, n in data.today.alarm_causes.items())
        told = Line().add("  " + look.say("wall.causes", what=causes), look.palette.quiet)
        top += fold(told, width, 4) if causes else []
    return Panel([*top, _heads(look, width)], _figures(data, look, TODAY, ["quality.", "alarms.", "system."], width))


def _cause(cause: str, look: Look) -> str:
    """'clock_warned:dispatch' as words: what happened, and to which clock."""
    kind, _, phase = cause.partition(":")
    words = look.word_or("label.alarm", kind)
    return f"{words} {look.word_or('label.phase', phase)}" if phase else words


# -- live rows --------------------------------------------------------------------------------------------


def _risks(data: WallData, look: Look, width: int, height: int) -> Panel:
    entries = [Entry(risk_line(item, look), "risk", number=item[1].number) for item in risks(data.store, look)]
    return Panel([counts_line(data, look)], entries)


def _units(data: WallData, look: Look, width: int, height: int) -> Panel:
    """By agency above, then each minimum of a district, then every unit."""
    palette = look.palette
    top = units_block(data, look, width, ALL)[1:]
    entries = []
    for rule in look.centre.cover:
        free = free_in(data, rule)
        line = Line().add(agency_name(rule.agency, look), palette.text, 15)
        line.add(rule.kecamatan or "-", palette.text, 16).add(f"{free}/{rule.minimum}", palette.text, 8)
        entries.append(Entry(line.add(*judge_cover(free, rule.minimum, look)), "cover"))
    for sign in data.store.unit_signs():
        unit = data.store.units[sign]
        line = Line().add(sign, palette.strong, 8).add(look.word("unit", unit.status), unit_style(unit.status, look), 9)
        line.add(look.since(unit.since), palette.text, 8).add(agency_name(unit.agency, look), palette.quiet, 15)
        line.add(look.district(unit.kecamatan), palette.quiet, 5)
        line.add(str(unit.incident or ""), palette.text, 6).add(unit.note, palette.quiet)
        entries.append(Entry(line, "cover", number=unit.incident))
    return Panel(top, entries)


# -- hours and districts -----------------------------------------------------------------------------------


def _load(data: WallData, look: Look, width: int, height: int) -> Panel:
    load = data.load
    if load is None or not load.hours:
        why = "wall.no_data" if load is None else "wall.no_calls"
        return Panel([Line().add("  " + look.say(why), look.palette.quiet)], [])
    top = [Line().add("  ").extend(staffing_line(load, look))]
    if load.handling_assumed:
        top.append(Line().add("  " + look.say("wall.assumed_note", n=load.handling_n), look.palette.quiet))
    entries = []
    for hour in reversed(load.hours):
        line = hour_line(hour, load, look, min(width, 70)).fill(54)
        if hour.forecast is not None:
            line.add(f"{look.say('wall.weeks', n=hour.weeks)}", look.palette.quiet, 11)
            line.add(f"-> {hour.seats}", look.palette.text)
        ask = Ask("calls.offered", hour.at, hour.at + timedelta(hours=1)) if hour.calls else None
        entries.append(Entry(line, "load", ask))
    return Panel(top, entries)


def _places(data: WallData, look: Look, width: int, height: int) -> Panel:
    stats = data.today
    if stats is None:
        return Panel([], [])
    palette, entries = look.palette, []
    for item in stats.heat:
        line = Line().add(district_code(item, look), palette.strong, 5).add(item.kecamatan, palette.text, 16)
        line.add(str(item.n), palette.text, 6, right=True)
        line.add(f"P90 {total_minutes(item)}", palette.quiet if item.arrived < FEW else palette.text, 12, right=True)
        line.add(f"n={item.arrived}", palette.quiet, 8, right=True).add("  ")
        line.add(f"{LATE} {item.late}" if item.late else "", palette.late)
        entries.append(Entry(line, "heat", _ask("quality.late", stats, data, kecamatan=item.kecamatan)))
    for code, n in stats.types.items():
        line = Line().add(look.type_short(code), palette.strong, 5)
        known = look.centre.types.get(code)
        line.add(look.worded(known.labels) if known else code, palette.text, 16)
        line.add(str(n), palette.text, 6, right=True)
        entries.append(Entry(line, "heat", _ask("quality.late", stats, data, type=code)))
    return Panel([], entries)


def _chart(data: WallData, look: Look, width: int, height: int) -> Panel:
    load = data.load
    top = chart_block(data, look, width, max(6, min(PLOT, height // 2)))[1:]
    if load is None:
        return Panel(top, [])
    entries = []
    for point in reversed(load.points):
        words = ", ".join(look.say(f"wall.signal.{name}") for name in point.signals)
        few = point.n < FEW
        style = look.palette.quiet if few else look.palette.text
        line = Line().add(f"{look.local(point.at):%d/%m %H}", look.palette.text, 10)
        line.add(f"({point.p90_s:.0f})" if few else f"{point.p90_s:.0f}", style, 9, right=True)
        line.add(f"n={point.n}", look.palette.quiet, 9, right=True).add("  ")
        line.add(words, look.palette.quiet if few else look.palette.late)
        entries.append(Entry(line, "chart", Ask("phase.processing", point.at, point.at + timedelta(hours=1))))
    return Panel(top if load.points else [signal_line(load, look)], entries)
