"""The operator console: joins the feed, the desk and the screen. Owns workers, keys and what is sent.

Workers post messages and never touch a widget; bursts of the feed collapse into at most ten repaints
a second. Nothing here knows SQL or rules: the server says what was done.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.app import App
from textual.binding import Binding
from textual.timer import Timer
from textual.widgets import Input

from console.client import ClientError, Rejected
from console.desk import Act, Desk, Echo
from console.draft import Draft
from console.live import Connection, Live
from console.message import DetailRead, FeedRead, LineDone, LinkChanged, SearchDone, Server
from console.runner import Runner
from console.screens.workspace import Workspace
from console.sender import Outcome, Sender
from console.store import Store
from console.theme import DARK, PALETTES, textual_theme
from console.view.head import Link, Seat
from console.view.page import district_lines, hit_lines, text_lines
from console.widgets.board import Board as BoardWidget
from console.widgets.prompt import Prompt
from dispatch.wire import Board, Changes

REPAINT_S = 0.1
"""Bursts of the feed are drawn together."""
DETAIL_S = 0.12
"""A selection that moves on faster than this asks the server for nothing."""
DRAFT_S = 0.3
STALE_S = 3.0


class ConsoleApp(App[int]):
    """``client`` is a logged-in ``console.client.Client`` or anything that answers like one."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "Kentongan"
    CSS = "Screen { background: $background; }"
    BINDINGS = [
        Binding("f1", "help", id="help", priority=True, show=False),
        Binding("f2", "act('new_incident')", id="new", priority=True, show=False),
        Binding("f3", "swap", id="queue", priority=True, show=False),
        Binding("f4", "units", id="units", priority=True, show=False),
        Binding("f5", "dispatch", id="dispatch", priority=True, show=False),
        Binding("f6", "act('next_status')", id="status", priority=True, show=False),
        Binding("f7", "act('remark_current')", id="remark", priority=True, show=False),
        Binding("f8", "act('acknowledge_top')", id="alarm", priority=True, show=False),
        Binding("f9", "dispose", id="dispose", priority=True, show=False),
        Binding("f10", "districts", id="districts", priority=True, show=False),
        Binding("ctrl+t", "language", id="language", priority=True, show=False),
        Binding("ctrl+l", "redraw", id="redraw", priority=True, show=False),
        Binding("ctrl+q", "sign_off", id="sign_off", priority=True, show=False),
    ]

    def __init__(
        self,
        client: Server,
        *,
        seat: Seat = Seat(),  # noqa: B008  frozen
        lang: str = "id",
        draft: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        calm: bool = False,
        palette: str = DARK.name,
        live: Live | None = None,
    ) -> None:
        super().__init__()
        self.client, self._clock, self._draft = client, clock, Draft(draft)
        self.store = Store()
        self.desk = Desk(
            self.store, seat=seat, lang=lang, palette=PALETTES[palette], new_key=lambda: secrets.token_hex(16)
        )
        self.workspace = Workspace(self.desk, clock, calm=calm)
        self.sender = Sender(client, self._take_outcome)
        self.runner = Runner(self.desk, self.workspace, self.sender, self._clock, self)
        self._live = live or Live(client)
        self._connection: Connection | None = None
        self._heard: datetime | None = None
        self._started = clock()
        self._dirty: set[str] = set()
        self._repaint: Timer | None = None
        self._detail_timer: Timer | None = None
        self._draft_timer: Timer | None = None
        self._leaving = False
        self._was_lost = False
        self._advice_for: int | None = None

    # -- life ---------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = self.desk.palette.name
        self.push_screen(self.workspace)
        self.run_worker(self._follow(), group="feed", exit_on_error=False)
        self.run_worker(self.sender.run(), group="sender")
        self.set_interval(0.25, self._watch_link)
        self.call_after_refresh(self._restore)

    def _restore(self) -> None:
        text = self._draft.load()
        self._echo_now()
        if text:
            self.workspace.prompt.put(text)
            self.workspace.say_result(self.desk.say("screen.ok"), self.desk.say("screen.restored"), good=True)

    async def _follow(self) -> None:
        """The live feed, until the session is over."""
        try:
            await self._live.run(self._take_snapshot, self._take_changes, self._take_state)
        except Rejected as over:
            self._connection = None
            self.post_message(LineDone(Outcome("", problem=over.problem)))

    def _take_snapshot(self, board: Board) -> None:
        self._dirty |= self.store.snapshot(board, self._clock())
        self.post_message(FeedRead())

    def _take_changes(self, changes: Changes) -> None:
        self._dirty |= self.store.apply(changes, self._clock())
        self.post_message(FeedRead())

    def _take_state(self, connection: Connection) -> None:
        self._heard = self._clock() if connection.state == "live" else self._heard
        if self._connection is None or connection.state != self._connection.state:
            self.post_message(LinkChanged(connection))
        self._connection = connection

    def _take_outcome(self, outcome: Outcome) -> None:
        self.post_message(LineDone(outcome))

    # -- feed ---------------------------------------------------------------------------------------

    def on_feed_read(self) -> None:
        """Draw at once when idle, then at most every tenth of a second."""
        if self._repaint is None:
            self._draw_changes()
            self._repaint = self.set_timer(REPAINT_S, self._draw_late)

    def _draw_late(self) -> None:
        self._repaint = None
        if self._dirty:
            self.on_feed_read()

    def _draw_changes(self) -> None:
        dirty, self._dirty = self._dirty, set()
        desk = self.desk
        if "all" in dirty and desk.current is None and desk.store.waiting():
            desk.select(desk.store.waiting()[0])
        self.workspace.refresh_all()
        wanted = desk.current not in desk.details or f"incident:{desk.current}" in dirty or "all" in dirty
        if desk.current is not None and wanted:
            self._want_detail()

    def on_link_changed(self, event: LinkChanged) -> None:
        self._watch_link()
        live = event.connection.state == "live"
        if live and self._was_lost:
            self.workspace.say_result(self.desk.say("screen.ok"), self.desk.say("screen.connected"), good=True)
        self._was_lost = not live and self.store.ready

    def _watch_link(self) -> None:
        """Staleness is measured here as well: a feed that hangs says nothing."""
        state = self._connection.state.value if self._connection else "offline"
        age = self._clock() - (self._heard or self._started)
        if state == "live" and age > timedelta(seconds=STALE_S):
            state = "stale"
        link = Link(state, max(age, timedelta()))
        before, self.desk.link = self.desk.link, link
        if link.state != before.state or (link.state != "live" and link.reads_as != before.reads_as):
            self.workspace.update_header()
        self.runner.watch()

    # -- detail -------------------------------------------------------------------------------------

    def _want_detail(self) -> None:
        if self._detail_timer is not None:
            self._detail_timer.stop()
        self._detail_timer = self.set_timer(DETAIL_S, self._fetch_detail)

    def _fetch_detail(self) -> None:
        if self.desk.current is not None:
            self.run_worker(self._read_detail(self.desk.current), group="detail", exclusive=True)

    async def _read_detail(self, number: int) -> None:
        try:
            detail = await self.client.incident(number)
        except ClientError as error:
            self.log.warning(f"no detail of {number}: {error}")
            return
        self.post_message(DetailRead(detail))

    def on_detail_read(self, event: DetailRead) -> None:
        self.desk.keep_detail(event.detail)
        number, self._advice_for = self._advice_for, None
        if number == event.detail.incident.number == self.desk.current and not self.workspace.prompt.value:
            self._perform(self.desk.dispatch_current(), "F5")
        self.workspace.refresh_all()

    # -- keys ---------------------------------------------------------------------------------------

    def on_prompt_move(self, event: Prompt.Move) -> None:
        screen, desk = self.workspace, self.desk
        if screen.covered_by_text:
            screen.scroll_cover(event.step)
            return
        screen.touched()
        if desk.pane == "units":
            desk.unit = screen.panes.full.neighbour(event.step)
        else:
            board = screen.panes.waiting if desk.pane == "waiting" else screen.panes.active
            self._select(board.neighbour(event.step))
        screen.refresh_all()

    def on_board_picked(self, event: BoardWidget.Picked) -> None:
        self.workspace.touched()
        if isinstance(event.key, int):
            self._select(event.key)
        else:
            self.desk.unit = str(event.key)
        self.workspace.refresh_all()

    def _select(self, number: int | None) -> None:
        if number is not None and number != self.desk.current:
            self.desk.select(number)
            self.runner.take_back()
            self._want_detail()
            self._echo_now()

    def open_incident(self, number: int) -> None:
        """Put an incident on screen, whatever covers it."""
        self.workspace.uncover()
        self._select(number)

    def on_prompt_cleared(self, event: Prompt.Cleared) -> None:
        prompt = self.workspace.prompt
        self._leaving = False
        if self.runner.confirming or prompt.expects_digit:
            self.runner.take_back()
            prompt.expects_digit = False
        elif event.was_empty:
            self.workspace.uncover()
        self._echo_now()

    def on_prompt_help(self) -> None:
        self.action_help()

    def on_prompt_digit(self, event: Prompt.Digit) -> None:
        self.workspace.prompt.expects_digit = False
        self._perform(self.desk.dispose(event.digit), f"F9 {event.digit}")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Events may be late: what counts is the text that stands there now."""
        self._leaving = False
        self.workspace.touched()
        self._keep_draft()
        if self.runner.confirming and self.runner.asks_about(self.workspace.prompt.value):
            return
        self.runner.take_back()
        self._echo_now()

    def _echo_now(self) -> None:
        self.workspace.say_echo(self.desk.echo(self.workspace.prompt.value))

    def _keep_draft(self) -> None:
        if self._draft_timer is not None:
            self._draft_timer.stop()
        self._draft_timer = self.set_timer(DRAFT_S, self._save_draft)

    def _save_draft(self) -> None:
        text = self.workspace.prompt.value
        self.run_worker(lambda: self._draft.save(text), thread=True, group="draft", exclusive=True)

    def action_act(self, name: str) -> None:
        self.workspace.touched()
        self._perform(getattr(self.desk, name)(), self.desk.say(f"screen.key.{name}"))

    def _perform(self, act: Act, line: str) -> None:
        """Do what a key means: send, fill the line, or say why not."""
        if act.select is not None:
            self.open_incident(act.select)
        if act.prefill is not None:
            self.workspace.prompt.put(act.prefill)
        if act.say:
            self._result("screen.failed" if not act.prefill else "screen.wait", act.say, good=None)
        if act.commands:
            self.runner.send(line, list(act.commands))
        self.workspace.refresh_all()

    def action_dispatch(self) -> None:
        """F5: pressed before the advice has arrived, it fills the line as soon as it has."""
        self.workspace.touched()
        number = self.desk.current
        if self.desk.row is not None and number not in self.desk.details:
            self._advice_for = number
            self._result("screen.wait", self.desk.say("screen.loading"), good=None)
            self._fetch_detail()
            return
        self._perform(self.desk.dispatch_current(), "F5")

    def action_swap(self) -> None:
        """F3: from the waiting board to the active one and back."""
        desk, panes = self.desk, self.workspace.panes
        self.workspace.uncover()
        board = panes.active if desk.pane == "waiting" else panes.waiting
        desk.pane = "active" if desk.pane == "waiting" else "waiting"
        self._select(board.keys[0] if board.keys else None)
        self.workspace.refresh_all()

    def action_units(self) -> None:
        if self.desk.pane == "units":
            self.workspace.uncover()
            return
        signs = self.store.unit_signs()
        mine = [a for a in self.desk._signs() if a in self.store.units]
        self.desk.unit = self.desk.unit or (mine[0] if mine else (signs[0] if signs else None))
        self.workspace.show_units()

    def action_dispose(self) -> None:
        target = self.desk.dispose_target()
        if target is None:
            self._result("screen.failed", self.desk.say("screen.no_call"), good=None)
            return
        self.workspace.prompt.expects_digit = True
        name = f"#{target['call']}" if "call" in target else str(target["incident"])
        self.workspace.say_echo(Echo(self.desk.say("screen.dispose_choose", call=name)), strong=True)

    def action_help(self) -> None:
        look = self.desk.look(self.workspace.now())
        self.workspace.cover(self.desk.say("screen.help_title"), text_lines(self.desk.say("screen.help.lines"), look))

    def action_districts(self) -> None:
        if self.workspace.covered_by_text:
            self.workspace.uncover()
            return
        lines = district_lines(self.store, self.desk.look(self.workspace.now()), self.size.width)
        self.workspace.cover(self.desk.say("screen.districts_title"), lines)

    def action_language(self) -> None:
        self.desk.lang = "en" if self.desk.lang == "id" else "id"
        if hasattr(self.client, "lang"):
            self.client.lang = self.desk.lang
        self._result("screen.ok", self.desk.say("screen.language"), good=True)
        self._echo_now()
        self.workspace.redraw()
        self._want_detail()

    def action_redraw(self) -> None:
        self.workspace.redraw()

    def action_sign_off(self) -> None:
        """Ctrl+Q twice when something would be left behind."""
        desk = self.desk
        p1 = self.store.waiting_count(1)
        text = self.workspace.prompt.value
        if self._leaving or not (p1 or text):
            self._draft.save(text)
            self.exit(0)
            return
        self._leaving = True
        say = desk.say("screen.sign_off", waiting=len(self.store.waiting()), p1=p1) if p1 else desk.say(
            "screen.sign_off_text"
        )
        self.workspace.say_echo(Echo(say), strong=True)

    # -- running a line -----------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        line = event.value.strip()
        self.workspace.touched()
        if self.runner.confirming or line:
            self.runner.submit(line)
        else:
            self._perform(self.desk.open_current(), "Enter")

    def on_line_done(self, event: LineDone) -> None:
        self.runner.finish(event.outcome)

    def find(self, line: str, query: str) -> None:
        """F: ask the server; the answer comes as a page."""
        self.run_worker(self._find(line, query), group="find", exclusive=True)

    async def _find(self, line: str, query: str) -> None:
        try:
            found = await self.client.search(query)
        except ClientError as error:
            self.post_message(LineDone(Outcome(line, away=str(error))))
            return
        self.post_message(SearchDone(line, found))

    def on_search_done(self, event: SearchDone) -> None:
        lines = hit_lines(event.found, self.desk.look(self.workspace.now()))
        self.workspace.cover(self.desk.say("screen.answer_title", line=event.line), lines)

    def _result(self, word: str, text: str, *, good: bool | None) -> None:
        self.workspace.say_result(self.desk.say(word), text, good=good)
