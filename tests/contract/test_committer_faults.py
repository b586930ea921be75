"""Faults around the committer, on both engines: two nodes, a value no engine takes, an answer that got lost."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from dispatch import wire
from dispatch.errors import StorageUnavailable
from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.commands import submit_command
from dispatch.storage import committer as committer_module
from dispatch.storage import database as database_module
from dispatch.storage.committer import Committed, Committer
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident, save_incident
from dispatch.storage.inspection import inspect
from dispatch.storage.tables import operator
from dispatch.storage.transaction import Tx
from tests.support.desk import LAMP, RINA, desk_on
from tests.support.node import CENTRE, MONDAY, Node, emits, node_on

TOO_LARGE = 2**70


def stored_kinds(database: Database) -> list[str]:
    with inspect(database) as found:
        assert found.verify_log(CENTRE).broken is None
        return [line["kind"] for line in found.lines(CENTRE)]


def writes_what_no_engine_takes(tx: Tx) -> None:
    tx.update(operator, {"name": "x"}, viewing={"not": "a number"})


def logs_what_no_engine_takes(tx: Tx) -> None:
    """Found only when the lines are written, at the end of the batch."""
    tx.emit("bad", "test", incident_id=TOO_LARGE)


@pytest.mark.parametrize("bad", [writes_what_no_engine_takes, logs_what_no_engine_takes])
async def test_a_value_that_cannot_be_stored_is_its_commands_fault_alone(database: Database, bad: Any) -> None:
    async with node_on(database) as node:
        async with node.held():
            jobs = [asyncio.ensure_future(node.run(work)) for work in (emits("before"), bad, emits("after"))]
        first, error, last = await asyncio.gather(*jobs, return_exceptions=True)
        assert (first, last) == (1, 2)
        assert isinstance(error, Exception)
        assert node.committer.failing_since is None
        with pytest.raises(Exception, match=r".+"):
            await node.run(bad)
        assert await node.run(emits("later")) == 3
    assert stored_kinds(database) == ["before", "after", "later"]


async def test_a_command_that_hides_a_failed_statement_is_not_called_stored(postgres_database: Database) -> None:
    def hides(tx: Tx) -> str:
        try:
            tx._run("SELECT 1/0")
        except Exception:  # noqa: BLE001 - that is the mistake
            return "done"
        return "not reached"

    async with node_on(postgres_database) as node:
        with pytest.raises(Exception, match=r".+"):
            await node.run(hides)
        assert await node.run(emits("next")) == 1


async def test_a_feed_that_fails_does_not_keep_anybody_waiting(database: Database) -> None:
    def breaks(committed: Committed) -> None:
        raise ZeroDivisionError

    committer = Committer(database, CENTRE, on_commit=breaks, clock=lambda: MONDAY)
    committer.start()
    try:
        async with asyncio.timeout(5):
            assert await committer.run(emits("a")) == 1
            assert await committer.run(emits("b")) == 2
    finally:
        await committer.stop()


async def test_what_a_command_read_cannot_change_under_it_on_another_node(database: Database) -> None:
    """Both read the incident and count one report more: none of the two may be forgotten."""
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        incident_id = (await desk.incident(number)).id
        has_read, may_write = threading.Event(), threading.Event()

        def slow(tx: Tx) -> None:
            found = fetch_incident(tx, incident_id)
            has_read.set()
            may_write.wait(0.3)
            save_incident(tx, found, "slow", reports=found.reports + 1)

        def quick(tx: Tx) -> None:
            found = fetch_incident(tx, incident_id)
            save_incident(tx, found, "quick", reports=found.reports + 1)
            tx.emit("quick", "test")
            may_write.set()

        other = Node(database, clock=lambda: desk.moment[0])
        other.committer.start()
        try:
            first = asyncio.ensure_future(desk.run(slow))
            await asyncio.to_thread(has_read.wait, 5)
            await other.run(quick)
            await first
        finally:
            await other.committer.stop()
        assert (await desk.incident(number)).reports == 3


async def test_two_nodes_raise_one_alarm_for_one_cause(database: Database) -> None:
    def work(tx: Tx) -> int:
        return raise_alarm(tx, level=NEEDED, kind="rules_rejected", cause="rules", detail="x")

    async with node_on(database) as one, node_on(database) as two:
        await one.run(emits("first"))
        ids = await asyncio.gather(*(node.run(work) for node in (one, two) * 4))
        assert len(set(ids)) == 1


async def test_a_command_whose_commit_was_not_answered_is_not_done_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit succeeded and its answer got lost: run again, the command finds what it did."""
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        committer = desk.node.committer
        lost: list[bool] = []
        finish = committer._finish

        def answer_lost() -> None:
            finish()
            if not lost:
                lost.append(True)
                raise committer_module._Lost(ConnectionError("gone"), retryable=True)

        monkeypatch.setattr(committer, "_finish", answer_lost)
        command = wire.Command(command="remark", args={"incident": number, "text": "dicek"})
        await submit_command(committer, command, RINA, desk.knowledge, "id")
        assert lost
        assert (await desk.kinds()).count("remark.added") == 1


async def test_a_key_used_again_for_another_command_is_refused_not_answered(database: Database) -> None:
    async with desk_on(database) as desk:
        number = (await desk.report(LAMP)).number
        await desk.command("remark", incident=number, text="dicek", idempotency_key="1")
        with pytest.raises(Exception, match="key"):
            await desk.command("priority", incident=number, severity="high", idempotency_key="1")


async def test_a_node_that_froze_in_a_transaction_does_not_stop_the_others(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "IDLE_IN_TRANSACTION_MS", 200)
    async with node_on(postgres_database) as node:
        await node.run(emits("before"))
        frozen = postgres_database.connect_writer()
        frozen.execute("BEGIN")
        frozen.execute("SELECT * FROM head FOR UPDATE")
        try:
            async with asyncio.timeout(8):
                assert await node.run(emits("after")) == 2
        finally:
            frozen.close()


async def test_looking_only_writes_nothing(database: Database) -> None:
    async with node_on(database) as node:
        await node.run(emits("a"))
        await node.run(lambda tx: tx.head.seq)
        assert node.commits[1:] == []


async def test_a_committer_whose_thread_died_refuses_instead_of_keeping_everybody_waiting(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda args: None)

    def kills(tx: Tx) -> None:
        raise SystemExit

    async with node_on(sqlite_database) as node:
        async with node.held(), asyncio.timeout(5):
            jobs = [asyncio.ensure_future(node.run(work)) for work in (kills, emits("same batch"))]
        async with asyncio.timeout(5):
            answers = await asyncio.gather(*jobs, return_exceptions=True)
        assert all(isinstance(answer, BaseException) for answer in answers)
        with pytest.raises(StorageUnavailable):
            await node.run(emits("later"))
        assert node.committer.failing_since is not None
