"""Every alarm with the number AKUI and TUNDA take, and at whose seats it sounds now. Owns nothing but their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from console.alarms import is_shelved
from console.desk import Desk, Echo
from console.plain_board import alarm_line
from console.view.cell import Line
from console.view.page import text_lines
from dispatch.wire import AlarmRow


class AlarmPage:
    """What nobody has taken first. Drawn at every change and every second: an escalation is seen as it is heard."""

    tall = False

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk, self._now = desk, now

    def title(self) -> str:
        return self._desk.say("screen.finder.alarms", n=len(self._desk.store.alarms))

    def lines(self, width: int, height: int) -> Sequence[Line]:
        store, look = self._desk.store, self._desk.look(self._now())

        def rank(row: AlarmRow) -> tuple[bool, int, int]:
            return bool(row.acknowledged_by) or is_shelved(row, look.now), row.level, row.id

        people = store.operators.values()
        rows = [alarm_line(row, store.owner_of(row), people, look) for row in sorted(store.alarms.values(), key=rank)]
        return text_lines("\n".join(rows) or look.say("screen.finder.no_alarms"), look, width)

    def move(self, across: int, down: int) -> bool:
        return False

    def takes(self, line: str) -> bool:
        return False

    def says(self, line: str) -> Echo | None:
        return None

    def back(self) -> bool:
        return False
