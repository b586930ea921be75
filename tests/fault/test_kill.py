"""kill -9 in the middle of everything: what was acknowledged is there once, and the clocks go on.

FAULT_KILLS=20 kills twenty times instead of five.
"""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from pathlib import Path

import pytest

from tests.fault.stored import assert_each_once, assert_whole
from tests.support.quick_rules import quick_rules
from tests.support.sender import Sender, messages, spread
from tests.support.server import Server, server_in

REPORTS = 1000
KILLS = int(os.environ.get("FAULT_KILLS", "5"))
RUNNING = "SELECT count(*) FROM clock WHERE phase = 'answer' AND next_at IS NOT NULL"


async def load_through_kills(server: Server, reports: int, kills: int) -> Sender:
    """Send all reports while the server is killed and restarted; every SID until it is acknowledged."""
    moments, chance = spread(reports, kills), random.Random(reports)
    async with Sender(server.url) as sender:
        sender.waiting.extend(messages(reports))
        while sender.waiting:
            server.start()
            assert_each_once(server, sender.acknowledged)
            await _run_until_killed(server, sender, moments, chance)
    return sender


async def _run_until_killed(server: Server, sender: Sender, moments: list[int], chance: random.Random) -> None:
    """The next moment is a number of acknowledged reports; shortly after it the kill comes from aside.

    From another thread: held up for it, the senders would leave the server idle, and an idle one is easy to kill.
    """
    killer: list[threading.Timer] = []

    def look() -> None:
        if moments and len(sender.acknowledged) >= moments[0] and not killer:
            moments.pop(0)
            killer.append(threading.Timer(chance.uniform(0, 0.03), server.kill))
            killer[0].start()

    await sender.run(on_acknowledged=look)
    for timer in killer:
        timer.join()


async def wait_until_all_fired(server: Server) -> None:
    async with asyncio.timeout(30):
        while server.rows(RUNNING) != [(0,)]:
            await asyncio.sleep(0.1)


@pytest.mark.slow
async def test_killed_under_load_again_and_again(server: Server, tmp_path: Path) -> None:
    """1,000 reports, clocks of one second that fire meanwhile."""
    server.environ["KENTONGAN_RULES"] = str(quick_rules(tmp_path, answer="1s"))
    sender = await load_through_kills(server, REPORTS, KILLS)
    assert sender.lost >= KILLS, "no request was under way when the server died: this tested nothing"
    assert len(sender.acknowledged) == REPORTS
    await wait_until_all_fired(server)
    assert_whole(server, sender.acknowledged)
    assert server.rows("SELECT count(*) FROM report") == [(REPORTS,)]
    assert server.rows("SELECT count(*) FROM clock WHERE phase = 'answer' AND level < 3 AND outcome = ''") == [(0,)]


@pytest.mark.slow
@pytest.mark.postgres
async def test_killed_under_load_on_postgresql(postgres_centre: Server, tmp_path: Path) -> None:
    postgres_centre.environ["KENTONGAN_RULES"] = str(quick_rules(tmp_path, answer="1s"))
    sender = await load_through_kills(postgres_centre, 200, 3)
    assert sender.lost >= 3
    await wait_until_all_fired(postgres_centre)
    assert_whole(postgres_centre, sender.acknowledged)
    assert postgres_centre.rows("SELECT count(*) FROM report") == [(200,)]


@pytest.mark.parametrize("after_s", [0.0, 0.15])
def test_killed_while_it_makes_its_database(tmp_path: Path, after_s: float) -> None:
    """The very first start, cut off: the next one finishes or begins anew."""
    with server_in(tmp_path / "new") as server:
        server.launch()
        file, deadline = Path(server.database.dsn), time.monotonic() + 20
        while not file.exists() and time.monotonic() < deadline:
            time.sleep(0.001)
        time.sleep(after_s)
        server.kill()
        server.start()
        assert server.rows("SELECT count(*) FROM unit")[0][0] > 0
