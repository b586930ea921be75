"""The audit page: one event a line with what was before and after, and what is known of the chain. Pure."""

from __future__ import annotations

from console.view.cell import Line
from console.view.change import change_of, rest_of
from console.view.chronology import actor_name
from console.view.look import Look
from dispatch.wire import ChainState, LogLine

WIDE = 110


def audit_heads(look: Look, width: int) -> Line:
    quiet, heads = look.palette.quiet, look.say("screen.audit.heads").split("|")
    line = Line()
    for head, cells in zip(heads, _cells(width), strict=False):
        line.add(head, quiet, cells).add(" ")
    return line.add(heads[-1], quiet)


def _cells(width: int) -> tuple[int, ...]:
    """Seq, moment, who, incident, kind, change."""
    return (7, 18, 10, 6, 24, 17) if width >= WIDE else (6, 8, 8, 6, 15, 14)


def audit_line(entry: LogLine, look: Look, width: int) -> Line:
    palette, cells, at = look.palette, _cells(width), look.local(entry.at)
    today = at.date() == look.local(look.now).date()
    moment = f"{at:%H:%M:%S}" if today else f"{at:%d/%m %H}h"[:8]
    if width >= WIDE:
        moment = f"{at:%d/%m %H:%M:%S.%f}"[:18]
    line = Line().add(str(entry.seq), palette.quiet, cells[0], right=True).add(" ")
    line.add(moment, palette.quiet, cells[1]).add(" ").add(actor_name(entry.actor, look), palette.text, cells[2])
    line.add(" ").add(look.number(entry.incident) if entry.incident else "", palette.strong, cells[3]).add(" ")
    line.add(entry.kind, palette.text, cells[4]).add(" ")
    line.add(change_of(entry.kind, entry.data, look), palette.strong, cells[5]).add(" ")
    return line.add(entry.text or rest_of(entry.data, look), palette.quiet)


def chain_words(chain: ChainState, look: Look) -> str:
    """'rantai OK s/d #448120', with the head while not all of it was checked; a broken one in capitals."""
    if not chain.ok:
        return look.say("screen.audit.broken", seq=chain.broken_at or 0, reason=chain.reason)
    key = "screen.audit.whole" if chain.checked >= chain.head else "screen.audit.partly"
    return look.say(key, seq=chain.checked, head=chain.head)
