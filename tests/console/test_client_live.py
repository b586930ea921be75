"""Following a server through everything that breaks a connection. Real sockets, short silences."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass, field

import msgspec
import pytest

from console.client import Client, Rejected
from console.live import Connection, LinkState, Live
from dispatch.wire import Board, Changes, Heartbeat
from tests.console.fake_server import AT, CENTRE, TOKEN, FakeServer, incident

BACKOFF_S = (0.01, 0.05)


@dataclass
class Screen:
    """What a console would have been told."""

    snapshots: list[Board] = field(default_factory=list)
    changes: list[Changes] = field(default_factory=list)
    states: list[Connection] = field(default_factory=list)

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():
                await asyncio.sleep(0.005)

    @property
    def state(self) -> str:
        return self.states[-1].state if self.states else ""


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def screen(server: FakeServer) -> AsyncIterator[Screen]:
    seen = Screen()
    async with Client(server.url, token=TOKEN) as client:
        live = Live(client, silence_s=0.3, backoff_s=BACKOFF_S)
        task = asyncio.create_task(live.run(seen.snapshots.append, seen.changes.append, seen.states.append))
        yield seen
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_snapshot_then_what_changes(server: FakeServer, screen: Screen) -> None:
    await screen.until(lambda: bool(server.feeds))
    server.board = msgspec.structs.replace(server.board, seq=11)
    server.send(Changes(seq=11, now=AT, incidents=[incident(1052)]))
    await screen.until(lambda: bool(screen.changes))
    assert screen.snapshots[0].seq == 10
    assert server.feed_positions == [("10", "10")]
    assert [row.number for row in screen.changes[0].incidents] == [1052]
    assert {s.state for s in screen.states} == {LinkState.LIVE}


async def test_a_killed_server_is_offline_and_comes_back_with_a_new_snapshot(
    server: FakeServer, screen: Screen
) -> None:
    await screen.until(lambda: bool(server.feeds))
    await server.stop()
    await screen.until(lambda: screen.state == LinkState.OFFLINE)
    server.board = msgspec.structs.replace(server.board, seq=99)
    await server.start()
    await screen.until(lambda: screen.state == LinkState.LIVE)
    assert (screen.snapshots[0].seq, screen.snapshots[-1].seq) == (10, 99)
    await screen.until(lambda: server.feed_positions[-1] == ("99", "99"))


async def test_a_silent_server_is_stale_then_live_by_a_new_snapshot(server: FakeServer, screen: Screen) -> None:
    """Comments on the line are no word of the server: a proxy may send them."""
    await screen.until(lambda: bool(server.feeds))
    server.beating = False
    await screen.until(lambda: any(s.state == LinkState.STALE for s in screen.states))
    stale = next(s for s in screen.states if s.state == LinkState.STALE)
    assert stale.age_s >= 0.3
    server.beating = True
    await screen.until(lambda: len(screen.snapshots) >= 2 and screen.state == LinkState.LIVE)


async def test_a_reset_takes_a_new_snapshot(server: FakeServer, screen: Screen) -> None:
    await screen.until(lambda: bool(server.feeds))
    server.send(Heartbeat(seq=10, now=AT), name="reset")
    await screen.until(lambda: len(screen.snapshots) == 2)


async def test_410_takes_a_new_snapshot_with_pauses(server: FakeServer, screen: Screen) -> None:
    server.feed_answer = 410
    server.end_feeds()
    await screen.until(lambda: len(screen.snapshots) >= 3)
    server.feed_answer = 200
    await screen.until(lambda: bool(server.feeds) and screen.state == LinkState.LIVE)


async def test_a_failing_server_is_offline_until_it_works_again(server: FakeServer, screen: Screen) -> None:
    await screen.until(lambda: bool(server.feeds))
    server.board_answer = 502
    server.end_feeds()
    await screen.until(lambda: screen.state == LinkState.OFFLINE)
    assert "502" in screen.states[-1].reason
    server.board_answer = 200
    await screen.until(lambda: screen.state == LinkState.LIVE)


@dataclass
class Script:
    """A source that gives one snapshot and plays the messages of each feed in turn."""

    feeds: list[list[Changes | Heartbeat]]
    snapshots: int = 0

    async def board(self) -> Board:
        self.snapshots += 1
        await asyncio.sleep(0)
        return Board(seq=10, now=AT, centre=CENTRE)

    async def events(self, after: int) -> AsyncGenerator[Changes | Heartbeat, None]:
        for message in self.feeds.pop(0) if self.feeds else []:
            yield message
        await asyncio.Event().wait()


def beat(seq: int) -> Heartbeat:
    return Heartbeat(seq=seq, now=AT)


def change(seq: int) -> Changes:
    return Changes(seq=seq, now=AT)


@pytest.mark.parametrize(("feed", "handed_over", "snapshots"), [
    ([change(11), change(12), beat(12)], [11, 12], 1),
    ([change(11), change(11)], [11, 11], 1),
    ([change(9), change(11)], [11], 1),
    ([beat(12), change(12), beat(12), beat(14), beat(14)], [12], 1),
    ([beat(8), beat(9), beat(10)], [], 1),
    ([beat(12), beat(12), beat(12)], [], 2),
    ([change(20), beat(3), beat(3), beat(3)], [20], 2),
], ids=["in order", "same position", "old", "heartbeat overtakes", "snapshot ahead", "missed", "other log"])
async def test_only_a_lasting_disagreement_asks_for_a_new_snapshot(
    feed: list[Changes | Heartbeat], handed_over: list[int], snapshots: int
) -> None:
    source, seen = Script([feed]), Screen()
    live = Live(source, silence_s=5, backoff_s=BACKOFF_S)
    task = asyncio.create_task(live.run(seen.snapshots.append, seen.changes.append, seen.states.append))
    for _ in range(200):  # turns of the loop, not time: nothing here waits for a clock
        await asyncio.sleep(0)
    task.cancel()
    assert [message.seq for message in seen.changes] == handed_over
    assert source.snapshots == snapshots


async def test_a_session_that_ended_is_for_a_person_to_solve(server: FakeServer) -> None:
    async with Client(server.url, token="old") as client:
        seen = Screen()
        with pytest.raises(Rejected, match="Masuk dahulu"):
            await Live(client, backoff_s=BACKOFF_S).run(seen.snapshots.append, seen.changes.append, seen.states.append)


async def test_a_server_without_a_feed_is_not_hammered() -> None:
    class NoFeed(Script):
        async def events(self, after: int) -> AsyncGenerator[Changes | Heartbeat, None]:
            return
            yield beat(1)

    source, seen = NoFeed([]), Screen()
    live = Live(source, backoff_s=(0.05, 0.05))
    task = asyncio.create_task(live.run(seen.snapshots.append, seen.changes.append, seen.states.append))
    await asyncio.sleep(0.3)
    task.cancel()
    assert 2 <= source.snapshots <= 8
