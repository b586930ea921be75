"""What may cover the boards and still lives: drawn anew with every change, with keys of its own on an empty line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from console.desk import Echo
from console.view.cell import Line


class Cover(Protocol):
    """A page over the boards. The command line keeps the focus: letters are always typed text."""

    tall: bool
    """Whether it also takes the lines of the detail and the chronology below the boards."""

    def title(self) -> str: ...

    def lines(self, width: int, height: int) -> Sequence[Line]: ...

    def move(self, across: int, down: int) -> bool:
        """An arrow on an empty line; False leaves it to scrolling."""
        ...

    def takes(self, line: str) -> bool:
        """Enter: whether this line ('' = nothing typed) meant the page."""
        ...

    def says(self, line: str) -> Echo | None:
        """What Enter would do here, or None when the line is a command like any other."""
        ...

    def back(self) -> bool:
        """Esc: one step back within the page; False when there is none."""
        ...
