"""Durable intake: acknowledged reports a second over the full path, beside raw responders of the same run.

    python -m tests.bench.intake [REPORTS]

Full path: signature, triage, incident, clocks, events, outbox, durable commit. Aim at 32 clients:
at least 0.2 of (a); p99 at 8 clients at most 40 ms.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.load import Outcome, run, webhook
from tests.bench.process import TOKEN, product, raw

CLIENTS = (1, 8, 32)


def requests(count: int, base: str) -> list[bytes]:
    rng = random.Random(count)
    return [webhook(base, TOKEN, f"SM{time.time_ns():020d}{n:06d}", rng) for n in range(count)]


def measure(port: int, count: int, base: str) -> dict[int, Outcome]:
    run("127.0.0.1", port, requests(100, base), 4)
    return {clients: run("127.0.0.1", port, requests(count, base), clients) for clients in CLIENTS}


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3000
    results: dict[str, dict[int, Outcome]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind in ("single", "grouped"):
            with raw(kind, folder) as port:
                results[kind] = measure(port, count, "http://bench")
        with product(folder / "product") as server:
            results["kentongan"] = measure(server.port, count, server.url)
    print(f"{'':12}" + "".join(f"{c:>3} clients: /s   p50   p99 ms   ratio to (a) " for c in CLIENTS))
    for name, label in (("single", "(a) single"), ("grouped", "(b) grouped"), ("kentongan", "kentongan")):
        cells = [
            f"{o.rate:12.0f} {o.at(.5):6.1f} {o.at(.99):6.1f} {o.rate / results['single'][c].rate:12.2f}     "
            for c, o in results[name].items()
        ]
        print(f"{label:12}" + "".join(cells) + (f" failed {sum(o.failed for o in results[name].values())}"))


if __name__ == "__main__":
    main()
