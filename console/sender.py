"""Sends commands one after the other and tells how each ended. Owns repeats and confirmations.

A command whose answer never came is repeated under the same idempotency key, so that a second Enter
on the same line cannot send a unit twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import msgspec

from console.client import ClientError, Rejected, ServerAway
from dispatch.wire import Command, CommandResult, ProblemDetails

STALE, CONFIRM, UNAUTHORISED = 409, 428, 401


class Commanding(Protocol):
    """The one thing the sender needs of the client."""

    def command(self, command: Command) -> Awaitable[CommandResult]: ...


@dataclass(frozen=True)
class Outcome:
    """How a line ended. ``problem`` is a refusal; ``away`` means: no answer, nobody knows whether it was done."""

    line: str
    results: tuple[CommandResult, ...] = ()
    problem: ProblemDetails | None = None
    away: str = ""

    @classmethod
    def of(cls, line: str, error: ClientError) -> Outcome:
        """A line that ended in an error: refused, or nobody answered."""
        if isinstance(error, Rejected):
            return cls(line, problem=error.problem)
        return cls(line, away=str(error) or "away")

    @property
    def ok(self) -> bool:
        return self.problem is None and not self.away and all(result.ok for result in self.results)

    @property
    def needs_confirmation(self) -> bool:
        return self.problem is not None and self.problem.status == CONFIRM


@dataclass
class Attempt:
    """A line on its way: its commands, and how many of them are done."""

    line: str
    commands: Sequence[Command]
    done: int = 0


class Sender:
    """``on_outcome`` is called for every line, in the order the lines were given."""

    def __init__(self, client: Commanding, on_outcome: Callable[[Outcome], None]) -> None:
        self._client, self._on_outcome = client, on_outcome
        self._queue: asyncio.Queue[Attempt] = asyncio.Queue()
        self._open: Attempt | None = None
        self.last: Attempt | None = None
        """The line that ended most recently."""
        self.waiting_for = ""
        """The line whose answer is awaited now."""

    def send(self, line: str, commands: Sequence[Command]) -> None:
        """Queue a line; the same line after a lost answer takes up where the first attempt stopped."""
        open_, self._open = self._open, None
        if open_ is not None and open_.line == line and _same(open_.commands, commands):
            self._queue.put_nowait(open_)
            return
        self._queue.put_nowait(Attempt(line, commands))

    def confirm(self, line: str, commands: Sequence[Command]) -> None:
        """The second Enter: the same commands, confirmed."""
        self._queue.put_nowait(Attempt(line, [msgspec.structs.replace(c, confirmed=True) for c in commands]))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            attempt = await self._queue.get()
            self.waiting_for = attempt.line
            outcome = await self._send(attempt)
            self.waiting_for, self.last = "", attempt
            self._on_outcome(outcome)

    async def _send(self, attempt: Attempt) -> Outcome:
        """Left to right, stopping at the first that is not done."""
        results: list[CommandResult] = []
        for command in attempt.commands[attempt.done :]:
            try:
                result = await self._client.command(command)
            except Rejected as refused:
                return Outcome(attempt.line, tuple(results), refused.problem)
            except ServerAway as away:
                self._open = attempt
                return Outcome(attempt.line, tuple(results), away=str(away) or "away")
            results.append(result)
            attempt.done += 1
            if not result.ok:
                break
        return Outcome(attempt.line, tuple(results))


def _same(one: Sequence[Command], other: Sequence[Command]) -> bool:
    """Equal but for their keys and versions."""
    return [(c.command, c.args) for c in one] == [(c.command, c.args) for c in other]
