"""One person at several consoles: what each must know of the others. Owns what was said of it at this one.

All of them stay in use: alarms sound at each, what is typed at one stays there, and every one of them says so.
"""

from __future__ import annotations

from dataclasses import dataclass

from console.desk import Desk
from console.screens.workspace import Workspace


@dataclass
class Hearing:
    """Whether this console must tell the board what it hears. A person is deaf when none of their consoles hears.

    One that hears insists on it. One that does not says so once, and again when its own ear or the number of consoles
    changes: whoever hears corrects it, and nobody argues without end.
    """

    _said: tuple[bool, int] | None = None

    def must_tell(self, deaf: bool, board_says_deaf: bool, screens: int) -> bool:
        if board_says_deaf == deaf:
            self.told(deaf, screens)
            return False
        return not deaf or screens < 2 or self._said != (deaf, screens)

    def told(self, deaf: bool, screens: int) -> None:
        """The board has heard it."""
        self._said = (deaf, screens)


class Company:
    """Says when this person opens another console, here or elsewhere, and when only this one is left."""

    def __init__(self, desk: Desk, screen: Workspace) -> None:
        self._desk, self._screen = desk, screen
        self._seen = 1

    def watch(self) -> None:
        """Called four times a second."""
        desk, now = self._desk, self._desk.screens
        if now == self._seen or not desk.store.ready:
            return
        before, self._seen = self._seen, now
        if now > before:
            self._screen.say_result(
                desk.say("screen.wait"), desk.say("screen.company", who=desk.seat.name, n=now), good=None)
        elif now == 1:
            self._screen.say_result(desk.say("screen.ok"), desk.say("screen.company_gone"), good=True)
        self._screen.update_header()
