"""A list of rows drawn line by line. Owns selection and scrolling; knows nothing of what a row means.

The selection belongs to a key, never to a position. Only the ticking cells of visible rows are
repainted each second. While the operator's hand is on the list its order is held: new rows are
appended below, rows that left stay as a blank, and nothing moves under the hand.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.view.cell import Line

Key = TypeVar("Key", bound=Hashable)
CACHE_LIMIT = 512
"""Strips kept; far more rows than any terminal shows at once."""


def held_order(shown: Sequence[Key], wanted: Sequence[Key]) -> list[Key]:
    """What is on the screen stays where it is; what is new comes below."""
    known = set(shown)
    return [*shown, *(key for key in wanted if key not in known)]


class Board(ScrollView, Generic[Key], can_focus=False):
    """``paint`` draws a row or returns None for one that has left. ``token`` differs whenever the row would:
    its first part whenever anything but the ticking cells would, its second whenever those would."""

    DEFAULT_CSS = "Board { scrollbar-size: 0 0; background: $background; overflow: hidden hidden; }"

    class Picked(Message):
        """A row was clicked."""

        def __init__(self, board: Board[Key], key: Hashable) -> None:
            super().__init__()
            self.board, self.key = board, key

    def __init__(
        self,
        paint: Callable[[Key, int, bool], Line | None],
        token: Callable[[Key], tuple[object, object]],
        clock: Callable[[int], tuple[int, int]],
        empty: Callable[[], Line],
        under: Callable[[bool], Style],
        *,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._paint, self._token, self._clock, self._empty, self._under = paint, token, clock, empty, under
        self.keys: list[Key] = []
        self.selected: Key | None = None
        self._index: dict[Key, int] = {}
        self._drawn: dict[int, tuple[Key, object, bool]] = {}
        """What stands on each line now."""
        self._said = ""
        """What stands there instead of rows."""
        self._strips: dict[tuple[Key, int], tuple[object, Strip]] = {}

    # -- content ------------------------------------------------------------------------------------

    def show(self, wanted: Sequence[Key], *, hold: bool = False) -> None:
        """Take a new order; with ``hold`` no row that is on the screen moves."""
        keys = held_order(self.keys, wanted) if hold else list(wanted)
        if keys != self.keys:
            line = self._line_of(self.selected)
            self.keys = keys
            self._index = {key: index for index, key in enumerate(keys)}
            self.virtual_size = Size(self.size.width, len(keys))
            self._keep_line(line)
            self.refresh()
        self.update()

    def update(self) -> None:
        """Repaint the visible rows that would look different now, and no others."""
        if not self.keys and self.size.height and self._empty().text != self._said:
            self.refresh_line(0)
        for y in range(min(self.size.height, len(self.keys) - self.top)):
            if self._drawn.get(y) != self._looks(self.keys[y + self.top]):
                self.refresh(Region(0, y, self.size.width, 1))

    def _looks(self, key: Key) -> tuple[Key, object, bool]:
        """All of a row but its ticking cells, which ``tick`` repaints."""
        return key, self._token(key)[0], key == self.selected

    def _line_of(self, key: Key | None) -> int | None:
        """Screen line of a key, None when it is not shown."""
        index = self._index.get(key) if key is not None else None
        return None if index is None else index - self.top

    def _keep_line(self, line: int | None) -> None:
        """Scroll so that the selected row stays on its line as far as the list's length allows."""
        index = self._index.get(self.selected) if self.selected is not None else None
        if index is None or line is None:
            self._scroll_top(self.top)
            if index is not None:
                self._reveal(index)
            return
        top = index - line if 0 <= line < self.size.height else self.top
        self._scroll_top(top)

    def _scroll_top(self, top: int) -> None:
        self.scroll_to(y=max(0, min(top, len(self.keys) - self.size.height)), animate=False, force=True, immediate=True)

    @property
    def top(self) -> int:
        return int(self.scroll_offset.y)

    @property
    def shown(self) -> tuple[int, int]:
        """First and last visible row, counted from 1; (0, 0) when empty."""
        if not self.keys:
            return 0, 0
        return self.top + 1, min(len(self.keys), self.top + self.size.height)

    def redraw(self) -> None:
        """Forget every strip: language, colours or size have changed."""
        self._strips.clear()
        self.refresh()

    # -- selection ----------------------------------------------------------------------------------

    def select(self, key: Key | None) -> None:
        """Mark a key (it need not be in the list) and bring it into view."""
        if key == self.selected:
            return
        before, self.selected = self.selected, key
        if key is not None and key in self._index:
            self._reveal(self._index[key])
        for changed in {before, key} - {None}:
            if changed in self._index:
                self.refresh_line(self._index[changed])

    def _reveal(self, index: int) -> None:
        height = max(1, self.size.height)
        if index < self.top:
            self._scroll_top(index)
        elif index >= self.top + height:
            self._scroll_top(index - height + 1)

    def neighbour(self, step: int) -> Key | None:
        """The key ``step`` rows from the selected one; the first row when nothing here is selected."""
        if not self.keys:
            return None
        index = self._index.get(self.selected) if self.selected is not None else None
        if index is None:
            return self.keys[0]
        return self.keys[max(0, min(len(self.keys) - 1, index + step))]

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.top
        if 0 <= index < len(self.keys):
            self.post_message(self.Picked(self, self.keys[index]))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll_top(self.top + 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll_top(self.top - 1)

    def on_resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self.keys))
        self._strips.clear()
        if self.selected in self._index:
            self._reveal(self._index[self.selected])

    # -- drawing ------------------------------------------------------------------------------------

    def tick(self) -> None:
        """A second has passed: repaint the clock cells of the rows that are on the screen."""
        if not self.keys or not self.size.width:
            return
        start, width = self._clock(self.size.width)
        rows = min(self.size.height, len(self.keys) - self.top)
        if rows > 0:
            self.refresh(Region(start, 0, width, rows))

    def render_line(self, y: int) -> Strip:
        width, index = self.size.width, y + self.top
        if not self.keys and y == 0:
            line = self._empty()
            self._said = line.text
            return line.strip(width, self._under(False))
        if not 0 <= index < len(self.keys):
            return Strip.blank(width, self._under(False))
        self._drawn[y] = self._looks(self.keys[index])
        return self._strip(self.keys[index], width)

    def _strip(self, key: Key, width: int) -> Strip:
        selected = key == self.selected
        token = (self._token(key), selected)
        cached = self._strips.get((key, width))
        if cached is not None and cached[0] == token:
            return cached[1]
        line = self._paint(key, width, selected)
        strip = (Line().add("  .") if line is None else line).strip(width, self._under(selected)).simplify()
        if len(self._strips) >= CACHE_LIMIT:
            self._strips.clear()
        self._strips[(key, width)] = (token, strip)
        return strip
