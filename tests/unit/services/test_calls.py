"""Calls as state: one seat each, nothing lost, no silent end without asking. On both engines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import Table, bindparam, select

from dispatch.domain.roles import Role
from dispatch.domain.transitions import CALL, CallDisposition, CallStatus, may
from dispatch.errors import NotFound, Refused
from dispatch.services.access import add_user
from dispatch.services.call_end import end_call, leave_queue, record_voicemail, sweep_calls
from dispatch.services.call_order import hint_call
from dispatch.services.call_tasks import run_due
from dispatch.services.calls import (
    answer_call,
    bridge_call,
    connect_operator,
    dispose_call,
    hang_up,
    line_of,
    queue_call,
    return_call,
    ring_call,
)
from dispatch.storage.database import Database
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call, clock, event, incident, operator, outbox, report
from tests.support.centre import Centre, running_centre

OPERATOR = Statement(
    select(operator).where(operator.c.centre == bindparam("centre"), operator.c.name == bindparam("name"))
)
CITIZEN, PHONE = "+6281234567890", "+628119000001"


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


async def rows(centre: Centre, table: Table) -> list[Row]:
    key = table.c.id if "id" in table.c else table.c.seq
    return await centre.edge.reader.all(
        Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(key))
    )


async def ring(centre: Centre, sid: str = "CA1", caller: str = CITIZEN) -> Row:
    return await centre.run(lambda tx: ring_call(tx, external_id=sid, caller=caller, called="+622830112000"))


async def answer(centre: Centre, call_id: int | None, operator: str = "rina") -> Row:
    knowledge = centre.edge.knowledge()
    return await centre.run(lambda tx: answer_call(tx, call_id, operator, PHONE, knowledge))


async def end(centre: Centre, call_id: int) -> None:
    knowledge = centre.edge.knowledge()
    await centre.run(lambda tx: end_call(tx, call_id, knowledge))


async def due_after(centre: Centre, seconds: float) -> None:
    centre.pass_time(seconds)
    knowledge = centre.edge.knowledge()
    await centre.run(lambda tx: run_due(tx, knowledge))


async def call_now(centre: Centre) -> Row:
    return (await rows(centre, call))[-1]


async def test_a_call_is_there_before_any_report(centre: Centre) -> None:
    row = await ring(centre)
    assert (row["status"], row["incident_id"]) == ("ringing", None)
    assert await rows(centre, incident) == []
    assert [line["kind"] for line in await rows(centre, event)] == ["call.rang"]


async def test_the_same_sid_is_the_same_call(centre: Centre) -> None:
    first = await ring(centre)
    assert (await ring(centre))["id"] == first["id"]


async def test_two_seats_at_once_on_two_nodes_exactly_one_wins(database: Database, tmp_path: Path) -> None:
    async with running_centre(database, tmp_path) as one, running_centre(database, tmp_path) as two:
        row = await ring(one)
        results = await asyncio.gather(
            *(answer(node, row["id"], name) for node, name in ((one, "rina"), (two, "budi"), (one, "sari"))),
            return_exceptions=True,
        )
        won = [result for result in results if isinstance(result, dict)]
        lost = [result for result in results if isinstance(result, Refused)]
        assert (len(won), len(lost)) == (1, 2)
        assert {error.params["who"] for error in lost} == {won[0]["operator"]}
        assert len(await rows(one, outbox)) == 1, "one phone rings"
        assert len(await rows(one, incident)) == 1


async def test_without_a_number_the_longest_waiting_call_is_answered(centre: Centre) -> None:
    first = await ring(centre, "CA1")
    centre.pass_time(5)
    await ring(centre, "CA2", "+6281200000002")
    assert (await answer(centre, None))["id"] == first["id"]
    assert (await answer(centre, None, "budi"))["id"] != first["id"]
    with pytest.raises(NotFound):
        await answer(centre, None, "sari")


async def test_who_pressed_55_goes_first(centre: Centre) -> None:
    await ring(centre, "CA1")
    centre.pass_time(5)
    silent = await ring(centre, "CA2", "+6281200000002")
    await centre.run(lambda tx: hint_call(tx, silent["id"], "55"))
    assert (await answer(centre, None))["id"] == silent["id"]


async def test_open_calls_never_share_a_line(centre: Centre) -> None:
    lines = [line_of(await ring(centre, f"CA{number}", f"+62812000000{number:02}")) for number in range(20)]
    assert len(set(lines)) == 20


async def test_a_line_is_not_given_out_while_a_call_is_in_it(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dispatch.services.calls.LINES", 3)
    lines = [line_of(await ring(centre, f"CA{number}", f"+6281200000{number:03}")) for number in range(5)]
    assert len(set(lines)) == 5
    first = (await rows(centre, call))[0]
    await end(centre, first["id"])
    assert line_of(await ring(centre, "CA9")) == lines[0]


async def test_a_returned_call_forgets_its_operator_and_rings_the_next(centre: Centre) -> None:
    row = await ring(centre)
    await centre.run(lambda tx: queue_call(tx, row["id"]))
    await answer(centre, row["id"])
    await centre.run(lambda tx: return_call(tx, row["id"], 1, "no-answer"))
    now = await call_now(centre)
    assert (now["status"], now["operator"], now["answered_at"]) == ("queued", "", None)
    await answer(centre, row["id"], "budi")
    assert [m["purpose"] for m in await rows(centre, outbox)] == ["bridge", "bridge"]


async def test_a_late_word_about_an_earlier_leg_does_not_take_the_call_away(centre: Centre) -> None:
    row = await ring(centre)
    await answer(centre, row["id"])
    await centre.run(lambda tx: return_call(tx, row["id"], 1, "no-answer"))
    await answer(centre, row["id"], "budi")
    await centre.run(lambda tx: return_call(tx, row["id"], 1, "no-answer"))
    now = await call_now(centre)
    assert (now["status"], now["operator"]) == ("answered", "budi")
    assert await centre.run(lambda tx: connect_operator(tx, row["id"], 1, "CA-rina")) == ""
    assert await centre.run(lambda tx: connect_operator(tx, row["id"], 2, "CA-budi"))


async def test_a_connected_call_is_not_returned(centre: Centre) -> None:
    row = await ring(centre)
    await answer(centre, row["id"])
    assert await centre.run(lambda tx: connect_operator(tx, row["id"], 1, "CA9"))
    await centre.run(lambda tx: bridge_call(tx, row["id"]))
    await centre.run(lambda tx: return_call(tx, row["id"], 1, "completed"))
    assert (await call_now(centre))["status"] == "answered"


async def test_a_second_phone_is_not_connected(centre: Centre) -> None:
    row = await ring(centre)
    await answer(centre, row["id"])
    assert await centre.run(lambda tx: connect_operator(tx, row["id"], 1, "CA9"))
    assert await centre.run(lambda tx: connect_operator(tx, row["id"], 1, "CA8")) == ""
    assert await centre.run(lambda tx: connect_operator(tx, 999, 1, "CA8")) == ""


async def test_abandoned_is_reported_once_rung_back_once_and_asked_once(centre: Centre) -> None:
    for number in range(3):
        row = await ring(centre, f"CA{number}")
        for _ in range(2):
            await end(centre, row["id"])
    assert [r["status"] for r in await rows(centre, call)] == ["abandoned"] * 3
    assert len(await rows(centre, report)) == 3
    await due_after(centre, 20)
    assert [m["purpose"] for m in await rows(centre, outbox)] == ["callback"]
    await due_after(centre, 80)
    await due_after(centre, 80)
    assert [m["purpose"] for m in await rows(centre, outbox)] == ["callback", "probe"]
    assert all(item["callback_due"] for item in await rows(centre, incident))


async def test_a_ghost_is_not_closed_without_asking(centre: Centre) -> None:
    row = await ring(centre)
    await answer(centre, row["id"])
    knowledge = centre.edge.knowledge()
    await centre.run(lambda tx: dispose_call(tx, row["id"], CallDisposition.GHOST, "rina", knowledge))
    now = await call_now(centre)
    assert (now["status"], now["disposition"]) == ("ended", "ghost")
    assert {m["purpose"] for m in await rows(centre, outbox)} == {"bridge", "hangup", "probe"}


async def test_the_seat_shows_what_its_operator_is_doing(centre: Centre) -> None:
    knowledge = centre.edge.knowledge()
    await centre.run(lambda tx: add_user(tx, "rina", Role.DISPATCHER, "", by="test"))
    seen = []

    async def note() -> None:
        seen.append((await centre.edge.reader.first(OPERATOR, name="rina") or {})["state"])

    row = await ring(centre)
    await answer(centre, row["id"])
    await note()
    await centre.run(lambda tx: return_call(tx, row["id"], 1, "busy"))
    await note()
    await answer(centre, row["id"])
    await end(centre, row["id"])
    await note()
    await centre.run(lambda tx: hang_up(tx, None, "rina", knowledge))
    await note()
    assert seen == ["on_call", "ready", "wrap_up", "ready"]


async def test_the_next_answer_ends_the_wrap_up_before_it(centre: Centre) -> None:
    first = await ring(centre)
    await answer(centre, first["id"])
    await end(centre, first["id"])
    second = await ring(centre, "CA2", "+6281200000002")
    await answer(centre, second["id"])
    assert [row["status"] for row in await rows(centre, call)] == ["ended", "answered"]


async def test_answering_stops_the_answer_clock(centre: Centre) -> None:
    row = await ring(centre)
    await answer(centre, row["id"])
    [item] = await rows(centre, incident)
    assert item["seen_by"] == "rina"
    open_clocks = {c["phase"] for c in await rows(centre, clock) if c["stopped_at"] is None}
    assert "answer" not in open_clocks
    assert "triage" in open_clocks


async def test_a_waiting_call_cannot_be_disposed_or_hung_up(centre: Centre) -> None:
    row = await ring(centre)
    knowledge = centre.edge.knowledge()
    with pytest.raises(Refused):
        await centre.run(lambda tx: dispose_call(tx, row["id"], CallDisposition.PRANK, "rina", knowledge))
    with pytest.raises(Refused):
        await centre.run(lambda tx: hang_up(tx, row["id"], "rina", knowledge))
    with pytest.raises(NotFound):
        await centre.run(lambda tx: hang_up(tx, None, "rina", knowledge))
    assert (await call_now(centre))["status"] == "ringing"


async def test_a_recording_told_before_or_after_the_end_is_kept_once(centre: Centre) -> None:
    knowledge, url = centre.edge.knowledge(), "https://api.twilio.com/rec/RE1"
    for sid, order in (("CA1", "recording first"), ("CA2", "end first")):
        row = await ring(centre, sid, f"+628120000000{sid[-1]}")
        await centre.run(lambda tx, row=row: queue_call(tx, row["id"]))
        assert await centre.run(lambda tx, row=row: leave_queue(tx, row["id"]))

        async def record(row: Row = row) -> None:
            await centre.run(
                lambda tx: record_voicemail(tx, row["id"], knowledge, recording_sid="RE1", url=url, seconds=9)
            )

        for step in ([record, None, record] if order == "recording first" else [None, record, record]):
            await (step() if step else end(centre, row["id"]))
    stored = await rows(centre, report)
    assert sum(url in r["attachments"] for r in stored) == 2
    assert [r["status"] for r in await rows(centre, call)] == ["ended", "abandoned"]


async def test_a_recording_without_words_is_rung_back(centre: Centre) -> None:
    row, knowledge = await ring(centre), centre.edge.knowledge()
    await centre.run(
        lambda tx: record_voicemail(tx, row["id"], knowledge, recording_sid="RE1", url="https://x", seconds=1)
    )
    await due_after(centre, 20)
    assert [m["purpose"] for m in await rows(centre, outbox)] == ["callback"]


async def test_a_call_whose_end_nobody_told_is_swept(centre: Centre) -> None:
    row, knowledge = await ring(centre), centre.edge.knowledge()
    centre.pass_time(60)
    assert await centre.run(lambda tx: sweep_calls(tx, knowledge)) == 0
    centre.pass_time(60)
    assert await centre.run(lambda tx: sweep_calls(tx, knowledge)) == 1
    assert (await call_now(centre))["status"] == "abandoned"
    assert len(await rows(centre, report)) == 1
    other = await ring(centre, "CA2")
    await answer(centre, other["id"])
    await end(centre, other["id"])
    centre.pass_time(20 * 60)
    await centre.run(lambda tx: sweep_calls(tx, knowledge))
    assert (await call_now(centre))["status"] == "ended"
    assert row["id"] != other["id"]


async def test_calls_move_only_along_their_table(centre: Centre) -> None:
    """Every path above, once more, checked against the state table by the log of states."""
    knowledge, seen = centre.edge.knowledge(), []

    async def note() -> None:
        seen.append(CallStatus((await call_now(centre))["status"]))

    row = await ring(centre)
    await note()
    for step in (
        lambda tx: queue_call(tx, row["id"]),
        lambda tx: answer_call(tx, row["id"], "rina", PHONE, knowledge),
        lambda tx: return_call(tx, row["id"], 1, "busy"),
        lambda tx: answer_call(tx, row["id"], "budi", PHONE, knowledge),
        lambda tx: end_call(tx, row["id"], knowledge),
        lambda tx: hang_up(tx, row["id"], "budi", knowledge),
        lambda tx: end_call(tx, row["id"], knowledge),
    ):
        await centre.run(step)
        await note()
    moves = [(a, b) for a, b in pairwise(seen) if a is not b]
    assert moves[-1][1] is CallStatus.ENDED
    assert all(may(CALL, a, b) for a, b in moves), moves


async def test_who_is_talking_answers_no_second_call(centre: Centre) -> None:
    first, second = await ring(centre), await ring(centre, "CA2", "+6281200000002")
    await answer(centre, first["id"])
    for number in (second["id"], None):
        with pytest.raises(Refused) as refused:
            await answer(centre, number)
        assert (refused.value.code, refused.value.params["call"]) == ("still_talking", first["id"])
    assert (await call_now(centre))["status"] == "ringing", "it still waits for every other seat"
    assert len(await rows(centre, outbox)) == 1, "no second phone rings"
    await end(centre, first["id"])
    assert (await answer(centre, second["id"]))["operator"] == "rina"
