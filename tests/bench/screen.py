"""From a webhook's answer to the changed line on an operator's screen, in a real pty, under load.

    python -m tests.bench.screen [OPEN] [RATE] [SAMPLES]

A crew on the incident that is open on screen sends an SMS with a marker; the time runs from the webhook's
answer until the marker's bytes leave the console. Meanwhile keys are typed and their echo is timed.
Aims with 10,000 open incidents and 100 reports/s: line p99 <= 300 ms, key echo p95 <= 50 ms.
"""

from __future__ import annotations

import fcntl
import os
import pty
import random
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

import httpx
import yaml

from tests.bench.fill import database_in, fill_open
from tests.bench.load import Outcome, signature
from tests.bench.process import ROOT, TOKEN, Running, add_operator, cpu_s, memory_mb, product

COLUMNS, LINES = 120, 36
RINGS = (b"dering 1 ", b"telp 1+")
"""How line 1 counts a ringing call: spelled out, or short beside many banners."""
NEVER_S = 5.0


class Console:
    """The product's console on a pty."""

    def __init__(self, server: Running, token: str) -> None:
        token_file = server.data_dir / "bench.token"
        token_file.write_text(token)
        token_file.chmod(0o600)
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            env = {
                **os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT),
                "KENTONGAN_DATA_DIR": str(server.data_dir),
            }
            command = ["-m", "dispatch.cli", "console", "--server", server.url, "--token-file", str(token_file)]
            os.execvpe(sys.executable, [sys.executable, *command], env)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.sent = 0

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def wait_for(self, marker: bytes | tuple[bytes, ...], limit_s: float = NEVER_S) -> float | None:
        """Seconds until the marker, or one of several, is drawn; None when it never is."""
        markers = (marker,) if isinstance(marker, bytes) else marker
        started, kept, longest = time.perf_counter(), b"", max(map(len, markers))
        while (left := started + limit_s - time.perf_counter()) > 0:
            if select.select([self.fd], [], [], left)[0]:
                chunk = os.read(self.fd, 65536)
                self.sent += len(chunk)
                kept = kept[-longest:] + chunk
                if any(one in kept for one in markers):
                    return time.perf_counter() - started
        return None

    def drain(self, seconds: float) -> None:
        self.wait_for(b"\x00never", seconds)

    def close(self) -> None:
        os.kill(self.pid, 15)
        os.waitpid(self.pid, 0)


def crew_phone(sign: str) -> str:
    units = yaml.safe_load((ROOT / "data/units/tegal.yaml").read_text("utf-8"))["units"]
    return str(next(unit["phone"] for unit in units if unit["call_sign"] == sign))


def send_crew_text(client: httpx.Client, server: Running, phone: str, words: str, key: str) -> None:
    form = {"MessageSid": key, "From": phone, "To": "+62283112", "Body": words, "NumMedia": "0"}
    url = f"{server.url}/twilio/sms"
    client.post(url, data=form, headers={"X-Twilio-Signature": signature(TOKEN, url, form)}).raise_for_status()


def worst_incident(server: Running, token: str) -> int:
    """The incident on top of the waiting board."""
    answer = httpx.get(f"{server.url}/api/v1/board", headers={"Authorization": f"Bearer {token}"}, timeout=20)
    return int(answer.json()["incidents"][0]["number"])


def sample(console: Console, server: Running, samples: int) -> tuple[Outcome, Outcome, int]:
    line, key, missed = Outcome(), Outcome(), 0
    phone = crew_phone("A01")
    with httpx.Client(timeout=10) as client:
        for n in range(samples):
            marker = f"zq{random.randrange(10**6):06d}"
            send_crew_text(client, server, phone, f"kata kru {marker}", f"SMcrew{n:026d}")
            took = console.wait_for(marker.encode())
            missed += took is None
            line.latencies += [took] if took is not None else []
            console.type("~")
            took = console.wait_for(b"~")
            missed += took is None
            key.latencies += [took] if took is not None else []
            console.type("\x7f")
            console.drain(0.1)
    return line, key, missed


def main() -> None:
    count, rate, samples = (int(a) for a in (sys.argv[1:] + ["10000", "100", "200"][len(sys.argv) - 1 :])[:3])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "product"
        fill_open(database_in(folder), count)
        with product(folder) as server:
            token = add_operator(server)
            console = Console(server, token)
            painted = console.wait_for(b"PERINTAH", 20)
            console.drain(2)
            number = worst_incident(server, token)
            for line in (f"v {number}\r", f"d a01 {number}\r"):
                console.type(line)
                console.drain(1.5)
            seconds = samples * 0.6 + 30
            pour = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.pour", str(server.port), str(rate), str(seconds)], cwd=ROOT
            )
            console.drain(3)
            used, before, started = cpu_s(console.pid), console.sent, time.perf_counter()
            line, key, missed = sample(console, server, samples)
            span = time.perf_counter() - started
            share, sent = (cpu_s(console.pid) - used) / span, (console.sent - before) / span / 1000
            memory = memory_mb(console.pid)
            pour.terminate()
            console.close()
    print(f"{count} open incidents, {rate} reports/s, {samples} samples, {missed} not seen within {NEVER_S:.0f} s")
    print(f"console first paint {painted or 0:.2f} s after its start")
    print(f"webhook answered -> line on screen: p50 {line.at(.5):.0f} p99 {line.at(.99):.0f} ms")
    print(f"key -> echo: p50 {key.at(.5):.0f} p95 {key.at(.95):.0f} p99 {key.at(.99):.0f} ms")
    print(f"console CPU {share:.0%}, {sent:.0f} kB/s to the terminal, memory {memory:.0f} MB")


if __name__ == "__main__":
    main()
