"""What the wallboard's questions cost with a year on file: time of each, and how long the event loop stood still.

    python -m tests.bench.wall [INCIDENTS] [sqlite|postgresql]

INCIDENTS (100,000) over 365 days, each with five clocks, a call, a unit and ten events, every second one with an alarm,
and 300,000 calls that made none. Median and worst of ten. Aims: today and the last hour together within 200 ms, nothing
the wall asks over 2 s, and the loop, which also answers every console, never still for more than 100 ms.
"""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dispatch.domain.clock import Phase
from dispatch.domain.instant import to_ms
from dispatch.services.statistics import LoadHistory, Window, list_cases, read_load, read_stats
from dispatch.storage.database import Database
from dispatch.storage.migrate import upgrade
from dispatch.storage.reader import Reader
from tests.bench.engines import on_engines

CENTRE, DAYS, TIMES = "33.28", 365, 10
TZ = ZoneInfo("Asia/Jakarta")
DISTRICTS = ("Slawi", "Adiwerna", "Talang", "Kramat", "Bumijawa", "Bojong", "Warureja", "")
TYPES = ("medical", "fire", "traffic_accident", "crime", "disaster", "information_request")
Rows = dict[str, list[dict[str, Any]]]


def year(count: int, now_ms: int) -> Iterator[Rows]:
    """Rows by table, a thousand incidents at a time, the oldest first."""
    rng, rows, seq = random.Random(1), _empty(), 0
    step = DAYS * 86_400_000 // count
    for n in range(count):
        at = now_ms - (count - n) * step
        seq = _one(rows, rng, n + 1, at, seq)
        if n % 1000 == 999:
            yield rows
            rows = _empty()
    yield rows


def _empty() -> Rows:
    return {"incident": [], "clock": [], "call": [], "assignment": [], "event": [], "alarm": []}


def _one(rows: Rows, rng: random.Random, n: int, at: int, seq: int) -> int:
    sent, there = at + rng.randint(20, 200) * 1000, at + rng.randint(300, 2000) * 1000
    rows["incident"].append({
        "id": n, "number": n % 10_000, "status": "closed", "type": rng.choice(TYPES),
        "kecamatan": rng.choice(DISTRICTS),
        "severity": rng.choice(("critical", "high", "medium", "low")), "agencies": '["health"]', "channel": "call",
        "place": json.dumps({"desa": "X", "verified": rng.random() < 0.9}, separators=(",", ":")), "opened_at": at,
        "updated_at": there, "triaged_at": at + 15_000, "dispatched_at": sent, "on_scene_at": there, "is_open": 0,
    })
    for index, phase in enumerate(list(Phase)[:5]):
        rows["clock"].append({
            "id": n * 10 + index, "incident_id": n, "phase": phase.value, "subject": "incident", "started_at": at,
            "target_ms": 60_000, "warn_at": at + 45_000, "due_at": at + 60_000, "serious_at": at + 180_000,
            "stopped_at": sent, "outcome": "met" if sent - at < 60_000 else "missed", "lateness_ms": rng.randint(0, 9),
        })
    for index in range(5 if n % 3 else 2):
        rang = at - 5000 - index * 60_000
        rows["call"].append({
            "id": n * 10 + index, "external_id": f"CA{n}-{index}", "caller": f"+62812{n:08d}", "called": "112",
            "status": "ended", "rang_at": rang, "answered_at": rang + 4000, "ended_at": rang + 90_000,
            "operator": "rina", "disposition": "" if index == 0 else "ghost", "incident_id": n if index == 0 else None,
        })
    times = json.dumps({"assigned": sent, "en_route": sent + 60_000, "on_scene": there})
    rows["assignment"].append({
        "id": n, "incident_id": n, "unit": "A01", "agency": "health", "status": "cleared", "is_live": 0,
        "assigned_at": sent, "updated_at": there, "times": times,
    })
    if n % 2:
        rows["alarm"].append({
            "id": n, "level": 2, "kind": "clock_breached", "phase": "dispatch", "cause": f"clock:{n}", "is_open": 0,
            "at": at + 60_000, "acknowledged_by": "rina", "acknowledged_at": there, "incident_id": n,
        })
    kinds = ("incident.opened", "incident.seen", "incident.located", "assignment.created", "remark.added")
    for kind in (*kinds, *("assignment.moved",) * 5):
        seq += 1
        rows["event"].append({"seq": seq, "at": at, "actor": "rina", "kind": kind, "incident_id": n})
    return seq


def fill(database: Database, count: int, now: datetime) -> None:
    upgrade(database)
    store(database, year(count, to_ms(now)))


def store(database: Database, parts: Iterable[Rows]) -> None:
    """In one transaction, past the product's own writing."""
    if database.dialect == "sqlite":
        with closing(sqlite3.connect(database.dsn)) as connection:
            connection.execute("PRAGMA synchronous=OFF")
            for rows in parts:
                for table, found in rows.items():
                    _insert(connection, table, found)
            connection.commit()
            connection.execute("PRAGMA journal_mode=WAL")
        return
    with psycopg.connect(database.dsn) as connection, connection.cursor() as cursor:
        for rows in parts:
            for table, found in rows.items():
                _copy(cursor, table, found)
        cursor.execute("ANALYZE")


def _insert(connection: sqlite3.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = ["centre", *rows[0]]
        marks = ", ".join("?" * len(names))
        connection.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", [(CENTRE, *row.values()) for row in rows]
        )


def _copy(cursor: Any, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        with cursor.copy(f'COPY "{table}" ({", ".join(["centre", *rows[0]])}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row((CENTRE, *row.values()))


async def measure(database: Database, now: datetime) -> None:
    reader, history = Reader(database, CENTRE), LoadHistory()
    await reader.start()

    def stats(span: timedelta, **narrow: str) -> Callable[[], Awaitable[Any]]:
        return lambda: read_stats(reader, Window(now - span, now, **narrow), now, TZ, cards=lambda kind, sub: [])

    def cases(key: str, span: timedelta) -> Callable[[], Awaitable[Any]]:
        return lambda: list_cases(reader, Window(now - span, now), key, TZ, cards=lambda kind, sub: [])

    day = timedelta(days=1)
    questions: dict[str, Callable[[], Awaitable[Any]]] = {
        "last hour": stats(timedelta(hours=1)), "today (14 h)": stats(timedelta(hours=14)), "7 days": stats(7 * day),
        "30 days": stats(30 * day), "30 days, one district": stats(30 * day, kecamatan="Slawi"),
        "400 days": stats(400 * day), "cases of one figure, today": cases("phase.total", timedelta(hours=14)),
        "cases of one figure, 30 days": cases("phase.total", 30 * day),
        "load, first time": lambda: read_load(reader, LoadHistory(), now, TZ),
        "load, then": lambda: read_load(reader, history, now, TZ),
    }
    for name, ask in questions.items():
        taken, still = await repeat(ask, 2 if name == "400 days" else TIMES)
        print(f"{name:<32}{statistics.median(taken):8.0f}{max(taken):8.0f}{still:12.0f}", flush=True)
    await reader.stop()


async def repeat(ask: Callable[[], Awaitable[Any]], times: int) -> tuple[list[float], float]:
    """Milliseconds of each, and the longest the loop stood still."""
    gaps, running = [0.0], True

    async def tick() -> None:
        while running:
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            gaps.append((time.perf_counter() - before) * 1000 - 1)

    ticker, taken = asyncio.create_task(tick()), []
    for _ in range(times):
        before = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - before) * 1000)
    running = False
    await ticker
    return taken, max(gaps)


def run(database: Database, count: int) -> None:
    now = datetime.now(UTC)
    fill(database, count, now)
    print(f"{database.dialect}, {count} incidents: ms{'median':>10}{'worst':>8}{'loop still':>12}", flush=True)
    asyncio.run(measure(database, now))


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    on_engines(sys.argv[2:], lambda database: run(database, many))
