"""What the search costs with years on file, for each kind of thing that is typed.

    python -m tests.bench.search [EVENTS] [sqlite|postgresql]

EVENTS (1,000,000), a tenth as many incidents and calls, 1.2 reports an incident, and four remarks in ten events; words
by Zipf's law from 30,000. 120 queries of a kind, each a first page, through the service that consoles ask. Aims: p50
80 ms, p95 500 ms, none over 2 s, and the event loop, which also answers every console, never still for 100 ms. Then
what a remark takes to store, with the index of the log and without.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from dispatch.domain.instant import to_ms
from dispatch.rules.load import load_rules
from dispatch.services.incidents import add_remark
from dispatch.services.knowledge import Knowledge
from dispatch.services.search import search, type_words
from dispatch.storage.committer import Committer
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.migrate import upgrade
from dispatch.storage.migrations.full_text import KEYS, postgresql_statement
from dispatch.storage.reader import Reader
from dispatch.storage.transaction import Tx
from dispatch.triage.load import load_engine
from tests.bench.engines import on_engines
from tests.bench.load import DESAS
from tests.bench.process import ROOT
from tests.bench.wall import CENTRE, DISTRICTS, TYPES, Rows, repeat, store

TZ = ZoneInfo("Asia/Jakarta")
QUERIES, REMARKS, STEP_MS = 120, 200, 300_000
SYLLABLES = [a + b for a in "bcdghjklmnprstwy" for b in ("a", "e", "i", "o", "u", "an")]
USUAL = (
    "kecelakaan", "motor", "korban", "jalan", "pasar", "rumah", "warga", "pohon", "tumbang", "banjir", "api",
    "kebakaran", "tolong", "depan", "dekat", "unit", "lokasi", "ambulans", "petugas", "luka", "maling", "sudah",
    "pak", "ibu", "anak", "desa", "malam", "pagi", "masjid", "sekolah", "jembatan", "lampu", "mati", "listrik",
    "air",
)


class Words:
    """30,000 words; how often one occurs falls with its rank."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(1)
        made = {"".join(rng.choices(SYLLABLES, k=rng.randint(2, 5))): None for _ in range(30_000)}
        self.all = [*USUAL, *made]
        self._weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(self.all))))
        self.rng = random.Random(seed)

    def text(self, least: int, most: int) -> str:
        return " ".join(self.rng.choices(self.all, cum_weights=self._weights, k=self.rng.randint(least, most)))


def on_file(events: int, now_ms: int) -> Iterator[Rows]:
    """Rows by table, a thousand incidents at a time, the oldest first; the last 200 incidents are open."""
    words, count = Words(2), events // 10
    for start in range(1, count + 1, 1000):
        rows: Rows = {"incident": [], "report": [], "call": [], "event": []}
        for n in range(start, min(start + 1000, count + 1)):
            _one(rows, words, n, now_ms - (count + 1 - n) * STEP_MS, is_open=n > count - 200)
        yield rows
    yield {"head": [{"seq": count * 10, "hash": "", "next_id": events * 10, "next_number": 1, "mode": "live"}]}


def _one(rows: Rows, words: Words, n: int, at: int, *, is_open: bool) -> None:
    rng, caller = words.rng, f"+62812{words.rng.randrange(10**8):08d}"
    place = {"desa": rng.choice(DESAS), "landmark": words.text(1, 2)}
    rows["incident"].append({
        "id": n, "number": n % 10_000, "status": "new" if is_open else "closed", "type": rng.choice(TYPES),
        "severity": "medium", "kecamatan": rng.choice(DISTRICTS), "place": json.dumps(place, separators=(",", ":")),
        "summary": words.text(6, 16), "opened_at": at, "updated_at": at, "is_open": int(is_open),
    })
    for index in range(2 if n % 5 == 0 else 1):
        rows["report"].append({
            "id": n * 10 + index, "channel": "sms", "external_id": f"SM{n}-{index}", "received_at": at,
            "sender": caller, "sender_name": words.text(1, 2), "text": words.text(6, 25), "incident_id": n,
        })
    rows["call"].append({
        "id": n * 10 + 5, "external_id": f"CA{n}", "caller": caller, "called": "112", "status": "ended",
        "rang_at": at, "incident_id": n,
    })
    for index in range(10):
        data = {"number": n % 10_000, **({"text": words.text(4, 20)} if index in {2, 4, 6, 8} else {})}
        rows["event"].append({
            "seq": n * 10 - 9 + index, "at": at + index * 60_000, "actor": "rina", "incident_id": n,
            "kind": "remark.added" if "text" in data else "assignment.moved",
            "data": json.dumps(data, separators=(",", ":")),
        })


def fill(database: Database, events: int, now: datetime) -> None:
    """PostgreSQL builds its indexes over what is there, as a restored backup does; SQLite's triggers run."""
    upgrade(database)
    if database.dialect == "postgresql":
        statement(database, *(f"DROP INDEX search_{table}" for table in KEYS))
    store(database, on_file(events, to_ms(now)))
    if database.dialect == "postgresql":
        statement(database, *map(postgresql_statement, KEYS), "ANALYZE")


def statement(database: Database, *lines: str) -> None:
    if database.dialect == "sqlite":
        with closing(sqlite3.connect(database.dsn)) as connection:
            for line in lines:
                connection.execute(line)
        return
    with psycopg.connect(database.dsn, autocommit=True) as pg:
        for line in lines:
            pg.execute(line.encode())


def kinds(knowledge: Knowledge) -> dict[str, Callable[[random.Random], str]]:
    """What somebody types, by kind; anew each time."""
    words, types = Words(3).all, list(type_words(knowledge.rules))
    common, middle, rare = words[:60], words[500:5000], words[15_000:]
    return {
        "common word": lambda rng: rng.choice(common), "rare word": lambda rng: rng.choice(rare),
        "two common words": lambda rng: " ".join(rng.sample(common, 2)),
        "common and rare": lambda rng: f"{rng.choice(common)} {rng.choice(rare)}",
        "two middling words": lambda rng: " ".join(rng.sample(middle, 2)),
        "three letters": lambda rng: rng.choice(words)[:3], "five letters": lambda rng: rng.choice(rare)[:5],
        "number": lambda rng: str(rng.randrange(10_000)),
        "phone, end": lambda rng: f"{rng.randrange(10**6):06d}",
        "phone, beginning": lambda rng: f"0812 {rng.randrange(100):02d}",
        "phone, masked": lambda rng: f"0812-***-{rng.randrange(1000):03d}",
        "place": lambda rng: rng.choice((*DESAS, *filter(None, DISTRICTS))), "type": lambda rng: rng.choice(types),
        "type and place": lambda rng: f"{rng.choice(types)} {rng.choice(DESAS)}",
        "nothing found": lambda rng: "x" + "".join(rng.choices("qxvz", k=6)),
    }


async def measure(database: Database, knowledge: Knowledge) -> None:
    reader = Reader(database, CENTRE)
    await reader.start()
    for name, query in kinds(knowledge).items():
        rng, taken, hits = random.Random(4), [], 0
        for _ in range(QUERIES):
            before = time.perf_counter()
            result = await search(reader, query(rng), TZ, knowledge, lang="id")
            taken.append((time.perf_counter() - before) * 1000)
            hits += len(result.hits)
        # By themselves: the watch over the loop wakes a thousand times a second, and what is timed would wait for it.
        asked = [query(rng) for _ in range(QUERIES)]
        _, still = await repeat(lambda asked=asked: search(reader, asked.pop(), TZ, knowledge, lang="id"), QUERIES)
        p95 = statistics.quantiles(taken, n=20)[-1]
        figures = f"{statistics.median(taken):8.1f}{p95:8.1f}{max(taken):8.0f}{hits / QUERIES:8.1f}{still:12.1f}"
        print(f"{name:<22}{figures}", flush=True)
    await reader.stop()


async def remarks(database: Database, incident_id: int) -> float:
    """Median milliseconds of a remark, alone in its transaction, until it is committed."""
    committer, words, taken = Committer(database, CENTRE, on_commit=lambda _: None), Words(5), []
    committer.start()

    def work(tx: Tx, text: str) -> Any:
        return add_remark(tx, fetch_incident(tx, incident_id), text, actor="rina")

    for _ in range(REMARKS):
        text, before = words.text(4, 20), time.perf_counter()
        await committer.run(lambda tx, text=text: work(tx, text))
        taken.append((time.perf_counter() - before) * 1000)
    await committer.stop()
    return statistics.median(taken)


def run(database: Database, events: int) -> None:
    knowledge, started = _knowledge(), time.perf_counter()
    fill(database, events, datetime.now(UTC))
    print(f"{database.dialect}, {events} events, filled in {time.perf_counter() - started:.0f} s", flush=True)
    print(f"ms{'p50':>28}{'p95':>8}{'max':>8}{'hits':>8}{'loop still':>12}", flush=True)
    asyncio.run(measure(database, knowledge))
    with_index = asyncio.run(remarks(database, events // 10))
    statement(database, f"DROP {'TRIGGER search_event_new' if database.dialect == 'sqlite' else 'INDEX search_event'}")
    without = asyncio.run(remarks(database, events // 10))
    print(f"a remark, committed: {with_index:.2f} ms with the index, {without:.2f} ms without", flush=True)


def _knowledge() -> Knowledge:
    rules = load_rules(ROOT / "routing_rules.yaml")
    return Knowledge(rules, load_engine(rules))


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    on_engines(sys.argv[2:], lambda database: run(database, many))
