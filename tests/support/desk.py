"""A dispatch desk for service tests: the real rules and the real triage over a database, with a clock that stands."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.domain.assignment import Assignment
from dispatch.domain.clock import Clock
from dispatch.domain.incident import Incident
from dispatch.domain.report import Channel, NewReport
from dispatch.domain.roles import Actor, Role
from dispatch.domain.unit import Unit
from dispatch.rules.load import load_rules
from dispatch.services.clocks import sweep_clocks
from dispatch.services.commands import run_command
from dispatch.services.intake import Received, receive_report
from dispatch.services.knowledge import Knowledge
from dispatch.services.units import import_units
from dispatch.storage.assignments import assignments_of
from dispatch.storage.clocks import clocks_of
from dispatch.storage.database import Database
from dispatch.storage.incidents import find_incident
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, event, outbox, unit
from dispatch.storage.transaction import Tx
from dispatch.triage.load import load_engine
from tests.support.node import Node

ROOT = Path(__file__).parents[2]
MONDAY_MORNING = datetime(2026, 1, 12, 2, 0, tzinfo=UTC)
"""09:00 in Tegal, a working day."""
RINA = Actor("rina", Role.DISPATCHER, "+628999000900", "1")
ADI = Actor("adi", Role.DISPATCHER, "+628999000901", "2")
FIRE = "Tulung kobongan umah nang desa Kalisapu slawi, genine gede, ana wong nang njero"
LAMP = "lampu jalan mati di Desa Dukuhsalam Slawi sudah 3 hari"
UNITS = [
    Unit("D01", "fire", "Damkar 1", "Pos Slawi", "Slawi", "+628999000101"),
    Unit("D02", "fire", "Damkar 2", "Pos Adiwerna", "Adiwerna", "+628999000102"),
    Unit("A01", "health", "PSC 1", "RSUD Soeselo", "Slawi", "+628999000201"),
    Unit("P07", "police", "Patroli 7", "Polsek Slawi", "Slawi", "+628999000307"),
]

MESSAGES = Statement(select(outbox).where(outbox.c.centre == bindparam("centre")).order_by(outbox.c.id))
ALARMS = Statement(
    select(alarm).where(alarm.c.centre == bindparam("centre"), alarm.c.is_open == 1).order_by(alarm.c.id)
)
EVENTS = Statement(select(event).where(event.c.centre == bindparam("centre")).order_by(event.c.seq))
ONE_UNIT = Statement(select(unit).where(unit.c.centre == bindparam("centre"), unit.c.call_sign == bindparam("sign")))


@cache
def real_knowledge() -> Knowledge:
    rules = load_rules(ROOT / "routing_rules.yaml")
    return Knowledge(rules, load_engine(rules))


class Desk:
    """Reads like a shift: report, command, pass time, sweep."""

    def __init__(self, node: Node, moment: list[datetime]) -> None:
        self.node, self.moment, self.knowledge = node, moment, real_knowledge()
        self._count = 0

    async def run(self, work: Callable[[Tx], Any]) -> Any:
        return await self.node.run(work)

    async def report(
        self, text: str, sender: str = "+6281290000001", channel: Channel = Channel.SMS, **more: Any
    ) -> Received:
        self._count += 1
        more.setdefault("external_id", f"SM{self._count:08d}")
        new = NewReport(channel, text=text, received_at=self.moment[0], sender=sender, **more)
        received: Received = await self.run(lambda tx: receive_report(tx, new, self.knowledge))
        return received

    async def command(self, verb: str, actor: Actor = RINA, **args: Any) -> wire.CommandResult:
        self._count += 1
        options = {k: args.pop(k) for k in ("expected_version", "confirmed", "idempotency_key") if k in args}
        options.setdefault("idempotency_key", f"key{self._count}")
        command = wire.Command(command=verb, args=args, **options)
        result: wire.CommandResult = await self.run(lambda tx: run_command(tx, command, actor, self.knowledge))
        return result

    def pass_time(self, **span: float) -> None:
        self.moment[0] += timedelta(**span)

    async def sweep(self) -> int:
        taken: int = await self.run(lambda tx: sweep_clocks(tx, self.knowledge))
        return taken

    async def incident(self, number: int) -> Incident:
        found: Incident = await self.run(lambda tx: find_incident(tx, number))
        return found

    async def clocks(self, number: int) -> dict[str, Clock]:
        """Newest clock of each phase."""
        item = await self.incident(number)
        found: list[Clock] = await self.run(lambda tx: clocks_of(tx, item.id))
        return {clock.phase.value: clock for clock in found}

    async def assignments(self, number: int) -> list[Assignment]:
        item = await self.incident(number)
        found: list[Assignment] = await self.run(lambda tx: assignments_of(tx, item.id))
        return found

    async def rows(self, statement: Statement, **given: Any) -> list[Row]:
        found: list[Row] = await self.run(lambda tx: tx.all(statement, **given))
        return found

    async def messages(self, purpose: str = "") -> list[Row]:
        return [row for row in await self.rows(MESSAGES) if not purpose or row["purpose"] == purpose]

    async def alarms(self) -> list[Row]:
        return await self.rows(ALARMS)

    async def unit(self, sign: str) -> Row:
        return (await self.rows(ONE_UNIT, sign=sign))[0]

    async def kinds(self) -> list[str]:
        return [row["kind"] for row in await self.rows(EVENTS)]


@asynccontextmanager
async def desk_on(database: Database) -> AsyncIterator[Desk]:
    """A desk with four units, on Monday morning."""
    moment = [MONDAY_MORNING]
    node = Node(database, real_knowledge().rules.centre, lambda: moment[0])
    node.committer.start()
    try:
        await node.run(lambda tx: import_units(tx, UNITS))
        yield Desk(node, moment)
    finally:
        await node.committer.stop()
