"""The server was away while clocks came due: they fire at start-up, once, before any traffic."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import httpx

from tests.fault.stored import assert_fired_once, assert_log_whole
from tests.support.quick_rules import quick_rules
from tests.support.sender import Sender, messages
from tests.support.server import Server

REPORTS = 210
"""More than the sweep takes in one batch."""


async def test_clocks_that_came_due_while_it_was_down(server: Server, tmp_path: Path) -> None:
    server.environ["KENTONGAN_RULES"] = str(quick_rules(tmp_path, answer="2s"))
    server.start()
    async with Sender(server.url) as sender:
        sender.waiting.extend(messages(REPORTS))
        await sender.run()
    before = server.rows("SELECT max(seq) FROM event")[0][0]
    server.kill()
    due_ms = server.rows("SELECT max(serious_at) FROM clock WHERE phase = 'answer'")[0][0]
    await asyncio.sleep(max(0.0, due_ms / 1000 - time.time()) + 0.2)

    server.launch()
    early = asyncio.create_task(knock(server.url))
    await asyncio.to_thread(server.wait_until_ready)
    assert server.rows("SELECT count(*) FROM clock WHERE next_at <= ?", (due_ms,)) == [(0,)]
    assert await early == 200

    since = server.rows("SELECT kind, data FROM event WHERE seq > ? ORDER BY seq", (before,))
    kinds = [kind for kind, _ in since]
    fired = [index for index, kind in enumerate(kinds) if kind.startswith("clock.")]
    assert fired
    assert max(fired) < kinds.index("report.received"), "a report was taken before the overdue clocks had fired"
    lateness = [json.loads(data)["lateness_ms"] for kind, data in since if kind == "clock.seriously_late"]
    assert lateness
    assert min(lateness) >= 0
    told = server.rows("SELECT count(*) FROM clock WHERE phase = 'answer' AND lateness_ms IS NULL AND level = 3")
    assert told == [(0,)]
    assert_fired_once(server)
    assert_log_whole(server)


async def knock(url: str) -> int:
    """A report at the door while the server is still starting."""
    async with Sender(url) as sender:
        while True:
            try:
                return (await sender.send(messages(1, start=9000)[0])).status_code
            except httpx.ConnectError:
                await asyncio.sleep(0.005)


async def test_an_alarm_about_rules_repaired_while_it_was_down_is_over(server: Server, tmp_path: Path) -> None:
    rules = quick_rules(tmp_path, answer="1h")
    good = rules.read_text("utf-8")
    server.environ["KENTONGAN_RULES"] = str(rules)
    server.start()
    rules.write_text("version: [", "utf-8")
    is_open = "SELECT count(*) FROM alarm WHERE cause = 'rules' AND is_open = 1"
    async with asyncio.timeout(15):
        while server.rows(is_open) != [(1,)]:
            await asyncio.sleep(0.05)
    server.kill()
    rules.write_text(good, "utf-8")
    server.start()
    assert server.rows(is_open) == [(0,)]
