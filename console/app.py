"""The operator console: joins the feed, the desk and the screen. Owns the keys and which part answers them.

Workers post messages and never touch a widget. Nothing here knows SQL or rules: the server says what
was done.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from textual.actions import ActionParseResult
from textual.dom import DOMNode
from textual.widgets import Input

from console.choosing import Choosing
from console.commands import Commands
from console.desk import Act, Desk
from console.door import Door
from console.draft import DraftKeeper, Kept
from console.ear import Ear
from console.entry.hand import Entry
from console.feed import FeedWatch
from console.keys import KEYS, InOrder, is_for_a_session, is_ours
from console.latency import Latency, TimedApp
from console.leaving import Leaving
from console.live import Live
from console.local import Local
from console.message import (
    DetailRead,
    LineDone,
    LinkChanged,
    SearchDone,
    SeatKnown,
    Server,
    SessionOver,
    SignedIn,
)
from console.pages import Pages
from console.reading import Reading
from console.runner import Runner
from console.screens.finder import Finder
from console.screens.workspace import Workspace
from console.sender import UNAUTHORISED, Outcome, Sender
from console.sound import Sound
from console.store import Store
from console.theme import DARK, PALETTES, palette_of, textual_theme
from console.twostep import TwoStep
from console.view.head import Seat
from console.widgets.board import Board as BoardWidget

SESSION_S = 60.0
"""An open feed outlives its session: so often the server is asked whether it still holds."""


class ConsoleApp(InOrder, TimedApp):
    """``client`` is a logged-in ``console.client.Client`` or alike; ``draft`` the folder of the drafts."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "Kentongan"
    CSS = "Screen { background: $background; }"
    BINDINGS = KEYS
    COMMANDS = {Commands}

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
        sound: Sound | None = None,
    ) -> None:
        super().__init__()
        self.client, self._clock = client, clock
        self.store = Store()
        self.desk = Desk(
            self.store, seat=seat, lang=lang, palette=palette_of(palette), new_key=lambda: secrets.token_hex(16)
        )
        self.workspace = Workspace(self.desk, clock, calm=calm)
        self.latency = Latency(client)
        self.sender = Sender(self.latency, self._take_outcome)
        self.runner = Runner(self.desk, self.workspace, self.sender, self._clock, self)
        self.reading = Reading(client, self.desk, self)
        self.pages = Pages(client, self.desk, self.workspace, self)
        self.door = Door(client, self.desk, self.workspace, self)
        self.sign_over, self.show_handover, self.find = self.door.sign, self.pages.show_handover, self.pages.find
        self.show_incident = self.pages.show_incident
        self.choosing = Choosing(self)
        self.open_incident = self.choosing.open
        self.ear = Ear(client, self.desk, self.workspace, self, sound)
        self.feed = FeedWatch(self.desk, self.workspace, live or Live(client), clock, self, self.reading.want)
        self.draft: DraftKeeper = DraftKeeper(draft, self._unfinished, self)
        self.local, self.leaving, self.two_step = Local(self), Leaving(self), TwoStep(self)
        self.entry: Entry = Entry(self)

    # -- life ---------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = self.desk.palette.name
        self.push_screen(self.workspace)
        prompt = self.workspace.prompt
        prompt.accept, prompt.move, prompt.cleared = self.accept, self.move, self.cleared
        prompt.take_digit = self.two_step.take_digit
        self._follow()
        self.run_worker(self.sender.run(), group="sender")
        self.run_worker(self.entry.saver.sender.run(), group="entry")
        self.set_interval(0.25, self._watch)
        self.set_interval(SESSION_S, self.reading.learn_seat)
        self.latency.attach(self)
        self.call_after_refresh(self._restore)

    def on_unmount(self) -> None:
        self.draft.release()

    def _follow(self) -> None:
        self.run_worker(self.feed.follow(), group="feed", exclusive=True, exit_on_error=False)

    def _watch(self) -> None:
        for part in (self.feed, self.runner, self.ear, self.local.paper, self.entry):
            part.watch()

    def _unfinished(self) -> Kept:
        line = self.typed()
        return Kept(line, self.entry.kept(), self.desk.current if line else None)

    def _restore(self) -> None:
        """What this seat and user left unfinished; asked again when it turns out who sits here."""
        kept = self.draft.use(self.desk.seat)
        self.echo_now()
        if kept.line:
            if kept.on is not None:
                self.desk.select(kept.on)
            self.workspace.prompt.put(kept.line)
        self.entry.restore(kept.forms)
        if kept != Kept():
            self.workspace.say_result(self.desk.say("screen.ok"), self.desk.say("screen.restored"), good=True)

    def _take_outcome(self, outcome: Outcome) -> None:
        self.post_message(LineDone(outcome))

    # -- what the workers say -----------------------------------------------------------------------

    def on_feed_read(self) -> None:
        self.feed.read()
        self.entry.see_calls()

    def on_link_changed(self, event: LinkChanged) -> None:
        self.feed.take_link(event.connection)
        seat = self.desk.seat
        if event.connection.state == "live" and not (seat.name and seat.role and seat.seat):
            self.reading.learn_seat()

    def on_seat_known(self, event: SeatKnown) -> None:
        session = event.session
        self.desk.seat = Seat(session.username, session.role, session.seat)
        self._restore()
        self.workspace.refresh_all()

    def on_detail_read(self, event: DetailRead) -> None:
        self.desk.keep_detail(event.detail)
        if event.visit:
            self.choosing.show_visited(event)
        self.two_step.take_detail(event.detail.incident.number)
        self.workspace.refresh_all()

    def on_line_done(self, event: LineDone) -> None:
        self.runner.finish(event.outcome)
        self.entry.note(self.sender.last.commands if self.sender.last else [], event.outcome)
        problem = event.outcome.problem
        if problem is not None and problem.status == UNAUTHORISED:
            self._end_session()

    def on_session_over(self, event: SessionOver) -> None:
        self._end_session()

    def _end_session(self) -> None:
        self.close_finder()
        self.feed.end_session()
        self.feed.watch()
        self.runner.take_back()
        self.workspace.uncover()
        self.entry.lend()
        self.door.open()

    def on_signed_in(self, event: SignedIn) -> None:
        if not self.door.take(event) or event.session is None:
            return
        self.desk.seat = Seat(event.session.username, event.session.role, event.session.seat)
        self.draft.use(self.desk.seat)
        self._follow()
        self.entry.take_hand()
        self.echo_now()
        if event.lines:
            self.pages.show_signed(event.lines)

    def on_search_done(self, event: SearchDone) -> None:
        self.pages.show_found(event.line, event.found)

    # -- keys ---------------------------------------------------------------------------------------

    def move(self, step: int, across: int) -> None:
        """Arrows and page keys on an empty line."""
        if self.workspace.covered_by_text:
            self.workspace.covers.move(across, step)
            self.echo_now()
        elif step:
            self.choosing.move(step)

    def on_board_picked(self, event: BoardWidget.Picked) -> None:
        self.choosing.pick(event)

    def cleared(self, was_empty: bool) -> None:
        """Esc."""
        prompt = self.workspace.prompt
        self.leaving.stay()
        if self.door.is_open:
            self.door.step_back()
        elif self.runner.confirming or prompt.expects_digit:
            self.runner.take_back()
            prompt.expects_digit = False
            self.ear.give_up()
        elif was_empty:
            self.workspace.covers.step_back() or self.workspace.uncover()
        self.echo_now()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Events may be late: what counts is the text that stands there now."""
        self.leaving.stay()
        self.workspace.touched()
        if self.door.is_open or self.entry.typed():
            return
        self.draft.keep()
        self.desk.typing(self.workspace.prompt.value)
        if self.runner.confirming and self.runner.asks_about(self.workspace.prompt.value):
            return
        self.runner.take_back()
        self.echo_now()

    def echo_now(self) -> None:
        line, asked = self.workspace.prompt.value, self.ear.question() or self.runner.question
        said = asked or self.workspace.covers.says(line) or self.entry.face.echo() or self.desk.echo(line)
        echo = self.door.echo() if self.door.is_open else said
        self.workspace.say_echo(echo, strong=echo is asked)

    def typed(self) -> str:
        """The command being typed; never the password or the field of a form that may stand in its place."""
        if self.door.is_open:
            return self.door.kept
        return self.entry.line if self.entry.at_hand else self.workspace.prompt.value

    def give_back(self, line: str) -> None:
        """A line that was not run returns, unless something else is being typed."""
        if self.door.is_open:
            self.door.keep(line)
        elif self.entry.at_hand:
            self.entry.line = self.entry.line or line
        elif not self.workspace.prompt.value:
            self.workspace.prompt.put(line)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a session, or while a signature is given, no key may look as if it did something."""
        door = getattr(self, "door", None)
        return door is None or not door.is_open or not is_for_a_session(action)

    async def run_action(
        self, action: str | ActionParseResult, default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """A key of ours means the workspace, also while the list of Ctrl+P is open: it gives way."""
        name = action if isinstance(action, str) else action[1]
        if is_ours(name) and name != "finder":
            self.close_finder()
        return await super().run_action(action, default_namespace, namespaces)

    def action_act(self, name: str) -> None:
        self.workspace.touched()
        self.perform(getattr(self.desk, name)(), self.desk.say(f"screen.key.{name}"))

    def perform(self, act: Act, line: str) -> None:
        """Do what a key means: send, fill the line, or say why not."""
        if act.select is not None:
            self.open_incident(act.select)
        if act.prefill is not None or any(command.command == "handover" for command in act.commands):
            self.entry.lend()
        if act.prefill is not None:
            self.workspace.prompt.replace_line(act.prefill)
        if act.say:
            self.result("screen.failed" if not act.prefill else "screen.wait", act.say, good=None)
        if act.commands:
            self.runner.send(line, list(act.commands))
        self.workspace.refresh_all()

    def action_entry(self) -> None:
        """F2: the call entry form."""
        self.workspace.touched()
        self.entry.begin()

    def action_dispatch(self) -> None:
        """F5: in the form it saves first."""
        self.workspace.touched()
        if not self.entry.recommend():
            self.two_step.ask_units()

    def action_swap(self) -> None:
        """F3: from the waiting board to the active one and back; with a form open, to the command line and back."""
        if self.entry.is_open:
            self.entry.toggle()
            return
        self.choosing.swap()

    def action_units(self) -> None:
        self.choosing.units()

    def action_jump(self) -> None:
        """Ctrl+G: in the form what it is there, else the next incident that needs somebody."""
        if not self.entry.at_hand:
            self.choosing.jump()
        elif not self.workspace.has_class("covered"):
            self.entry.keys.join()

    def action_finder(self) -> None:
        """Ctrl+P: everything by its name; once more = away."""
        if not self.close_finder():
            self.push_screen(Finder(self.desk))

    def close_finder(self) -> bool:
        """The list of Ctrl+P goes away; whether it was there."""
        if not isinstance(self.screen, Finder):
            return False
        self.screen.leave()
        return True

    def action_dispose(self) -> None:
        self.two_step.ask_disposal()

    def action_help(self) -> None:
        self.pages.show_help()

    def action_districts(self) -> None:
        self.pages.show_districts()
        self.echo_now()

    def action_language(self) -> None:
        self.local.language()

    def action_here(self, name: str, words: str = "") -> None:
        """A typed word, or a key, for what this console does by itself."""
        self.local.act(name, words)

    def action_redraw(self) -> None:
        self.workspace.redraw()

    def action_sign_off(self) -> None:
        self.leaving.sign_off(self.typed() or (self.desk.say("screen.entry.line") if self.entry.unfinished else ""))

    # -- running a line -----------------------------------------------------------------------------

    def accept(self, text: str) -> None:
        """Enter, in the moment it is pressed."""
        line = text.strip()
        self.workspace.touched()
        if self.door.is_open:
            self.door.submit(text)
        elif self.entry.at_hand and self.runner.asks_about(text):
            self.runner.confirm()
        elif self.entry.keys.submit():
            return
        elif not self.runner.confirming and self.workspace.covers.takes(line):
            self.workspace.prompt.put("")
            self.echo_now()
        elif self.runner.confirming or line:
            self.runner.submit(line)
        else:
            seen = self.desk.row is not None and bool(self.desk.row.seen_by)
            self.perform(self.desk.open_current(), "Enter")
            if seen:  # the first Enter opens, the second shows all of it
                self.show_incident()

    def result(self, word: str, text: str, *, good: bool | None) -> None:
        self.workspace.say_result(self.desk.say(word), text, good=good)
