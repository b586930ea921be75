"""Line mode: the same command language as plain scrolling text, for screen readers, serial lines and scripts.

Owns the conversation: one result line for every line typed, rows before it, no clocks and no colours.
Never asks a question that a script could not answer: a doubtful command is refused with ``TANYA``, and
the next line ``ya`` runs it after all; any other line lets it go and is a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from console.client import Client, ClientError, Rejected, to_command
from console.filter import BoardFilter
from console.plain import RANKS, Plain, answer_lines
from console.query import fits, search_words
from console.texts import text
from console.view.visible import visible
from dispatch import grammar
from dispatch.errors import Invalid
from dispatch.grammar import ParsedCommand, Vocabulary
from dispatch.wire import Board, Changes, CommandResult, IncidentRow, ProblemDetails

YES = frozenset({"ya", "yes"})
NO = frozenset({"tidak", "no", "batal", "t", "n"})
LEAVE = frozenset({"keluar", "exit", "quit"})
CONFIRM, UNAUTHORISED, FORBIDDEN = 428, 401, 403
SETS_CURRENT = frozenset({"new", "open", "view", "reopen"})
LEFT = frozenset({"closed", "merged"})
ROWS_LIMIT = 200


class LineMode:
    """One conversation. ``write`` gets whole lines. ``interactive`` adds announcements and kindness."""

    def __init__(
        self, client: Client, board: Board, write: Callable[[str], None], *, lang: str = "id",
        interactive: bool = False, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client, self._write, self._lang, self._interactive = client, write, lang, interactive
        self._clock = clock
        self._rows: dict[int, IncidentRow] = {}
        self._plain = Plain(board.centre, lang)
        self._vocabulary = Vocabulary.of(board.centre)
        self._doubtful: tuple[ParsedCommand, str] | None = None
        self._told_alarms = {alarm.id for alarm in board.alarms}
        self._signing = ""
        """Whose password the next line is."""
        self.current: int | None = None
        """The incident that commands without a number mean."""
        self.failures = 0
        self.session_over = False
        self.take_board(board, announce=False)

    # what the server tells

    def take_board(self, board: Board, *, announce: bool = True) -> None:
        """A snapshot: what is not in it has left."""
        known = self._rows
        self._use_centre(board)
        self._rows = {}
        for row in board.incidents:
            self._rows[row.number] = row
            if announce and self._interactive:
                self._announce(row, known.get(row.number))

    def take_changes(self, changes: Changes) -> None:
        if changes.centre is not None:
            self._use_centre(changes)
        for row in changes.incidents:
            known = self._rows.get(row.number)
            if row.status in LEFT:
                self._rows.pop(row.number, None)
                continue
            self._rows[row.number] = row
            if self._interactive:
                self._announce(row, known)
        for alarm in changes.alarms:
            sounding = alarm.level == 1 and not alarm.acknowledged_by and alarm.cleared_at is None
            if sounding and self._interactive and alarm.id not in self._told_alarms:
                self._told_alarms.add(alarm.id)
                self._write(visible(self._say("alarm", text=alarm.text)))

    def _use_centre(self, source: Board | Changes) -> None:
        if source.centre is not None and source.centre != self._plain.centre:
            self._plain, self._vocabulary = Plain(source.centre, self._lang), Vocabulary.of(source.centre)

    def _announce(self, row: IncidentRow, known: IncidentRow | None) -> None:
        if RANKS.get(row.severity or "") != "P1" or (known is not None and known.severity == row.severity):
            return
        self._write(self._say("new_p1" if known is None else "raised_p1", row=self._plain.incident(row)))

    # what the operator types

    async def run_line(self, line: str) -> bool:
        """Run one line; False when it asks to leave. Blank lines and ``#`` comments mean nothing."""
        if self._signing:
            await self._sign(line.rstrip("\r\n"))
            return not self.session_over
        typed = line.strip()
        word = typed.casefold()
        if word in LEAVE:
            self.drop_question()
            return False
        if word in YES:
            await self._confirm()
        elif self._doubtful and self._interactive and (not word or word in NO):
            self.drop_question()
        elif typed and not typed.startswith("#"):
            self._doubtful = None
            await self._run_typed(typed)
        return not self.session_over

    def drop_question(self) -> None:
        """The end of the conversation, or a no: what was asked about is not done."""
        if self._doubtful and self._interactive:
            self._write(self._fail("cancelled", detail=self._doubtful[1]))
        self._doubtful = None

    async def _run_typed(self, typed: str) -> None:
        try:
            commands = grammar.parse(typed, self._vocabulary)
        except Invalid as refused:
            self._failed(grammar.fault(refused, self._lang))
            return
        for position, command in enumerate(commands):
            if not await self._run(command):
                left = len(commands) - position - 1
                if left:
                    self._write("  " + self._say("skipped", n=left))
                return

    async def _run(self, command: ParsedCommand, *, confirmed: bool = False) -> bool:
        """Whether it was done. Every way it can end writes exactly one result line."""
        try:
            parsed = grammar.complete(command, self.current)
            if parsed.verb == "handover" and parsed.args.get("who") and not (parsed.reason or parsed.dry_run):
                return self._ask_signature(str(parsed.args["who"]))
            if parsed.verb in _READERS and not parsed.dry_run:
                await _READERS[parsed.verb](self, parsed.args)
                return True
            result = await self._client.command(
                to_command(parsed.verb, grammar.to_args(parsed), confirmed=confirmed))
            self._tell(parsed, result)
        except Invalid as refused:
            self._failed(grammar.fault(refused, self._lang))
            return False
        except Rejected as refused:
            self._refused(command, refused.problem)
            return False
        except ClientError as away:
            self._failed(self._say("away", reason=str(away)))
            return False
        return result.ok

    async def _confirm(self) -> None:
        if self._doubtful is None:
            self._failed(self._say("nothing_to_confirm"))
            return
        command, _ = self._doubtful
        self._doubtful = None
        if await self._run(command, confirmed=True):
            self.failures -= 1  # the question counted as not done; now it is

    @property
    def asks_secret(self) -> bool:
        """The next line is a password: it must not be shown."""
        return bool(self._signing)

    def _ask_signature(self, incoming: str) -> bool:
        self.failures += 1
        self._signing = incoming
        self._write(visible(f"{self._say('question')} {self._say('signature', who=incoming)}"))
        return False

    async def _sign(self, password: str) -> None:
        """The incoming person's signature; an empty line gives none."""
        incoming, self._signing = self._signing, ""
        if not password:
            self._write(self._fail("cancelled", detail=incoming))
            return
        try:
            signed = await self._client.sign_over(incoming, password)
        except Rejected as refused:
            self._write(visible(f"{self._say('failed')} {refused}"))
        except ClientError as away:
            self._write(visible(f"{self._say('failed')} {self._say('away', reason=str(away))}"))
        else:
            self.failures -= 1  # the question counted as not done; now it is
            self._print(signed.lines)
            self._done(self._say("signed", who=signed.session.username))

    def _print(self, lines: list[str]) -> None:
        """A handover in full: nothing of it may be cut off."""
        for line in lines:
            self._write(f"  {visible(line)}".rstrip())

    def _tell(self, parsed: ParsedCommand, result: CommandResult) -> None:
        if parsed.verb == "handover":
            self._print(list(map(str, result.data.get("lines") or [])))
        else:
            self._rows_out(answer_lines(result.data, self._plain))
        message = result.message
        if self._interactive and result.undo_s:
            message += " " + self._say("undo", s=result.undo_s)
        if result.ok:
            self._done(message)
        else:
            self._failed(message)
        if parsed.verb in SETS_CURRENT and result.incident is not None:
            self.current = result.incident

    def _refused(self, command: ParsedCommand, problem: ProblemDetails) -> None:
        detail = problem.detail or problem.title or f"HTTP {problem.status}"
        if problem.status == CONFIRM:
            self.failures += 1
            self._doubtful = (command, detail)
            asked = self._say("confirm", detail=detail)
            self._write(visible(f"{self._say('question')} {asked}"))
            return
        self.session_over = problem.status == UNAUTHORISED
        if problem.current is not None:
            detail += " | " + self._say("now", row=self._plain.incident(problem.current))
        self._failed(detail)

    # commands that only read

    async def _view(self, args: dict[str, Any]) -> None:
        if args.get("units"):
            await self._view_units(args["units"])
        elif "call" in args:
            await self._view_call(args["call"])
        else:
            detail = await self._client.incident(args["incident"])
            self.current = detail.incident.number
            if detail.incident.status not in LEFT:
                await self._open(detail.incident.number)
            self._rows_out(self._plain.detail(detail), count=True)

    async def _open(self, number: int) -> None:
        """Who reads an incident has opened it, as in the console: its answer clock ends. A mere viewer only reads."""
        try:
            await self._client.command(to_command("open", {"incident": number}))
        except Rejected as refused:
            if refused.problem.status != FORBIDDEN:
                raise

    async def _view_units(self, names: list[str]) -> None:
        rows = [row for row in (await self._client.board()).units if row.call_sign in names]
        if len(rows) < len(names):
            missing = [name for name in names if name not in {row.call_sign for row in rows}]
            raise _not_found(self._say("unit_unknown", names=" ".join(missing)))
        self._rows_out(map(self._plain.unit, rows), count=True)

    async def _view_call(self, number: int) -> None:
        rows = [row for row in (await self._client.board()).calls if row.id == number]
        if not rows:
            raise _not_found(self._say("call_unknown", id=number))
        self._rows_out(map(self._plain.call, rows), count=True)

    async def _find(self, args: dict[str, Any]) -> None:
        result = await self._client.search(search_words(args))
        hits = [hit for hit in result.hits if fits(hit, args, self._clock())]
        self._rows_out(map(self._plain.hit, hits))
        self._done(self._say("found", n=len(hits), ms=f"{result.took_ms:.0f}"))

    async def _filter(self, args: dict[str, Any]) -> None:
        board = await self._client.board()
        self.take_board(board)
        fits = BoardFilter.of(args, "")
        rows = sorted((row for row in board.incidents if fits.shows(row, board.now)), key=_urgency)
        self._rows_out(map(self._plain.incident, rows), count=True)

    async def _help(self, args: dict[str, Any]) -> None:
        topic = args.get("topic")
        lines = [grammar.syntax(topic, self._lang)] if topic else grammar.overview(self._lang)
        self._rows_out(lines, count=True)

    # writing

    def _rows_out(self, lines: Iterable[str], *, count: bool = False) -> None:
        """Indented, so that a reader tells rows from results by the first character."""
        n = 0
        for n, line in enumerate(lines, start=1):
            if n <= ROWS_LIMIT:
                self._write(f"  {line}")
        if count:
            self._done(self._say("shown", n=n))

    def _done(self, message: str) -> None:
        self._write(visible(f"{self._say('ok')} {message}".rstrip()))

    def _failed(self, message: str) -> None:
        self.failures += 1
        self._write(visible(f"{self._say('failed')} {message}"))

    def _fail(self, key: str, **params: object) -> str:
        return visible(f"{self._say('failed')} {self._say(key, **params)}")

    def _say(self, key: str, **params: object) -> str:
        return text(f"line.{key}", self._lang, **params)


_READERS = {
    "view": LineMode._view, "find": LineMode._find, "filter": LineMode._filter, "help": LineMode._help,
}


def _urgency(row: IncidentRow) -> tuple[str, datetime]:
    return RANKS.get(row.severity or "", "P5"), row.opened_at


def _not_found(detail: str) -> Rejected:
    return Rejected(ProblemDetails(status=404, code="not_found", detail=detail))
