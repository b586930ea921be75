"""A dry run on both engines: it says what would happen, line by line, and nothing of it has happened."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch import wire
from dispatch.domain.transitions import IncidentStatus
from dispatch.errors import Refused
from dispatch.services.commands import DryRun
from dispatch.storage.database import Database
from tests.support.desk import FIRE, LAMP, Desk, desk_on


async def tried(desk: Desk, verb: str, **args: Any) -> wire.CommandResult:
    with pytest.raises(DryRun) as caught:
        await desk.command(verb, dry_run=True, **args)
    return caught.value.result


async def test_it_is_marked_and_tells_every_effect(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(FIRE)).number
        kinds, messages = await desk.kinds(), await desk.messages()
        result = await tried(desk, "dispatch", incident=number, units=["D01"])
        assert result.message == f"COBA SAJA, tidak dijalankan: KIRIM D01 -> {number}"
        assert (result.undo_s, result.changed, result.incident) == (0, [], None)
        assert "D01 ditugaskan" in result.data["lines"]
        assert any("BARU" in line and "TUGAS" in line for line in result.data["lines"])
        assert await desk.kinds() == kinds
        assert (await desk.unit("D01"))["status"] == "available"
        assert await desk.messages() == messages


async def test_it_asks_for_no_second_enter_and_is_refused_like_the_real_one(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        other = (await desk.report(FIRE)).number
        result = await tried(desk, "merge", incident=number, to_incident=other)
        assert str(other) in result.message
        assert (await desk.incident(number)).status is IncidentStatus.NEW
        with pytest.raises(Refused):
            await desk.command("arrive", units=["D01"], dry_run=True)


async def test_what_would_change_nothing_says_so_and_reading_is_no_trial(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("dispatch", incident=number, units=["P07"])
        await desk.command("enroute", units=["P07"])
        again = await tried(desk, "enroute", units=["P07"])
        assert again.data["lines"] == ["tidak ada yang akan berubah"]
        why = await desk.command("why", incident=number, dry_run=True)
        assert not why.message.startswith("COBA")
