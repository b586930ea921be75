"""Teams that answer their assignments by SMS, each at its own pace: for demonstrations and exercises."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.client import Client
    from dispatch.cli.traffic import Caller, Tally
    from dispatch.wire import AssignmentRow, Board

ANSWERS = {"assigned": "1", "notified": "1", "acknowledged": "2", "en_route": "3", "on_scene": "4", "transporting": "4"}
"""State of an assignment -> the digit a crew sends next."""
PAUSE_S = {"1": (5.0, 15.0), "2": (10.0, 25.0), "3": (40.0, 120.0), "4": (90.0, 240.0)}
SLOW = 4.0
DECLINES = "0"
LOOK_S, MIN_LOOK_S = 2.0, 0.2


@dataclass
class Crews:
    """``phones``: call sign (or agency, for its duty desk) -> number. ``habits``: slow, no (declines), silent."""

    client: Client
    caller: Caller
    tally: Tally
    speed: float
    phones: Mapping[str, str]
    habits: Mapping[str, str] = field(default_factory=dict)
    _busy: set[tuple[int, str]] = field(default_factory=set)
    _dice: random.Random = field(default_factory=lambda: random.Random(112))  # noqa: S311  a game, not a secret

    async def work(self) -> None:
        from console.client import ClientError

        async with asyncio.TaskGroup() as group:
            while True:
                with contextlib.suppress(ClientError):  # the server is away for a moment: look again
                    for item in self._due(await self.client.board()):
                        group.create_task(self._answer(item))
                await asyncio.sleep(max(MIN_LOOK_S, LOOK_S / self.speed))

    def _due(self, board: Board) -> Iterator[AssignmentRow]:
        for incident in board.incidents:
            for item in incident.assignments:
                known = item.status in ANSWERS and _name(item) in self.phones
                if known and self.habits.get(_name(item)) != "silent" and (item.id, item.status) not in self._busy:
                    self._busy.add((item.id, item.status))
                    yield item

    async def _answer(self, item: AssignmentRow) -> None:
        from dispatch.cli.traffic import record_of

        digit, habit = ANSWERS[item.status], self.habits.get(_name(item), "")
        pause_s = self._dice.uniform(*PAUSE_S[digit]) / self.speed * (SLOW if habit == "slow" else 1.0)
        await asyncio.sleep(pause_s)
        phone = self.phones[_name(item)]
        name = f"crew-{secrets.token_hex(6)}"
        await self.caller.send(record_of(name, "sms", phone, DECLINES if habit == "no" else digit, set()), self.tally)


def _name(item: AssignmentRow) -> str:
    return item.unit or item.agency
