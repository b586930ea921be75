"""The supervisor's wallboard: read-only, so letters may be keys. Owns when it reads and when it freezes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from textual.app import App, ComposeResult
from textual.message import Message

from console.client import ClientError, Rejected
from console.live import Connection, Live
from console.store import Store
from console.theme import DARK, PALETTES, textual_theme
from console.view.cell import Line
from console.view.head import Link, title
from console.view.look import Look
from console.view.page import text_lines
from console.view.wall import WallData, wall_lines
from console.widgets.lines import Block
from dispatch.wire import Board, Changes, Stats

READ_S = 5.0
"""Between two questions for the statistics; live rows come by themselves."""
STALE_S = 3.0


class Server(Protocol):
    """What the wall needs of its client: it can send no command."""

    async def board(self) -> Board: ...
    async def stats(self, since: datetime | None = None, until: datetime | None = None, by: str = "") -> Stats: ...
    def events(self, after: int) -> Any: ...


class StatsRead(Message):
    """Fresh numbers."""

    def __init__(self, today: Stats, hour: Stats) -> None:
        super().__init__()
        self.today, self.hour = today, hour


class WallApp(App[int]):
    """``client`` is a logged-in ``console.client.Client`` or anything that answers like one."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "Kentongan"
    CSS = "Screen { background: $background; overflow: hidden hidden; } #wall { height: 1fr; }"
    BINDINGS = [
        ("z", "freeze", "z"), ("question_mark", "definitions", "?"), ("escape", "leave_definitions", "Esc"),
        ("ctrl+t", "language", "^T"), ("ctrl+l", "redraw", "^L"), ("ctrl+q", "quit", "^Q"),
    ]

    def __init__(
        self, client: Server, lang: str = "id", *, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        palette: str = DARK.name, live: Live | None = None,
    ) -> None:
        super().__init__()
        self.client, self.lang, self._clock = client, lang, clock
        self.palette = PALETTES[palette]
        self.store = Store()
        self._live = live or Live(client)
        self._stats: tuple[Stats | None, Stats | None] = (None, None)
        self._read_at: datetime | None = None
        self._connection: Connection | None = None
        self._heard = clock()
        self._frozen: tuple[datetime, list[Line], tuple[int, int]] | None = None
        self._defining = False
        self.picture = Block(self._draw, id="wall")

    def compose(self) -> ComposeResult:
        yield self.picture

    def on_mount(self) -> None:
        for palette in PALETTES.values():
            self.register_theme(textual_theme(palette))
        self.theme = self.palette.name
        self.run_worker(self._follow(), group="feed", exit_on_error=False)
        self._read()
        self.set_interval(READ_S, self._read)
        self.set_interval(1.0, self._redraw)

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

    def _read(self) -> None:
        self.run_worker(self._read_stats(), group="stats", exclusive=True)

    async def _read_stats(self) -> None:
        look = self._look()
        midnight = look.local(look.now).replace(hour=0, minute=0, second=0, microsecond=0)
        try:
            today = await self.client.stats(since=midnight)
            hour = await self.client.stats(since=look.now - timedelta(hours=1))
        except ClientError as error:
            self.log.warning(f"no statistics: {error}")
            return
        self.post_message(StatsRead(today, hour))

    def on_stats_read(self, event: StatsRead) -> None:
        self._stats, self._read_at = (event.today, event.hour), self.store.now(self._clock())
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

    def _draw(self, width: int, height: int) -> Sequence[Line]:
        look = self._look()
        if self._defining:
            heading = title(look.say("screen.wall.help.title"), "", look, width)
            return [heading, *text_lines(look.say("screen.wall.help.lines"), look)]
        if self._frozen is not None and self._frozen[2] == (width, height):
            return self._frozen[1]
        return wall_lines(self._data(), look, width, height)

    def _data(self, frozen_at: datetime | None = None) -> WallData:
        today, hour = self._stats
        return WallData(self.store, today, hour, self._link(), self._read_at, frozen_at)

    def _redraw(self) -> None:
        self.picture.update()

    # -- keys ---------------------------------------------------------------------------------------

    def action_freeze(self) -> None:
        """Hold the picture so that it can be talked about; the header says since when."""
        if self._frozen is not None:
            self._frozen = None
        else:
            look, (width, height) = self._look(), self.picture.size
            self._frozen = (look.now, wall_lines(self._data(look.now), look, width, height), (width, height))
        self._redraw()

    def action_definitions(self) -> None:
        self._defining = not self._defining
        self._redraw()

    def action_leave_definitions(self) -> None:
        self._defining = False
        self._redraw()

    def action_language(self) -> None:
        self.lang, self._frozen = "en" if self.lang == "id" else "id", None
        self._redraw()

    def action_redraw(self) -> None:
        self.refresh(layout=True, repaint=True)
