"""Fills a centre's database before a measurement: open incidents by the real intake, history by copying rows."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from dispatch.domain.report import Channel, NewReport
from dispatch.rules.load import load_rules
from dispatch.services.intake import receive_report
from dispatch.services.knowledge import Knowledge
from dispatch.services.units import import_units
from dispatch.storage.committer import Committer
from dispatch.storage.database import Database
from dispatch.storage.migrate import upgrade
from dispatch.storage.transaction import Tx
from dispatch.triage.load import load_engine
from tests.bench.load import DESAS, TEXTS
from tests.bench.process import ROOT

FLIGHT = 200
COPIED = ("incident", "report", "clock", "outbox")


def database_in(data_dir: Path) -> Database:
    """The default database of a server with this data directory."""
    data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.of(f"sqlite:///{data_dir / 'kentongan.sqlite3'}")
    upgrade(database)
    return database


def fill_open(database: Database, count: int, *, seed: int = 1, age: timedelta = timedelta()) -> None:
    """Open ``count`` incidents of as many callers through the real intake, ``age`` ago."""
    asyncio.run(_fill_open(database, count, seed, age))


async def _fill_open(database: Database, count: int, seed: int, age: timedelta) -> None:
    rules = load_rules(ROOT / "routing_rules.yaml")
    knowledge, rng = Knowledge(rules, load_engine(rules)), random.Random(seed)
    committer = Committer(database, rules.centre, on_commit=lambda _: None, clock=lambda: datetime.now(UTC) - age)
    committer.start()
    await committer.run(lambda tx: import_units(tx, []))

    def one(n: int) -> NewReport:
        return NewReport(
            Channel.SMS, f"FILL{seed}-{n}", rng.choice(TEXTS).format(desa=rng.choice(DESAS)), datetime.now(UTC),
            sender=f"+62813{seed:02d}{n:06d}",
        )

    def store(tx: Tx, batch: list[NewReport]) -> None:
        for report in batch:
            receive_report(tx, report, knowledge)

    for start in range(0, count, FLIGHT):
        await committer.run(partial(store, batch=[one(n) for n in range(start, min(start + FLIGHT, count))]))
    await committer.stop()


def fill_history(database: Database, total: int) -> None:
    """Copy closed incidents with their reports, clocks and messages until there are ``total`` incidents."""
    with sqlite3.connect(database.dsn) as connection:
        columns = {t: [row[1] for row in connection.execute(f"PRAGMA table_info({t})")] for t in COPIED}
        have, step = connection.execute("SELECT count(*), max(id) + 1 FROM incident").fetchone()
        shift = step
        while have < total:
            for table in COPIED:
                connection.execute(_copy(table, columns[table], shift, step, total - have))
            have = connection.execute("SELECT count(*) FROM incident").fetchone()[0]
            shift += step
        connection.execute("UPDATE head SET next_id = ?, next_number = ?", (shift + step, 20_000 + total))


def _copy(table: str, columns: list[str], shift: int, step: int, most: int) -> str:
    """Rows of the first fill again, ids moved on, a month earlier a turn, closed."""
    changed = {
        "id": f"id + {shift}", "incident_id": f"incident_id + {shift}", "number": f"number + {shift} + 20000",
        "external_id": f"external_id || '-{shift}'", "dedupe_key": f"dedupe_key || '-{shift}'",
        "next_at": "NULL", "is_open": "0", "stopped_at": "started_at",
        "status": {"incident": "'closed'", "outbox": "'delivered'"}.get(table, "status"),
        "opened_at": "opened_at - 2592000000", "received_at": "received_at - 2592000000",
        "provider_id": f"provider_id || '-{shift}'",
    }
    taken = ", ".join(changed.get(name, name) for name in columns)
    limit = f" LIMIT {most}" if table == "incident" else ""
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {table} WHERE id < {step}{limit}"
