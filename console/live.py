"""Follows a server: a snapshot, then the feed, and a new snapshot whenever the feed cannot be trusted.

Owns when a connection counts as live, stale or offline. Draws nothing, keeps no rows.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from enum import StrEnum
from random import SystemRandom
from typing import Protocol

from console.client import SILENCE_S, ClientError, Gone, Rejected, ServerAway
from dispatch.wire import Board, Changes, Heartbeat

BACKOFF_S = (0.2, 2.0)
SNAPSHOT_S = 5.0
ODD_BEATS = 3
"""A snapshot may be a moment ahead of the feed, and a heartbeat ahead of its changes; when this many
heartbeats in a row disagree with what was read, something was missed or the log is another one."""
SESSION_OVER = frozenset({401, 403})


class LinkState(StrEnum):
    LIVE = "live"
    STALE = "stale"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Connection:
    """``age_s`` is how old the last word from the server is."""

    state: LinkState
    age_s: float = 0.0
    reason: str = ""


class Source(Protocol):
    """What is followed: a ``Client``, or a script in tests."""

    async def board(self) -> Board: ...
    def events(self, after: int) -> AsyncGenerator[Changes | Heartbeat, None]: ...


class Live:
    """``run`` until cancelled. Calls back in the event loop, in order, and waits for nobody.

    LIVE: heard within ``silence_s``. STALE: the feed broke or fell silent, a new snapshot is being
    fetched. OFFLINE: fetching failed; tried again after 0.2 s, then up to every 2 s. A rejected
    session (401, 403) ends ``run`` with ``Rejected``: only a person can log in again.
    """

    def __init__(
        self,
        client: Source,
        *,
        silence_s: float = SILENCE_S,
        backoff_s: tuple[float, float] = BACKOFF_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._silence_s, self._backoff_s, self._monotonic = client, silence_s, backoff_s, monotonic
        self._heard_at: float | None = None
        self._on_state: Callable[[Connection], None] = _ignore

    async def run(
        self,
        on_snapshot: Callable[[Board], None],
        on_changes: Callable[[Changes], None],
        on_state: Callable[[Connection], None],
    ) -> None:
        """1. snapshot 2. follow 3. on any break: say so, and begin again."""
        self._on_state = on_state
        failures = 0
        while True:
            try:
                async with asyncio.timeout(SNAPSHOT_S):
                    board = await self._client.board()
            except (ClientError, TimeoutError) as error:
                failures += 1
                _raise_if_over(error)
                self._say(LinkState.OFFLINE, str(error) or "time-out")
                await asyncio.sleep(self._pause_s(failures))
                continue
            on_snapshot(board)
            self._hear()
            heard = await self._follow(board.seq, on_changes)
            # A server that gives snapshots but no feed must not be asked for snapshots without pause.
            failures = 0 if heard else failures + 1
            if failures:
                await asyncio.sleep(self._pause_s(failures))

    async def _follow(self, seq: int, on_changes: Callable[[Changes], None]) -> bool:
        """Hand over changes until the feed breaks. Returns whether it ever said anything."""
        position = _Position(seq)
        heard = False
        try:
            async with contextlib.aclosing(self._client.events(seq)) as feed:
                while True:
                    message = await self._next(feed)
                    heard = True
                    self._hear()
                    news = position.take(message)
                    if news is not None:
                        on_changes(news)
        except StopAsyncIteration:
            self._say(LinkState.STALE, "the server closed the feed")
        except TimeoutError:
            self._say(LinkState.STALE, f"nothing heard for {self._silence_s:g} s")
        except Gone as error:
            self._say(LinkState.STALE, str(error))
            return True
        except (Rejected, ServerAway) as error:
            _raise_if_over(error)
            self._say(LinkState.STALE, str(error))
        return heard

    async def _next(self, feed: AsyncIterator[Changes | Heartbeat]) -> Changes | Heartbeat:
        async with asyncio.timeout(self._silence_s):
            return await anext(feed)

    def _hear(self) -> None:
        self._heard_at = self._monotonic()
        self._say(LinkState.LIVE, "")

    def _say(self, state: LinkState, reason: str) -> None:
        age = 0.0 if self._heard_at is None else self._monotonic() - self._heard_at
        self._on_state(Connection(state, age, reason))

    def _pause_s(self, failures: int) -> float:
        """Doubling between the bounds; a little at random, so that fifty seats do not knock at once."""
        first, last = self._backoff_s
        return min(last, first * 2.0 ** min(failures - 1, 16)) * _random.uniform(0.8, 1.0)


class _Position:
    """How far the feed was read, and whether something is missing."""

    def __init__(self, seq: int) -> None:
        self.seq = seq
        self._odd = 0

    def take(self, message: Changes | Heartbeat) -> Changes | None:
        """Changes to hand over; None for heartbeats and what was seen. Raises Gone when it cannot go on.

        Changes at the very position are news too: the state of the centre changes without a log line.
        """
        if isinstance(message, Changes):
            if message.seq < self.seq:
                return None
            self.seq, self._odd = message.seq, 0
            return message
        self._odd = self._odd + 1 if message.seq != self.seq else 0
        if self._odd >= ODD_BEATS:
            raise Gone(f"the server is at {message.seq}, this console at {self.seq}")
        return None


def _raise_if_over(error: BaseException) -> None:
    if isinstance(error, Rejected) and error.problem.status in SESSION_OVER:
        raise error


def _ignore(connection: Connection) -> None:
    """Before ``run`` nobody listens."""


_random = SystemRandom()
