"""Panel 6: where it happens, how long help takes there, and where limits were missed."""

from __future__ import annotations

from console.store import rank_of
from console.view.cell import Line
from console.view.head import title
from console.view.look import LATE, Look
from console.view.wall.data import FEW, WallData
from console.view.wall.frame import cells
from dispatch.wire import DistrictFigure

CELL = 15


def district_block(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    lines = [title(look.say("wall.heat", period=data.period(look)), "", look, width)]
    heat = data.today.heat if data.today else []
    if not heat:
        return [*lines, Line().add(look.say("wall.no_data"), look.palette.quiet)]
    across = max(1, width // CELL)
    room = across * (height - 1)
    shown = heat if len(heat) <= room else heat[: room - 1]
    urgent = waiting_p1(data, look)
    parts = [_cell(item, urgent, look) for item in shown]
    if len(shown) < len(heat):
        rest = look.say("wall.rest", n=sum(item.n for item in heat[len(shown):]))
        parts.append(Line().add(rest, look.palette.quiet))
    return [*lines, *cells(parts, width, height - 1, CELL)]


def waiting_p1(data: WallData, look: Look) -> set[str]:
    """Codes of districts where a P1 waits."""
    store = data.store
    return {
        look.district(store.incidents[n].place.kecamatan) for n in store.waiting() if rank_of(store.incidents[n]) == 1
    }


def district_code(item: DistrictFigure, look: Look) -> str:
    return look.district(item.kecamatan) if item.kecamatan != "-" else "?"


def total_minutes(item: DistrictFigure) -> str:
    """'13', in brackets when fewer than 20 arrived, '-' when nobody has."""
    if item.total_p90_s is None:
        return "-"
    minutes = f"{item.total_p90_s / 60:.0f}"
    return minutes if item.arrived >= FEW else f"({minutes})"


def _cell(item: DistrictFigure, urgent: set[str], look: Look) -> Line:
    """'*' where a P1 waits; what was late stands in red behind what is not."""
    code, palette = district_code(item, look), look.palette
    is_urgent = code in urgent
    line = Line().add(f"{'*' if is_urgent else ''}{code} ", palette.late if is_urgent else palette.strong)
    line.add(f"{item.n}/{total_minutes(item)}", palette.text)
    return line.add(f"{LATE}{item.late}" if item.late else "", palette.late)


def types_line(data: WallData, look: Look, width: int) -> Line:
    types = data.today.types if data.today else {}
    what = "  ".join(f"{look.type_short(code)} {n}" for code, n in types.items())
    return Line().add(look.say("wall.types", what=what or "-"), look.palette.text, width)
