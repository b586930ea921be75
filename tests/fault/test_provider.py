"""A provider that misbehaves, over real HTTP, time run fast: nothing lost, nothing sent twice, critical first."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import bindparam, select

from dispatch.channels.twilio_messages import TwilioMessages
from dispatch.channels.twilio_rest import TwilioAccount
from dispatch.services.messages import queue_message
from dispatch.services.outbox import OutboxRunner
from dispatch.settings_channels import Twilio
from dispatch.storage.database import Database
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, outbox
from dispatch.storage.transaction import Tx
from tests.fakes.twilio_server import ACCOUNT_SID, SMS_NUMBER, TOKEN, FakeTwilio
from tests.support.centre import Centre, running_centre
from tests.support.twilio_centre import twilio_centre

PATIENCE_S = 60
ALL = Statement(select(outbox).where(outbox.c.centre == bindparam("centre")).order_by(outbox.c.id))
ALARMS = Statement(select(alarm).where(alarm.c.centre == bindparam("centre")).order_by(alarm.c.id))


class Line:
    """A node's outbox in front of a Twilio of ours; time stands until it is moved."""

    def __init__(self, centre: Centre, twilio: FakeTwilio, runner: OutboxRunner) -> None:
        self.centre, self.twilio, self.runner = centre, twilio, runner

    async def queue(self, count: int, *, critical: bool, name: str) -> None:
        def work(tx: Tx) -> None:
            for number in range(count):
                queue_message(
                    tx, purpose="assignment" if critical else "receipt", channel="sms", body=f"{name} {number}",
                    recipient=f"+62812{number:08}", dedupe_key=f"{name}:{number}", critical=critical,
                )

        await self.centre.run(work)
        self.runner.wake()

    async def rows(self) -> list[Row]:
        return await self.centre.edge.reader.all(ALL)

    async def until(self, holds: Callable[[list[Row]], bool]) -> list[Row]:
        async with asyncio.timeout(PATIENCE_S):
            while not holds(found := await self.rows()):
                await asyncio.sleep(0.01)
        return found

    async def tried(self) -> None:
        """Everything that is due now has been tried."""
        now = self.centre.moment[0].timestamp() * 1000
        await self.until(lambda f: not any(
            r["status"] == "leased" or (r["next_at"] is not None and r["next_at"] <= now) for r in f
        ))

    async def forward(self, seconds: float) -> None:
        self.centre.pass_time(seconds)
        self.runner.wake()
        await self.tried()

    def bodies(self) -> list[str]:
        return [message.body for message in self.twilio.messages]


@pytest.fixture
async def line(sqlite_database: Database, tmp_path: Path) -> AsyncIterator[Line]:
    async with line_over(sqlite_database, tmp_path) as running:
        yield running


@asynccontextmanager
async def line_over(database: Database, folder: Path, timeout_s: float = 2.0) -> AsyncIterator[Line]:
    twilio = FakeTwilio()
    async with twilio.running(), running_centre(database, folder) as centre:
        account = TwilioAccount(
            Twilio(account_sid=ACCOUNT_SID, auth_token=TOKEN, api_base=twilio.url, sms_from=SMS_NUMBER),
            timeout_s=timeout_s,
        )
        driver = TwilioMessages(account, "https://112.example.id/twilio/status/message")
        await account.client()
        runner = OutboxRunner(
            centre.edge.committer, {"sms": [driver]}, centre.edge.knowledge, centre.edge.clock, jitter=lambda: 0.0
        )
        runner.start()
        try:
            yield Line(centre, twilio, runner)
        finally:
            await runner.stop()


def all_accepted(found: list[Row]) -> bool:
    return bool(found) and all(row["status"] == "accepted" for row in found)


async def test_ten_minutes_down_with_500_queued(line: Line) -> None:
    """First answers that get lost, then nothing for ten minutes, then it is back."""
    twilio = line.twilio
    dice = random.Random(112)
    twilio.failures.extend(dice.choice(["lose", 500, 503, "busy 3"]) for _ in range(60))
    await line.queue(470, critical=False, name="bulk")
    await line.queue(30, critical=True, name="page")
    async with asyncio.timeout(PATIENCE_S):
        while twilio.failures:
            line.centre.pass_time(1)
            line.runner.wake()
            await asyncio.sleep(0.02)
    twilio.down = True
    before = len(twilio.messages)
    for _ in range(5):
        await line.forward(120)
    assert len(twilio.messages) <= before + 10, "what was under way when it went down"
    assert [row["kind"] for row in await line.centre.edge.reader.all(ALARMS) if row["is_open"]] == ["channel_down"]
    waiting = [row for row in await line.rows() if row["status"] != "accepted"]
    assert len(waiting) > 400
    twilio.down = False
    line.centre.pass_time(301)
    since = len(twilio.messages)
    line.runner.wake()
    await line.until(all_accepted)
    sent = Counter(line.bodies())
    assert set(sent) == {f"bulk {n}" for n in range(470)} | {f"page {n}" for n in range(30)}, "nothing is lost"
    assert set(sent.values()) == {1}, "nothing is sent twice"
    back = line.bodies()[since:]
    pages = [index for index, body in enumerate(back) if body.startswith("page")]
    assert max(pages) < len(pages) + 10, "critical first, beside what was claimed in the same moment"
    assert not [row["kind"] for row in await line.centre.edge.reader.all(ALARMS) if row["is_open"]]


async def test_a_slow_provider_does_not_slow_a_page(line: Line) -> None:
    line.twilio.failures.extend(["slow"] * 40)
    await line.queue(40, critical=False, name="bulk")
    async with asyncio.timeout(PATIENCE_S):
        while line.runner.sending < 6:
            await asyncio.sleep(0.002)
    line.twilio.failures.clear()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await line.queue(1, critical=True, name="page")
    async with asyncio.timeout(PATIENCE_S):
        while "page 0" not in line.bodies():
            await asyncio.sleep(0.002)
    assert loop.time() - begun < 0.4, "not behind the half second of those before it"
    await line.until(all_accepted)
    assert set(Counter(line.bodies()).values()) == {1}


async def test_a_silent_provider_is_asked_whether_it_has_the_message(
    sqlite_database: Database, tmp_path: Path
) -> None:
    async with line_over(sqlite_database, tmp_path, timeout_s=0.2) as line:
        line.twilio.failures.extend(["hang", "lose", "hang", 500])
        await line.queue(4, critical=False, name="text")
        await line.until(lambda f: all(r["attempts"] == 1 and r["status"] == "pending" for r in f))
        assert all(row["uncertain"] for row in await line.rows())
        await line.forward(10)
        await line.until(all_accepted)
        assert set(Counter(line.bodies()).values()) == {1}
        assert {row["provider_id"] for row in await line.rows()} == {message.sid for message in line.twilio.messages}


async def test_too_many_requests_are_answered_with_patience(line: Line) -> None:
    line.twilio.failures.extend(["busy 30"] * 6)
    await line.queue(50, critical=False, name="bulk")
    await line.until(lambda f: sum(row["attempts"] for row in f) >= 6)
    await line.tried()
    asked = line.twilio.requests
    await line.forward(29)
    assert line.twilio.requests == asked, "nothing before the time it named"
    await line.queue(1, critical=True, name="page")
    await line.until(lambda f: f[-1]["status"] == "accepted")
    await line.forward(2)
    await line.until(all_accepted)
    assert set(Counter(line.bodies()).values()) == {1}
    assert await line.centre.edge.reader.all(ALARMS) == []


async def test_callbacks_repeated_and_out_of_order_settle_each_message_once(tmp_path: Path) -> None:
    """As Twilio documents them: any order, any number of times, also before our request was answered."""
    async with twilio_centre(tmp_path) as centre:
        dice, twilio = random.Random(7), centre.twilio

        def work(tx: Tx) -> None:
            for number in range(30):
                queue_message(
                    tx, purpose="operator", channel="sms", body=f"text {number}", recipient=f"+62812{number:08}",
                    dedupe_key=f"k{number}",
                )

        await centre.run(work)
        sent = list(await twilio.expect_messages(30))
        twilio.repeats = 2
        said = [(m, status) for m in sent for status in ("queued", "sent", _final(m.body), _final(m.body))]
        dice.shuffle(said)
        answers = await asyncio.gather(*(
            twilio.deliver(message, status, "30003" if status == "undelivered" else "") for message, status in said
        ))
        assert {answer.status_code for answer in answers} == {200}
        rows = await centre.until(outbox, lambda f: all(r["status"] in ("delivered", "failed") for r in f))
        wanted = {f"text {n}": "failed" if n % 5 == 0 else "delivered" for n in range(30)}
        assert {row["body"]: row["status"] for row in rows} == wanted
        raised = [row for row in await centre.rows(alarm) if row["kind"] == "message_failed"]
        assert len(raised) == 6
        assert len(twilio.messages) == 30


def _final(body: str) -> str:
    return "undelivered" if int(body.removeprefix("text ")) % 5 == 0 else "delivered"
