"""The operator's screen: where each line stands and when it is repainted. Owns layout and focus.

Lines 1-2 and the last four never move; the command line always has the focus. It asks the desk what
keys mean and posts what must be sent; it never talks to the server itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import Screen

from console.cover import Cover
from console.desk import Desk, Echo
from console.screens.covers import Covers, Draw
from console.screens.panes import Panes
from console.view.alarm_line import alarm_line
from console.view.cell import Line
from console.view.chronology import chronology
from console.view.detail import detail_lines, detail_title
from console.view.head import header, keys_line, title
from console.view.look import Look
from console.widgets.board import Board
from console.widgets.lines import Block, Divider, OneLine
from console.widgets.prompt import Prompt

WIDE_COLUMNS, WIDE_LINES = 110, 32
"""From this size on the workspace has two columns."""
SHORT_LINES, TINY_LINES = 18, 10
"""Below these what can be asked for leaves the screen, so that the command line never does."""
WIDE_SHARE, NARROW_SHARE = (6, 7), (4, 5)
"""How the waiting and the active board share their lines while both need them."""
LEAST_LINES = 3
HAND_S = 3.0
"""For so long after a key the boards hold their order."""


class Form(Protocol):
    """What covers the boards while a call is taken; ``label`` names what the command line writes into ('' = itself)."""

    label: str

    def title(self, width: int) -> Line: ...
    def lines(self, width: int, height: int) -> list[Line]: ...


class Workspace(Screen[None]):
    """Widgets in line order; every one of them draws through a pure function of the desk."""

    CSS_PATH = Path(__file__).with_name("workspace.tcss")

    def __init__(self, desk: Desk, clock: Callable[[], datetime], *, calm: bool = False) -> None:
        super().__init__()
        self.desk, self._clock, self.calm = desk, clock, calm
        self.panes = Panes(desk, self.now)
        self.result = Line()
        self.echo, self._echo_strong = Echo(""), False
        self.covers = Covers(desk, self.panes, self._look)
        self._asked = ""
        self.form: Form | None = None
        self._touched: datetime | None = None
        self._blink = True
        # Kept by hand, because news may arrive before the first and after the last moment they are on screen.
        self.prompt = Prompt(id="prompt")
        self.header_line = OneLine(self._header, id="header")
        self.alarm_line = OneLine(self._alarm, id="alarm")
        self.result_line = OneLine(lambda width: self.result, id="result")
        self.echo_line = OneLine(self._echo_line, id="echo")
        self.form_line = OneLine(lambda width: self.form.title(width) if self.form else Line(), id="form_title")
        self.form_block = Block(lambda w, h: self.form.lines(w, h) if self.form else [], id="form")

    def now(self) -> datetime:
        """The server's time as far as it is known."""
        return self.desk.store.now(self._clock())

    # -- composition --------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        panes = self.panes
        yield self.header_line
        yield self.alarm_line
        with Horizontal(id="boards"):
            with Vertical(id="left"):
                yield OneLine(self._waiting_title, id="waiting_title")
                yield OneLine(panes.waiting_heads, id="waiting_heads", classes="heads")
                yield panes.waiting
                yield OneLine(self._active_title, id="active_title")
                yield OneLine(panes.active_heads, id="active_heads", classes="heads")
                yield panes.active
            yield Divider(panes.bar, id="divider")
            with Vertical(id="right"):
                yield OneLine(self._units_title, id="units_title")
                yield OneLine(panes.unit_heads, id="units_heads", classes="heads")
                yield panes.units
        yield self.form_line
        yield self.form_block
        yield self.covers
        yield OneLine(self._chips_title, id="chips_title")
        yield Block(panes.chips, id="chips")
        yield OneLine(self._detail_title, id="detail_title")
        yield Block(self._detail, id="detail")
        yield OneLine(self._log_title, id="log_title")
        yield Block(self._log, id="log")
        yield OneLine(self._rule, id="rule")
        yield self.result_line
        yield self.echo_line
        with Horizontal(id="command"):
            yield OneLine(self._label, id="label")
            yield self.prompt
        yield OneLine(self._keys, id="keys")

    def on_mount(self) -> None:
        self.prompt.focus()
        self._tick()

    def on_resize(self, event: events.Resize) -> None:
        wide = event.size.width >= WIDE_COLUMNS and event.size.height >= WIDE_LINES
        self.set_class(not wide, "narrow")
        self.set_class(event.size.height < SHORT_LINES, "short")
        self.set_class(event.size.height < TINY_LINES, "tiny")
        extra = max(0, event.size.height - 24)
        self.query_one("#chips").styles.height = None if wide else 2 + min(2, extra // 6)
        tall = max(0, event.size.height - 36)
        self.query_one("#detail").styles.height = 5 + min(8, tall * 2 // 3) if wide else 1 + min(4, extra // 3)
        self.query_one("#log").styles.height = 5 + min(4, tall // 5) if wide else 2 + min(3, extra // 4)

    # -- the lines ----------------------------------------------------------------------------------

    def _look(self) -> Look:
        return self.desk.look(self.now())

    def _header(self, width: int) -> Line:
        return header(self.desk.store, self.desk.seat, self.desk.link, self._look(), width, self.desk.marks)

    def _alarm(self, width: int) -> Line:
        desk, blink = self.desk, self._blink or self.calm
        flood = desk.floods.get(desk.seat.name, 0)
        return alarm_line(desk.store, self._look(), width, blink=blink, deaf=desk.deaf, flood=flood)

    def _waiting_title(self, width: int) -> Line:
        return self._board_title("waiting", self.panes.waiting, self.desk.store.waiting(), width)

    def _active_title(self, width: int) -> Line:
        return self._board_title("active", self.panes.active, self.desk.store.active(), width)

    def _board_title(self, name: str, board: Board[int], all_numbers: Sequence[int], width: int) -> Line:
        look, desk = self._look(), self.desk
        text = desk.say(f"screen.{name}", n=len(all_numbers) if desk.store.ready else "?")
        if name == "waiting" and desk.store.truncated:
            text += " " + desk.say("screen.unloaded", n=desk.store.truncated)
        first, last = board.shown
        if last - first + 1 < len(board.keys):
            text += " " + desk.say("screen.shown", first=first, last=last)
        above, below = max(0, first - 1), len(board.keys) - last
        if above:
            text += " " + desk.say("screen.above", n=above)
        if below and last:
            text += " " + desk.say("screen.below", n=below)
        if desk.filter.words:
            text += f" [Q {desk.filter.words}: {len(board.keys)}]"
        hint = desk.say("screen.waiting_order") if name == "waiting" else ""
        hidden = [*board.keys[:above], *board.keys[last:]]
        unseen = {desk.store.incidents[n].severity for n in hidden if n in desk.store.incidents}
        style = look.palette.warn if "critical" in unseen else look.palette.title
        return title(text, hint, look, width, style)

    def _units_title(self, width: int) -> Line:
        look, store = self._look(), self.desk.store
        ready, total = (store.ready_units(), len(store.units)) if store.ready else ("?", "?")
        text = self.desk.say("screen.units", ready=ready, n=total)
        first, last = self.panes.units.shown
        if last < len(self.panes.units.keys):
            text += " " + self.desk.say("screen.shown", first=first, last=last)
        return title(text, self.desk.say("screen.units_hint"), look, width)

    def _chips_title(self, width: int) -> Line:
        return title(self.desk.say("screen.units_legend"), "", self._look(), width)

    def _detail_title(self, width: int) -> Line:
        look = self._look()
        return detail_title(self.desk.facts(look), look, width)

    def _detail(self, width: int, height: int) -> list[Line]:
        look = self._look()
        return detail_lines(self.desk.facts(look), look, width, height)

    def _log_title(self, width: int) -> Line:
        row, look = self.desk.row, self._look()
        number = look.number(row.number) if row else ""
        text = self.desk.say("screen.chronology", number=number)
        return title(text, self.desk.say("screen.chronology_hint"), look, width)

    def _log(self, width: int, height: int) -> list[Line]:
        look = self._look()
        return chronology(self.desk.facts(look), look, width, height)

    def _rule(self, width: int) -> Line:
        look = self._look()
        return Line().fill(width, look.rule, look.palette.frame)

    def _keys(self, width: int) -> Line:
        return keys_line(self._look(), width, "screen.entry" if self.form else "screen")

    def _label(self, width: int) -> Line:
        key = "screen.prompt" if width > 2 else "screen.prompt_short"
        if self.form is not None and self.form.label:
            return Line().add(f"{self.desk.say(self.form.label)[: width - 2]}> ", self.desk.palette.strong)
        if self._asked:
            key = f"screen.door.label_{self._asked}"
        return Line().add(self.desk.say(key), self.desk.palette.strong)

    # -- repainting ---------------------------------------------------------------------------------

    def touched(self) -> None:
        """The operator's hand is on the keys: rows keep their places for a moment."""
        self._touched = self._clock()

    def _hand_on(self) -> bool:
        recent = self._touched is not None and (self._clock() - self._touched).total_seconds() < HAND_S
        return recent or bool(self.prompt.value)

    def refresh_all(self, *, hold: bool | None = None) -> None:
        """After new data: order, selection, lines. Called at most ten times a second."""
        desk, now = self.desk, self.now()
        desk.settle(now)
        self.panes.fill(now, hold=self._hand_on() if hold is None else hold)
        self._echo_again()
        self._update_lines()

    def _echo_again(self) -> None:
        """What others have changed meanwhile is not what Enter would do it to any more."""
        line = self.prompt.value
        if line and not (self._echo_strong or self._asked or (self.form and self.form.label)):
            self.echo = self.covers.says(line) or self.desk.echo(line)

    def _update_lines(self) -> None:
        self.covers.update()
        for widget in self.query(OneLine):
            widget.update()
        for block in self.query(Block):
            block.update()

    def update_header(self) -> None:
        self.header_line.update()

    def redraw(self) -> None:
        """Everything afresh: language, colours or Ctrl+L."""
        for board in self.query(Board):
            board.redraw()
        self.refresh_all()
        self.refresh(layout=True)
        for divider in self.query(Divider):
            divider.refresh()

    def _tick(self) -> None:
        """Twice a second: the blinking cell; on the full second also everything that counts."""
        now = self.now()
        half = now.microsecond >= 500_000
        self._blink = not half
        if half:
            self.alarm_line.update()
        else:
            self.panes.tick()
            if not self._hand_on():
                self.panes.fill(now, hold=False)
                self._share_lines()
            self._update_lines()
        ahead = (1_000_000 if half else 500_000) - now.microsecond
        self.set_timer(max(0.02, ahead / 1_000_000 + 0.005), self._tick)

    def _share_lines(self) -> None:
        """Lines the one board leaves empty go to the other when its rows do not fit; never under the hand."""
        waiting, active = self.panes.waiting, self.panes.active
        shares = shared_lines(waiting.size.height + active.size.height, len(waiting.keys), len(active.keys),
                              NARROW_SHARE if self.has_class("narrow") else WIDE_SHARE)
        if 0 < shares[0] != waiting.size.height:
            waiting.styles.height, active.styles.height = f"{shares[0]}fr", f"{shares[1]}fr"

    # -- result and echo ----------------------------------------------------------------------------

    def say_result(self, word: str, text: str, *, good: bool | None) -> None:
        """The fixed result line: OK, GAGAL or TUNGGU, then one sentence."""
        palette = self.desk.palette
        style = {True: palette.ok, False: palette.late, None: palette.warn}[good]
        self.result = Line().add(f"{word} ", style).add(" ").add(text, palette.text)
        self.result_line.refresh()

    def take_back_result(self, text: str) -> None:
        """What was said is over, unless something else has been said since."""
        if self.result.text.endswith(text):
            self.result = Line()
            self.result_line.refresh()

    def ask(self, what: str, *, secret: bool) -> None:
        """The command line asks for something else for a while: '' = for commands again."""
        self._asked = what
        self.set_class(bool(what), "door")
        self.prompt.password, self.prompt.plain, self.prompt.expects_digit = secret, bool(what), False
        self.query_one("#label", OneLine).refresh()

    def show_form(self, form: Form | None) -> None:
        """A form instead of the boards, None = the boards again; also after its label has changed."""
        self.form = form
        self.set_class(form is not None, "form")
        self.set_class(form is not None and bool(form.label), "named")
        self.query_one("#label", OneLine).refresh()
        self._update_lines()

    def say_echo(self, echo: Echo, *, strong: bool = False) -> None:
        """What would be run; ``strong`` when the next key decides something."""
        self.echo, self._echo_strong = echo, strong
        self.echo_line.refresh()

    def _echo_line(self, width: int) -> Line:
        palette, echo = self.desk.palette, self.echo
        style = palette.warn if self._echo_strong or not echo.good else palette.text
        if not self.prompt.value and not self._echo_strong and echo.good:
            style = palette.quiet
        line = Line().add("=> ", palette.strong if echo.good else palette.warn)
        shorter = (echo.hint, echo.hint.replace(" = ", " "), "Enter/Esc" if echo.good and self.prompt.value else "")
        hint = next((h for h in shorter if 4 + len(echo.text) + len(h) <= width), "")
        line.add(echo.text, style, min(len(echo.text), max(10, width - 4 - len(hint))))
        return line.add(f" {hint}", palette.strong if self._echo_strong else palette.quiet)

    # -- layers -------------------------------------------------------------------------------------

    def cover(self, heading: str, draw: Draw) -> None:
        """Show text instead of the boards until Esc."""
        self.covers.show(heading, draw, self.size.width)
        self._show_cover(tall=False)

    def follow(self, page: Cover) -> None:
        """Show a page that lives instead of the boards until Esc."""
        self.covers.follow(page)
        self._show_cover(tall=page.tall)

    def _show_cover(self, *, tall: bool) -> None:
        self.set_class(tall, "tall")
        self.add_class("covered", "text")
        self._update_lines()
        self.call_after_refresh(self._update_lines)

    def show_units(self) -> None:
        self.covers.show_units()
        self.remove_class("text", "tall")
        self.add_class("covered")
        self.desk.pane = "units"
        self.panes.fill(self.now(), hold=False)
        self._update_lines()

    def uncover(self) -> bool:
        """Back to the boards; False when nothing covered them."""
        if not self.has_class("covered"):
            return False
        self.remove_class("covered", "text", "tall")
        self.covers.live = None
        if self.desk.pane == "units":
            self.desk.pane = "waiting"
        self.desk.settle(self.now())
        self._update_lines()
        return True

    @property
    def covered_by_text(self) -> bool:
        return self.has_class("covered", "text")


def shared_lines(total: int, waiting: int, active: int, share: tuple[int, int]) -> tuple[int, int]:
    """Lines for the two boards: their shares, and what one does not need when the other is too long."""
    first = total * share[0] // sum(share)
    second = total - first
    if waiting > first and active < second:
        spare = second - max(active, LEAST_LINES)
        first += max(0, min(spare, waiting - first))
    elif active > second and waiting < first:
        spare = first - max(waiting, LEAST_LINES)
        first -= max(0, min(spare, active - second))
    return first, total - first
