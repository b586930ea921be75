"""Which task a crew's words are about, and that no word of anybody is dropped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Table, bindparam, select

from dispatch.domain.place import Place
from dispatch.domain.report import Attachment, Channel, NewReport
from dispatch.domain.routing import Contact
from dispatch.services.assignments import assign_units
from dispatch.services.crew_messages import receive_text
from dispatch.services.knowledge import Knowledge
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import assignment, event, report
from tests.support.centre import Centre, WordTriage, running_centre, small_rules

CREW, DUTY = "+6281999000111", "+6281999000222"


def knowledge_with_duty() -> Knowledge:
    rules = small_rules()
    fire = replace(rules.agencies["fire"], contacts=(Contact("Piket", DUTY),))
    return Knowledge(replace(rules, agencies={**rules.agencies, "fire": fire}), WordTriage())


KNOWLEDGE = knowledge_with_duty()


@pytest.fixture
async def centre(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(sqlite_database, tmp_path) as running:
        await running.add_unit("D01", phone=CREW)
        yield running


async def rows(centre: Centre, table: Table) -> list[Row]:
    key = table.c.id if "id" in table.c else table.c.seq
    return await centre.edge.reader.all(
        Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(key))
    )


async def send(centre: Centre, text: str, signs: list[str], *, desks: list[str] | None = None) -> int:
    """A report comes in and units or desks are sent; returns the incident's number."""
    received = await centre.report(text, f"r-{text}")
    await centre.run(
        lambda tx: assign_units(
            tx, fetch_incident(tx, received.incident_id), signs, actor="rina", knowledge=KNOWLEDGE,
            agencies=desks, forced=True,
        )
    )
    return received.number


async def write(centre: Centre, text: str, *, sender: str = CREW, key: str = "", **more: object) -> None:
    new = NewReport(Channel.SMS, key or f"m-{text}", text, centre.edge.clock(), sender=sender, **more)  # type: ignore[arg-type]
    await centre.run(lambda tx: receive_text(tx, new, KNOWLEDGE))


async def statuses(centre: Centre) -> list[str]:
    return [row["status"] for row in await rows(centre, assignment)]


async def test_with_two_tasks_the_newest_is_meant_unless_a_number_is_named(centre: Centre) -> None:
    first = await send(centre, "kebakaran di slawi", ["D01"])
    await send(centre, "jalan rusak", ["D01"])
    await write(centre, "1")
    assert await statuses(centre) == ["assigned", "acknowledged"]
    await write(centre, f"2 {first}")
    assert await statuses(centre) == ["en_route", "acknowledged"]


async def test_an_answer_goes_to_the_task_it_can_be_true_of(centre: Centre) -> None:
    await send(centre, "kebakaran di slawi", ["D01"])
    await send(centre, "jalan rusak", ["D01"])
    await write(centre, "3", key="a")
    assert await statuses(centre) == ["assigned", "on_scene"]
    await write(centre, "1", key="b")
    assert await statuses(centre) == ["acknowledged", "on_scene"]


async def test_the_duty_contact_answers_for_its_desk(centre: Centre) -> None:
    await send(centre, "kebakaran di slawi", [], desks=["fire"])
    await write(centre, "siap", sender=DUTY)
    [item] = await rows(centre, assignment)
    assert (item["unit"], item["status"]) == (None, "acknowledged")
    moved = [row["actor"] for row in await rows(centre, event) if row["kind"] == "assignment.moved"]
    assert moved == ["crew:fire"]


async def test_words_beside_the_answer_are_kept_with_the_move(centre: Centre) -> None:
    await send(centre, "kebakaran di slawi", ["D01"])
    await write(centre, "selesai, pasien dibawa ke RS")
    [moved] = [row for row in await rows(centre, event) if row["kind"] == "assignment.moved"]
    assert "dibawa ke RS" in moved["data"]


async def test_a_picture_and_a_place_of_a_crew_are_on_its_incident(centre: Centre) -> None:
    await send(centre, "kebakaran di slawi", ["D01"])
    await write(
        centre, "", attachments=(Attachment("https://api.twilio.com/ME1", "image/jpeg"),),
        place=Place(text="Slawi", lat=-6.98, lon=109.13),
    )
    [remark] = [row for row in await rows(centre, event) if row["kind"] == "remark.added"]
    assert "ME1" in remark["data"]
    assert "-6.98" in remark["data"]


async def test_an_answer_that_is_no_legal_move_is_kept_as_words(centre: Centre) -> None:
    await send(centre, "kebakaran di slawi", ["D01"])
    await write(centre, "3", key="a")
    await write(centre, "1", key="b")
    assert await statuses(centre) == ["on_scene"]
    assert [row["kind"] for row in await rows(centre, event)].count("remark.added") == 1


async def test_an_empty_text_of_a_crew_breaks_nothing(centre: Centre) -> None:
    await send(centre, "kebakaran di slawi", ["D01"])
    await write(centre, "  ")
    assert await statuses(centre) == ["assigned"]


async def test_a_repeat_of_a_report_stays_that_report_when_a_task_has_come_since(centre: Centre) -> None:
    await write(centre, "1", key="early")
    await send(centre, "kebakaran di slawi", ["D01"])
    await write(centre, "1", key="early")
    assert await statuses(centre) == ["assigned"]
    assert [row["text"] for row in await rows(centre, report)] == ["1", "kebakaran di slawi"]


async def test_after_the_task_a_crew_reports_like_anybody(centre: Centre) -> None:
    await send(centre, "kebakaran di slawi", ["D01"])
    await write(centre, "4")
    await write(centre, "pohon tumbang di slawi")
    assert [row["text"] for row in await rows(centre, report)][-1] == "pohon tumbang di slawi"
