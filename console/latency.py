"""How fast this console is for its own operator: key to echo, command to answer. Owns measuring and reporting it.

A key counts from when the terminal's reader made it an event until the screen was drawn with it. Nothing of what was
typed is kept, only how long it took.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import Protocol

from textual.app import App
from textual.events import Event, Key
from textual.message_pump import MessagePump

from console.client import ClientError
from dispatch.wire import Command, CommandResult, ConsoleLatency, Spread

log = logging.getLogger(__name__)

REPORT_S = 60.0
KEPT = 2_000
"""Measurements between two reports; a hand does not press more keys a minute."""


class Told(Protocol):
    """What is needed of the client."""

    async def command(self, command: Command) -> CommandResult: ...
    async def tell_latency(self, measured: ConsoleLatency) -> ConsoleLatency: ...


class Latency:
    """Stands between the sender and the client, and is asked about every key."""

    def __init__(self, client: Told) -> None:
        self._client = client
        self._echo: deque[float] = deque(maxlen=KEPT)
        self._result: deque[float] = deque(maxlen=KEPT)

    def attach(self, app: App[int]) -> None:
        """Report each minute for as long as the app runs."""
        app.set_interval(REPORT_S, lambda: app.run_worker(self.report(), group="latency", exclusive=True))

    def key(self, event: Key, target: MessagePump) -> None:
        """A key was handed to ``target``, which draws what comes of it."""
        target.call_after_refresh(self._drawn, event.time)

    def _drawn(self, began: float) -> None:
        self._echo.append((time.monotonic() - began) * 1000)

    async def command(self, command: Command) -> CommandResult:
        """Send it; the time counts however it ends, for the operator waited."""
        began = time.monotonic()
        try:
            return await self._client.command(command)
        finally:
            self._result.append((time.monotonic() - began) * 1000)

    def take(self) -> ConsoleLatency:
        """What was measured since the last time."""
        measured = ConsoleLatency(echo=spread(self._echo), result=spread(self._result))
        self._echo.clear()
        self._result.clear()
        return measured

    async def report(self) -> None:
        """A report that is lost is not repeated: the next one is newer."""
        measured = self.take()
        if not measured.echo.n and not measured.result.n:
            return
        try:
            await self._client.tell_latency(measured)
        except ClientError as error:
            log.debug("latency not told: %s", error)


class TimedApp(App[int]):
    """An app whose keys are timed until they are seen."""

    latency: Latency

    async def on_event(self, event: Event) -> None:
        is_fresh = isinstance(event, Key) and not event.is_forwarded
        await super().on_event(event)
        if is_fresh and isinstance(event, Key):
            self.latency.key(event, self.focused or self.screen)


def spread(values: deque[float]) -> Spread:
    """Nearest rank, as every percentile of the wall."""
    ordered = sorted(values)
    if not ordered:
        return Spread()

    def rank(percent: int) -> float:
        return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]

    return Spread(n=len(ordered), p50=round(rank(50), 1), p95=round(rank(95), 1), max=round(ordered[-1], 1))
