"""Labelled examples on both engines: every correction of an operator, folded to one example a report."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.domain.report import Channel
from dispatch.errors import KentonganError
from dispatch.services.labels import labelled_examples
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from tests.support.desk import ADI, LAMP, Desk, desk_on, real_knowledge

UNSURE = "kayaknya bapak saya tidak napas di desa Kalisapu Slawi"
PRANK = "halo pak saya mau pesan bakso dua wkwkwk"


async def examples(database: Database) -> list[dict[str, Any]]:
    reader = Reader(database, real_knowledge().rules.centre, connections=1)
    await reader.start()
    try:
        return [example async for example in labelled_examples(reader)]
    finally:
        await reader.stop()


async def only(database: Database) -> dict[str, Any]:
    [example] = await examples(database)
    return example


async def test_a_denied_life_threat_is_an_example_and_lowers_nothing(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(UNSURE, channel=Channel.WHATSAPP)).number
        before = await desk.incident(number)
        await desk.command("confirm", incident=number, life_threat=False, reason="sudah bernapas lagi")
        assert (await desk.incident(number)).severity is before.severity
        found = await only(database)
        assert (found["text"], found["origin"], found["by"]) == (UNSURE, "whatsapp", "rina")
        assert (found["judged"], found["life_threat"]) == (["life_threat"], False)
        assert found["severity"] is None, "how urgent it is then, nobody has said"
        assert found["said"]["life_threat"] is True
        assert found["said"]["severity"] == "critical"
        assert found["reason"] == "sudah bernapas lagi"


async def test_a_confirmed_life_threat_is_critical(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("confirm", ADI, incident=number, life_threat=True)
        found = await only(database)
        assert (found["life_threat"], found["severity"], found["by"]) == (True, "critical", "adi")
        assert found["said"]["life_threat"] is False


async def test_the_last_word_on_each_field_counts(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("type", incident=number, type="power", subtype="live_wire")
        await desk.command("priority", incident=number, severity="critical")
        await desk.command("type", incident=number, type="fire")
        await desk.command("locate", incident=number, text="desa Kalisapu kecamatan Slawi")
        found = await only(database)
        assert (found["type"], found["subtype"], found["severity"]) == ("fire", "", "critical")
        assert set(found["judged"]) == {"type", "subtype", "severity", "place"}
        assert found["place_answer"]["desa"] == "Kalisapu"
        assert found["said"]["type"] == "street_light"


async def test_an_undone_answer_does_not_count(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("type", incident=number, type="fire")
        desk.pass_time(seconds=1)
        await desk.command("undo")
        assert await examples(database) == []


@pytest.mark.parametrize(("disposition", "kind"), [("palsu", "not_a_report"), ("info", "information_request")])
async def test_a_disposal_says_what_it_was_and_reopening_takes_it_back(
    database: Database, disposition: str, kind: str
) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("close", incident=number, disposition=disposition, confirmed=True)
        found = await only(database)
        assert (found["type"], found["severity"], found["life_threat"]) == (kind, None, False)
        await desk.command("reopen", incident=number, reason="pelapor menelepon lagi")
        found = await only(database)
        assert (found["type"], found["judged"], found["kind"]) == ("street_light", ["type"], "reopened")


async def test_an_ordinary_close_and_a_refused_command_leave_no_example(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        with pytest.raises(KentonganError):
            await desk.command("type", incident=number, type="nonsense")
        await desk.command("close", incident=number, disposition="sls", confirmed=True)
        assert await examples(database) == []


async def test_a_silent_call_leaves_no_example(database: Database) -> None:
    async with desk_on(database) as desk:
        await _dispose_silent(desk)
        assert await examples(database) == []


async def _dispose_silent(desk: Desk) -> None:
    number = (await desk.report("", channel=Channel.CALL)).number
    await desk.command("dispose", incident=number, code=1, confirmed=True)
