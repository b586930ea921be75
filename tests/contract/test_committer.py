"""The committer, over both engines: alone or in a batch, a command is stored whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.errors import NotFound, StorageUnavailable
from dispatch.storage import committer as committer_module
from dispatch.storage import database as database_module
from dispatch.storage.committer import Committed, Committer
from dispatch.storage.database import Database
from dispatch.storage.inspection import inspect
from dispatch.storage.transaction import Tx
from tests.support.node import CENTRE, MONDAY, emits, node_on
from tests.support.postgres import PostgresServer


def stored_kinds(database: Database) -> list[str]:
    with inspect(database) as found:
        assert found.verify_log(CENTRE).broken is None
        return [line["kind"] for line in found.lines(CENTRE)]


def refuses(tx: Tx) -> None:
    tx.emit("must.not.stay", "test")
    raise NotFound("no_unit", "no unit Z99")


def breaks(tx: Tx) -> None:
    tx.emit("must.not.stay", "test")
    raise ZeroDivisionError


async def test_result_comes_back_after_it_is_stored(database: Database) -> None:
    async with node_on(database) as node:
        assert await node.run(emits("a")) == 1
        assert stored_kinds(database) == ["a"]
        assert await node.run(lambda tx: (tx.centre, tx.now)) == (CENTRE, MONDAY)


async def test_commands_of_a_batch_keep_the_order_they_came_in(database: Database) -> None:
    async with node_on(database) as node:
        async with node.held():
            jobs = [asyncio.ensure_future(node.run(emits(f"line.{n}"))) for n in range(100)]
        assert await asyncio.gather(*jobs) == list(range(1, 101))
        batches = [len(commit.lines) for commit in node.commits]
    assert stored_kinds(database) == [f"line.{n}" for n in range(100)]
    assert max(batches) > 1, "the commands were to share commits"


@pytest.mark.parametrize("failing", [refuses, breaks])
async def test_failing_command_undoes_itself_alone(database: Database, failing: Callable[[Tx], None]) -> None:
    async with node_on(database) as node:
        async with node.held():
            works = [emits("before"), failing, emits("after")]
            jobs = [asyncio.ensure_future(node.run(work)) for work in works]
        first, error, last = await asyncio.gather(*jobs, return_exceptions=True)
        assert (first, last) == (1, 2)
        assert type(error) in (NotFound, ZeroDivisionError)
        assert node.kinds == ["before", "after"]
    assert stored_kinds(database) == ["before", "after"]


async def test_failing_command_on_its_own_leaves_nothing(database: Database) -> None:
    async with node_on(database) as node:
        with pytest.raises(NotFound):
            await node.run(refuses)
        assert await node.run(emits("next")) == 1
    assert stored_kinds(database) == ["next"]


async def test_ids_given_to_a_failed_command_are_given_again(database: Database) -> None:
    def takes_an_id_and_fails(tx: Tx) -> None:
        tx.new_id()
        raise NotFound("no_unit")

    async with node_on(database) as node:
        async with node.held():
            works = [lambda tx: tx.new_id(), takes_an_id_and_fails, lambda tx: tx.new_id()]
            jobs = [asyncio.ensure_future(node.run(work)) for work in works]
        first, _, last = await asyncio.gather(*jobs, return_exceptions=True)
    assert (first, last) == (1, 2)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 3)), max_size=40))
def test_any_mix_of_good_and_bad_commands_leaves_exactly_the_good_ones(
    sqlite_database: Database, tmp_path: Path, plan: list[tuple[bool, bool, int]]
) -> None:
    """Each step: fails or not, bulk or urgent, how many lines it writes."""
    target = replace(sqlite_database, dsn=str(tmp_path / "example.sqlite3"))
    Path(target.dsn).write_bytes(Path(sqlite_database.dsn).read_bytes())

    def command(number: int, fails: bool, lines: int) -> Callable[[Tx], int]:
        def work(tx: Tx) -> int:
            for _ in range(lines):
                tx.emit(f"command.{number}", "test")
            if fails:
                raise NotFound("no_unit")
            return number

        return work

    async def play() -> list[object]:
        async with node_on(target) as node:
            async with node.held():
                jobs = [
                    asyncio.ensure_future(node.run(command(number, fails, lines), bulk=bulk))
                    for number, (fails, bulk, lines) in enumerate(plan)
                ]
            return list(await asyncio.gather(*jobs, return_exceptions=True))

    answers = asyncio.run(play())
    assert [isinstance(answer, NotFound) for answer in answers] == [fails for fails, _, _ in plan]
    expected = [
        f"command.{number}"
        for wanted_bulk in (False, True)
        for number, (fails, bulk, lines) in enumerate(plan)
        if bulk is wanted_bulk and not fails
        for _ in range(lines)
    ]
    assert stored_kinds(target) == expected
    for suffix in ("", "-wal", "-shm"):
        Path(target.dsn + suffix).unlink(missing_ok=True)


async def test_urgent_work_overtakes_bulk_work(database: Database) -> None:
    async with node_on(database) as node:
        async with node.held():
            jobs = [asyncio.ensure_future(node.run(emits("bulk"), bulk=True)) for _ in range(20)]
            await asyncio.sleep(0)
            jobs += [asyncio.ensure_future(node.run(emits("urgent"))) for _ in range(3)]
        await asyncio.gather(*jobs)
        assert node.kinds[:3] == ["urgent"] * 3
        assert sorted(node.kinds[3:]) == ["bulk"] * 20


async def test_consoles_hear_of_a_commit_before_the_caller_does(database: Database) -> None:
    heard: list[str] = []

    def on_commit(committed: Committed) -> None:
        heard.append(f"feed {sorted(committed.wakes)} {[line['seq'] for line in committed.lines]}")

    def work(tx: Tx) -> None:
        tx.emit("a", "test")
        tx.wake("clocks")

    committer = Committer(database, CENTRE, on_commit=on_commit, clock=lambda: MONDAY)
    committer.start()
    await committer.run(work)
    heard.append("caller")
    await committer.stop()
    assert heard == ["feed ['clocks'] [1]", "caller"]


async def test_stopping_finishes_what_waits_and_refuses_what_comes_later(database: Database) -> None:
    async with node_on(database) as node:
        async with node.held():
            jobs = [asyncio.ensure_future(node.run(emits("waiting"))) for _ in range(5)]
            await asyncio.sleep(0)
            stopping = asyncio.ensure_future(node.committer.stop())
            await asyncio.sleep(0)
        await asyncio.gather(*jobs, stopping)
        with pytest.raises(StorageUnavailable):
            await node.run(emits("late"))
    assert stored_kinds(database) == ["waiting"] * 5


async def test_too_many_waiting_commands_are_refused_not_stored(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(committer_module, "MAX_WAITING", 3)
    async with node_on(database) as node:
        async with node.held():
            jobs = [asyncio.ensure_future(node.run(emits("fits"))) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(StorageUnavailable):
                await node.run(emits("too much"))
        await asyncio.gather(*jobs)
    assert stored_kinds(database) == ["fits"] * 3


# failure of the storage itself


async def test_lost_postgresql_connection_is_replaced_and_the_command_run_again(
    postgres_database: Database,
) -> None:
    async with node_on(postgres_database) as node:
        mine = await node.run(lambda tx: tx._run("SELECT pg_backend_pid()").fetchone()[0])
        killer = postgres_database.connect_writer()
        killer.execute("SELECT pg_terminate_backend(%s)", (mine,))
        killer.close()
        assert await node.run(emits("survives")) == 1
        assert node.committer.failing_since is None
    assert stored_kinds(postgres_database) == ["survives"]


async def test_locked_sqlite_is_waited_for(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)
    other = sqlite_database.connect_writer()
    async with node_on(sqlite_database) as node:
        other.execute("BEGIN IMMEDIATE")
        job = asyncio.ensure_future(node.run(emits("patient")))
        while node.committer.failing_since is None:
            await asyncio.sleep(0.01)
        assert "locked" in node.committer.failure
        other.execute("ROLLBACK")
        assert await job == 1
        assert node.committer.failing_since is None
    other.close()


async def test_sqlite_locked_for_too_long_is_reported_and_recovered_from(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    monkeypatch.setattr(committer_module, "RETRY_FOR_S", 0.2)
    other = sqlite_database.connect_writer()
    async with node_on(sqlite_database) as node:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            await node.run(emits("refused"))
        other.execute("ROLLBACK")
        assert await node.run(emits("accepted")) == 1
    other.close()
    assert stored_kinds(sqlite_database) == ["accepted"]


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that finds the database locked says so after 50 ms instead of 5 s."""
    pragmas = [p for p in database_module.WRITER_PRAGMAS if "busy_timeout" not in p]
    monkeypatch.setattr(database_module, "WRITER_PRAGMAS", (*pragmas, "PRAGMA busy_timeout=50"))


@pytest.mark.postgres
async def test_stopped_postgresql_is_reported_and_recovered_from(
    postgres_server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dispatch.storage.migrate import upgrade

    monkeypatch.setattr(committer_module, "RETRY_FOR_S", 0.3)
    server = PostgresServer()
    try:
        server.start()
        database = Database.of(server.url())
        upgrade(database)
        async with node_on(database) as node:
            assert await node.run(emits("before")) == 1
            server.stop()
            with pytest.raises(StorageUnavailable):
                await node.run(emits("lost"))
            assert node.committer.failing_since is not None
            server.start()
            assert await node.run(emits("after")) == 2
            assert node.committer.failing_since is None
        assert stored_kinds(database) == ["before", "after"]
    finally:
        server.remove()
