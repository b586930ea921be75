"""Widgets that show lines somebody else has drawn: one fixed line, a block, a scrolling layer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widget import Widget

from console.view.cell import Line


def difference(before: Strip, after: Strip) -> tuple[int, int]:
    """First cell and width of what differs, by whole segments; a line that counts seconds costs a few cells."""
    old, new = list(before), list(after)
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    left = sum(segment.cell_length for segment in new[:start])
    right = sum(segment.cell_length for segment in new[len(new) - end :])
    return left, max(0, after.cell_length - left - right)


class OneLine(Widget, can_focus=False):
    """A line drawn afresh for the width it has; repainted only when its text or styles differ."""

    DEFAULT_CSS = "OneLine { height: 1; width: 1fr; }"

    def __init__(self, draw: Callable[[int], Line], *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._draw = draw
        self._last: Strip | None = None

    def render_line(self, y: int) -> Strip:
        self._last = self._draw(self.size.width).strip(self.size.width, self.rich_style)
        return self._last

    def update(self) -> None:
        """Repaint if it would look different."""
        if not self.size.width:
            return
        fresh = self._draw(self.size.width).strip(self.size.width, self.rich_style)
        if self._last is None or self._last.cell_length != fresh.cell_length:
            self.refresh()
        elif fresh != self._last:
            left, width = difference(self._last, fresh)
            self.refresh(Region(left, 0, width, 1))


class Block(Widget, can_focus=False):
    """Several lines of fixed height."""

    DEFAULT_CSS = "Block { width: 1fr; }"

    def __init__(self, draw: Callable[[int, int], Sequence[Line]], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._lines: list[Strip] = []

    def update(self) -> None:
        """Repaint only the lines that differ."""
        width, height = self.size
        if not width or not height:
            return
        before, self._lines = self._lines, self._fresh()
        if len(before) != height:
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                left, wide = difference(old, new)
                self.refresh(Region(left, y, wide, 1))

    def _fresh(self) -> list[Strip]:
        (width, height), under = self.size, self.rich_style
        drawn = [line.strip(width, under) for line in self._draw(width, height)[:height]]
        return drawn + [Strip.blank(width, under)] * (height - len(drawn))

    def on_resize(self) -> None:
        self._lines = self._fresh()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        if not self._lines:
            self._lines = self._fresh()
        return self._lines[y] if y < len(self._lines) else Strip.blank(self.size.width, self.rich_style)


class Divider(Widget, can_focus=False):
    """The vertical bar between the boards; ``draw`` gives the bar for a line."""

    DEFAULT_CSS = "Divider { width: 1; height: 1fr; }"

    def __init__(self, draw: Callable[[int], Line], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._draw = draw

    def render_line(self, y: int) -> Strip:
        return self._draw(y).strip(1, self.rich_style)


class Layer(ScrollView, can_focus=False):
    """Text that covers the boards for a while: help, district table, the answer of a query."""

    DEFAULT_CSS = "Layer { scrollbar-size: 0 0; background: $background; height: 1fr; overflow: hidden hidden; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lines: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        self.lines = list(lines)
        self.virtual_size = Size(self.size.width, len(self.lines))
        self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()

    def change(self, lines: Sequence[Line]) -> None:
        """The same page with other lines: it stays where it was scrolled to."""
        self.lines = list(lines)
        self.virtual_size = Size(self.size.width, len(self.lines))
        self.refresh()

    @property
    def below(self) -> int:
        """Lines further down than the last that is shown."""
        return len(self.lines) - self.size.height - int(self.scroll_offset.y) if self.size.height else 0

    def scroll(self, step: int) -> None:
        top = max(0, min(int(self.scroll_offset.y) + step, len(self.lines) - self.size.height))
        self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self.refresh()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.lines))

    def render_line(self, y: int) -> Strip:
        index = y + int(self.scroll_offset.y)
        if not 0 <= index < len(self.lines):
            return Strip.blank(self.size.width, self.rich_style)
        return self.lines[index].strip(self.size.width, self.rich_style)
