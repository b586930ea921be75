"""Ghosts and pranks on the phone: a number's past orders equals, a silent caller is asked; over both databases."""

from __future__ import annotations

from dispatch.services.call_end import end_call
from dispatch.services.call_order import hint_call, waiting_calls
from dispatch.services.call_record import require_call
from dispatch.services.calls import answer_call, queue_call, ring_call
from dispatch.storage.database import Database
from dispatch.storage.statement import Row
from tests.support.desk import FIRE, Desk, desk_on

JOKER, CITIZEN, OTHER = "+6281290000007", "+6281290000008", "+6281290000009"
PRANK = "halo mas pesan bakso dua ya wkwkwk"
PHONE = "+628999000900"


async def pranks(desk: Desk, count: int, sender: str = JOKER) -> None:
    for _ in range(count):
        number = (await desk.report(PRANK, sender)).number
        await desk.command("dispose", incident=number, code=2)
        desk.pass_time(hours=1)


async def ring(desk: Desk, caller: str, keys: str = "", after_s: float = 0) -> Row:
    desk.pass_time(seconds=after_s)
    desk._count += 1
    sid = f"CA{desk._count}"
    row: Row = await desk.run(lambda tx: ring_call(tx, external_id=sid, caller=caller, called="+62283112"))
    await desk.run(lambda tx: queue_call(tx, row["id"]))
    if keys:
        await desk.run(lambda tx: hint_call(tx, row["id"], keys))
    return row


async def queue(desk: Desk) -> list[str]:
    rows: list[Row] = await desk.run(waiting_calls)
    return [row["caller"] for row in rows]


async def test_a_number_that_was_disposed_of_lets_an_equal_pass(database: Database) -> None:
    async with desk_on(database) as desk:
        await pranks(desk, 5)
        joker = await ring(desk, JOKER)
        await ring(desk, CITIZEN, after_s=10)
        assert await queue(desk) == [CITIZEN, JOKER]
        taken = await desk.run(lambda tx: answer_call(tx, None, "rina", PHONE, desk.knowledge))
        assert taken["caller"] == CITIZEN
        kinds = await desk.kinds()
        assert (kinds.count("call.weighed"), kinds.count("call.passed_over")) == (1, 1)
        later = await desk.run(lambda tx: answer_call(tx, joker["id"], "adi", PHONE, desk.knowledge))
        assert later["caller"] == JOKER


async def test_nobody_passes_who_rang_half_a_minute_later(database: Database) -> None:
    async with desk_on(database) as desk:
        await pranks(desk, 12)
        await ring(desk, JOKER)
        await ring(desk, CITIZEN, after_s=31)
        assert await queue(desk) == [JOKER, CITIZEN]


async def test_five_twice_counts_whatever_the_number_did(database: Database) -> None:
    async with desk_on(database) as desk:
        await pranks(desk, 5)
        await ring(desk, CITIZEN)
        await ring(desk, JOKER, "55", after_s=60)
        await ring(desk, OTHER, "55", after_s=5)
        assert await queue(desk) == [JOKER, OTHER, CITIZEN]


async def test_a_call_we_rang_back_is_first_whatever_the_number_did(database: Database) -> None:
    async with desk_on(database) as desk:
        await pranks(desk, 5)
        lost = await ring(desk, JOKER)
        await desk.run(lambda tx: end_call(tx, lost["id"], desk.knowledge))
        lost = await desk.run(lambda tx: require_call(tx, lost["id"]))
        back: Row = await desk.run(
            lambda tx: ring_call(tx, external_id="CAback", caller=JOKER, called="+62283112", lost=lost)
        )
        assert back["callback_of"] == lost["id"]
        await ring(desk, CITIZEN, "2", after_s=5)
        await ring(desk, OTHER, after_s=5)
        assert (await queue(desk))[0] == JOKER


async def test_a_hint_keeps_its_place_before_the_others(database: Database) -> None:
    async with desk_on(database) as desk:
        await pranks(desk, 5)
        await ring(desk, CITIZEN)
        await ring(desk, JOKER, "2", after_s=50)
        assert await queue(desk) == [JOKER, CITIZEN], "trust orders equals, not urgencies"


async def test_one_real_report_and_the_number_queues_like_any_other(database: Database) -> None:
    async with desk_on(database) as desk:
        await pranks(desk, 5)
        fire = (await desk.report(FIRE, JOKER)).number
        await desk.command("dispatch", incident=fire, units=["D01"])
        await desk.command("withdraw", incident=fire, units=["D01"])
        await desk.command("close", incident=fire, disposition="sls", confirmed=True)
        await ring(desk, JOKER)
        await ring(desk, CITIZEN, after_s=1)
        assert await queue(desk) == [JOKER, CITIZEN]
        assert "call.weighed" not in await desk.kinds()
