"""What an operator's console knows: the board over the real API, asked until it says what is expected."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.support.server import Server, owner_headers

PATIENCE_S = 20


class BoardWatch:
    """Read it again and again; a server that does not answer just means not yet."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def read(self) -> dict[str, Any]:
        answer = await self._http.get("/api/v1/board")
        answer.raise_for_status()
        board: dict[str, Any] = answer.json()
        return board

    async def status(self, path: str) -> int:
        return (await self._http.get(path)).status_code

    async def until(self, holds: Callable[[dict[str, Any]], bool], within_s: float = PATIENCE_S) -> dict[str, Any]:
        last: object = None
        try:
            async with asyncio.timeout(within_s):
                while True:
                    try:
                        last = board = await self.read()
                        if holds(board):
                            return board
                    except httpx.HTTPError as error:
                        last = error
                    await asyncio.sleep(0.05)
        except TimeoutError:
            said = last if isinstance(last, httpx.HTTPError) else _short(last)
            raise AssertionError(f"the board never said so; at last: {said}") from None

    async def until_status(self, path: str, status: int, within_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(within_s):
            while await self.status(path) != status:
                await asyncio.sleep(0.05)


def _short(board: object) -> str:
    assert isinstance(board, dict)
    return str({"degraded": degraded(board), "alarms": alarms(board)})


def degraded(board: dict[str, Any]) -> list[str]:
    return list(board["centre"]["degraded"])


def alarms(board: dict[str, Any]) -> list[str]:
    """Kinds of the open alarms."""
    return [alarm["kind"] for alarm in board["alarms"]]


@asynccontextmanager
async def watching(server: Server) -> AsyncIterator[BoardWatch]:
    async with httpx.AsyncClient(
        base_url=server.url, headers=owner_headers(), trust_env=False, timeout=20
    ) as http:
        yield BoardWatch(http)
