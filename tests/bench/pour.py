"""A steady background load on a running server, in a process of its own.

    python -m tests.bench.pour PORT RATE SECONDS
"""

from __future__ import annotations

import random
import sys
import time

from tests.bench.load import run, webhook
from tests.bench.process import TOKEN


def main() -> None:
    port, rate, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    rng = random.Random(port)
    base = f"http://127.0.0.1:{port}"
    requests = [webhook(base, TOKEN, f"SM{time.time_ns():020d}{n:08d}", rng) for n in range(int(rate * seconds))]
    run("127.0.0.1", port, requests, 16, float(rate))


if __name__ == "__main__":
    main()
