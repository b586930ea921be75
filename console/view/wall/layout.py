"""The whole overview: what stands where, and what goes first when there is no room. Pure."""

from __future__ import annotations

from console.view.cell import Line
from console.view.look import Look
from console.view.wall.calls import calls_block, calls_short
from console.view.wall.chart import chart_block
from console.view.wall.data import WallData
from console.view.wall.districts import district_block, types_line
from console.view.wall.frame import WIDE, beside, header
from console.view.wall.load import load_block, staffing_line
from console.view.wall.phases import phases_block
from console.view.wall.quality import alarm_ack, alarm_rate, quality_block
from console.view.wall.risk import risk_block
from console.view.wall.units import units_block

PHASE_ROWS = 8
TALL = 44
"""From this height on the types have a line of their own."""


def wall_lines(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """The whole screen: two columns when wide, one stack when not. The last line is the caller's."""
    room = height - 2
    body = _wide(data, look, width, room) if width >= WIDE else _narrow(data, look, width, room)
    body = [*body[:room], *[Line() for _ in range(room - len(body))]]
    return [header(data, look, width), *body, keys_line(look, width)]


def keys_line(look: Look, width: int) -> Line:
    return Line().add(look.say("wall.keys" if width >= WIDE else "wall.keys_short"), look.palette.quiet)


def _wide(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    left = width * 67 // 120
    right = width - left - 1
    tall = height >= TALL
    quality = 6 if height >= 33 else 4
    rest = max(10, height - 4 - PHASE_ROWS - quality - 1 - tall)
    chart = max(5, min(14, rest * 8 // 15))
    risk = rest - chart
    lines = calls_block(data, look, width)
    lines += beside(phases_block(data, look, left), units_block(data, look, right, PHASE_ROWS), PHASE_ROWS, look, left)
    lines += beside(risk_block(data, look, left, risk), load_block(data, look, right, risk), risk, look, left)
    below = district_block(data, look, right, chart - 2)
    below += [Line() for _ in range(chart - 2 - len(below))]
    below += [Line().add(*part) for part in (alarm_rate(data, look), alarm_ack(data, look))]
    lines += beside(chart_block(data, look, left, chart), below, chart, look, left)
    lines += [types_line(data, look, width)] if tall else []
    block = quality_block(data, look, width, quality, alarms=False)
    lines += block + [Line() for _ in range(quality - len(block))]
    return [*lines, Line().add(look.say("wall.legend"), look.palette.quiet)]


def _narrow(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    lines = [*calls_short(data, look, width), *phases_block(data, look, width)]
    rest = height - len(lines)
    quality = 0 if rest < 14 else min(6, rest // 4)
    units = max(3, min(8, (rest - quality - 1) // 2 - 1))
    lines += risk_block(data, look, width, rest - units - quality - 1)
    staffing = int(data.load is not None)
    lines += units_block(data, look, width, height - len(lines) - quality - staffing)
    if data.load is not None:
        lines.append(staffing_line(data.load, look))
    return lines + (quality_block(data, look, width, height - len(lines)) if quality else [])
