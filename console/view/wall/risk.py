"""Panel 3: the clocks that are late or soon will be, counted here every second."""

from __future__ import annotations

from collections import Counter

from console.store import Store, rank_of
from console.view.cell import Line
from console.view.head import title
from console.view.look import CHIPS, CLOCK_OPEN, LATE, WARN, Look, mark_of
from console.view.row import marked
from console.view.wall.data import WallData
from dispatch.wire import ClockRow, IncidentRow

Risk = tuple[ClockRow, IncidentRow, str]


def open_clocks(store: Store, look: Look) -> list[Risk]:
    """Every running clock with its mark, the one most in need first."""
    found = [
        (clock, row, mark_of(clock, look.now))
        for row in store.incidents.values()
        for clock in row.clocks
        if clock.state in CLOCK_OPEN and clock.stopped_at is None
    ]
    return sorted(found, key=lambda item: (item[2] != LATE, rank_of(item[1]), item[0].due_at, item[1].number))


def risks(store: Store, look: Look) -> list[Risk]:
    return [item for item in open_clocks(store, look) if item[2] in (LATE, WARN)]


def risk_block(data: WallData, look: Look, width: int, height: int) -> list[Line]:
    """Title, counts, and as many clocks as fit; what does not fit is counted."""
    palette = look.palette
    lines = [title(look.say("wall.sla"), "", look, width), counts_line(data, look)]
    found = risks(data.store, look)
    room = max(1, height - 2)
    if not found:
        return [*lines, Line().add(look.say("wall.no_risk"), palette.quiet)]
    cut = found if len(found) <= room else found[: room - 1]
    lines += [risk_line(item, look) for item in cut]
    if len(cut) < len(found):
        lines.append(Line().add("  " + look.say("wall.more", n=len(found) - len(cut)), palette.quiet))
    return lines


def counts_line(data: WallData, look: Look) -> Line:
    palette, marks = look.palette, Counter(mark for _, _, mark in open_clocks(data.store, look))
    risk, late = marks[WARN], marks[LATE]
    text = look.say("wall.sla_counts", ok=marks.total() - risk - late, risk=risk, late=late)
    return Line().add(text, palette.late if late else (palette.warn if risk else palette.ok))


def risk_line(item: Risk, look: Look) -> Line:
    """Mark, number, priority, type, district, phase, spent of the limit, whom it times, what is left."""
    clock, row, mark = item
    palette, style, rank = look.palette, marked(mark, look), rank_of(row)
    line = Line().add(mark, style).add(" ").add(look.number(row.number), palette.strong, look.number_width).add(" ")
    line.add(CHIPS[rank], palette.p1_chip if rank == 1 else palette.priorities[rank]).add(" ")
    line.add(look.type_short(row.type), palette.text, 4).add(look.district(row.place.kecamatan) or "-", palette.text, 4)
    line.add(look.word("phase", clock.phase).lower(), palette.text, 10)
    spent = f"{look.since(clock.started_at)}/{look.span(clock.due_at - clock.started_at)}"
    line.add(spent, style, 13)
    line.add(clock.subject if clock.subject != "incident" else row.owner or "-", palette.text, 8)
    left = clock.due_at - look.now
    key = "wall.over" if mark == LATE else "wall.left"
    return line.add(look.say(key, time=look.span(abs(left))), style)
