"""What a search found: kind, number, when and what it is first, then the words. Folded, never cut. Pure."""

from __future__ import annotations

from datetime import datetime

from console.view.cell import Line, fold
from console.view.chronology import actor_name
from console.view.look import Look
from dispatch.wire import SearchHit, SearchResult

KIND, WHEN = 8, 11
"""Cells for the kind and for when it was."""
INDENT = 9
"""Where the words of a hit begin that has more than one line."""
SEEN = ("", "words", "log", "unit", "place")
"""Where something was found that the hit shows anyhow."""


def hit_lines(result: SearchResult, look: Look, width: int) -> list[Line]:
    """On one line where it fits; else what it is on the first and the words with what fitted marked below."""
    lines = [Line().add(look.say("screen.found", n=len(result.hits)), look.palette.quiet)]
    for hit in result.hits:
        lines += _hit(hit, look, width)
    return lines


def _hit(hit: SearchHit, look: Look, width: int) -> list[Line]:
    head, about, title = _head(hit, look), Line().add(_about(hit, look), look.palette.quiet), _title(hit, look)
    gap = "  " if title.width and about.width else ""
    if head.width + title.width + len(gap) + about.width <= width:
        return [head.extend(title).add(gap).extend(about)]
    told = fold(Line().add(" " * INDENT).extend(title), width, INDENT) if title.width else []
    return [*fold(head.extend(about), width, INDENT), *told]


def _head(hit: SearchHit, look: Look) -> Line:
    palette = look.palette
    line = Line().add(look.word("hit", hit.kind), palette.quiet, KIND).add(" ")
    line.add(look.number(hit.incident) if hit.incident else "", palette.strong, look.number_width).add(" ")
    return line.add(_when(hit.at, look) if hit.at else "", palette.quiet, WHEN).add("  ")


def _when(at: datetime, look: Look) -> str:
    """The time of day matters this year, afterwards the year."""
    local = look.local(at)
    return f"{local:%d/%m %H:%M}" if local.year == look.local(look.now).year else f"{local:%d/%m/%Y}"


def _about(hit: SearchHit, look: Look) -> str:
    """What it is, and in which field it was found where that is not seen."""
    detail = actor_name(hit.detail, look) if hit.kind == "log" else hit.detail
    where = "" if hit.where in (*SEEN, hit.kind) else f"[{look.word('where', hit.where)}]"
    return "  ".join(part for part in (detail, where) if part)


def _title(hit: SearchHit, look: Look) -> Line:
    """The matches stand out by weight, which also a screen without colours has."""
    line, done = Line(), 0
    for start, end in hit.marks:
        line.add(hit.title[done:start], look.palette.text).add(hit.title[start:end], look.palette.strong)
        done = end
    return line.add(hit.title[done:], look.palette.text)
