"""Line mode at a terminal or in a pipe: where the lines come from, and what is said in between.

Owns reading standard input beside the live feed. Knows no command.
"""

from __future__ import annotations

import asyncio
import contextlib
import termios
import threading
from collections.abc import AsyncIterator
from typing import TextIO

from console.client import Client, Rejected
from console.line.mode import LineMode
from console.live import Connection, LinkState, Live
from console.texts import text
from console.view.visible import visible
from dispatch.wire import Session

OK, FAILED, UNUSABLE = 0, 1, 2


class Terminal:
    """``run`` until the input ends. At a terminal there is a prompt, and the feed's news come in between."""

    def __init__(self, client: Client, source: TextIO, sink: TextIO, *, lang: str, interactive: bool) -> None:
        self._client, self._source, self._sink = client, source, sink
        self._lang, self._interactive = lang, interactive
        self._prompted = False
        self._link = LinkState.LIVE

    async def run(self, session: Session | None = None) -> int:
        """0 all lines were done, 1 one was not, 2 the session does not hold."""
        board = await self._client.board()
        name = session.username if session else ""
        mode = LineMode(
            self._client, board, self._write, lang=self._lang, interactive=self._interactive, name=name)
        async with contextlib.AsyncExitStack() as stack:
            if self._interactive:
                self._greet(board.centre.name, board.centre.mode, session)
                stack.push_async_callback(_cancel, asyncio.create_task(self._follow(mode)))
            await self._converse(mode)
        if mode.session_over:
            return UNUSABLE
        return FAILED if mode.failures else OK

    async def _converse(self, mode: LineMode) -> None:
        self._prompt()
        async for line in _read_lines(self._source):
            self._prompted = False
            going_on = await mode.run_line(line)
            self._show_typing(not mode.asks_secret)
            if not going_on:
                return
            self._prompt()
        mode.drop_question()

    def _show_typing(self, shown: bool) -> None:
        """A password is typed unseen."""
        if not self._interactive or not self._source.isatty():
            return
        flags = termios.tcgetattr(self._source)
        flags[3] = flags[3] | termios.ECHO if shown else flags[3] & ~termios.ECHO
        termios.tcsetattr(self._source, termios.TCSADRAIN, flags)

    async def _follow(self, mode: LineMode) -> None:
        """A session that ended meanwhile is told by the next command."""
        with contextlib.suppress(Rejected):
            await Live(self._client).run(mode.take_board, mode.take_changes, self._take_state)

    def _take_state(self, connection: Connection) -> None:
        """Only changes are worth a line."""
        if connection.state == self._link:
            return
        self._link = connection.state
        reason = visible(connection.reason)
        self._write(text(f"line.link_{connection.state.value}", self._lang, reason=reason))

    def _greet(self, centre: str, mode: str, session: Session | None) -> None:
        name, role = (session.username, session.role) if session else ("", "")
        self._write(visible(text("line.welcome", self._lang, centre=centre, role=role, name=name)))
        if mode != "live":
            self._write(text("line.training", self._lang))

    def _write(self, line: str) -> None:
        """News in the middle of a prompt start a line of their own, and the prompt comes back after them."""
        waiting = self._prompted
        self._sink.write(("\n" if waiting else "") + line + "\n")
        self._prompted = False
        if waiting:
            self._prompt()
        self._sink.flush()

    def _prompt(self) -> None:
        if self._interactive:
            self._sink.write(text("line.prompt", self._lang))
            self._sink.flush()
            self._prompted = True


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def _read_lines(source: TextIO) -> AsyncIterator[str]:
    """Lines as they come. A thread reads, and it is a daemon: leaving must not wait for one more Enter."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    wanted = threading.Semaphore(0)

    def read() -> None:
        """One line at a time, and only when asked: a long script is not read into memory."""
        while wanted.acquire():
            try:
                line = source.readline()
            except (OSError, ValueError):  # a terminal that went away, bytes that are no text: the end of the input
                line = ""
            with contextlib.suppress(RuntimeError):  # the loop is gone: so is everybody who waits
                loop.call_soon_threadsafe(queue.put_nowait, line or None)
            if not line:
                return

    threading.Thread(target=read, name="standard input", daemon=True).start()
    while True:
        wanted.release()
        line = await queue.get()
        if line is None:
            return
        yield line
