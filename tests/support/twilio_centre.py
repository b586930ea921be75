"""A whole server node with the real Twilio drivers, over real HTTP, in front of a Twilio of our own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from sqlalchemy import Table, bindparam, select

from dispatch.app import DispatchApp
from dispatch.domain.routing import RuleSet
from dispatch.settings import load_settings
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import outbox
from dispatch.storage.transaction import Tx
from dispatch.triage.engine import TriageEngine
from dispatch.triage.load import load_engine
from dispatch.triage.model import Model
from tests.fakes.twilio_lines import Caller
from tests.fakes.twilio_server import (
    ACCOUNT_SID,
    NEXT_TOKEN,
    SMS_NUMBER,
    TOKEN,
    VOICE_NUMBER,
    WHATSAPP_NUMBER,
    FakeTwilio,
)
from tests.support.loopback import free_socket, served, url_of

PATIENCE_S = 10


@dataclass
class TwilioCentre:
    """The node and the provider it talks to."""

    app: DispatchApp
    twilio: FakeTwilio
    ahead: list[timedelta]
    """How far the product's clock is ahead of the real one."""

    async def pass_time(self, seconds: float, *, step: float = 10) -> None:
        """Time passes for the product: what is due is run, every waiting caller hears another round."""
        while seconds > 0:
            gone = min(step, seconds)
            seconds -= gone
            self.ahead[0] += timedelta(seconds=gone)
            await self.app.calls.run_due()
            self.app.outbox.wake()
            for leg in list(self.twilio.legs.values()):
                if isinstance(leg, Caller) and leg.waits:
                    await leg.wait(round(gone))
        await self.settle()

    async def settle(self) -> None:
        """Wait until all that was to be sent is sent and all it set off has happened."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                await self.twilio.settle()
                if not [row for row in await self.rows(outbox) if row["status"] in ("pending", "leased")]:
                    break
                await asyncio.sleep(0.01)
            await self.twilio.settle()

    async def run(self, work: Callable[[Tx], Any]) -> Any:
        return await self.app.committer.run(work)

    async def rows(self, table: Table) -> list[Row]:
        """All rows of a table, oldest first."""
        key = table.c.id if "id" in table.c else list(table.primary_key.columns)[-1]
        return await self.app.reader.all(
            Statement(select(table).where(table.c.centre == bindparam("centre")).order_by(key))
        )

    async def until(self, table: Table, holds: Callable[[list[Row]], bool]) -> list[Row]:
        """Wait for the rows of a table to be as expected; returns them."""
        async with asyncio.timeout(PATIENCE_S):
            while not holds(rows := await self.rows(table)):
                await asyncio.sleep(0.01)
        return rows


def twilio_settings(folder: Path, public_url: str, api_base: str, **more: str) -> dict[str, str]:
    """The environment of a node with credentials."""
    return {
        "KENTONGAN_DATA_DIR": str(folder), "KENTONGAN_PUBLIC_URL": public_url, "KENTONGAN_TWILIO_API_BASE": api_base,
        "KENTONGAN_TWILIO_ACCOUNT_SID": ACCOUNT_SID, "KENTONGAN_TWILIO_AUTH_TOKEN": TOKEN,
        "KENTONGAN_TWILIO_AUTH_TOKEN_NEXT": NEXT_TOKEN, "KENTONGAN_TWILIO_VOICE_NUMBER": VOICE_NUMBER,
        "KENTONGAN_TWILIO_SMS_FROM": SMS_NUMBER, "KENTONGAN_TWILIO_WHATSAPP_FROM": WHATSAPP_NUMBER,
        **{f"KENTONGAN_{name}": value for name, value in more.items()},
    }


_engines: dict[tuple[str, Path | None, str], TriageEngine] = {}


def _shared_engine(rules: RuleSet, gazetteer: Path | None, model: Model | None) -> TriageEngine:
    """Triage is pure: the centres of one test run share what is read for it, which is half of a start."""
    key = (rules.digest, gazetteer, model.version if model is not None else "")
    if key not in _engines:
        _engines[key] = load_engine(rules, gazetteer, model)
    return _engines[key]


@asynccontextmanager
async def twilio_centre(folder: Path, **more: str) -> AsyncIterator[TwilioCentre]:
    """Start a node and a Twilio that know each other."""
    bound, twilio = free_socket(), FakeTwilio()
    twilio.public_url = url_of(bound)
    environ = twilio_settings(folder / "run", twilio.public_url, twilio.url, **more)
    ahead = [timedelta()]
    with patch("dispatch.knowledge_keeper.load_engine", _shared_engine):
        app = DispatchApp(
            load_settings(environ, env_file=folder / "no.env"), clock=lambda: datetime.now(UTC) + ahead[0]
        )
    async with twilio.running():
        await app.start()
        try:
            async with served(app.site, bound):
                yield TwilioCentre(app, twilio, ahead)
        finally:
            await app.stop()
