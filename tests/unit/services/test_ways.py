"""Several drivers for one channel: by prefix and health, never twice to a citizen, a page rather twice than never."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, bindparam, select

from dispatch.domain.health import DOWN_AFTER
from dispatch.errors import ChannelError
from dispatch.services.delivery import claim_messages, note_way, record_delivery
from dispatch.services.messages import queue_message
from dispatch.services.outbox import OutboxRunner
from dispatch.services.ways import Ways, way_of, way_troubles
from dispatch.storage.database import Database
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, event, outbox
from tests.support.centre import Centre, running_centre
from tests.support.drivers import DOWN, LOST, Named, Remembering

CREW = "+6281999000111"
REFUSED = ChannelError("no such number", permanent=True, provider_code="21211")


@pytest.fixture
async def centre(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(sqlite_database, tmp_path) as running:
        yield running


@asynccontextmanager
async def sending(centre: Centre, *drivers: Named, **ways: Any) -> AsyncIterator[OutboxRunner]:
    runner = OutboxRunner(
        centre.edge.committer, Ways({"sms": drivers}, **ways), centre.edge.knowledge, centre.edge.clock,
        jitter=lambda: 0.0,
    )
    runner.start()
    try:
        yield runner
    finally:
        for driver in drivers:
            driver.gate.set()
        await runner.stop()


async def rows(centre: Centre, table: Table = outbox) -> list[Row]:
    key = table.c.id if "id" in table.c else table.c.seq
    return await centre.edge.reader.all(
        Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(key))
    )


async def until(centre: Centre, holds: Callable[[list[Row]], bool], table: Table = outbox) -> list[Row]:
    async with asyncio.timeout(10):
        while not holds(found := await rows(centre, table)):
            await asyncio.sleep(0.005)
    return found


async def queue(centre: Centre, key: str, **more: Any) -> None:
    values = {"purpose": "receipt", "channel": "sms", "recipient": CREW, "body": "uji", **more}
    await centre.run(lambda tx: queue_message(tx, dedupe_key=key, **values))


def settled(found: list[Row]) -> bool:
    return bool(found) and all(row["status"] in ("accepted", "failed") for row in found)


async def test_the_longest_prefix_decides_who_is_asked(centre: Centre) -> None:
    modem, cloud = Named("gammu"), Named("twilio")
    routes = {"sms": {"": ("twilio", "gammu"), "+62811": ("gammu", "twilio"), "+628112": ("twilio",)}}
    async with sending(centre, modem, cloud, routes=routes) as runner:
        for number in ("+62811345", "+62812345", "+628112345"):
            await queue(centre, number, recipient=number)
        runner.wake()
        await until(centre, lambda found: len(found) == 3 and settled(found))
    assert modem.keys == ["+62811345"]
    assert sorted(cloud.keys) == ["+628112345", "+62812345"]


async def test_what_was_certainly_not_sent_goes_to_the_next_at_once(centre: Centre) -> None:
    modem, cloud = Named("gammu"), Named("twilio")
    modem.error = DOWN
    async with sending(centre, modem, cloud) as runner:
        await queue(centre, "a")
        runner.wake()
        [row] = await until(centre, settled)
    assert (row["status"], row["driver"], row["attempts"]) == ("accepted", "twilio", 2)
    assert centre.moment[0].timestamp() * 1000 == row["accepted_at"], "no back-off in between"
    kinds = [line["kind"] for line in await rows(centre, event)]
    assert "message.rerouted" in kinds


async def test_a_refusal_of_one_is_not_that_of_all(centre: Centre) -> None:
    modem, cloud = Named("gammu"), Named("twilio")
    modem.error = REFUSED
    async with sending(centre, modem, cloud) as runner:
        await queue(centre, "a")
        runner.wake()
        [row] = await until(centre, settled)
        assert row["driver"] == "twilio"
        cloud.error = REFUSED
        await queue(centre, "b")
        runner.wake()
        assert [row["status"] for row in await until(centre, lambda f: len(f) == 2 and settled(f))] == [
            "accepted", "failed"
        ]


async def test_a_citizens_text_nobody_can_tell_of_stays_with_its_driver(centre: Centre) -> None:
    """The answer is lost: it is asked for, and neither sent again nor given to another."""
    cloud, modem = Remembering("twilio"), Named("gammu")
    cloud.error, cloud.loses, cloud.blind = LOST, True, True
    async with sending(centre, cloud, modem) as runner:
        await queue(centre, "a", critical=True, purpose="receipt")
        for attempt in (1, 2, 3):
            runner.wake()
            await until(centre, lambda f, n=attempt: (f[0]["status"], f[0]["attempts"]) == ("pending", n))
            centre.pass_time(30)
        cloud.error, cloud.blind = None, False
        runner.wake()
        [row] = await until(centre, settled)
    assert (cloud.keys, modem.keys) == (["a"], []), "sent once"
    assert (row["status"], row["provider_id"], row["uncertain"]) == ("accepted", "twilio-a", 0)


async def test_what_was_not_taken_after_all_is_sent_again_by_the_same(centre: Centre) -> None:
    cloud, modem = Remembering("twilio"), Named("gammu")
    cloud.errors = [LOST]
    async with sending(centre, cloud, modem) as runner:
        await queue(centre, "a")
        runner.wake()
        await until(centre, lambda f: (f[0]["status"], f[0]["attempts"]) == ("pending", 1))
        centre.pass_time(30)
        runner.wake()
        await until(centre, settled)
    assert (cloud.keys, modem.keys) == (["a"], [])


@pytest.mark.parametrize(("purpose", "critical", "twice"), [
    ("assignment", True, True), ("escalation", True, True), ("assignment", False, False), ("receipt", True, False),
    ("operator", True, False),
])
async def test_only_a_page_is_rather_sent_twice_than_perhaps_never(
    centre: Centre, purpose: str, *, critical: bool, twice: bool
) -> None:
    cloud, modem = Remembering("twilio"), Named("gammu")
    cloud.error, cloud.loses = LOST, True
    async with sending(centre, cloud, modem) as runner:
        await queue(centre, "a", purpose=purpose, critical=critical)
        runner.wake()
        await until(centre, lambda f: f[0]["status"] in ("accepted", "pending") and f[0]["attempts"] > 0)
        if twice:
            await until(centre, settled)
    assert modem.keys == (["a"] if twice else [])
    told = [line["kind"] for line in await rows(centre, event) if line["kind"] == "message.repeated"]
    assert told == (["message.repeated"] if twice else []), "the note that it may arrive twice"


async def test_a_dead_nodes_message_is_asked_for_before_it_is_sent(centre: Centre) -> None:
    cloud = Remembering("twilio")
    ways = Ways({"sms": [cloud]})
    await queue(centre, "sent")
    await queue(centre, "unsent")
    claims = await centre.run(
        lambda tx: claim_messages(tx, "died", free=8, routine=8, plan=ways.plan(Counter(), 8, 8))
    )
    await cloud.send(claims[0].message)
    centre.pass_time(61)
    async with sending(centre, cloud) as runner:
        runner.wake()
        await until(centre, settled)
    assert cloud.keys == ["sent", "unsent"]


async def test_a_driver_that_is_down_is_left_alone_probed_and_taken_back(centre: Centre) -> None:
    modem, cloud = Named("gammu"), Named("twilio")
    modem.error = DOWN
    async with sending(centre, modem, cloud) as runner:
        for number in range(DOWN_AFTER):
            await queue(centre, f"m{number}")
            runner.wake()
            await until(centre, lambda f, n=number: len(f) == n + 1 and settled(f))
        raised = await until(centre, lambda f: [r["kind"] for r in f if r["is_open"]] == ["way_down"], alarm)
        assert raised[0]["level"] == 3
        assert runner.replaced == {("gammu", "sms"): "twilio"}
        assert "gammu" in way_troubles(runner, [], "en")[0]
        asked = len(modem.asked)
        for number in range(4):
            await queue(centre, f"n{number}", critical=number == 0)
        runner.wake()
        await until(centre, lambda f: len(f) == DOWN_AFTER + 4 and settled(f))
        assert len(modem.asked) == asked, "nothing is tried with it"
        modem.error = None
        for number in range(2):
            centre.pass_time(200)
            await queue(centre, f"page{number}", critical=True)
            await queue(centre, f"probe{number}")
            runner.wake()
            await until(centre, lambda f: settled(f))
        assert modem.keys == ["probe0", "probe1"], "a page is no probe"
        await until(centre, lambda f: not any(r["is_open"] for r in f), alarm)
        assert runner.replaced == {}


async def test_an_alarm_of_the_process_before_ends_with_the_first_success(centre: Centre) -> None:
    await centre.run(lambda tx: note_way(tx, "gammu", "sms", "twilio"))
    async with sending(centre, Named("gammu"), Named("twilio")) as runner:
        await queue(centre, "a")
        runner.wake()
        await until(centre, lambda f: not any(r["is_open"] for r in f), alarm)


async def test_a_failure_told_later_goes_to_the_next_and_only_once(centre: Centre) -> None:
    modem, cloud = Named("gammu"), Named("twilio")
    knowledge = centre.edge.knowledge()
    async with sending(centre, modem, cloud) as runner:
        await queue(centre, "a")
        runner.wake()
        [row] = await until(centre, settled)

        async def say(provider_id: str, *, delivered: bool) -> None:
            await centre.run(lambda tx: record_delivery(
                tx, message_id=row["id"], provider_id=provider_id, delivered=delivered, code="30003",
                knowledge=knowledge,
            ))
            runner.wake()

        cloud.gate.clear()
        await say("gammu-a", delivered=False)
        async with asyncio.timeout(5):
            while not cloud.asked:
                await asyncio.sleep(0.005)
        await say("gammu-a", delivered=False)
        cloud.gate.set()
        await until(centre, lambda f: f[0]["status"] == "accepted")
        await say("gammu-a", delivered=False)
        assert [r["status"] for r in await rows(centre)] == ["accepted"]
        await say("twilio-a", delivered=False)
        assert [r["status"] for r in await rows(centre)] == ["failed"]
    assert (modem.keys, cloud.keys) == (["a"], ["a"])


async def test_a_slow_driver_holds_up_its_own_messages_only(centre: Centre) -> None:
    slow, quick = Named("slow"), Named("quick")
    slow.gate.clear()
    routes = {"sms": {"+1": ("slow",), "": ("quick",)}}
    async with sending(centre, slow, quick, routes=routes) as runner:
        for number in range(30):
            await queue(centre, f"slow{number}", recipient="+1555", critical=number % 2 == 0)
        runner.wake()
        async with asyncio.timeout(5):
            while len(slow.asked) < 8:
                await asyncio.sleep(0.005)
        await queue(centre, "quick", recipient="+628")
        await queue(centre, "page", recipient="+628", critical=True)
        runner.wake()
        async with asyncio.timeout(5):
            while len(quick.keys) < 2:
                await asyncio.sleep(0.005)


async def test_a_driver_that_needs_a_while_is_prepared_before_its_first_message(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Slow(Named):
        warmed = asyncio.Event()

        async def warm(self) -> None:
            self.warmed.set()

    monkeypatch.setattr("dispatch.services.outbox.WARM_AFTER_S", 0.0)
    driver = Slow("twilio")
    async with sending(centre, driver), asyncio.timeout(5):
        await driver.warmed.wait()
    assert driver.asked == []


async def test_the_pace_of_a_number_is_kept_and_a_page_does_not_wait(centre: Centre) -> None:
    cloud = Named("twilio")
    async with sending(centre, cloud, rates={way_of("twilio", "sms"): 1.0}) as runner:
        for number in range(20):
            await queue(centre, f"bulk{number:02}")
        runner.wake()
        await until(centre, lambda f: sum(row["status"] == "pending" and row["next_at"] > row["created_at"]
                                          for row in f) == 19)
        assert cloud.keys == ["bulk00"]
        await queue(centre, "page", critical=True)
        runner.wake()
        await until(centre, lambda f: f[-1]["status"] == "accepted")
        assert cloud.keys == ["bulk00", "page"]
        for second in range(1, 30):
            centre.pass_time(1)
            runner.wake()
            await asyncio.sleep(0.02)
            bulk = [key for key in cloud.keys if key != "page"]
            assert len(bulk) <= 1 + second
        assert bulk == [f"bulk{number:02}" for number in range(20)], "in the order they came, none lost"


async def test_a_provider_that_asks_for_patience_gets_it(centre: Centre) -> None:
    cloud = Named("twilio")
    cloud.errors = [ChannelError("429", permanent=False, retry_after_s=30)]
    async with sending(centre, cloud) as runner:
        await queue(centre, "a")
        runner.wake()
        await until(centre, lambda f: (f[0]["status"], f[0]["attempts"]) == ("pending", 1))
        await queue(centre, "b")
        await queue(centre, "page", critical=True)
        runner.wake()
        [a, b, _] = await until(centre, lambda f: f[2]["status"] == "accepted" and f[1]["next_at"] > f[1]["created_at"])
        assert [row["next_at"] - row["created_at"] for row in (a, b)] == [30_000, 30_000]
        assert cloud.keys == ["page"]
        centre.pass_time(31)
        runner.wake()
        await until(centre, settled)
        assert await rows(centre, alarm) == [], "busy is not down"
