"""The disk is full: a clear refusal, a clear sign to everybody, nothing corrupted, and no restart when space is back.

A limit on the size of files stands for the full disk: SQLite's write fails in the same place.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.fault.stored import assert_each_once, assert_log_whole, assert_whole
from tests.support.board import alarms, degraded, watching
from tests.support.quick_rules import quick_rules
from tests.support.sender import Message, Sender, messages
from tests.support.server import Server

WIDE = 1 << 30


def largest_file(server: Server) -> int:
    return max(path.stat().st_size for path in Path(server.database.dsn).parent.iterdir())


def fill(server: Server) -> None:
    """No file may grow any more."""
    server.limit_files(largest_file(server))


def close_what_is_left(server: Server) -> None:
    """What is too small to have been refused must not fit either: no file may be written behind its middle."""
    server.limit_files(largest_file(server) // 2)


async def until_refused(sender: Sender, start: int) -> int:
    """Send until one is refused: what still fits into the files may fit. Returns its status."""
    for message in messages(2000, start=start):
        answer = await sender.send(message)
        if answer.status_code != 200:
            assert "BELUM tersimpan" in answer.text
            return answer.status_code
    raise AssertionError("the disk never got full")


async def test_full_and_free_again_without_a_restart(server: Server, tmp_path: Path) -> None:
    """Under load, with clocks that come due meanwhile."""
    server.environ["KENTONGAN_RULES"] = str(quick_rules(tmp_path, answer="2s"))
    server.start(file_limit=WIDE)
    pid = server.pid
    async with Sender(server.url, clients=8) as sender, watching(server) as board:
        sender.waiting.extend(messages(60))
        await sender.run()
        fill(server)
        assert await until_refused(sender, 100) == 503
        full = await board.until(lambda board: any("PENYIMPANAN GAGAL" in said for said in degraded(board)))
        assert full["incidents"], "what is stored must stay readable"
        assert await board.status("/readyz") == 503
        assert await board.status("/healthz") == 200
        sender.waiting.extend(messages(40, start=3000))
        stuck = asyncio.create_task(sender.run(persistent=True))
        await asyncio.sleep(1)
        server.lift_file_limit()
        await board.until(lambda board: degraded(board) == [])
        await board.until_status("/readyz", 200)
        await stuck
        assert (await sender.send(Message("SMafter", "+628610000001", "kebakaran"))).status_code == 200
        assert server.pid == pid
        async with asyncio.timeout(20):
            while server.rows("SELECT count(*) FROM clock WHERE phase = 'answer' AND next_at IS NOT NULL") != [(0,)]:
                await asyncio.sleep(0.1)
    assert sender.lost == 0
    assert_whole(server, sender.acknowledged)
    server.kill()  # its last words are in the write-ahead log of a disk that was full
    server.start()
    assert_each_once(server, sender.acknowledged)


async def test_rules_broken_on_a_full_disk_are_told_when_they_can_be(server: Server, tmp_path: Path) -> None:
    """The alarm cannot be stored while it is raised; it must not be forgotten."""
    rules = quick_rules(tmp_path, answer="1h")
    server.environ["KENTONGAN_RULES"] = str(rules)
    server.start(file_limit=WIDE)
    async with Sender(server.url) as sender, watching(server) as board:
        await sender.send(messages(1)[0])
        fill(server)
        await until_refused(sender, 100)
        close_what_is_left(server)
        rules.write_text("version: [", "utf-8")
        await board.until(lambda board: any("DITOLAK" in said for said in degraded(board)))
        assert alarms(await board.read()) == []
        server.lift_file_limit()
        await board.until(lambda board: alarms(board) == ["rules_rejected"])


async def test_a_full_disk_stays_not_ready_when_nothing_has_to_be_written(server: Server) -> None:
    """A commit without a change succeeds on a full disk too and proves nothing; silence must not look like health."""
    server.start(file_limit=WIDE)
    async with Sender(server.url) as sender, watching(server) as board:
        sender.waiting.extend(messages(30))
        await sender.run()
        fill(server)
        await until_refused(sender, 100)
        await board.until_status("/readyz", 503)
        close_what_is_left(server)
        seen = set()
        for _ in range(12):  # longer than the regular jobs of a node take to come round
            await asyncio.sleep(0.5)
            seen.add(await board.status("/readyz"))
        assert seen == {503}
        server.lift_file_limit()
        # Nobody sends anything: the server itself must find out.
        await board.until_status("/readyz", 200)
        await board.until(lambda board: degraded(board) == [])
        assert server.rows("SELECT count(*) FROM event WHERE kind = 'storage.recovered'")[0][0] >= 1
    assert_log_whole(server)
