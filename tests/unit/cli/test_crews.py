"""Crews of an exercise answer by SMS: in order, or slowly, or no, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from dispatch.cli.crews import Crews
from dispatch.cli.traffic import Record, Tally
from dispatch.wire import AssignmentRow, IncidentRow

MOMENT = datetime(2026, 1, 12, 7, 0, tzinfo=UTC)
PHONES = {"A01": "+62899001", "pln": "+62899002"}


class Board:
    """One incident with one assignment that goes on with every answer it gets."""

    NEXT = {"1": "acknowledged", "2": "en_route", "3": "on_scene", "4": "cleared", "0": "declined"}

    def __init__(self, unit: str | None, agency: str) -> None:
        self._item = AssignmentRow(id=1, unit=unit, agency=agency, status="assigned")
        self.heard: list[tuple[str, str]] = []

    async def board(self) -> Any:
        return SimpleNamespace(incidents=[IncidentRow(
            number=1, id=1, type="fire", status="dispatched", opened_at=MOMENT, updated_at=MOMENT, version=1,
            assignments=[self._item],
        )])

    async def send(self, record: Record, tally: Tally) -> None:
        self.heard.append((record.sender, record.text))
        self._item = AssignmentRow(
            id=1, unit=self._item.unit, agency=self._item.agency, status=self.NEXT[record.text]
        )


async def answers(unit: str | None, agency: str, habit: str = "", *, many: int, within_s: float = 5.0) -> list[Any]:
    board = Board(unit, agency)
    habits = {unit or agency: habit} if habit else {}
    crews = Crews(board, board, Tally(), 1000.0, PHONES, habits)  # type: ignore[arg-type]
    work = asyncio.create_task(crews.work())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while len(board.heard) < many:
                await asyncio.sleep(0.01)
    work.cancel()
    return board.heard


async def test_crew_answers_until_it_is_done() -> None:
    assert await answers("A01", "health", many=4) == [(PHONES["A01"], digit) for digit in "1234"]


async def test_duty_desk_answers_by_its_own_number() -> None:
    assert await answers(None, "pln", many=1) == [(PHONES["pln"], "1")]


@pytest.mark.parametrize(("habit", "heard"), [("no", ["0"]), ("silent", []), ("slow", ["1"])])
async def test_habits(habit: str, heard: list[str]) -> None:
    said = await answers("A01", "health", habit, many=1, within_s=0.6)
    assert [text for _, text in said] == heard


async def test_whoever_has_no_number_says_nothing() -> None:
    assert await answers("Z99", "navy", many=1, within_s=0.5) == []
