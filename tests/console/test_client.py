"""The client against a real socket: answers, refusals, and everything that is no answer at all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from console.client import Client, Gone, Rejected, ServerAway, to_command
from dispatch.wire import Changes, CommandResult, Heartbeat
from tests.console.fake_server import AT, TOKEN, FakeServer, incident, problem


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    fake = FakeServer()
    await fake.start()
    yield fake
    await fake.stop()


@pytest.fixture
async def client(server: FakeServer) -> AsyncIterator[Client]:
    async with Client(server.url, token=TOKEN) as made:
        yield made


async def test_login_opens_the_seat_and_uses_its_token(server: FakeServer) -> None:
    async with Client(server.url) as client:
        with pytest.raises(Rejected) as refused:
            await client.board()
        assert refused.value.problem.status == 401
        session = await client.login("rina", "benar")
        assert (session.username, session.token) == ("rina", TOKEN)
        assert (await client.board()).seq == 10


async def test_a_wrong_password_is_said_in_words(server: FakeServer) -> None:
    async with Client(server.url) as client:
        with pytest.raises(Rejected, match="Nama atau sandi salah"):
            await client.login("rina", "salah")


async def test_reads_come_back_as_structs(client: Client, server: FakeServer) -> None:
    assert (await client.incident(1051)).incident.number == 1051
    assert (await client.search("trayeman & co")).hits[0].key == "1044"
    assert server.searches == ["trayeman & co"]
    assert (await client.stats(since=AT)).calls == {"offered": 12}


async def test_a_local_socket_works_like_a_url(tmp_path: Path) -> None:
    fake = FakeServer(path=tmp_path / "k.sock")
    await fake.start()
    async with Client(fake.url, token=TOKEN) as client:
        assert (await client.board()).centre.name == "Kabupaten Tegal"
    await fake.stop()


async def test_a_command_carries_its_own_key(client: Client, server: FakeServer) -> None:
    result = await client.command(to_command("dispatch", {"units": ["A01"], "incident": 1051}, version=3))
    assert result.ok
    await client.command(to_command("undo", {}))
    first, second = server.commands
    assert (first.command, first.args, first.expected_version) == ("dispatch", {"units": ["A01"], "incident": 1051}, 3)
    assert first.idempotency_key
    assert first.idempotency_key != second.idempotency_key


async def test_a_command_without_answer_is_repeated_once_under_the_same_key(
    client: Client, server: FakeServer
) -> None:
    answers = iter([502, CommandResult(ok=True, seq=11, message="terkirim")])
    server.answer = lambda command: next(answers)
    assert (await client.command(to_command("undo", {}))).message == "terkirim"
    assert len({command.idempotency_key for command in server.commands}) == 1
    server.answer = lambda command: 502
    server.commands.clear()
    with pytest.raises(ServerAway):
        await client.command(to_command("undo", {}))
    assert len(server.commands) == 2


async def test_a_refusal_is_not_repeated(client: Client, server: FakeServer) -> None:
    server.answer = lambda command: problem(409, "stale_version", "adi lebih dulu")
    with pytest.raises(Rejected) as refused:
        await client.command(to_command("undo", {}))
    assert (refused.value.problem.status, refused.value.problem.code) == (409, "stale_version")
    assert len(server.commands) == 1


async def test_an_overloaded_server_that_says_so_is_a_refusal(client: Client, server: FakeServer) -> None:
    server.answer = lambda command: problem(503, "storage_unavailable", "Perubahan BELUM tersimpan.")
    with pytest.raises(Rejected, match="BELUM tersimpan"):
        await client.command(to_command("undo", {}))


async def test_nobody_listening_is_server_away(server: FakeServer) -> None:
    async with Client("http://127.0.0.1:1") as client:
        with pytest.raises(ServerAway):
            await client.board()


async def test_a_server_that_accepts_and_says_nothing_runs_into_the_time_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        async with Client(f"127.0.0.1:{port}", timeout_s=0.2) as client:
            with pytest.raises(ServerAway, match="Timeout"):
                await client.board()


async def test_something_that_is_no_kentongan_is_server_away(client: Client, server: FakeServer) -> None:
    server.board_answer = 204
    with pytest.raises(ServerAway, match="not the answer"):
        await client.board()


async def test_the_feed_resumes_after_the_position(client: Client, server: FakeServer) -> None:
    feed = client.events(42)
    assert isinstance(await anext(feed), Heartbeat)
    assert server.feed_positions == [("42", "42")]
    server.send(Changes(seq=43, now=AT, incidents=[incident(1052)]))
    message = await _next_changes(feed)
    assert [row.number for row in message.incidents] == [1052]
    server.end_feeds()
    assert [m async for m in feed if isinstance(m, Changes)] == []


async def test_odd_line_ends_in_a_text_do_not_break_the_feed(client: Client, server: FakeServer) -> None:
    """U+2028, U+0085 and friends are line breaks to many readers, and valid inside JSON."""
    text = "tolong\u2028api\u0085besar\u2029\x1c\r\n\x0b selesai"
    feed = client.events(10)
    await anext(feed)
    server.send(Changes(seq=11, now=AT, incidents=[incident(1052, summary=text)]))
    assert (await _next_changes(feed)).incidents[0].summary == text
    await feed.aclose()


async def test_events_split_anywhere_are_put_together(client: Client, server: FakeServer) -> None:
    feed = client.events(10)
    await anext(feed)
    server.send(b"event: new-kind\ndata: {}\n\nevent: cha")
    await asyncio.sleep(0.01)
    server.beating = False
    server.send(b'nges\r\ndata: {"seq": 12,\r\ndata:  "now": "2026-01-12T07:31:00Z"}\r\n')
    server.send(b"\r\n")
    assert (await _next_changes(feed)).seq == 12
    await feed.aclose()


async def test_an_event_that_is_no_message_is_server_away(client: Client, server: FakeServer) -> None:
    feed = client.events(10)
    await anext(feed)
    server.send(b"event: changes\ndata: {\"seq\": \"x\"}\n\n")
    with pytest.raises(ServerAway):
        await _next_changes(feed)


async def test_a_feed_that_cannot_go_on_is_gone(client: Client, server: FakeServer) -> None:
    feed = client.events(10)
    await anext(feed)
    server.send(Heartbeat(seq=10, now=AT), name="reset")
    with pytest.raises(Gone):
        await _next_changes(feed)
    server.feed_answer = 410
    with pytest.raises(Gone):
        await anext(client.events(1))


async def _next_changes(feed: AsyncIterator[Changes | Heartbeat]) -> Changes:
    async with asyncio.timeout(5):
        async for message in feed:
            if isinstance(message, Changes):
                return message
    raise AssertionError("the feed ended")
