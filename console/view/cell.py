"""The one way text becomes part of a drawn line. Everything passes ``visible``; nothing is ever markup."""

from __future__ import annotations

import re

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.view.visible import visible

CUT = "~"
"""Marks a shortened text; one ASCII cell, because an ellipsis is missing in some terminal fonts."""


def clip(text: str, width: int) -> str:
    """At most ``width`` cells; a cut text ends in '~'."""
    text = visible(text)
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - 1) + CUT if width > 0 else ""


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Exactly ``width`` cells."""
    text = clip(text, width)
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


class Line:
    """A line being put together, left to right."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.width = 0

    def add(self, text: str, style: Style | None = None, width: int | None = None, *, right: bool = False) -> Line:
        """Append text; with ``width`` it is cut or padded to exactly that many cells."""
        text = visible(text) if width is None else pad(text, width, right=right)
        if text:
            self.segments.append(Segment(text, style))
            self.width += cell_len(text)
        return self

    def extend(self, other: Line) -> Line:
        self.segments += other.segments
        self.width += other.width
        return self

    def fill(self, width: int, char: str = " ", style: Style | None = None) -> Line:
        """Fill up to ``width`` cells with one character."""
        return self.add(char * max(0, width - self.width), style)

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)

    def strip(self, width: int, under: Style) -> Strip:
        """Cut or padded to ``width``, with ``under`` (ground and plain text colour) laid beneath."""
        strip = Strip(self.segments, self.width)
        if self.width > width:
            cut = Strip(strip.crop(0, max(0, width - 1)))
            strip = Strip([*cut, Segment(CUT, self.segments[-1].style)], width)
        return strip.extend_cell_length(width).apply_style(under)


def fold(line: Line, width: int, indent: int) -> list[Line]:
    """The line on as many as it takes, broken at blanks, each further one ``indent`` cells in; styles stay.

    A word that is longer than a line is broken in two: nothing is ever left out.
    """
    if line.width <= width:
        return [line]
    text, room, rows, begin, end = line.text, width, list[tuple[int, int]](), 0, 0
    for word in re.finditer(rf"\S{{1,{max(1, width - indent)}}}", text):
        if cell_len(text[begin : word.end()]) > room:
            if end:
                rows.append((begin, end))
                room = max(1, width - indent)
            begin = word.start()
        end = word.end()
    rows.append((begin, end))
    return [_slice(line, begin, end, indent if index else 0) for index, (begin, end) in enumerate(rows)]


def _slice(line: Line, begin: int, end: int, indent: int) -> Line:
    """The characters from ``begin`` to ``end`` with their styles, behind ``indent`` blanks."""
    found, at = Line().add(" " * indent), 0
    for segment in line.segments:
        found.add(segment.text[max(0, begin - at) : max(0, end - at)], segment.style)
        at += len(segment.text)
    return found
