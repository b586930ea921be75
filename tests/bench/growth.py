"""How intake and board times grow with what is on file, and what an idle server with many clocks costs.

    python -m tests.bench.growth

Aim: at 100,000 stored incidents at most 1.3 times the times at 1,000; start to ready at most 1.5 s.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import httpx

from tests.bench.fill import database_in, fill_history, fill_open
from tests.bench.load import run, webhook
from tests.bench.process import TOKEN, Running, add_operator, cpu_s, memory_mb, product

SIZES = (1_000, 10_000, 100_000)
OPEN = 500
REPORTS = 1_500


def board_ms(server: Running, token: str) -> float:
    """Median time of a board snapshot."""
    times = []
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for _ in range(30):
            started = time.perf_counter()
            client.get(f"{server.url}/api/v1/board").raise_for_status()
            times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def intake(server: Running, size: int) -> tuple[float, float, float]:
    rng = random.Random(size)
    requests = [webhook(server.url, TOKEN, f"SM{size:08d}{n:024d}", rng) for n in range(REPORTS)]
    run("127.0.0.1", server.port, requests[:100], 4)
    outcome = run("127.0.0.1", server.port, requests[100:], 8)
    assert not outcome.failed, f"{outcome.failed} reports failed"
    return outcome.rate, outcome.at(0.5), outcome.at(0.99)


def grown() -> None:
    print("stored    ready s   board ms   intake/s   p50 ms   p99 ms")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "product"
            database = database_in(folder)
            fill_open(database, OPEN)
            fill_history(database, size)
            with product(folder) as server:
                token = add_operator(server)
                board = board_ms(server, token)
                rate, p50, p99 = intake(server, size)
                row = f"{size:>7} {server.ready_s:>9.2f} {board:>10.1f} {rate:>10.0f} {p50:>8.1f} {p99:>8.1f}"
                print(row, flush=True)


def idle(clocks: int = 10_000, seconds: float = 30.0) -> None:
    """Memory and CPU of a server that only watches open clocks; the urgent ones fired before, at the start."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "product"
        database = database_in(folder)
        fill_open(database, clocks // 2, age=timedelta(hours=2))
        with product(folder) as server:
            print(f"start with all urgent clocks overdue: ready in {server.ready_s:.1f} s")
            time.sleep(20)
            used = cpu_s(server.pid)
            time.sleep(seconds)
            share = (cpu_s(server.pid) - used) / seconds
            print(f"idle with about {clocks} open clocks: CPU {share:.1%}, memory {memory_mb(server.pid):.0f} MB")


if __name__ == "__main__":
    grown()
    idle()
