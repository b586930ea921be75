"""How the end of a command is told on the result line. Owns the wording's order, not the words."""

from __future__ import annotations

from console.desk import Desk
from console.screens.workspace import Workspace
from console.sender import STALE, Outcome
from console.store import rank_of
from console.told import told
from dispatch.errors import KentonganError
from dispatch.wire import ProblemDetails

STALE_VERSION = "stale_version"
"""Of this refusal the row says all the server's sentence does."""


class Outcomes:
    """OK with the undo time, TUNGGU while a second Enter is awaited, or GAGAL with who was first or what is missing."""

    def __init__(self, desk: Desk, screen: Workspace) -> None:
        self._desk, self._screen = desk, screen

    def tell(self, outcome: Outcome) -> None:
        desk = self._desk
        if outcome.away:
            self._screen.say_result(desk.say("screen.failed"), desk.say("screen.away", line=outcome.line), good=False)
        elif outcome.needs_confirmation:
            self._screen.say_result(desk.say("screen.wait"), desk.say("screen.not_yet", line=outcome.line), good=None)
        elif outcome.problem is not None:
            self._screen.say_result(desk.say("screen.failed"), self._refusal(outcome.problem, outcome.line), good=False)
        elif outcome.results:
            self._tell_done(outcome)

    def _tell_done(self, outcome: Outcome) -> None:
        desk, last = self._desk, outcome.results[-1]
        look = desk.look(self._screen.now())
        said = "; ".join(result.message for result in outcome.results if result.message)
        said = told(desk, said, outcome.line, (result.incident for result in outcome.results))
        text = f"{look.local(look.now):%H:%M:%S} {said}"
        if last.ok and last.undo_s:
            text += "   " + desk.say("screen.undo", s=last.undo_s)
        self._screen.say_result(desk.say("screen.ok" if last.ok else "screen.failed"), text, good=last.ok)

    def _refusal(self, problem: ProblemDetails, line: str) -> str:
        text = told(self._desk, problem.detail or problem.title, line)
        return self._stale(problem, text, line) if problem.status == STALE else text

    def _stale(self, problem: ProblemDetails, text: str, line: str) -> str:
        """Who was first, and the newer value beside it; the newer row goes on the board at once."""
        desk, row = self._desk, problem.current
        if row is None:
            return text or desk.say("screen.stale_unknown")
        desk.store.offer(row)
        desk.typed_over.forget(row.number)
        look = desk.look(self._screen.now())
        units = " ".join(a.unit or a.agency for a in row.assignments)
        rank = rank_of(row)
        level = f"P{rank}" if rank < 5 else ""
        words = (level, look.word("status", row.status), look.type_short(row.type), units)
        now = " ".join(word for word in words if word)
        key = "screen.stale_undo" if self._undoes(line) else "screen.stale_first"
        said = desk.say(key, who=row.last_actor or "?", number=look.number(row.number), now=now)
        return said if problem.code == STALE_VERSION or not text else f"{said} | {text}"

    def _undoes(self, line: str) -> bool:
        """An undo is never meant all the same: what a colleague did since stays."""
        try:
            return any(command.verb == "undo" for command in self._desk.read(line))
        except KentonganError:
            return False
