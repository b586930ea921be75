"""Sustained intake with consoles attached: an earthquake's rate held for minutes.

    python -m tests.bench.sustained [SECONDS] [RATE] [FEEDS]

Open loop: each report has a due time, latency counts from it. Aim: 278/s for 600 s with 50 feeds, p99 <= 100 ms.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.load import run, webhook
from tests.bench.process import ROOT, TOKEN, add_operator, cpu_s, memory_mb, product


def main() -> None:
    seconds, rate, feeds = (int(a) for a in (sys.argv[1:] + ["600", "278", "50"][len(sys.argv) - 1 :])[:3])
    with tempfile.TemporaryDirectory() as name, product(Path(name) / "product") as server:
        token = add_operator(server)
        listener = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.listen", server.url, token, str(feeds)],
            cwd=ROOT, stdout=subprocess.PIPE,
        )
        rng = random.Random(1)
        requests = [webhook(server.url, TOKEN, f"SM{n:032d}", rng) for n in range(seconds * rate)]
        run("127.0.0.1", server.port, requests[:50], 4)
        used, started = cpu_s(server.pid), time.perf_counter()
        outcome = run("127.0.0.1", server.port, requests[50:], 64, float(rate))
        took = time.perf_counter() - started
        share = (cpu_s(server.pid) - used) / took
        listener.terminate()
        heard = listener.communicate(timeout=10)[0].decode().strip()
        print(
            f"{rate}/s for {took:.0f} s, {feeds} feeds: accepted {outcome.accepted} failed {outcome.failed} "
            f"p50 {outcome.at(.5):.1f} p99 {outcome.at(.99):.1f} p99.9 {outcome.at(.999):.1f} "
            f"max {outcome.at(1):.1f} ms; server CPU {share:.0%}, memory {memory_mb(server.pid):.0f} MB; {heard}"
        )


if __name__ == "__main__":
    main()
