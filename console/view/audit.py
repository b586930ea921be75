"""The audit page: one event a line with what was before and after, and what is known of the chain. Pure."""

from __future__ import annotations

from rich.cells import cell_len

from console.view.cell import Line
from console.view.change import change_of, rest_of
from console.view.chronology import actor_name, told
from console.view.event import NAME_CELLS, event_name
from console.view.look import Look
from dispatch.wire import ChainState, LogLine

WIDE, ROOMY = 110, 150
"""Columns from which the moment is told to the millisecond, and from which the code has cells of its own."""
CODE = 26


def audit_heads(look: Look, width: int) -> Line:
    quiet, heads = look.palette.quiet, look.say("screen.audit.heads").split("|")
    line = Line()
    for head, cells in zip(heads, _cells(width), strict=False):
        line.add(head, quiet, cells).add(" ")
    line.add(" ".join(heads[len(_cells(width)) :]), quiet)
    if width < WIDE:
        return line
    return line.fill(width - CODE).add(look.say("screen.audit.code"), quiet, CODE, right=True)


def _cells(width: int) -> tuple[int, ...]:
    """Seq, moment, who, incident, event; with room also what changed, which else stands before the text."""
    cells = (7, 18, 10, 6, NAME_CELLS) if width >= WIDE else (6, 8, 8, 6, NAME_CELLS)
    return (*cells, 17) if width >= ROOMY else cells


def audit_line(entry: LogLine, look: Look, width: int) -> Line:
    """One event: in words, its code last."""
    palette, cells, at = look.palette, _cells(width), look.local(entry.at)
    today = at.date() == look.local(look.now).date()
    moment = f"{at:%H:%M:%S}" if today else f"{at:%d/%m %H}h"[:8]
    if width >= WIDE:
        moment = f"{at:%d/%m %H:%M:%S.%f}"[:18]
    line = Line().add(str(entry.seq), palette.quiet, cells[0], right=True).add(" ")
    line.add(moment, palette.quiet, cells[1]).add(" ").add(actor_name(entry.actor, look), palette.text, cells[2])
    line.add(" ").add(look.number(entry.incident) if entry.incident else "", palette.strong, cells[3]).add(" ")
    line.add(event_name(entry.kind, look), palette.text, cells[4]).add(" ")
    change = change_of(entry.kind, entry.data, look)
    if width >= ROOMY:
        line.add(change, palette.strong, cells[5]).add(" ")
    elif change:
        line.add(change, palette.strong).add("  ")
    return _told_to_the_end(line, entry, look, width)


def _told_to_the_end(line: Line, entry: LogLine, look: Look, width: int) -> Line:
    """The text, and at the right end the code where the text leaves room for it or there is much."""
    quiet = look.palette.quiet
    text = told(entry, look) if entry.text else rest_of(entry.data, look)
    room = width - len(entry.kind) - 2 - line.width
    if width >= ROOMY or (width >= WIDE and cell_len(text) <= room):
        return line.add(text, quiet, max(0, room)).add("  ").add(entry.kind, quiet)
    return line.add(text, quiet)


def chain_words(chain: ChainState, look: Look) -> str:
    """'rantai OK s/d #448120', with the head while not all of it was checked; a broken one in capitals."""
    if not chain.ok:
        return look.say("screen.audit.broken", seq=chain.broken_at or 0, reason=chain.reason)
    key = "screen.audit.whole" if chain.checked >= chain.head else "screen.audit.partly"
    return look.say(key, seq=chain.checked, head=chain.head)
