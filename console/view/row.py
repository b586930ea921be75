"""Rows of the boards: waiting, active, units, and the unit chips of a small screen. Owns columns and widths."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.style import Style

from console.store import live_assignments, rank_of
from console.view.cell import Line
from console.view.look import CHIPS, LATE, PAUSED, WARN, Look, mark_of, pressing_clock
from dispatch.wire import AssignmentRow, IncidentRow, UnitRow

GLYPHS = {
    "available": ".", "dispatched": "!", "en_route": ">", "on_scene": "@", "transporting": "^", "at_facility": "H",
    "out_of_service": "-", "no_contact": "?",
}
PROGRESS = ("assigned", "notified", "acknowledged", "en_route", "on_scene", "transporting", "at_facility")
KIND = 17
"""Cells for the type: three letters, a space and thirteen of the subtype."""


def marked(mark: str, look: Look, calm: Style | None = None) -> Style:
    palette = look.palette
    return {LATE: palette.late, WARN: palette.warn, PAUSED: palette.quiet}.get(mark, calm or palette.text)


def chip(row: IncidentRow, look: Look) -> tuple[str, Style]:
    rank = rank_of(row)
    return CHIPS[rank], look.palette.p1_chip if rank == 1 else look.palette.priorities[rank]


def _begin(row: IncidentRow, look: Look, *, selected: bool) -> Line:
    """Marker, priority, doubt, number, type: the same on both boards."""
    palette = look.palette
    text, style = chip(row, look)
    line = Line().add(">" if selected else " ", palette.strong).add(text, style)
    line.add("?" if row.unsure else " ", palette.warn)
    number_style = palette.strong if rank_of(row) <= 2 or selected else palette.text
    line.add(look.number(row.number), number_style, look.number_width)
    line.add(" ").add(look.type_short(row.type), palette.priorities[rank_of(row)], 3).add(" ")
    return line.add(look.type_words(row), palette.text, KIND - 4).add(" ")


def _where(row: IncidentRow, look: Look, width: int) -> Line:
    """The place; while nobody knows it, '?' and the caller's own words. A caller to be rung back, or on no account
    by a machine, stands before it."""
    if row.callback_due or row.quiet:
        word = look.say("screen.quiet_mark" if row.quiet else "screen.callback_mark")
        rest = Line().add(look.place(row.place), look.palette.text, max(0, width - len(word) - 1))
        return Line().add(word, look.palette.warn, min(len(word), width)).add(" ").extend(rest)
    place = look.place(row.place)
    if place != "?" or not row.summary:
        return Line().add(place, look.palette.text, width)
    return Line().add("? ", look.palette.warn).add(row.summary, look.palette.quiet, width - 2)


def _begin_width(look: Look) -> int:
    return 1 + 3 + 1 + look.number_width + 1 + KIND + 1


# -- waiting ------------------------------------------------------------------------------------------


def _waiting_place(look: Look, width: int) -> int:
    return max(6, width - _begin_width(look) - 22)


def waiting_row(row: IncidentRow, look: Look, width: int, *, selected: bool) -> Line:
    """Age and limit are both counted from the first contact, so that the one reaches the other at breach."""
    palette = look.palette
    clock = pressing_clock(row)
    mark = mark_of(clock, look.now) if clock else " "
    line = _begin(row, look, selected=selected)
    line.extend(_where(row, look, _waiting_place(look, width))).add(" ")
    line.add(look.district(row.place.kecamatan) or "-", palette.text, 3)
    if row.status == "held":
        line.add(f" {_held(row, look)}", palette.quiet, 15).add(" ")
        return line.add(look.word("channel", row.channel)[:1], palette.quiet, 1)
    line.add("  ").add(look.since(row.opened_at), marked(mark, look), 5, right=True).add(mark, marked(mark, look))
    line.add(" ").add(_limit(row, look), palette.quiet, 6, right=True).add(" ")
    return line.add(look.word("channel", row.channel)[:1], palette.quiet, 1)


def _held(row: IncidentRow, look: Look) -> str:
    """Put off until then: its age and limit do not press now."""
    until = f"{look.local(row.held_until):%H:%M}" if row.held_until else "?"
    return look.say("screen.held_mark", time=until)


def _limit(row: IncidentRow, look: Look) -> str:
    clock = pressing_clock(row)
    return look.span(clock.due_at - row.opened_at) if clock else "-"


def waiting_heads(look: Look, width: int) -> Line:
    heads = look.say("screen.column.waiting").split("|")
    line = _heads_begin(heads, look).add(heads[3], look.palette.quiet, _waiting_place(look, width)).add(" ")
    line.add(heads[4], look.palette.quiet, 3).add("  ").add(heads[5], look.palette.quiet, 5, right=True).add("  ")
    return line.add(heads[6], look.palette.quiet, 6, right=True).add(" ").add(heads[7], look.palette.quiet, 1)


def waiting_clock(look: Look, width: int) -> tuple[int, int]:
    return _begin_width(look) + _waiting_place(look, width) + 6, 6


def _heads_begin(heads: Sequence[str], look: Look) -> Line:
    quiet = look.palette.quiet
    line = Line().add("  ").add(heads[0], quiet, 3).add(heads[1], quiet, look.number_width).add(" ")
    return line.add(heads[2], quiet, KIND).add(" ")


# -- active -------------------------------------------------------------------------------------------


def _active_units(width: int) -> int:
    return 6 if width < 76 else min(19, 15 + max(0, width - 80) // 4)


def _active_place(look: Look, width: int) -> int:
    return max(6, width - _begin_width(look) - 20 - _active_units(width))


def leading(row: IncidentRow) -> AssignmentRow | None:
    """The live assignment that has come furthest."""
    live = [a for a in live_assignments(row) if a.status in PROGRESS]
    return max(live, key=lambda a: PROGRESS.index(a.status), default=None)


def phase_since(row: IncidentRow) -> datetime:
    """When the leading assignment reached its state."""
    lead = leading(row)
    return lead.at.get(lead.status, row.updated_at) if lead else row.updated_at


def active_row(row: IncidentRow, look: Look, width: int, *, selected: bool) -> Line:
    palette = look.palette
    clock = pressing_clock(row)
    mark = mark_of(clock, look.now) if clock else " "
    style = marked(mark, look)
    line = _begin(row, look, selected=selected)
    line.extend(_where(row, look, _active_place(look, width))).add(" ")
    line.add(look.district(row.place.kecamatan) or "-", palette.text, 3).add(" ")
    line.add(_phase_word(row, look) + mark.strip(), style, 8).add(" ")
    line.add(look.since(phase_since(row)), style, 5, right=True).add(" ")
    return line.add(_sent_to(row, look, _active_units(width)), palette.text, _active_units(width))


def _phase_word(row: IncidentRow, look: Look) -> str:
    lead = leading(row)
    return look.word("assignment", lead.status) if lead else look.word("status", row.status)


def _sent_to(row: IncidentRow, look: Look, width: int) -> str:
    """As many names as fit, then how many more: 'D02+2'."""
    names = [a.unit or look.agency(a.agency) for a in live_assignments(row)]
    if not names and row.status == "resolved":
        return look.say("screen.close_mark")
    for shown in range(len(names), 0, -1):
        text = " ".join(names[:shown]) + (f"+{len(names) - shown}" if shown < len(names) else "")
        if len(text) <= width:
            return text
    return names[0] if names else "-"


def active_heads(look: Look, width: int) -> Line:
    heads = look.say("screen.column.active").split("|")
    quiet = look.palette.quiet
    line = _heads_begin(heads, look).add(heads[3], quiet, _active_place(look, width)).add(" ")
    line.add(heads[4], quiet, 3).add(" ").add(heads[5], quiet, 8).add(" ")
    return line.add(heads[6], quiet, 5, right=True).add(" ").add(heads[7], quiet, _active_units(width))


def active_clock(look: Look, width: int) -> tuple[int, int]:
    return _begin_width(look) + _active_place(look, width) + 5, 14


# -- units --------------------------------------------------------------------------------------------

WIDE_UNITS = 70
"""From this width on a unit's row has room for its name, agency and crew."""


def unit_style(status: str, look: Look) -> Style:
    palette = look.palette
    styles = {"available": palette.ready, "out_of_service": palette.quiet, "no_contact": palette.late}
    return styles.get(status, palette.text)


def unit_row(row: UnitRow, look: Look, width: int, *, selected: bool, late: bool = False) -> Line:
    palette = look.palette
    style = palette.late if late else unit_style(row.status, look)
    line = Line().add(">" if selected else " ", palette.strong)
    line.add(row.call_sign, palette.strong if selected else palette.text, 3).add(" ")
    line.add(GLYPHS.get(row.status, "?"), style).add(" ")
    line.add(look.word("unit", row.status) + (LATE if late else ""), style, 7).add(" ")
    line.add(look.since(row.since), palette.late if late else palette.quiet, 5, right=True).add(" ")
    incident = look.number(row.incident) if row.incident else "-"
    line.add(incident, palette.text if row.incident else palette.quiet, look.number_width + 1, right=True).add(" ")
    line.add(look.district(row.kecamatan) or "-", palette.text, 3).add(" ")
    if width >= WIDE_UNITS:
        line.add(look.agency(row.agency), palette.quiet, _unit_agency(width)).add(" ")
        line.add(row.name, palette.text, _unit_name(width)).add(" ")
        line.add(str(row.crew or "-"), palette.quiet, 2, right=True).add(" ")
    return line.add(row.note or row.base, palette.text if row.note else palette.quiet, max(0, width - line.width))


def unit_heads(look: Look, width: int) -> Line:
    wide = width >= WIDE_UNITS
    heads = look.say("screen.column.units_full" if wide else "screen.column.units").split("|")
    quiet = look.palette.quiet
    line = Line().add(heads[0], quiet, 5).add(heads[1], quiet, 9).add(" ")
    line.add(heads[2], quiet, 5, right=True).add(" ").add(heads[3], quiet, look.number_width + 1, right=True).add(" ")
    line.add(heads[4], quiet, 3).add(" ")
    if wide:
        line.add(heads[5], quiet, _unit_agency(width)).add(" ").add(heads[6], quiet, _unit_name(width))
        line.add(heads[7], quiet, 3, right=True).add(" ")
    return line.add(heads[-1], quiet)


def _unit_agency(width: int) -> int:
    """A short name; more only where the note loses nothing."""
    return 12 if width >= 110 else 6


def _unit_name(width: int) -> int:
    return 20 if width >= 100 else 16


def unit_clock(look: Look, width: int) -> tuple[int, int]:
    return 15, 5


# -- chips --------------------------------------------------------------------------------------------

CHIP = 8
"""Cells a chip takes at least, so that the two lines stand in columns."""


def chip_of(row: UnitRow, look: Look, *, late: bool) -> tuple[str, Style]:
    """'A01.SLW', 'A02>1047', 'A07-': sign, state, and where it is or what it is on."""
    where = look.number(row.incident) if row.incident else look.district(row.kecamatan)
    if row.status in ("out_of_service", "no_contact"):
        where = ""
    text = f"{row.call_sign}{GLYPHS.get(row.status, '?')}{where}{LATE if late else ''}"
    return text, look.palette.late if late else unit_style(row.status, look)


def chip_lines(rows: Sequence[UnitRow], late: frozenset[str], look: Look, width: int, height: int) -> list[Line]:
    """Units in call-sign order on ``height`` lines; what does not fit is counted, never dropped silently."""
    texts = [chip_of(row, look, late=row.call_sign in late) for row in rows]
    lines = [Line() for _ in range(height)]
    current = 0
    for index, (text, style) in enumerate(texts):
        more = f"+{len(rows) - index} F4"
        is_last_line = current == height - 1
        reserve = len(more) + 1 if is_last_line and index < len(texts) - 1 else 0
        space = " " if lines[current].width else ""
        if lines[current].width + len(space) + max(len(text), CHIP) + reserve > width:
            if is_last_line:
                lines[current].add(" " + more, look.palette.quiet)
                break
            current, space = current + 1, ""
        lines[current].add(space).add(text, style, max(len(text), CHIP))
    return lines


def late_units(incidents: Sequence[IncidentRow], now: datetime) -> frozenset[str]:
    """Call signs whose own clock has run out."""
    return frozenset(
        clock.subject
        for row in incidents
        for clock in row.clocks
        if clock.stopped_at is None and clock.state in ("running", "warned", "breached", "serious")
        and clock.subject != "incident" and now >= clock.due_at
    )
