"""The chronology: what was done, newest first, and by whom. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from console.labels import label_or
from console.view.cell import Line
from console.view.facts import Facts
from console.view.look import Look
from console.view.naming import event_numbers
from dispatch.wire import LogLine


def chronology(facts: Facts | None, look: Look, width: int, height: int) -> list[Line]:
    """The newest lines, as many as fit."""
    if facts is None:
        return [Line() for _ in range(height)]
    return [_log_line(entry, count, look, width) for entry, count in _gathered(newest_first(facts), height)]


def newest_first(facts: Facts) -> list[LogLine]:
    """The feed's lines ahead of those that came with the detail, none twice."""
    older = facts.detail.timeline if facts.detail else []
    by_seq = {line.seq: line for line in [*older, *facts.log]}
    return sorted(by_seq.values(), key=lambda line: line.seq, reverse=True)


def actor_name(actor: str, look: Look) -> str:
    """'crew:A01' is A01; a kind of actor has a word of its own."""
    kind, _, name = actor.partition(":")
    return name or label_or(f"label.actor.{kind}", look.lang, kind)


def told(entry: LogLine, look: Look) -> str:
    """What happened, with the numbers of the incidents it is about as this centre writes them."""
    return look.numbered(entry.text or entry.kind, event_numbers(entry))


def _gathered(lines: Sequence[LogLine], height: int) -> list[tuple[LogLine, int]]:
    """Lines that say the same in a row take one line, so that six messages do not hide what was done."""
    found: list[tuple[LogLine, int]] = []
    for entry in lines:
        if found and (found[-1][0].actor, found[-1][0].text) == (entry.actor, entry.text) and entry.text:
            found[-1] = found[-1][0], found[-1][1] + 1
        elif len(found) == height:
            break
        else:
            found.append((entry, 1))
    return found


def _log_line(entry: LogLine, count: int, look: Look, width: int) -> Line:
    palette = look.palette
    line = Line().add(f"{look.local(entry.at):%H:%M:%S}", palette.quiet).add(" ")
    line.add(actor_name(entry.actor, look), palette.quiet, 8 if width >= 100 else 6)
    line.add(" ")
    text = told(entry, look)
    text = f"{text}  ({count}x)" if count > 1 else text
    return line.add(text, palette.text, max(0, width - line.width))
