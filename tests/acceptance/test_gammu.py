"""A real Gammu daemon with its dummy phone, over both its databases: texts out, texts in, reports, its death."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table

from dispatch.app import DispatchApp
from dispatch.channels.gammu_sms import GammuSms
from dispatch.errors import ChannelError
from dispatch.ports import Outgoing
from dispatch.services.messages import queue_message
from dispatch.settings import load_settings
from dispatch.settings_channels import Gammu
from dispatch.storage.database import Database
from dispatch.storage.statement import Row
from dispatch.storage.tables import alarm, outbox, report
from tests.fakes.twilio_server import ACCOUNT_SID, SMS_NUMBER, TOKEN, FakeTwilio
from tests.support.gammu import GammuMissing, GammuPhone, gammu_phone
from tests.support.server import Server
from tests.support.waiting import until_rows

CREW, OTHER, CITIZEN, OURS = "+6281999000111", "+6281999000222", "+6281234567890", "+628112000112"
PATIENCE_S = 25


def running_phone(folder: Path, url: str = "") -> Iterator[GammuPhone]:
    folder.mkdir()
    try:
        with gammu_phone(folder, url) as running:
            yield running
    except GammuMissing as missing:
        # A package of the system, not of the locked list: a build server without its mirror says so and goes on.
        pytest.skip(str(missing))


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[GammuPhone]:
    """Over a SQLite file."""
    yield from running_phone(tmp_path / "gammu")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either_phone(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GammuPhone]:
    """Over each of the databases we speak."""
    made: Database | None = None
    if request.param == "postgresql":
        made = request.getfixturevalue("create_postgres_database")(migrated=False)
    yield from running_phone(tmp_path / "gammu", made.dsn if made else "")


@asynccontextmanager
async def node(folder: Path, phone: GammuPhone, **more: str) -> AsyncIterator[DispatchApp]:
    environ = {
        "KENTONGAN_DATA_DIR": str(folder / "run"), "KENTONGAN_GAMMU_DATABASE": phone.url,
        "KENTONGAN_GAMMU_NUMBER": OURS, **{f"KENTONGAN_{name}": value for name, value in more.items()},
    }
    app = DispatchApp(load_settings(environ, env_file=folder / "no.env"))
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


async def until(app: DispatchApp, table: Table, holds: Callable[[list[Row]], bool]) -> list[Row]:
    return await until_rows(app.reader, table, holds)


async def queue(app: DispatchApp, body: str, key: str = "k", to: str = CREW) -> None:
    await app.committer.run(lambda tx: queue_message(
        tx, purpose="operator", channel="sms", recipient=to, body=body, dedupe_key=key, critical=True,
    ))


async def test_texts_go_out_and_come_in_each_once(tmp_path: Path, either_phone: GammuPhone) -> None:
    phone = either_phone
    long = "tolong ada kebakaran di pasar trayeman slawi " * 4 + "tamat"
    async with node(tmp_path, phone) as app:
        assert app.describe_centre("id").drivers["sms"] == "gammu"
        await queue(app, "Tugas 112: " + "x" * 200 + " [peta]")
        await queue(app, "Tugas 112 ✓ selesai", "unicode", OTHER)
        phone.receive(CITIZEN, long[:150], long[150:])
        sent = (await until(app, outbox, lambda rows: rows[0]["status"] == "accepted"))[0]
        stored = (await until(app, report, lambda rows: bool(rows)))[0]
        assert (stored["text"], stored["sender"], stored["channel"]) == (long, CITIZEN, "sms"), "parts are joined"
        async with asyncio.timeout(PATIENCE_S):
            while len(parts := phone.rows(
                'SELECT "TextDecoded", "Coding" FROM sentitems WHERE "DestinationNumber" LIKE \'+6281999%\''
                ' ORDER BY "ID", "SequencePosition"'
            )) < 3:
                await asyncio.sleep(0.1)
        assert "".join(text for text, _ in parts[:2]) == sent["body"]
        assert parts[2] == ("Tugas 112 ✓ selesai", "Unicode_No_Compression")
        phone.report(CREW)
        await until(app, outbox, lambda rows: rows[0]["status"] == "delivered")
    async with node(tmp_path, phone) as app:
        await app.spools[0].look()
        assert len(await until(app, report, lambda rows: True)) == 1, "a restart takes nothing twice"
        async with asyncio.timeout(PATIENCE_S):
            while [read for (read,) in phone.rows('SELECT "Processed" FROM inbox')] not in (["true"] * 2, [True] * 2):
                await asyncio.sleep(0.1)


async def test_a_text_comes_again_until_it_is_marked(phone: GammuPhone) -> None:
    """A crash between storing and marking: the same row comes again under the same name, and is known."""
    driver = GammuSms(Gammu(phone.url, OURS))
    phone.receive(CITIZEN, "ada pohon tumbang di adiwerna")
    async with asyncio.timeout(PATIENCE_S):
        while not (first := await driver.look(())).texts:
            await asyncio.sleep(0.1)
    again = await driver.look(())
    assert first.texts == again.texts
    await driver.take([text.id for text in first.texts])
    assert (await driver.look(())).texts == ()
    await driver.close()


async def test_a_dead_daemon_is_seen_takes_nothing_and_its_life_is_noticed(tmp_path: Path, phone: GammuPhone) -> None:
    phone.stop()
    await asyncio.sleep(2.1)
    async with node(tmp_path, phone, GAMMU_SILENCE="1") as app:
        await until(app, alarm, lambda rows: any(r["kind"] == "driver_down" and r["is_open"] for r in rows))
        assert any("gammu" in sentence for sentence in app.degraded("en"))
        await queue(app, "uji")
        await until(app, outbox, lambda rows: bool(rows) and rows[0]["attempts"] > 0 and rows[0]["status"] == "pending")
        assert phone.rows("SELECT COUNT(*) FROM outbox") == [(0,)]
    phone.start()
    async with node(tmp_path, phone, GAMMU_SILENCE="20") as app:
        await until(app, alarm, lambda rows: not any(r["kind"] == "driver_down" and r["is_open"] for r in rows))
        await until(app, outbox, lambda rows: rows[0]["status"] == "accepted")
        assert app.degraded("en") == []


async def test_when_the_modem_dies_the_other_way_carries_on_and_it_is_said(tmp_path: Path, phone: GammuPhone) -> None:
    twilio = FakeTwilio()
    both = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_API_BASE": twilio.url,
        "TWILIO_SMS_FROM": SMS_NUMBER, "SMS_ROUTES": "*=gammu,twilio", "GAMMU_SILENCE": "2",
    }
    async with twilio.running(), node(tmp_path, phone, **both) as app:
        assert app.describe_centre("id").drivers["sms"] == "twilio>gammu"
        await queue(app, "lewat modem", "first")
        await until(app, outbox, lambda rows: rows[0]["status"] == "accepted")
        phone.stop()
        await until(app, alarm, lambda rows: any(r["kind"] == "driver_down" and r["is_open"] for r in rows))
        await queue(app, "lewat awan", "second")
        rows = await until(app, outbox, lambda rows: rows[1]["status"] == "accepted")
        assert [row["driver"] for row in rows] == ["gammu", "twilio"]
        assert [message.body for message in twilio.messages] == ["lewat awan"]
        assert any("gammu" in sentence for sentence in app.degraded("en"))
        phone.start()
        await until(app, alarm, lambda rows: not any(r["kind"] == "driver_down" and r["is_open"] for r in rows))
        await queue(app, "lewat modem lagi", "third")
        rows = await until(app, outbox, lambda rows: rows[2]["status"] == "accepted")
        assert rows[2]["driver"] == "gammu"


def test_the_doctor_looks_at_the_modem_and_shows_no_password(tmp_path: Path, phone: GammuPhone) -> None:
    lines = Server(tmp_path / "well", GAMMU_DATABASE=phone.url).command("doctor").stdout
    assert re.search(r"OK +modem", lines), lines
    absent = "postgresql://gammu:rahasia@127.0.0.1:1/smsd"
    lines = Server(tmp_path / "ill", GAMMU_DATABASE=absent, SMTP_HOST="mail.example.id", MAIL_FROM="a@b.id").command(
        "doctor"
    ).stdout
    assert re.search(r"modem +gammu database", lines), lines
    assert "nobody is told" not in lines
    assert "rahasia" not in lines


async def test_what_was_handed_over_is_found_and_not_handed_over_twice(phone: GammuPhone) -> None:
    driver = GammuSms(Gammu(phone.url, OURS))
    message = Outgoing("k", "sms", CREW, "uji", {"message_id": "7"})
    assert await driver.find(message, since=None) is None  # type: ignore[arg-type]
    taken = await driver.send(message)
    assert await driver.find(message, since=None) == taken  # type: ignore[arg-type]
    async with asyncio.timeout(PATIENCE_S):
        while phone.rows("SELECT COUNT(*) FROM sentitems") == [(0,)]:
            await asyncio.sleep(0.1)
    assert await driver.find(message, since=None) == taken  # type: ignore[arg-type]
    await driver.close()


async def test_a_full_spool_is_trouble_and_the_urgent_go_first(phone: GammuPhone) -> None:
    driver = GammuSms(Gammu(phone.url, OURS, spool=3))
    phone.stop()
    for number in range(4):
        await driver.send(Outgoing(f"bulk{number}", "sms", CREW, f"bulk {number}", {"message_id": str(number)}))
    await driver.send(Outgoing("page", "sms", CREW, "page", {"message_id": "9"}, critical=True))
    assert "unsent" in (await driver.look(())).trouble
    with pytest.raises(ChannelError) as error:
        await driver.send(Outgoing("more", "sms", CREW, "more", {"message_id": "10"}))
    assert (error.value.permanent, error.value.uncertain) == (False, False)
    phone.start()
    async with asyncio.timeout(PATIENCE_S):
        while len(sent := phone.rows('SELECT "TextDecoded" FROM sentitems ORDER BY "UpdatedInDB"')) < 2:
            await asyncio.sleep(0.1)
    assert sent[0] == ("page",)
    await driver.close()


async def test_a_database_that_is_not_there_is_trouble_and_shows_no_password(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/none.db", "postgresql://gammu:rahasia@127.0.0.1:1/smsd"):
        driver = GammuSms(Gammu(url, OURS))
        news: Any = await driver.look(())
        assert "gammu database" in news.trouble
        with pytest.raises(ChannelError) as error:
            await driver.send(Outgoing("k", "sms", CREW, "uji", {}))
        assert "rahasia" not in news.trouble + str(error.value) + repr(driver._gammu)
        await driver.close()
    assert not (tmp_path / "none.db").exists()
