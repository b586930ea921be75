"""The feed's promise, over both engines: a snapshot at seq n and the changes after n give a fresh snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dispatch import wire
from dispatch.errors import Gone
from dispatch.services import feed as feed_module
from dispatch.services import subscriber as subscriber_module
from dispatch.services.feed import Feed
from dispatch.services.subscriber import Subscriber
from dispatch.storage.board import Rows, read_board
from dispatch.storage.committer import Committer
from dispatch.storage.database import Database
from dispatch.storage.tables import incident
from dispatch.storage.transaction import Tx
from tests.support.centre import CENTRE, TZ, Centre, running_centre


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


def events(chunk: bytes) -> list[tuple[str, Any]]:
    """(name, message) of each event in the bytes of a stream."""
    kinds: dict[str, Any] = {"changes": wire.Changes}
    found = []
    for block in chunk.decode().strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        message = msgspec.json.decode(fields["data"], type=kinds.get(fields["event"], wire.Heartbeat))
        assert int(fields.get("id", message.seq)) == message.seq
        found.append((fields["event"], message))
    return found


class Follower:
    """What a console does: a snapshot, then every change put over it."""

    def __init__(self, rows: Rows) -> None:
        self.seq = rows.seq
        self.incidents = {row.id: row for row in rows.incidents}
        self.units = {row.call_sign: row for row in rows.units}
        self.log: list[int] = []
        self.names: list[str] = []

    def take(self, chunk: bytes) -> None:
        for name, message in events(chunk):
            self.names.append(name)
            if name == "changes":
                assert message.seq >= self.seq, "positions never go back"
                self.seq = message.seq
                self.incidents |= {row.id: row for row in message.incidents}
                self.units |= {row.call_sign: row for row in message.units}
                self.log += [line.seq for line in message.log]

    async def follow(self, subscriber: Subscriber, until: int) -> None:
        async for chunk in subscriber.frames():
            self.take(chunk)
            if self.seq >= until:
                return

    def board(self) -> dict[str, Any]:
        opened = {id_: row for id_, row in self.incidents.items() if row.status not in ("closed", "merged")}
        return {"incidents": opened, "units": self.units}


async def board_of(centre: Centre) -> tuple[int, dict[str, Any]]:
    rows = await read_board(centre.edge.reader, TZ, centre.moment[0], limit=10_000)
    return rows.seq, {
        "incidents": {row.id: row for row in rows.incidents}, "units": {row.call_sign: row for row in rows.units},
    }


async def test_snapshot_and_changes_equal_a_fresh_snapshot_under_concurrent_writers(centre: Centre) -> None:
    await centre.add_unit("D01")
    started = [await follower(centre) for _ in range(5)]

    async def write(writer: int) -> None:
        for index in range(20):
            received = await centre.report(f"kebakaran {writer} {index} slawi", f"{writer}-{index}")
            if index % 5 == 0:
                await centre.run(lambda tx, id_=received.incident_id: close(tx, id_))
            if index == 10:
                started.append(await follower(centre))

    await asyncio.gather(*(write(writer) for writer in range(4)))
    seq, fresh = await board_of(centre)
    for console, subscriber in started:
        async with asyncio.timeout(10):
            await console.follow(subscriber, seq)
        assert console.board() == fresh
    console = started[0][0]
    assert console.log == list(range(console.log[0], seq + 1)), "every line once, in order, none missing"


async def follower(centre: Centre) -> tuple[Follower, Subscriber]:
    rows = await read_board(centre.edge.reader, TZ, centre.moment[0], limit=10_000)
    return Follower(rows), centre.edge.feed.subscribe(rows.seq, "id")


def close(tx: Tx, incident_id: int) -> None:
    tx.update(incident, {"id": incident_id}, status="closed", is_open=0)
    tx.emit("incident.closed", "rina", incident_id=incident_id, touched=[f"incident:{incident_id}"], number=1)


async def test_fifty_listeners_get_the_same_bytes(centre: Centre) -> None:
    listeners = [centre.edge.feed.subscribe(None, "id") for _ in range(50)]
    await centre.report("kebakaran slawi", "a")
    seq, _ = await board_of(centre)
    got = [await read_until(listener, seq) for listener in listeners]
    assert len(set(got)) == 1
    assert centre.edge.feed.listeners == 50


async def read_until(subscriber: Subscriber, seq: int) -> bytes:
    """The bytes of the changes up to ``seq``; heartbeats left out."""
    taken = b""
    async with asyncio.timeout(5):
        async for chunk in subscriber.frames():
            taken += b"".join(part + b"\n\n" for part in chunk.split(b"\n\n") if b"event: changes" in part)
            if taken and events(taken)[-1][1].seq >= seq:
                return taken
    raise AssertionError("the stream ended")


async def test_a_listener_resumes_after_its_last_position(centre: Centre) -> None:
    await centre.report("satu", "a")
    first, _ = await board_of(centre)
    await settle(centre, first)
    await centre.report("dua", "b")
    second, fresh = await board_of(centre)
    await settle(centre, second)
    subscriber = centre.edge.feed.subscribe(first, "id")
    console = Follower(Rows(first))
    async with asyncio.timeout(5):
        await console.follow(subscriber, second)
    assert console.log == list(range(first + 1, second + 1))
    assert set(console.incidents) < set(fresh["incidents"]), "only what came after the position is sent again"


async def settle(centre: Centre, seq: int) -> None:
    async with asyncio.timeout(5):
        while centre.edge.feed.seq < seq:
            await asyncio.sleep(0.01)


async def test_a_position_that_is_no_longer_kept_is_gone(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "RING_LIMIT", 2)
    for index in range(5):
        await centre.report(f"laporan {index}", str(index))
        seq, _ = await board_of(centre)
        await settle(centre, seq)
    with pytest.raises(Gone):
        centre.edge.feed.subscribe(1, "id")
    centre.edge.feed.subscribe(centre.edge.feed.seq, "id")


async def test_a_position_beyond_the_log_is_gone(centre: Centre) -> None:
    await centre.report("satu", "a")
    with pytest.raises(Gone):
        await centre.edge.feed.check_future(10_000)
    seq, _ = await board_of(centre)
    await centre.edge.feed.check_future(seq)


async def test_a_slow_listener_is_reset_and_slows_nobody(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriber_module, "QUEUE_LIMIT", 3)
    slow = centre.edge.feed.subscribe(None, "id")
    for index in range(5):
        await centre.report(f"laporan {index}", str(index))
        seq, _ = await board_of(centre)
        await settle(centre, seq)
    chunks = [chunk async for chunk in slow.frames()]
    assert [name for name, _ in events(b"".join(chunks))] == ["reset"]
    assert centre.edge.feed.listeners == 0


async def test_lines_of_another_process_reach_the_feed(centre: Centre, database: Database) -> None:
    other = Committer(database, CENTRE, on_commit=lambda committed: None)
    other.start()
    subscriber = centre.edge.feed.subscribe(None, "id")
    seq = await other.run(lambda tx: tx.emit("rules.reloaded", "system", touched=["centre"]))
    await other.run(lambda tx: tx.emit("rules.reloaded", "system"))
    received = await centre.report("satu", "a")
    console = Follower(Rows(seq - 1))
    async with asyncio.timeout(5):
        await console.follow(subscriber, seq + 2)
    await other.stop()
    assert console.log[:3] == [seq, seq + 1, seq + 2]
    assert received.incident_id in console.incidents


async def test_the_centre_row_travels_when_it_changed(centre: Centre) -> None:
    subscriber = centre.edge.feed.subscribe(None, "en")
    await centre.run(lambda tx: tx.emit("rules.reloaded", "system", touched=["centre"]))
    async with asyncio.timeout(5):
        async for chunk in subscriber.frames():
            sent = [message for name, message in events(chunk) if name == "changes"]
            if sent:
                break
    assert sent[0].centre.name == "Test Regency"


async def test_what_ceases_to_work_is_told_without_a_log_line(centre: Centre) -> None:
    subscriber = centre.edge.feed.subscribe(None, "id")
    centre.edge.degraded().append("SMS tidak jalan")
    centre.edge.feed.beat()
    centre.edge.feed.beat()
    said = [message for name, message in events(await anext(subscriber.frames())) if name == "changes"]
    assert [message.centre.degraded for message in said] == [["SMS tidak jalan"]], "once, not with every heartbeat"
    assert said[0].seq == centre.edge.feed.seq


async def test_a_rush_is_told_without_a_log_line(centre: Centre) -> None:
    feed, quiet = centre.edge.feed, centre.edge.feed.centre
    subscriber = feed.subscribe(None, "id")
    for factor in (2.0, 2.0, 1.0):
        feed.centre = lambda lang, factor=factor: msgspec.structs.replace(quiet(lang), fold_factor=factor)
        feed.beat()
    said = [message for name, message in events(await anext(subscriber.frames())) if name == "changes"]
    assert [message.centre.fold_factor for message in said] == [2.0, 1.0]


async def test_listeners_are_told_when_the_server_goes(centre: Centre) -> None:
    subscriber = centre.edge.feed.subscribe(None, "id")
    centre.edge.feed.say_bye()
    chunks = [chunk async for chunk in subscriber.frames()]
    assert [name for name, _ in events(b"".join(chunks))] == ["bye"]


async def test_heartbeats_carry_time_and_position(centre: Centre) -> None:
    subscriber = centre.edge.feed.subscribe(None, "id")
    [(name, beat)] = events(await anext(subscriber.frames()))
    assert name == "heartbeat"
    assert beat.now == centre.moment[0]
    assert beat.now.utcoffset().total_seconds() == 7 * 3600


async def test_the_pump_survives_a_failing_reader(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "RETRY_S", 0.01)
    real = Feed._read
    failures = iter([True, True])

    async def failing(self: Feed, lines: Any) -> Rows:
        if next(failures, False):
            raise OSError("database away")
        return await real(self, lines)

    monkeypatch.setattr(Feed, "_read", failing)
    await centre.report("satu", "a")
    seq, _ = await board_of(centre)
    await settle(centre, seq)
