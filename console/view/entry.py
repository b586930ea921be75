"""The call entry form on the screen: fields and what is known on the left, the protocol card on the right. Pure.

Owns what gives way first when there are few lines: never a field, never the question that is asked.
"""

from __future__ import annotations

from rich.style import Style

from console.store import rank_of
from console.view.cell import Line, clip
from console.view.entry_card import card_lines
from console.view.entry_fields import caller_number, field_parts
from console.view.entry_known import known_parts
from console.view.entry_part import Entry, Part
from console.view.look import Look

HALF, MIN_CARD = (5, 8), 29
"""The form's share of a narrow screen; a wide one is halved."""
WIDE = 110
ROOMY, TEXT_ROWS = 22, 3
"""From so many lines on the caller's words have so many."""


def entry_title(entry: Entry, look: Look, width: int) -> Line:
    """'--- TELP 0812-***-771 (ulang 2x) | TERHUBUNG 00:41 | 1051 P1 MED | tersimpan ---'."""
    palette, frame = look.palette, look.palette.frame
    line = Line().add(look.rule * 3 + " ", frame)
    parts = _title_parts(entry, look, wide=width >= WIDE)
    for index, (text, style) in enumerate(parts):
        if line.width + len(text) + 4 > width:
            break
        line.add(" | " if index else "", frame).add(text, style)
    hint = look.say("screen.entry.back" if entry.at_hand else "screen.entry.to_form")
    if line.width + len(hint) + 6 <= width:
        line.add(f"  {hint} ", palette.quiet)
    return line.add(" ").fill(width, look.rule, frame)


def _title_parts(entry: Entry, look: Look, *, wide: bool) -> list[tuple[str, Style]]:
    palette, call, row = look.palette, entry.call, entry.row
    parts: list[tuple[str, Style]] = []
    if call is not None:
        again = look.say("screen.call_repeat", n=call.repeat) if wide else f"{call.repeat}x"
        repeat = f" ({again})" if call.repeat else ""
        parts.append((look.say("screen.entry.call", caller=caller_number(entry) or "?") + repeat, palette.title))
        since = call.ended_at or call.answered_at or call.rang_at
        parts.append((f"{look.word('call', call.status)} {look.since(since)}", palette.ok))
    else:
        parts.append((look.say("screen.entry.new"), palette.title))
    if row is not None:
        rank = rank_of(row)
        kind = f"{look.number(row.number)} P{rank if rank < 5 else '-'} {look.type_short(row.type)}"
        parts.append((kind, palette.p1_chip if rank == 1 else palette.priorities[rank]))
    elif entry.form.incident is not None:
        parts.append((look.number(entry.form.incident), palette.strong))
    if entry.state:
        good = entry.state == "saved"
        parts.append((look.say(f"screen.entry.state.{entry.state}"), palette.ok if good else palette.warn))
    return parts


def entry_lines(entry: Entry, look: Look, width: int, height: int) -> list[Line]:
    """The form, a bar, and the card, ``height`` lines."""
    left = (width - 1) // 2 if width >= WIDE else min(width * HALF[0] // HALF[1], width - MIN_CARD - 1)
    right = width - left - 1
    roomy = TEXT_ROWS if height >= ROOMY else 1
    form = _fitted([*field_parts(entry, look, left, roomy), *known_parts(entry, look, left)], height)
    card = card_lines(entry.form, look, right, height)
    lines = []
    for index in range(height):
        line = Line()
        if index < len(form):
            line.extend(_cut(form[index], left))
        line.fill(left).add("|", look.palette.frame)
        lines.append(line.extend(card[index]) if index < len(card) else line)
    return lines


def _cut(line: Line, width: int) -> Line:
    """A line of one column must not push the other one aside."""
    if line.width <= width:
        return line
    cut, room = Line(), width
    for segment in line.segments:
        text = clip(segment.text, room) if len(segment.text) > room else segment.text
        cut.add(text, segment.style)
        room = width - cut.width
        if room <= 0:
            break
    return cut


def _fitted(parts: list[Part], height: int) -> list[Line]:
    """What is too much goes from the longest part that can give way, the last one first; then whole parts go."""
    while (over := sum(part.height for part in parts) - height) > 0:
        giving = [part for part in parts if len(part.lines) > part.least]
        if giving:
            longest = max(reversed(giving), key=lambda part: len(part.lines) - part.least)
            longest.lines.pop()
        elif over > 0 and len(parts) > 1:
            parts.pop()
        else:
            break
    return [line for part in parts for line in ([part.heading] if part.heading else []) + part.lines]
