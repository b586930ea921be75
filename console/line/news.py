"""What a person at line mode is told without asking: a new or raised P1, an emergency, another console of theirs.

Owns what was told already.
"""

from __future__ import annotations

from collections.abc import Iterable

from console.line.output import LineOut
from console.plain import RANKS, Plain
from console.view.naming import alarm_numbers
from dispatch.wire import AlarmRow, Board, Changes, IncidentRow

LEFT = frozenset({"closed", "merged"})


class LineNews:
    """Without ``announce`` it only remembers."""

    def __init__(self, board: Board, out: LineOut, *, announce: bool, name: str = "") -> None:
        self._out, self._speaks, self._name, self._screens = out, announce, name, 1
        self._rows: dict[int, IncidentRow] = {}
        self.numbers: set[int] = set()
        """Of every incident that is or was open since the conversation began."""
        self._told_alarms = {alarm.id for alarm in board.alarms}

    def take_board(self, board: Board, plain: Plain, *, announce: bool = True) -> None:
        known, self._rows = self._rows, {row.number: row for row in board.incidents}
        self.numbers |= self._rows.keys()
        if announce:
            self._tell_screens(board)
            for row in board.incidents:
                self._tell(row, known.get(row.number), plain)

    def take_changes(self, changes: Changes, plain: Plain) -> None:
        for row in changes.incidents:
            known = self._rows.pop(row.number, None)
            self.numbers.add(row.number)
            if row.status not in LEFT:
                self._rows[row.number] = row
                self._tell(row, known, plain)
        self._tell_alarms(changes.alarms, plain)
        self._tell_screens(changes)

    def _tell(self, row: IncidentRow, known: IncidentRow | None, plain: Plain) -> None:
        if RANKS.get(row.severity or "") != "P1" or (known is not None and known.severity == row.severity):
            return
        if self._speaks:
            self._out.news(self._out.say("new_p1" if known is None else "raised_p1", row=plain.incident(row)))

    def _tell_alarms(self, alarms: Iterable[AlarmRow], plain: Plain) -> None:
        for alarm in alarms:
            sounding = alarm.level == 1 and not alarm.acknowledged_by and alarm.cleared_at is None
            if sounding and self._speaks and alarm.id not in self._told_alarms:
                self._told_alarms.add(alarm.id)
                self._out.news(self._out.say("alarm", text=plain.numbers.marked(alarm.text, alarm_numbers(alarm))))

    def _tell_screens(self, source: Board | Changes) -> None:
        if source.centre is None:
            return
        before, self._screens = self._screens, source.centre.screens.get(self._name, 1)
        if self._speaks and self._screens > before:
            self._out.news(self._out.say("company", who=self._name, n=self._screens))
