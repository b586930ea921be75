"""The supervisor's wallboard: read-only, so letters may be keys. Owns when it reads and what the keys mean."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol

from textual.app import App, ComposeResult
from textual.events import DeliveryComplete, DeliveryFailed
from textual.message import Message
from textual.widgets import Input

from console.client import ClientError, Rejected
from console.live import Connection, Live
from console.store import Store
from console.theme import DARK, PALETTES, palette_of, textual_theme
from console.view.cell import Line
from console.view.head import Link
from console.view.look import Look
from console.view.wall import Narrow, Unknown, WallData, parse_narrow
from console.wall.export import file_name, wanted_cases, write_csv
from console.wall.walk import Page, Walk
from console.widgets.lines import Block
from dispatch.wire import Board, Cases, Changes, IncidentDetail, Load, Stats

READ_S = 5.0
"""Between two questions for the figures; live rows come by themselves."""
LOAD_READ_S = 60.0
LONG_READ_S = {"7d": 60.0, "30d": 300.0}
"""The same for the load by hour and for long periods: they change slowly and cost more."""
STALE_S = 3.0


class Server(Protocol):
    """What the wall needs of its client: it can send no command."""

    async def board(self) -> Board: ...
    async def stats(
        self, since: datetime | None = None, until: datetime | None = None, by: str = "", **narrow: str
    ) -> Stats: ...
    async def load(self) -> Load: ...
    async def cases(self, figure: str, since: datetime, until: datetime, **narrow: str) -> Cases: ...
    async def incident(self, number: int) -> IncidentDetail: ...
    def events(self, after: int) -> Any: ...


class StatsRead(Message):
    """Fresh figures of the period and of the last hour, narrowed as it was asked."""

    def __init__(self, narrow: Narrow, today: Stats, hour: Stats) -> None:
        super().__init__()
        self.narrow, self.today, self.hour = narrow, today, hour


class WallApp(App[int]):
    """``client`` is a logged-in ``console.client.Client`` or anything that answers like one."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "Kentongan"
    AUTO_FOCUS = None
    CSS = """
    Screen { background: $background; overflow: hidden hidden; layers: wall ask; }
    #wall { height: 1fr; layer: wall; }
    #ask { display: none; layer: ask; dock: bottom; height: 1; border: none; padding: 0; }
    """
    BINDINGS = [
        *((digit, f"panel('{digit}')", digit) for digit in "12345678"),
        ("z", "freeze", "z"), ("question_mark", "definitions", "?"), ("slash", "ask", "/"), ("e", "export", "e"),
        ("enter", "enter", "Enter"), ("escape", "leave", "Esc"), ("up", "move(-1)", ""), ("down", "move(1)", ""),
        ("pageup", "move(-10)", ""), ("pagedown", "move(10)", ""), ("home", "move(-9999)", ""),
        ("end", "move(9999)", ""), ("ctrl+t", "language", "^T"), ("ctrl+l", "redraw", "^L"), ("ctrl+q", "quit", "^Q"),
    ]

    def __init__(
        self, client: Server, lang: str = "id", *, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        palette: str = DARK.name, live: Live | None = None, export_to: str | None = None,
    ) -> None:
        """``export_to`` is the folder of exports; None = where the terminal keeps downloads."""
        super().__init__()
        self.client, self.lang, self._clock, self._export_to = client, lang, clock, export_to
        self.palette = palette_of(palette)
        self.store = Store()
        self.walk = Walk()
        self._live = live or Live(client)
        self._data = WallData(self.store)
        self._asked_at: datetime | None = None
        self._load_at: datetime | None = None
        self._connection: Connection | None = None
        self._heard = clock()
        self._frozen: tuple[Look, WallData] | None = None
        self._note = ""
        self.picture = Block(self._draw, id="wall")
        self.prompt = Input(id="ask")

    def compose(self) -> ComposeResult:
        yield self.picture
        yield self.prompt

    def on_mount(self) -> None:
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = self.palette.name
        self.set_focus(None)
        self.run_worker(self._follow(), group="feed", exit_on_error=False)
        self._read()
        self.set_interval(1.0, self._tick)

    @property
    def read_at(self) -> datetime | None:
        """The server's time when the figures were last read."""
        return self._data.read_at

    # -- reading ------------------------------------------------------------------------------------

    async def _follow(self) -> None:
        try:
            await self._live.run(self._take_snapshot, self._take_changes, self._take_state)
        except Rejected as over:
            self.log.error(f"session over: {over}")

    def _take_snapshot(self, board: Board) -> None:
        self.store.snapshot(board, self._clock())
        self.call_later(self._redraw)

    def _take_changes(self, changes: Changes) -> None:
        """Drawn with the next second: a wall needs no faster picture."""
        self.store.apply(changes, self._clock())

    def _take_state(self, connection: Connection) -> None:
        self._connection = connection
        if connection.state == "live":
            self._heard = self._clock()

    def _tick(self) -> None:
        self._read()
        self._redraw()

    def _read(self) -> None:
        """Ask for what is due, one question at a time: a slow answer is waited for, not asked for again."""
        now = self._clock()
        if any(worker.group == "figures" and not worker.is_finished for worker in self.workers):
            return
        pause = LONG_READ_S.get(self._data.narrow.period, READ_S)
        if self._asked_at is None or (now - self._asked_at).total_seconds() >= pause:
            self._asked_at = now
            self.run_worker(self._read_figures(self._data.narrow), group="figures")

    async def _read_figures(self, narrow: Narrow) -> None:
        look = self._look()
        try:
            today = await self.client.stats(narrow.since(look), look.now, **narrow.query)
            hour = await self.client.stats(look.now - timedelta(hours=1), look.now, **narrow.query)
            self.post_message(StatsRead(narrow, today, hour))
            if self._load_at is None or (look.now - self._load_at).total_seconds() >= LOAD_READ_S:
                self._load_at = look.now
                load = await self.client.load()
                self._data = replace(self._data, load=load)
        except ClientError as error:
            self.log.warning(f"no figures: {error}")
            self._data = replace(self._data, failed=True)

    def on_stats_read(self, event: StatsRead) -> None:
        if event.narrow == self._data.narrow:
            at = self.store.now(self._clock())
            self._data = replace(self._data, today=event.today, hour=event.hour, read_at=at, failed=False)
            self._redraw()

    # -- drawing ------------------------------------------------------------------------------------

    def _look(self) -> Look:
        return Look(self.store.centre, self.store.now(self._clock()), self.lang, self.palette)

    def _link(self) -> Link:
        state = self._connection.state.value if self._connection else "offline"
        age = max(self._clock() - self._heard, timedelta())
        if state == "live" and age > timedelta(seconds=STALE_S):
            state = "stale"
        return Link(state, age)

    def _scene(self) -> tuple[Look, WallData]:
        """What is drawn from: the present, or the moment that is held."""
        if self._frozen is not None:
            look, data = self._frozen
            return replace(look, lang=self.lang), data
        return self._look(), replace(self._data, link=self._link())

    def _draw(self, width: int, height: int) -> Sequence[Line]:
        look, data = self._scene()
        return self.walk.lines(data, look, width, height, note=self._note)

    def _redraw(self) -> None:
        self.picture.update()

    # -- walking ------------------------------------------------------------------------------------

    def action_panel(self, name: str) -> None:
        self._note = ""
        self.walk.open_panel(name)
        self._redraw()

    def action_move(self, step: int) -> None:
        look, data = self._scene()
        self.walk.move(step, data, look, *self.picture.size)
        self._redraw()

    def action_enter(self) -> None:
        """The cases of the figure under the cursor; of a case, its incident's chronology."""
        look, data = self._scene()
        self._note = ""
        if self.walk.page is Page.BOARD:
            self.walk.open_panel(self.walk.panel)
        elif (number := self.walk.chosen_incident(data, look, *self.picture.size)) is not None:
            self.run_worker(self._read_incident(number), group="details", exclusive=True)
        elif (ask := self.walk.ask_cases(data, look, *self.picture.size)) is not None:
            self.run_worker(self._read_cases(ask.figure, ask.since, ask.until, ask.query), group="details",
                            exclusive=True)
        self._redraw()

    async def _read_cases(self, figure: str, since: datetime, until: datetime, query: dict[str, str]) -> None:
        try:
            self.walk.take_cases(await self.client.cases(figure, since, until, **query))
        except ClientError as error:
            self._say_failed(error)
        self._redraw()

    async def _read_incident(self, number: int) -> None:
        try:
            self.walk.show_incident(await self.client.incident(number))
        except ClientError as error:
            self._say_failed(error)
        self._redraw()

    def _say_failed(self, error: ClientError) -> None:
        self._note = f"! {error}"

    def action_leave(self) -> None:
        if self.prompt.display:
            self._close_prompt()
        self._note = ""
        self.walk.back()
        self._redraw()

    def action_definitions(self) -> None:
        self.walk.define()
        self._redraw()

    def action_freeze(self) -> None:
        """Hold the figures and the rows so that they can be talked about; the header says since when."""
        if self._frozen is not None:
            self._frozen = None
        else:
            look, data = self._scene()
            self._frozen = look, replace(data, store=copy.deepcopy(self.store), frozen_at=look.now)
        self._redraw()

    # -- narrowing ----------------------------------------------------------------------------------

    def action_ask(self) -> None:
        self._note = ""
        self.prompt.value = ""
        self.prompt.placeholder = self._look().say("wall.keys_filter")
        self.prompt.display = True
        self.set_focus(self.prompt)

    def _close_prompt(self) -> None:
        self.prompt.display = False
        self.set_focus(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            narrow = parse_narrow(event.value, self.store.centre)
        except Unknown as word:
            self._note = self._look().say("wall.filter_unknown", word=word)
        else:
            self._note = ""
            self._data = replace(self._data, narrow=narrow, today=None, hour=None)
            self._frozen = self._asked_at = None
            self.workers.cancel_group(self, "figures")
            self.call_later(self._read)
        self._close_prompt()
        self._redraw()

    # -- taking it away -------------------------------------------------------------------------------

    def action_export(self) -> None:
        look, data = self._scene()
        self._note = look.say("wall.exporting")
        self.run_worker(self._export(look, data), group="export", exclusive=True)
        self._redraw()

    async def _export(self, look: Look, data: WallData) -> None:
        asks = wanted_cases(data)
        try:
            found = [(ask, await self.client.cases(ask.figure, ask.since, ask.until, **ask.query)) for ask in asks]
        except ClientError as error:
            self._note = look.say("wall.export_failed", reason=str(error))
            self._redraw()
            return
        # With a byte order mark: spreadsheets take a file without one for another encoding than UTF-8.
        text = "\ufeff" + write_csv(data, found, look)
        # A browser takes bytes; a terminal's driver writes only text.
        deliver: Callable[..., object] = (
            partial(self.deliver_binary, io.BytesIO(text.encode())) if self.is_web
            else partial(self.deliver_text, io.StringIO(text), encoding="utf-8")
        )
        deliver(
            mime_type="text/csv", save_directory=self._export_to, save_filename=file_name(look),
            name=str(sum(len(stats.figures) for stats in (data.today, data.hour) if stats)),
        )

    def on_delivery_complete(self, event: DeliveryComplete) -> None:
        where = str(event.path) if event.path else file_name(self._look())
        self._note = self._look().say("wall.exported", n=event.name or "", where=where)
        self._redraw()

    def on_delivery_failed(self, event: DeliveryFailed) -> None:
        self._note = self._look().say("wall.export_failed", reason=str(event.exception))
        self._redraw()

    # -- the rest ---------------------------------------------------------------------------------------

    def action_language(self) -> None:
        self.lang = "en" if self.lang == "id" else "id"
        self._redraw()

    def action_redraw(self) -> None:
        self.refresh(layout=True, repaint=True)
