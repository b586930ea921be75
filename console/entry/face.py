"""What the call entry form shows of the board: row, duplicates, the caller's words; and what the next key means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk import Desk, Echo
from console.entry.form import CARD
from console.entry.scene import SCENE
from console.screens.workspace import Workspace
from console.view.cell import Line
from console.view.entry import entry_lines, entry_title
from console.view.entry_part import Entry as Facts
from dispatch.wire import DuplicateRow, IncidentRow, LogLine

if TYPE_CHECKING:
    from console.entry.hand import Entry

HEARD, HEARD_LIMIT = "call.transcript", 4000


class EntryFace:
    """Drawn by the workspace; ``label`` names the field the command line writes into."""

    def __init__(self, entry: Entry, desk: Desk, screen: Workspace) -> None:
        self._entry, self._desk, self._screen = entry, desk, screen
        self.label = ""

    def twins(self) -> list[tuple[DuplicateRow, IncidentRow | None]]:
        row = self._row()
        return [(twin, self._desk.store.row_of(twin.number)) for twin in row.duplicates if twin.score] if row else []

    def _row(self) -> IncidentRow | None:
        return self._desk.store.row_of(self._entry.form.incident) if self._entry.form.incident is not None else None

    def heard(self) -> list[LogLine]:
        """The live transcript, newest first."""
        number = self._entry.form.incident
        if number is None:
            return []
        detail = self._desk.details.get(number)
        known = [*(detail.timeline if detail else []), *self._desk.store.log_of(number)]
        lines = {line.seq: line for line in known if line.kind == HEARD}
        return [lines[seq] for seq in sorted(lines, reverse=True)]

    def _facts(self) -> Facts:
        form, store = self._entry.form, self._desk.store
        number = form.incident
        call = store.calls.get(form.call if form.call is not None else -1) or next(
            (c for c in store.calls.values() if number is not None and c.incident == number), None)
        return Facts(
            form=form, vocabulary=self._desk.vocabulary, row=self._row(), call=call, twins=self.twins(),
            detail=self._desk.details.get(number) if number is not None else None, heard=self.heard(),
            state=self._entry.saver.state(form), mute=self._entry.adviser.mute, at_hand=self._entry.at_hand,
        )

    def title(self, width: int) -> Line:
        return entry_title(self._facts(), self._desk.look(self._screen.now()), width)

    def lines(self, width: int, height: int) -> list[Line]:
        return entry_lines(self._facts(), self._desk.look(self._screen.now()), width, height)

    def echo(self) -> Echo | None:
        """What the next key means; None when the command line is one."""
        if not self._entry.at_hand:
            return None
        form, say = self._entry.form, self._desk.say
        key = form.at if form.at in ("place", SCENE, CARD) else "field"
        if self._entry.discards:
            return Echo(say("screen.entry.discard"), good=False)
        if form.choosing:
            return Echo(say("screen.entry.echo.choose", n=len(form.candidates)))
        if form.at == "place" and form.candidates:
            key = "candidates"
        elif form.at == CARD:
            key = "card" if form.question else "card_done"
        return Echo(say(f"screen.entry.echo.{key}"))

    def said(self) -> str:
        """The caller's words so far, in the order they were spoken."""
        said = [str(line.data.get("text") or line.text) for line in self.heard() if _is_caller(line)]
        return " ".join(reversed(said))[-HEARD_LIMIT:]


def _is_caller(line: LogLine) -> bool:
    """Whether the words are the caller's, not the operator's own."""
    return str(line.data.get("speaker", "citizen")) == "citizen"
