"""Drivers for tests: they take, refuse or lose messages as they are told."""

from __future__ import annotations

import asyncio
from datetime import datetime

from dispatch.errors import ChannelError
from dispatch.ports import Accepted, Outgoing

DOWN = ChannelError("down", permanent=False)
LOST = ChannelError("no answer", permanent=False, uncertain=True)


class Named:
    """Takes everything while ``error`` is None. ``loses``: takes it and fails with ``error`` all the same."""

    channels = frozenset({"sms"})

    def __init__(self, name: str, *, delivers: bool = False) -> None:
        self.name, self._delivers = name, delivers
        self.taken: list[Outgoing] = []
        self.asked: list[str] = []
        self.error: ChannelError | None = None
        self.errors: list[ChannelError] = []
        self.loses = False
        self.gate = asyncio.Event()
        self.gate.set()

    @property
    def keys(self) -> list[str]:
        return [message.key for message in self.taken]

    async def send(self, message: Outgoing) -> Accepted:
        self.asked.append(message.key)
        await self.gate.wait()
        error = self.errors.pop(0) if self.errors else self.error
        if error is None or self.loses:
            self.taken.append(message)
        if error is not None:
            raise error
        return Accepted(f"{self.name}-{message.key}", delivered=self._delivers)

    async def close(self) -> None:
        """Nothing to close."""


class Remembering(Named):
    """Can tell afterwards what it took; ``blind``: not now."""

    blind = False

    async def find(self, message: Outgoing, since: datetime) -> Accepted | None:
        if self.blind:
            raise DOWN
        return Accepted(f"{self.name}-{message.key}") if message.key in self.keys else None
