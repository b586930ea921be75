"""Runs what was typed: some verbs stay in this console, the others go to the server in order.

Owns the second Enter, what comes back to the command line, and how the end of a line is told. It never
decides what is legal: the grammar reads, the server judges.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from console.desk import Desk, Echo, local_word
from console.filter import BoardFilter
from console.outcome import Outcomes
from console.screens.workspace import Workspace
from console.sender import Outcome, Sender
from console.told import told, told_lines
from console.view.page import text_lines
from console.view.reasons import answer_lines
from dispatch.errors import KentonganError
from dispatch.grammar import ParsedCommand, fault, overview, syntax
from dispatch.wire import Command

SLOW_S = 1.0
"""From here on the operator is told that the server has not answered yet."""
PENDING_S = 2.0
"""From here on the line is marked as open; the hands are free all the while."""
TYPED_LIMIT = 16
MAKES = frozenset({"new"})
"""Commands after which the operator works on the incident they name; that of an answered call comes with its form."""


class Host(Protocol):
    """What only the application can do."""

    def find(self, line: str, query: str) -> None: ...
    def open_incident(self, number: int, line: str = "") -> None: ...
    def show_incident(self, number: int) -> None: ...
    def action_help(self) -> None: ...
    def action_here(self, name: str, words: str = "") -> None: ...
    def show_handover(self, data: dict[str, Any]) -> None: ...
    def sign_over(self, incoming: str) -> None: ...
    def give_back(self, line: str) -> None: ...


class Runner:
    """One command line. ``confirming`` is set while the echo line waits for a second Enter."""

    def __init__(
        self, desk: Desk, screen: Workspace, sender: Sender, clock: Callable[[], datetime], host: Host
    ) -> None:
        self._desk, self._screen, self._sender, self._clock, self._host = desk, screen, sender, clock, host
        self._outcomes = Outcomes(desk, screen)
        self._confirming: tuple[str, list[Command]] | None = None
        self._question: Echo | None = None
        self._typed: list[str] = []
        self._sent_at: datetime | None = None
        self._sent_on: int | None = None
        """The incident that was on screen when the last line was sent."""

    # -- the second Enter ---------------------------------------------------------------------------

    @property
    def confirming(self) -> bool:
        return self._confirming is not None

    @property
    def question(self) -> Echo | None:
        """What the echo line asks until the second Enter."""
        return self._question if self.confirming else None

    def asks_about(self, line: str) -> bool:
        """Whether the question on the echo line is about this text."""
        return self._confirming is not None and self._confirming[0] == line

    def take_back(self) -> None:
        self._confirming = None

    # -- running ------------------------------------------------------------------------------------

    def submit(self, line: str) -> None:
        """Enter: confirm what was asked about, or run the line; another line than that confirms nothing."""
        if self._confirming is not None and line == self._confirming[0].strip():
            self._take_line(line)
            self.confirm()
            return
        self._confirming = None
        if local := local_word(line):
            self._take_line(line)
            self._host.action_here(*local)
        else:
            self._run(line)

    def confirm(self) -> None:
        """Yes to what is asked; the line is left as it is."""
        if self._confirming is not None:
            waiting, self._confirming = self._confirming, None
            self._sent_at, self._sent_on = self._clock(), self._desk.current
            self._sender.confirm(*waiting)

    def send(self, line: str, commands: list[Command]) -> None:
        self._sent_at, self._sent_on = self._clock(), self._desk.current
        self._sender.send(line, commands)

    def _run(self, line: str) -> None:
        try:
            parsed = self._desk.read(line)
        except KentonganError as error:
            self._say("screen.failed", fault(error, self._desk.lang), good=False)
            return
        self._take_line(line)
        commands = [command for one in parsed for command in self._commands(one, line)]
        if commands:
            self.send(line, commands)
        self._screen.refresh_all()

    def _commands(self, parsed: ParsedCommand, line: str) -> list[Command]:
        """What goes to the server; help, filter and views of what is here are done on the spot."""
        if parsed.verb == "help":
            self._show_syntax(str(parsed.args.get("topic", "")))
        elif parsed.verb == "filter":
            self._filter(parsed.args, line)
        elif parsed.verb == "find":
            self._host.find(line, self._desk.say_find(parsed.args))
        elif parsed.verb == "handover" and parsed.args.get("who") and not (parsed.reason or parsed.dry_run):
            self._host.sign_over(parsed.args["who"])
        elif parsed.verb == "view" and not parsed.dry_run:
            return self._view(parsed.args, line)
        else:
            return [self._desk.command(parsed)]
        return []

    def _take_line(self, line: str) -> None:
        self._typed = [*self._typed, line][-TYPED_LIMIT:]
        self._screen.prompt.remember(line)
        self._screen.prompt.put("")

    def _view(self, args: dict[str, Any], line: str) -> list[Command]:
        """V: an incident comes on screen and counts as opened; a unit is selected on the unit board."""
        number, units = args.get("incident"), args.get("units") or []
        if units:
            self._desk.unit = units[0]
            self._screen.show_units()
            return []
        if not isinstance(number, int):
            return [self._desk.make("view", args)]
        self._host.open_incident(number, line)
        if not self._desk.vocabulary.numbers.bare(line)[:1].isdigit():
            self._host.show_incident(number)
        known = number in self._desk.store.incidents
        return [self._desk.make("open", {"incident": number})] if known else []

    def _filter(self, args: dict[str, Any], line: str) -> None:
        words = line.partition(" ")[2].strip()
        self._desk.filter = BoardFilter.of(args, words)
        self._say("screen.ok", f"Q {words or '-'}", good=True)
        self._screen.refresh_all(hold=False)

    def _show_syntax(self, topic: str) -> None:
        if not topic:
            self._host.action_help()
            return
        text = "\n".join([*syntax(topic, self._desk.lang).split(" | "), "", *overview(self._desk.lang)])
        self._screen.cover(self._desk.say("screen.help_title"), partial(text_lines, text))

    # -- ends ---------------------------------------------------------------------------------------

    def finish(self, outcome: Outcome) -> None:
        """A line was done, refused, or lost."""
        self._outcomes.tell(outcome)
        if outcome.needs_confirmation:
            self._ask_again(outcome)
        elif not outcome.ok:
            self._give_back(outcome.line)
        elif outcome.results and outcome.results[-1].data:
            self._show_answer(outcome)
        self._go_to_new(outcome)
        self._screen.refresh_all()

    def _go_to_new(self, outcome: Outcome) -> None:
        """An incident this seat has just made or answered comes on screen, unless another was chosen meanwhile."""
        attempt = self._sender.last
        verbs = [command.command for command in attempt.commands] if attempt and outcome.results else []
        made = [r.incident for verb, r in zip(verbs, outcome.results, strict=False) if verb in MAKES and r.incident]
        if not made or made[-1] is None or self._desk.current not in (self._sent_on, *made):
            return
        self._host.open_incident(made[-1])

    def _ask_again(self, outcome: Outcome) -> None:
        """428: the echo line asks; the second Enter sends the same commands, confirmed."""
        attempt = self._sender.last
        if attempt is None:
            return
        self._give_back(outcome.line)
        self._confirming = (self._screen.prompt.value, list(attempt.commands[attempt.done :]))
        detail = told(self._desk, outcome.problem.detail, outcome.line) if outcome.problem else ""
        self._question = Echo(detail, self._desk.say("screen.confirm_hint"))
        self._screen.say_echo(self._question, strong=True)

    def _give_back(self, line: str) -> None:
        """A typed line that was not run returns to be corrected."""
        if line in self._typed:
            self._host.give_back(line)

    def _show_answer(self, outcome: Outcome) -> None:
        data = outcome.results[-1].data
        if "unread" in data:
            self._host.show_handover(data)
            return
        if lines := data.get("lines"):
            data = {**data, "lines": told_lines(self._desk, lines, outcome.line)}
        following, shown = data.get("next"), {key: value for key, value in data.items() if key != "next"}
        if shown.get("lines") or shown.get("decision"):
            self._screen.cover(self._desk.say("screen.answer_title", line=outcome.line), partial(answer_lines, shown))
        if isinstance(following, str) and not self._screen.prompt.value:
            self._screen.prompt.put(told(self._desk, following, following))

    def watch(self) -> None:
        """Called four times a second: say so when an answer is late."""
        line = self._sender.waiting_for
        if not line or self._sent_at is None:
            return
        waited = (self._clock() - self._sent_at).total_seconds()
        if waited > PENDING_S:
            self._say("screen.wait", self._desk.say("screen.still_pending", line=line), good=None)
        elif waited > SLOW_S:
            self._say("screen.wait", self._desk.say("screen.pending", s=f"{waited:.1f}", line=line), good=None)

    def _say(self, word: str, text: str, *, good: bool | None) -> None:
        self._screen.say_result(self._desk.say(word), text, good=good)
