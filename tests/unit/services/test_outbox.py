"""The outbox: sent once, critical first, checked again before sending, patient with a provider that is down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, bindparam, select

from dispatch.channels.simulator import Simulator
from dispatch.domain.transitions import AssignmentStatus
from dispatch.errors import ChannelError, StorageUnavailable
from dispatch.ports import Accepted, Outgoing
from dispatch.services.alarms import acknowledge_alarm
from dispatch.services.assignments import assign_units, move_assignment
from dispatch.services.call_end import end_call
from dispatch.services.calls import answer_call, ring_call
from dispatch.services.clocks import stop_clocks
from dispatch.services.delivery import claim_messages, record_delivery
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.outbox import OutboxRunner
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident, save_incident
from dispatch.storage.outbox import find_message
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, assignment, clock, incident, outbox
from dispatch.storage.transaction import Batch, Tx
from tests.support.centre import CENTRE, START, Centre, WordTriage, running_centre, small_rules

CREW = "+6281999000111"
KNOWLEDGE = Knowledge(small_rules(), WordTriage())


class ScriptedDriver:
    """Takes messages as told: ``errors`` first, then everything; ``gate`` holds sends until it is opened."""

    name = "scripted"
    channels = frozenset({"sms", "voice"})

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.begun: list[str] = []
        self.errors: list[Exception] = []
        self.always: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.closed = False

    async def send(self, message: Outgoing) -> Accepted:
        self.begun.append(message.key)
        await self.gate.wait()
        if self.always is not None:
            raise self.always
        if self.errors:
            raise self.errors.pop(0)
        self.taken.append(message)
        return Accepted(f"P-{message.key}")

    async def close(self) -> None:
        self.closed = True


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


@pytest.fixture
def driver() -> ScriptedDriver:
    return ScriptedDriver()


def runner_of(centre: Centre, driver: ScriptedDriver, committer: Any = None) -> OutboxRunner:
    drivers = {channel: [driver] for channel in driver.channels}
    return OutboxRunner(
        committer or centre.edge.committer, drivers, centre.edge.knowledge, centre.edge.clock, jitter=lambda: 0.0
    )


@pytest.fixture
async def runner(centre: Centre, driver: ScriptedDriver) -> AsyncIterator[OutboxRunner]:
    running = runner_of(centre, driver)
    running.start()
    yield running
    driver.gate.set()
    await running.stop()


async def rows(centre: Centre, table: Table = outbox) -> list[Row]:
    return await centre.edge.reader.all(
        Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(table.c.id))
    )


async def until(centre: Centre, holds: Callable[[list[Row]], bool], table: Table = outbox) -> list[Row]:
    async with asyncio.timeout(10):
        while not holds(found := await rows(centre, table)):
            await asyncio.sleep(0.005)
    return found


async def becomes_true(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.002)


def all_are(*statuses: str) -> Callable[[list[Row]], bool]:
    return lambda found: [row["status"] for row in found] == list(statuses)


async def queue(centre: Centre, key: str, **more: Any) -> int | None:
    values = {"purpose": "message", "channel": "sms", "recipient": CREW, "body": "uji", **more}
    return await centre.run(lambda tx: queue_message(tx, dedupe_key=key, **values))


async def assigned(centre: Centre) -> Row:
    """A critical fire with D01 on it: its notice waits in the outbox. Returns the assignment."""
    await centre.add_unit("D01", phone=CREW)
    received = await centre.report("kebakaran di slawi", "r1")
    knowledge = centre.edge.knowledge()
    await centre.run(
        lambda tx: assign_units(
            tx, fetch_incident(tx, received.incident_id), ["D01"], actor="rina", knowledge=knowledge
        )
    )
    return (await rows(centre, assignment))[-1]


async def test_a_message_is_sent_once_and_its_key_is_used_up(centre: Centre, driver: ScriptedDriver) -> None:
    assert await queue(centre, "a") is not None
    assert await queue(centre, "a") is None
    running = runner_of(centre, driver)
    running.start()
    [row] = await until(centre, all_are("accepted"))
    await running.stop()
    assert (row["provider_id"], row["driver"], row["next_at"], row["attempts"]) == ("P-a", "scripted", None, 1)
    assert [message.key for message in driver.taken] == ["a"]
    assert driver.taken[0].payload["message_id"] == str(row["id"])
    assert driver.closed


async def test_a_page_is_not_behind_bulk_however_slow_the_provider(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.gate.clear()
    for number in range(20):
        await queue(centre, f"bulk{number}")
    runner.wake()
    await becomes_true(lambda: len(driver.begun) == 6)
    await queue(centre, "page", critical=True)
    runner.wake()
    await becomes_true(lambda: "page" in driver.begun)
    assert driver.begun.index("page") == 6, "all but two slots are full of bulk, the page goes next"
    driver.gate.set()
    await until(centre, lambda found: all(row["status"] == "accepted" for row in found))
    assert sorted(driver.begun) == sorted(set(driver.begun))


async def test_what_waits_is_sent_critical_first(centre: Centre, driver: ScriptedDriver) -> None:
    for number in range(3):
        await queue(centre, f"bulk{number}")
    await queue(centre, "page", critical=True)
    claims = await centre.run(lambda tx: claim_messages(tx, "w", free=2, routine=2))
    assert [claim.message.key for claim in claims] == ["page", "bulk0"]


async def test_a_notice_the_crew_has_answered_already_is_not_sent(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    item = await assigned(centre)
    knowledge = centre.edge.knowledge()
    await centre.run(
        lambda tx: move_assignment(tx, item["id"], AssignmentStatus.ACKNOWLEDGED, actor="rina", knowledge=knowledge)
    )
    runner.wake()
    await until(centre, all_are("cancelled"))
    assert driver.taken == []


async def test_an_escalation_of_a_stopped_clock_is_not_sent(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    received = await centre.report("kebakaran di slawi", "r1")
    [first, *_] = await rows(centre, clock)
    payload = {"clock": str(first["id"])}
    await centre.run(lambda tx: stop_clocks(tx, received.incident_id))
    await queue(centre, "late", purpose="escalation", incident_id=received.incident_id, payload=payload)
    runner.wake()
    await until(centre, all_are("cancelled"))
    assert driver.taken == []


@pytest.mark.parametrize(
    ("purpose", "status", "sent"),
    [("sent", "dispatched", True), ("sent", "closed", False), ("arrived", "dispatched", False),
     ("arrived", "on_scene", True), ("receipt", "closed", False), ("receipt", "new", True),
     ("feedback", "reopened", False), ("withdrawal", "closed", True), ("operator", "closed", True)],
)
async def test_a_text_is_sent_only_while_it_is_true(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner, purpose: str, status: str, *, sent: bool
) -> None:
    received = await centre.report("jalan rusak di slawi", "r1")
    await centre.run(lambda tx: tx.update(incident, {"id": received.incident_id}, status=status))
    await queue(centre, "x", purpose=purpose, incident_id=received.incident_id)
    runner.wake()
    await until(centre, all_are("accepted" if sent else "cancelled"))
    assert bool(driver.taken) is sent


@pytest.mark.parametrize(("status", "sent"), [("dispatched", True), ("closed", False)])
async def test_an_arrival_is_told_though_the_first_team_has_gone(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner, status: str, *, sent: bool
) -> None:
    received = await centre.report("jalan rusak di slawi", "r1")
    came = {"status": status, "on_scene_at": 1}
    await centre.run(lambda tx: tx.update(incident, {"id": received.incident_id}, **came))
    await queue(centre, "x", purpose="arrived", incident_id=received.incident_id)
    runner.wake()
    await until(centre, all_are("accepted" if sent else "cancelled"))
    assert bool(driver.taken) is sent


async def test_a_busy_provider_is_asked_again_later_and_takes_it_once(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.errors = [ChannelError("429", permanent=False), ChannelError("500", permanent=False)]
    await queue(centre, "a", critical=True)
    for attempt in (1, 2):
        runner.wake()
        [row] = await until(
            centre, lambda found, n=attempt: (found[0]["attempts"], found[0]["status"]) == (n, "pending")
        )
        assert row["next_at"] > centre.edge.clock().timestamp() * 1000
        centre.pass_time(30)
    runner.wake()
    [row] = await until(centre, all_are("accepted"))
    assert (row["attempts"], len(driver.taken)) == (3, 1)


async def test_a_page_that_cannot_be_sent_is_an_alarm_until_the_crew_is_reached(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.errors = [ChannelError("no such number", permanent=True, provider_code="21211")]
    item = await assigned(centre)
    runner.wake()
    [row] = await until(centre, all_are("failed"))
    assert "21211" in row["error"]
    [raised] = await rows(centre, alarm)
    assert (raised["kind"], raised["level"], raised["incident_id"]) == ("message_failed", 1, item["incident_id"])
    assert CREW not in raised["params"]
    knowledge = centre.edge.knowledge()
    await centre.run(
        lambda tx: move_assignment(tx, item["id"], AssignmentStatus.EN_ROUTE, actor="rina", knowledge=knowledge)
    )
    centre.pass_time(30)
    runner.wake()
    await until(centre, lambda found: found[0]["is_open"] == 0, alarm)


async def test_an_operators_message_that_failed_is_an_alarm_until_somebody_has_seen_it(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.errors = [ChannelError("no such number", permanent=True)]
    await queue(centre, "a", purpose="operator")
    runner.wake()
    [raised] = await until(centre, lambda found: bool(found), alarm)
    for acknowledged in (False, True):
        if acknowledged:
            await centre.run(lambda tx: acknowledge_alarm(tx, raised["id"], "rina"))
        centre.pass_time(30)
        await queue(centre, f"next {acknowledged}")
        runner.wake()
        await until(centre, lambda found: found[-1]["status"] == "accepted")
        assert [row["is_open"] for row in await rows(centre, alarm)] == [int(not acknowledged)]


async def test_a_receipt_that_cannot_be_sent_is_no_alarm(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.errors = [ChannelError("landline", permanent=True)]
    await queue(centre, "a", purpose="receipt")
    runner.wake()
    await until(centre, all_are("failed"))
    assert await rows(centre, alarm) == []


async def test_trying_ends(centre: Centre, driver: ScriptedDriver, runner: OutboxRunner) -> None:
    driver.always = ChannelError("down", permanent=False)
    await queue(centre, "a", critical=True)
    await centre.run(lambda tx: tx.update(outbox, {}, attempts=88))
    for attempts in (89, 90):
        runner.wake()
        await until(centre, lambda found, n=attempts: found[0]["attempts"] == n and found[0]["status"] != "leased")
        centre.pass_time(60)
    assert [row["status"] for row in await rows(centre)] == ["failed"]


async def test_a_dead_workers_lease_is_taken_over_when_it_ends(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    await queue(centre, "a")
    await centre.run(lambda tx: claim_messages(tx, "died", free=8, routine=8))
    await queue(centre, "b")
    runner.wake()
    await until(centre, all_are("leased", "accepted"))
    centre.pass_time(61)
    runner.wake()
    [row, _] = await until(centre, all_are("accepted", "accepted"))
    assert (row["attempts"], driver.begun) == (2, ["b", "a"])


async def test_two_nodes_send_each_message_once(database: Database, tmp_path: Path) -> None:
    async with running_centre(database, tmp_path) as one, running_centre(database, tmp_path) as two:
        drivers = ScriptedDriver(), ScriptedDriver()
        for number in range(60):
            await queue(one, f"m{number}", critical=number % 2 == 0)
        runners = [runner_of(one, drivers[0]), runner_of(two, drivers[1])]
        for running in runners:
            running.start()
        await until(one, lambda found: all(row["status"] == "accepted" for row in found))
        for running in runners:
            await running.stop()
    sent = [message.key for driver in drivers for message in driver.taken]
    assert len(sent) == 60
    assert len(set(sent)) == 60


async def test_a_provider_down_is_one_alarm_and_loses_nothing(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.always = ChannelError("503", permanent=False)
    for number in range(40):
        await queue(centre, f"bulk{number}")
    for number in range(10):
        await queue(centre, f"page{number}", critical=True)
    for round_ in (1, 2, 3):
        runner.wake()
        await until(centre, lambda found, n=round_: all(
            row["status"] == "pending" and (row["attempts"] == n or not row["critical"]) for row in found
        ))
        centre.pass_time(120)
    await until(centre, lambda found: bool(found), alarm)
    raised = await rows(centre, alarm)
    assert [(row["kind"], row["is_open"]) for row in raised] == [("channel_down", 1)]
    driver.begun.clear()
    driver.always = None
    centre.pass_time(400)
    runner.wake()
    await until(centre, lambda found: all(row["status"] == "accepted" for row in found))
    assert sorted(message.key for message in driver.taken) == sorted(set(driver.begun))
    assert len(driver.taken) == 50
    assert {key[:4] for key in driver.begun[:6]} >= {"page"}
    await until(centre, lambda found: found[0]["is_open"] == 0, alarm)


async def test_a_channel_that_works_again_sends_what_waits_at_once(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.always = ChannelError("503", permanent=False)
    for number in range(5):
        await queue(centre, f"m{number}")
    runner.wake()
    await until(centre, lambda found: all(row["status"] == "pending" and row["attempts"] for row in found))
    driver.always = None
    await queue(centre, "new")
    # Not before the next probe: a provider that is down is not asked with everything there is.
    centre.pass_time(11)
    runner.wake()
    await until(centre, lambda found: all(row["status"] == "accepted" for row in found))


async def test_a_driver_that_breaks_stops_nobody(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    driver.errors = [RuntimeError("bug")]
    await queue(centre, "first")
    runner.wake()
    await until(centre, all_are("pending"))
    await queue(centre, "second")
    runner.wake()
    await until(centre, lambda found: found[1]["status"] == "accepted")


async def test_a_channel_without_a_driver_fails_loudly(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    await queue(centre, "a", channel="whatsapp", purpose="escalation")
    runner.wake()
    [row] = await until(centre, all_are("failed"))
    assert "no driver" in row["error"]
    assert [raised["kind"] for raised in await rows(centre, alarm)] == ["message_failed"]


async def test_a_row_that_cannot_be_read_is_parked_and_holds_nobody_up(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    await queue(centre, "bad", channel="voice", purpose="bridge", critical=True, payload={})
    await queue(centre, "good")
    runner.wake()
    await until(centre, all_are("failed", "accepted"))


class Unsteady:
    """A committer whose storage fails for the next ``failures`` commands."""

    def __init__(self, committer: Any) -> None:
        self._committer, self.failures = committer, 0

    async def run(self, work: Callable[[Tx], Any], **options: Any) -> Any:
        if self.failures:
            self.failures -= 1
            raise StorageUnavailable("storage_unavailable", "disk full")
        return await self._committer.run(work, **options)


async def test_what_was_sent_while_storage_failed_is_not_sent_again(
    centre: Centre, driver: ScriptedDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.services.outbox.RETRY_STORAGE_S", 0.01)
    unsteady = Unsteady(centre.edge.committer)
    running = runner_of(centre, driver, unsteady)
    driver.gate.clear()
    await queue(centre, "a")
    running.start()
    await becomes_true(lambda: driver.begun == ["a"])
    unsteady.failures = 3
    driver.gate.set()
    await until(centre, all_are("accepted"))
    await running.stop()
    assert (driver.begun, unsteady.failures) == (["a"], 0)


async def test_stopping_waits_for_what_is_being_sent(centre: Centre, driver: ScriptedDriver) -> None:
    driver.gate.clear()
    running = runner_of(centre, driver)
    await queue(centre, "a")
    running.start()
    await becomes_true(lambda: driver.begun == ["a"])
    stopping = asyncio.create_task(running.stop())
    await asyncio.sleep(0)
    driver.gate.set()
    await stopping
    assert [row["status"] for row in await rows(centre)] == ["accepted"]


async def test_the_crew_counts_as_told_when_its_notice_is_delivered(centre: Centre) -> None:
    item = await assigned(centre)
    driver = ScriptedDriver()

    async def deliver(message: Outgoing) -> Accepted:
        return Accepted("P", delivered=True)

    driver.send = deliver  # type: ignore[method-assign]
    running = runner_of(centre, driver)
    running.start()
    await until(centre, all_are("delivered"))
    await running.stop()
    [told] = [row for row in await rows(centre, assignment) if row["id"] == item["id"]]
    assert told["status"] == "notified"


async def test_a_simulated_phone_counts_as_connected(centre: Centre) -> None:
    row = await centre.run(lambda tx: ring_call(tx, external_id="CA1", caller="+6281234567890", called=""))
    knowledge = centre.edge.knowledge()
    await centre.run(lambda tx: answer_call(tx, row["id"], "rina", "", knowledge))
    running = OutboxRunner(
        centre.edge.committer, {"voice": [Simulator()]}, centre.edge.knowledge, centre.edge.clock
    )
    running.start()
    await until(centre, all_are("delivered"))
    await running.stop()
    await centre.run(lambda tx: end_call(tx, row["id"], knowledge))
    [item] = await rows(centre, incident)
    assert item["callback_due"] == 0, "they have spoken: nobody need call back"


STATUSES = st.lists(st.sampled_from([None, True, False]), max_size=8)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(STATUSES)
def test_the_first_final_word_about_a_message_counts(sqlite_database: Database, words: list[bool | None]) -> None:
    """Status callbacks repeat and overtake each other: the state is that of the first final one."""
    connection = sqlite_database.connect_writer()
    connection.execute("BEGIN")
    tx = Tx(connection, "sqlite", CENTRE, Batch(), START)
    queue_message(tx, purpose="receipt", channel="sms", recipient=CREW, body="x", dedupe_key="k")
    [claim] = claim_messages(tx, "w", free=1, routine=1)
    for delivered in words:
        known = record_delivery(
            tx, message_id=claim.id, provider_id="SM1", delivered=delivered, code="", knowledge=KNOWLEDGE
        )
        assert known
    row = find_message(tx, claim.id)
    connection.execute("ROLLBACK")
    connection.close()
    final = next((word for word in words if word is not None), None)
    expected = {True: "delivered", False: "failed", None: "accepted" if words else "leased"}[final]
    assert row is not None
    assert row["status"] == expected
    assert (row["next_at"] is None) is bool(words)


async def test_a_closed_incidents_receipt_is_cancelled_with_its_reason(
    centre: Centre, driver: ScriptedDriver, runner: OutboxRunner
) -> None:
    received = await centre.report("jalan rusak di slawi", "r1")

    def close(tx: Tx) -> None:
        item = fetch_incident(tx, received.incident_id)
        save_incident(tx, item, "rina", status=type(item.status).CLOSED)

    await centre.run(close)
    await queue(centre, "r", purpose="receipt", incident_id=received.incident_id)
    runner.wake()
    [row] = await until(centre, all_are("cancelled"))
    assert "closed" in row["error"]
