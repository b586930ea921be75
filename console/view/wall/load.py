"""Panel 5: calls by hour against the forecast, and the seats the next hour needs."""

from __future__ import annotations

from console.view.cell import Line
from console.view.head import title
from console.view.look import Look
from console.view.wall.data import WallData
from console.view.wall.value import floor_percent
from dispatch.wire import Load, LoadHour

BAR = 24
UNUSUAL = 0.25
"""From here on the difference to the forecast is written out."""


def load_block(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """Title, the newest hours, then what the next hour needs."""
    palette = look.palette
    lines = [title(look.say("wall.hours"), "", look, width)]
    load = data.load
    if load is None or not load.hours:
        why = "wall.no_data" if load is None else "wall.no_calls"
        return [*lines, Line().add(look.say(why), palette.quiet)]
    past = [hour for hour in load.hours if hour.calls is not None]
    room = max(1, height - 2)
    lines += [hour_line(hour, load, look, width) for hour in past[-room:]]
    return [*lines, staffing_line(load, look)]


def hour_line(hour: LoadHour, load: Load, look: Look, width: int) -> Line:
    """'13 #########...   9 / 12': the bar's lengths and the numbers say the same."""
    palette = look.palette
    most = max([1.0, *(max(one.calls or 0, one.forecast or 0) for one in load.hours)])
    room = max(4, min(BAR, width - 26))
    actual = round((hour.calls or 0) * room / most)
    line = Line().add(f"{look.local(hour.at):%H} ", palette.quiet)
    line.add("#" * actual, palette.p4)
    if hour.forecast is not None:
        line.add("." * max(0, round(hour.forecast * room / most) - actual), palette.quiet)
    line.fill(3 + room).add("-" if hour.calls is None else str(hour.calls), palette.text, 5, right=True)
    if hour.forecast is None:
        return line
    line.add(f" / {hour.forecast:.0f}", palette.quiet, 7)
    return line.add(_difference(hour, look), palette.warn)


def _difference(hour: LoadHour, look: Look) -> str:
    """'+27%' of an hour that is over; the one that runs has its minutes instead."""
    if hour.calls is None or not hour.forecast:
        return ""
    passed = (look.now - hour.at).total_seconds()
    if passed < 3600:
        return f"({max(0, passed) // 60:.0f}m)"
    change = hour.calls / hour.forecast - 1
    return f"{change * 100:+.0f}%" if abs(change) >= UNUSUAL else ""


def next_hour(load: Load) -> LoadHour | None:
    return next((hour for hour in load.hours if hour.calls is None), None)


def staffing_line(load: Load, look: Look) -> Line:
    """'Erlang C jam 15: 12/jam 120 dtk -> 2 meja (94% <=15 dtk)'."""
    ahead = next_hour(load)
    if ahead is None or ahead.forecast is None or ahead.level is None:
        return Line().add(look.say("wall.no_forecast"), look.palette.quiet)
    text = look.say(
        "wall.staffing", hour=f"{look.local(ahead.at):%H}", calls=f"{ahead.forecast:.0f}",
        talk=f"{load.handling_s:.0f}", assumed=look.say("wall.assumed") if load.handling_assumed else "",
        seats=ahead.seats, level=floor_percent(ahead.level), within=f"{load.within_s:.0f}",
    )
    return Line().add(text, look.palette.text)
