"""A shift on the console: what an operator feels, with a busy board, other consoles and steady work around.

    python -m tests.bench.shift [SAMPLES] [OPEN] [EVENTS_PER_S] [CONSOLES]
    python -m tests.bench.shift soak [MINUTES]

OPEN is a number of reports; about four tenths become incidents, the rest joins them. Two real consoles on ptys with
the same incident on screen, CONSOLES further feeds. Aims (design): key echo p95 <= 50 ms, command result p95 <= 200 ms,
seen on the other console p95 <= 500 ms, call on screen p95 <= 300 ms, <= 20 kB/s to a terminal at rest. The soak prints
memory of server and console each minute, and their growth after the first ten.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np

from tests.bench.fill import database_in, fill_open
from tests.bench.load import Outcome, signature
from tests.bench.process import ROOT, TOKEN, Running, add_operator, cpu_s, memory_mb, product
from tests.bench.screen import RINGS, Console, worst_incident

WARM_MINUTES = 10


@contextmanager
def beside(module: str, *args: str) -> Iterator[None]:
    """Another process of the benchmark for as long as the block runs."""
    process = subprocess.Popen([sys.executable, "-m", module, *args], cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def ring(client: httpx.Client, server: Running, n: int) -> dict[str, str]:
    """A citizen's phone rings; returns the call's fields."""
    form = {
        "CallSid": f"CA{time.time_ns():032d}"[:34], "AccountSid": "AC" + "0" * 32, "From": f"+62857000{n:05d}",
        "To": "+622830112000", "CallStatus": "ringing", "Direction": "inbound",
    }
    address = f"{server.url}/twilio/voice"
    answer = client.post(address, data=form, headers={"X-Twilio-Signature": signature(TOKEN, address, form)})
    answer.raise_for_status()
    return form


def hang_up(client: httpx.Client, server: Running, form: dict[str, str]) -> None:
    form = {**form, "CallStatus": "completed"}
    address = f"{server.url}/twilio/status/call"
    answer = client.post(address, data=form, headers={"X-Twilio-Signature": signature(TOKEN, address, form)})
    answer.raise_for_status()


def keep(outcome: Outcome, took: float | None) -> None:
    if took is None:
        outcome.failed += 1
    else:
        outcome.latencies.append(took)


def sample(mine: Console, other: Console, samples: int) -> dict[str, Outcome]:
    """One key, one sentence, one remark a round: each timed from the write to the bytes on a terminal."""
    told = {name: Outcome() for name in ("key echo", "echo sentence", "command result", "seen on the other console")}
    for n in range(samples):
        marker = f"zq{n:05d}"
        mine.type("r")
        keep(told["key echo"], mine.wait_for(b"r"))
        mine.type(f" {marker}")
        keep(told["echo sentence"], mine.wait_for(b"=>"))
        mine.drain(0.2)
        other.drain(0.05)
        mine.type("\r")
        started = time.perf_counter()
        keep(told["command result"], mine.wait_for(b"OK"))
        took = other.wait_for(marker.encode())
        keep(told["seen on the other console"], None if took is None else time.perf_counter() - started)
        mine.drain(0.3)
    return told


def pops(console: Console, server: Running, samples: int) -> Outcome:
    told = Outcome()
    with httpx.Client(timeout=10) as client:
        for n in range(samples):
            call = ring(client, server, n)
            keep(told, console.wait_for(RINGS))
            hang_up(client, server, call)
            console.drain(0.5)
    return told


def at_rest(console: Console, seconds: float = 10.0) -> float:
    """kB a second while nobody types."""
    before = console.sent
    console.drain(seconds)
    return (console.sent - before) / seconds / 1000


def signed_on(server: Running, name: str) -> Console:
    console = Console(server, add_operator(server, name, "supervisor"))
    console.wait_for(b"PERINTAH", 20)
    console.drain(2)
    return console


def show(console: Console, number: int) -> None:
    console.type(f"{number}\r")
    console.drain(1.5)


def measure(samples: int, count: int, rate: int, consoles: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "product"
        fill_open(database_in(folder), count)
        with product(folder) as server:
            token = add_operator(server)
            mine, other = signed_on(server, "rina"), signed_on(server, "adi")
            number = worst_incident(server, token)
            show(mine, number)
            show(other, number)
            with (
                beside("tests.bench.work", server.url, token, str(rate), "100000"),
                beside("tests.bench.listen", server.url, token, str(consoles)),
            ):
                mine.drain(3)
                rest = at_rest(mine)
                used, started = cpu_s(server.pid), time.perf_counter()
                told = sample(mine, other, samples)
                told["call on screen"] = pops(mine, server, min(samples, 50))
                span = time.perf_counter() - started
            print(f"{count} reports open, {rate} events/s, {consoles} further consoles, {samples} samples")
            for title, outcome in told.items():
                print(
                    f"{title}: p50 {outcome.at(.5):.0f} p95 {outcome.at(.95):.0f} p99 {outcome.at(.99):.0f} ms,"
                    f" n={len(outcome.latencies)}, not seen {outcome.failed}"
                )
            print(f"to the terminal at rest {rest:.1f} kB/s; server CPU {(cpu_s(server.pid) - used) / span:.0%}")
            mine.close()
            other.close()


def soak(minutes: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "product"
        fill_open(database_in(folder), 800)
        with product(folder) as server:
            token = add_operator(server)
            console = signed_on(server, "rina")
            show(console, worst_incident(server, token))
            with (
                beside("tests.bench.work", server.url, token, "20", "1000000"),
                beside("tests.bench.listen", server.url, token, "10"),
            ):
                seen: list[tuple[float, float]] = []
                for minute in range(1, minutes + 1):
                    console.drain(60)
                    seen.append((memory_mb(server.pid), memory_mb(console.pid)))
                    print(f"minute {minute}: server {seen[-1][0]:.1f} MB, console {seen[-1][1]:.1f} MB", flush=True)
            for title, values in zip(("server", "console"), zip(*seen[WARM_MINUTES:], strict=True), strict=True):
                slope = float(np.polyfit(range(len(values)), values, 1)[0]) * 60
                print(f"{title}: {values[0]:.1f} -> {values[-1]:.1f} MB, {slope:+.2f} MB an hour")
            console.close()


def main() -> None:
    if sys.argv[1:2] == ["soak"]:
        soak(int(sys.argv[2]) if len(sys.argv) > 2 else 120)
    else:
        measure(*(int(a) for a in (sys.argv[1:] + ["100", "800", "20", "50"][len(sys.argv) - 1 :])[:4]))


if __name__ == "__main__":
    main()
