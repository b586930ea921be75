"""The event log: gap-free under several writers, append-only, and a changed line is found and named."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import bindparam, select

from dispatch.storage import transaction
from dispatch.storage.database import Database
from dispatch.storage.inspection import inspect
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import event, head, incident
from dispatch.storage.transaction import Tx
from tests.support.node import CENTRE, MONDAY, Node, emits, node_on

HEAD_WITHOUT_LOCK = Statement(select(head).where(head.c.centre == bindparam("centre")))
SEQS = Statement(select(event.c.seq).where(event.c.centre == bindparam("centre")).order_by(event.c.seq))


async def collide(database: Database, *, emit: bool) -> list[int]:
    """Two nodes take an id at the same moment, as far as the head's lock lets them; returns the ids."""
    meeting = threading.Barrier(2, timeout=0.4)

    def work(tx: Tx) -> int:
        taken = tx.new_id()
        with suppress(threading.BrokenBarrierError):  # the lock keeps the other one waiting: that is what it is for
            meeting.wait()
        if emit:
            tx.emit("line", "test", id=taken)
        return taken

    async with node_on(database) as one, node_on(database) as two:
        await one.run(emits("first"))
        return list(await asyncio.gather(one.run(work), two.run(work)))


@pytest.mark.parametrize("emit", [True, False])
async def test_two_nodes_never_share_an_id_nor_collide(
    postgres_database: Database, emit: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        assert sorted(await collide(postgres_database, emit=emit)) == [1, 2]
    assert "commit failed" not in caplog.text


async def test_without_the_lock_two_nodes_are_given_the_same_id(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof that the test above can fail: it is the lock that keeps the ids apart."""
    monkeypatch.setattr(transaction, "LOCK_HEAD", HEAD_WITHOUT_LOCK)
    assert await collide(postgres_database, emit=False) == [1, 1]


async def test_without_the_lock_two_nodes_collide_in_the_log(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without the lock two writers number the same line; only the primary key then stops the second."""
    monkeypatch.setattr(transaction, "LOCK_HEAD", HEAD_WITHOUT_LOCK)
    with caplog.at_level(logging.ERROR):
        await collide(postgres_database, emit=True)
    assert "duplicate key" in caplog.text


async def test_log_of_two_busy_nodes_has_no_gap_and_a_reader_never_sees_one(postgres_database: Database) -> None:
    """Whoever has read line n has read every line before it: seq order is commit order."""
    reader = Reader(postgres_database, CENTRE)
    await reader.start()
    seen: list[list[int]] = []
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set():
            seen.append([row["seq"] for row in await reader.all(SEQS)])
            await asyncio.sleep(0)

    async def write(node: Node) -> None:
        for _ in range(10):
            await asyncio.gather(*(node.run(emits("line")) for _ in range(10)))

    async with node_on(postgres_database) as one, node_on(postgres_database) as two:
        watcher = asyncio.ensure_future(watch())
        await asyncio.gather(write(one), write(two))
        done.set()
        await watcher
    await reader.stop()
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in seen)
    with inspect(postgres_database) as found:
        verdict = found.verify_log(CENTRE)
    assert (verdict.lines, verdict.broken) == (200, None)


async def test_first_commit_of_a_new_centre_on_two_nodes_at_once(postgres_database: Database) -> None:
    """There is no head to lock yet: the second one runs again and finds it."""
    async with node_on(postgres_database) as one, node_on(postgres_database) as two:
        seqs = await asyncio.gather(*(node.run(emits("line")) for node in (one, two) for _ in range(5)))
    assert sorted(seqs) == list(range(1, 11))


# append-only


async def write_lines(database: Database, count: int = 5) -> None:
    async with node_on(database) as node:
        for number in range(1, count + 1):
            await node.run(emits("line", number=number))


def change(database: Database, *statements: str) -> None:
    with closing(database.connect_writer()) as connection:
        for statement in statements:
            connection.execute(statement)


def disarm(database: Database) -> list[str]:
    if database.dialect == "sqlite":
        return ["DROP TRIGGER event_no_update", "DROP TRIGGER event_no_delete"]
    return ["DROP TRIGGER event_no_change ON event"]


@pytest.mark.parametrize("statement", ["UPDATE event SET actor = 'x' WHERE seq = 3", "DELETE FROM event WHERE seq = 3"])
async def test_engine_itself_refuses_to_change_the_log(database: Database, statement: str) -> None:
    await write_lines(database)
    with pytest.raises(Exception, match="append-only"):
        change(database, statement)
    with inspect(database) as found:
        assert found.verify_log(CENTRE).broken is None


async def test_postgresql_refuses_to_empty_the_log(postgres_database: Database) -> None:
    await write_lines(postgres_database)
    with pytest.raises(Exception, match="append-only"):
        change(postgres_database, "TRUNCATE event")


@pytest.mark.parametrize(
    ("tampering", "seq", "reason"),
    [
        ("UPDATE event SET data = '{\"number\":9}' WHERE seq = 3", 3, "content does not match"),
        ("UPDATE event SET at = at + 1 WHERE seq = 1", 1, "content does not match"),
        ("UPDATE event SET actor = 'citizen' WHERE seq = 5", 5, "content does not match"),
        ("DELETE FROM event WHERE seq = 3", 3, "line 3 is missing"),
        ("DELETE FROM event WHERE seq = 5", 5, "the log ends at 4"),
        ("UPDATE event SET hash = prev_hash WHERE seq = 2", 2, "content does not match"),
        ("UPDATE event SET prev_hash = '' WHERE seq = 4", 4, "previous hash does not match"),
    ],
)
async def test_tampered_line_is_found_and_named(database: Database, tampering: str, seq: int, reason: str) -> None:
    await write_lines(database)
    change(database, *disarm(database), tampering)
    with inspect(database) as found:
        verdict = found.verify_log(CENTRE)
        assert found.schema_faults(), "the missing guard is a fault of its own"
    assert verdict.broken is not None
    assert verdict.broken.seq == seq
    assert reason in verdict.broken.reason
    assert verdict.lines == min(seq - 1, 4)


async def test_replaced_last_line_is_found_by_the_head(database: Database) -> None:
    """A forger who recomputes the hash of the last line still does not match the centre's head."""
    from dispatch.storage.event_log import event_hash

    await write_lines(database)
    with inspect(database) as found:
        line: dict[str, Any] = {**list(found.lines(CENTRE))[-1], "actor": "forger"}
    forged = event_hash(line["prev_hash"], CENTRE, line)
    change(
        database, *disarm(database), f"UPDATE event SET actor = 'forger', hash = '{forged}' WHERE seq = 5"
    )
    with inspect(database) as found:
        broken = found.verify_log(CENTRE).broken
    assert broken is not None
    assert broken.seq == 5


async def test_centres_have_logs_of_their_own(database: Database) -> None:
    async with node_on(database) as here, node_on(database, centre="33.76") as there:
        assert [await here.run(emits("a")), await there.run(emits("b")), await here.run(emits("c"))] == [1, 1, 2]
    with inspect(database) as found:
        assert found.centres() == ["33.28", "33.76"]
        assert [found.verify_log(centre).lines for centre in found.centres()] == [2, 1]


# spoken numbers


def opens(*, still_open: bool = False) -> Callable[[Tx], int]:
    """An incident that took a number, and is over unless it is ``still_open``."""

    def work(tx: Tx) -> int:
        number = tx.new_number()
        tx.insert(
            incident, id=tx.new_id(), number=number, opened_at=tx.now_ms, updated_at=tx.now_ms, is_open=int(still_open)
        )
        tx.emit("incident.opened", "test", number=number)
        return number

    return work


async def numbers(
    database: Database, *moments: datetime, start_at: int | None = None, still_open: bool = False
) -> list[int]:
    async with node_on(database) as node:
        if start_at is not None:
            await node.run(emits("head exists"))
            change(database, f"UPDATE head SET next_number = {start_at}")
        return [await node.run(opens(still_open=still_open), now=moment) for moment in moments]


async def test_spoken_numbers_start_at_1001_and_have_four_digits(database: Database) -> None:
    assert await numbers(database, MONDAY, MONDAY) == [1001, 1002]


async def test_number_starts_over_when_the_oldest_has_rested_90_days(database: Database) -> None:
    assert await numbers(database, MONDAY) == [1001]
    later = MONDAY + timedelta(days=90, seconds=1)
    assert await numbers(database, MONDAY, later, start_at=9999) == [9999, 1001]


async def test_open_incident_keeps_its_number_however_old_it_is(database: Database) -> None:
    assert await numbers(database, MONDAY, still_open=True) == [1001]
    later = MONDAY + timedelta(days=400)
    assert await numbers(database, later, later, start_at=9999) == [9999, 10000]


async def test_number_is_not_given_again_within_90_days(database: Database) -> None:
    assert await numbers(database, MONDAY) == [1001]
    soon = MONDAY + timedelta(days=89)
    assert await numbers(database, soon, soon, soon, start_at=9999) == [9999, 10000, 10001]


async def test_number_in_the_middle_that_has_not_rested_is_skipped(database: Database) -> None:
    assert await numbers(database, MONDAY, MONDAY) == [1001, 1002]
    again = await numbers(database, MONDAY + timedelta(days=10), start_at=1001)
    assert again[0] not in (1001, 1002)
