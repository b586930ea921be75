"""Line mode: the same command language as plain scrolling text, for screen readers, serial lines and scripts.

Owns the conversation: one result line for every line typed, rows before it, no clocks and no colours. What is only
read is in ``reads``, how it is written in ``output``.
Never asks a question that a script could not answer: a doubtful command is refused with ``TANYA``, and
the next line ``ya`` runs it after all; any other line lets it go and is a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from console.client import Client, ClientError, Rejected, to_command
from console.line.news import LineNews
from console.line.output import LineOut
from console.line.reads import PAGE_WORDS, SCREEN_ONLY, LineRead
from console.plain import Plain, answer_lines
from dispatch import grammar
from dispatch.errors import Invalid
from dispatch.grammar import ParsedCommand, Vocabulary, numbers_in
from dispatch.wire import Board, Changes, CommandResult, ProblemDetails

YES = frozenset({"ya", "yes"})
NO = frozenset({"tidak", "no", "batal", "t", "n"})
LEAVE = frozenset({"keluar", "exit", "quit"})
CONFIRM, UNAUTHORISED = 428, 401
ASK_AGAIN = frozenset({401, 429})
"""Answers to a signature that are about the password, not about the handover."""
SETS_CURRENT = frozenset({"new", "open", "view", "reopen"})


class LineMode:
    """One conversation. ``write`` gets whole lines. ``interactive`` adds announcements and kindness.

    ``folder`` is where files go; None = where the console was started. ``name`` is who is signed in.
    """

    def __init__(
        self, client: Client, board: Board, write: Callable[[str], None], *, lang: str = "id",
        interactive: bool = False, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        folder: Path | None = None, name: str = "",
    ) -> None:
        self._client, self._lang, self._interactive, self._name = client, lang, interactive, name
        self._out = LineOut(write, lang)
        self._read = LineRead(client, self._out, clock, folder or Path.cwd())
        self._news = LineNews(board, self._out, announce=interactive, name=name)
        self._doubtful: tuple[ParsedCommand, str] | None = None
        self._signing = ""
        """Whose password the next line is."""
        self._typed = ""
        """The line that is being answered."""
        self.session_over = False
        self._use_centre(board)
        self._news.take_board(board, self._plain, announce=False)

    @property
    def current(self) -> int | None:
        """The incident that commands without a number mean."""
        return self._read.current

    @property
    def failures(self) -> int:
        return self._out.failures

    # what the server tells

    def take_board(self, board: Board) -> None:
        """A snapshot: what is not in it has left."""
        self._use_centre(board)
        self._news.take_board(board, self._plain)

    def take_changes(self, changes: Changes) -> None:
        self._use_centre(changes)
        self._news.take_changes(changes, self._plain)

    def _use_centre(self, source: Board | Changes) -> None:
        known = getattr(self, "_plain", None)
        if source.centre is not None and (known is None or source.centre != known.centre):
            self._plain, self._vocabulary = Plain(source.centre, self._lang), Vocabulary.of(source.centre)
            self._read.plain = self._plain
            self._out.training = source.centre.mode == "training"

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
            self._out.let_go(self._out.say("cancelled", detail=self._doubtful[1]))
        self._doubtful = None

    async def _run_typed(self, typed: str) -> None:
        self._typed = typed
        word, _, rest = typed.partition(" ")
        page, rest = PAGE_WORDS.get(word.casefold()), rest.strip()
        if page is not None:
            await self._show(page, rest)
        elif word.casefold() in SCREEN_ONLY and not rest:
            self._out.failed(self._out.say("screen_only", word=word))
        else:
            await self._run_commands(typed)

    async def _show(self, page: str, words: str) -> None:
        if page == "language":
            self._switch_language()
            return
        try:
            await (self._turn_manual() if page == "manual" else self._read.page(page, words))
        except Rejected as refused:
            self._refused(None, refused.problem)
        except ClientError as away:
            self._out.failed(self._out.say("away", reason=str(away)))

    def _switch_language(self) -> None:
        self._lang = self._out.lang = self._client.lang = "en" if self._lang == "id" else "id"
        self._plain = self._read.plain = Plain(self._plain.centre, self._lang)
        self._out.done(self._out.say("language"))

    async def _turn_manual(self) -> None:
        """Work goes on by paper cards, or no longer: the board, and so every screen, says so."""
        people = (await self._client.board()).operators
        on_paper = any(person.name == self._name and person.on_paper for person in people)
        await self._client.command(to_command("seat", {"on_paper": not on_paper}))
        self._out.done(self._out.say("manual_off" if on_paper else "manual_on"))

    async def _run_commands(self, typed: str) -> None:
        try:
            commands = grammar.parse(typed, self._vocabulary)
        except Invalid as refused:
            self._out.failed(grammar.fault(refused, self._lang))
            return
        for position, command in enumerate(commands):
            if not await self._run(command):
                left = len(commands) - position - 1
                if left:
                    self._out.note("skipped", n=left)
                return

    async def _run(self, command: ParsedCommand, *, confirmed: bool = False) -> bool:
        """Whether it was done. Every way it can end writes exactly one result line."""
        try:
            parsed = grammar.complete(command, self.current)
            if parsed.verb == "handover" and parsed.args.get("who") and not (parsed.reason or parsed.dry_run):
                return self._ask_signature(str(parsed.args["who"]))
            if parsed.verb in self._read.verbs and not parsed.dry_run:
                await self._read.verbs[parsed.verb](parsed.args)
                return True
            result = await self._client.command(
                to_command(parsed.verb, grammar.to_args(parsed), confirmed=confirmed))
            self._tell(parsed, result)
        except Invalid as refused:
            self._out.failed(grammar.fault(refused, self._lang))
            return False
        except Rejected as refused:
            self._refused(command, refused.problem)
            return False
        except ClientError as away:
            self._out.failed(self._out.say("away", reason=str(away)))
            return False
        return result.ok

    async def _confirm(self) -> None:
        if self._doubtful is None:
            self._out.failed(self._out.say("nothing_to_confirm"))
            return
        command, _ = self._doubtful
        self._doubtful = None
        if await self._run(command, confirmed=True):
            self._out.failures -= 1  # the question counted as not done; now it is

    def _tell(self, parsed: ParsedCommand, result: CommandResult) -> None:
        if parsed.verb == "handover":  # nothing of it may be cut off
            self._out.rows(self._listed(result.data.get("lines") or []), limit=None)
        else:
            self._out.rows(self._listed(answer_lines(result.data, self._plain)))
        message = self._told(result.message, result.incident)
        if self._interactive and result.undo_s:
            message += " " + self._out.say("undo", s=result.undo_s)
        if result.ok:
            self._out.done(message)
        else:
            self._out.failed(message)
        if parsed.verb in SETS_CURRENT and result.incident is not None:
            self._read.current = result.incident

    # numbers of incidents in the server's words, as this centre writes them

    def _known(self, number: int | None = None) -> set[int]:
        """What is or was open, what was typed, and what an answer is about."""
        return {*self._news.numbers, *numbers_in(self._typed), *((number,) if number else ())}

    def _told(self, sentence: str, number: int | None = None) -> str:
        return self._plain.numbers.marked(sentence, self._known(number))

    def _listed(self, lines: Iterable[object]) -> Iterator[str]:
        known = self._known()
        return (self._plain.numbers.listed(str(line), known) for line in lines)

    def _refused(self, command: ParsedCommand | None, problem: ProblemDetails) -> None:
        detail = self._told(problem.detail or problem.title or f"HTTP {problem.status}")
        if problem.status == CONFIRM and command is not None:
            self._doubtful = (command, detail)
            self._out.asked(self._out.say("confirm", detail=detail))
            return
        self.session_over = problem.status == UNAUTHORISED
        if problem.current is not None:
            detail += " | " + self._out.say("now", row=self._plain.incident(problem.current))
        self._out.failed(detail)

    # the second signature of a handover

    @property
    def asks_secret(self) -> bool:
        """The next line is a password: it must not be shown."""
        return bool(self._signing)

    def _ask_signature(self, incoming: str) -> bool:
        self._signing = incoming
        self._out.asked(self._out.say("signature", who=incoming))
        return False

    async def _sign(self, password: str) -> None:
        """The incoming person's signature; an empty line gives none."""
        incoming, self._signing = self._signing, ""
        if not password:
            self._out.let_go(self._out.say("cancelled", detail=incoming))
            return
        try:
            signed = await self._client.sign_over(incoming, password)
        except Rejected as refused:
            self._out.let_go(self._told(str(refused)))
            self._sign_again(incoming, refused.problem.status in ASK_AGAIN)
        except ClientError as away:
            self._out.let_go(self._out.say("away", reason=str(away)))
            self._sign_again(incoming, True)
        else:
            self._out.failures -= 1  # the question counted as not done; now it is
            self._out.rows(self._listed(signed.lines), limit=None)
            self._out.done(self._out.say("signed", who=signed.session.username))

    def _sign_again(self, incoming: str, about_password: bool) -> None:
        """At a terminal the next line is the password once more, unseen: typed as a command it would stand there
        for all to read. A script goes on with its next command."""
        if about_password and self._interactive:
            self._signing = incoming
            self._out.ask_again(self._out.say("signature", who=incoming))
