"""From a citizen's ring to the operator's screen, and from F2 to the call form, in a real pty.

    python -m tests.bench.ring [OPEN] [RATE] [SAMPLES]

A signed voice webhook rings; the time runs from its sending (so it holds the webhook's own commit too) until the header
counts the call. Then F2 is pressed and the form's own line waited for; the call is ended and disposed of.
Aim: ring -> call form p95 <= 300 ms.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench.fill import database_in, fill_open
from tests.bench.load import Outcome, signature
from tests.bench.process import ROOT, TOKEN, Running, add_operator, product
from tests.bench.screen import NEVER_S, RINGS, Console

F2 = "\x1bOQ"
FORM = b"KARTU: menunggu jenis"


def post(client: httpx.Client, server: Running, path: str, form: dict[str, str]) -> None:
    url = f"{server.url}{path}"
    client.post(url, data=form, headers={"X-Twilio-Signature": signature(TOKEN, url, form)}).raise_for_status()


def command(client: httpx.Client, server: Running, token: str, line: str) -> None:
    given = {"line": line, "confirmed": True, "idempotency_key": f"{line}{time.time()}"}
    client.post(f"{server.url}/api/v1/commands", json=given, headers={"Authorization": f"Bearer {token}"})


def sample(console: Console, server: Running, token: str, samples: int) -> tuple[Outcome, Outcome, int]:
    shown, form, missed = Outcome(), Outcome(), 0
    with httpx.Client(timeout=10) as client:
        for n in range(samples):
            sid, caller = f"CAring{n:028d}", f"+62812345{n:05d}"
            fields = {"CallSid": sid, "From": caller, "To": "+62283112", "CallStatus": "ringing"}
            started = time.perf_counter()
            post(client, server, "/twilio/voice", fields)
            seen = console.wait_for(RINGS)
            missed += seen is None
            shown.latencies += [time.perf_counter() - started] if seen is not None else []
            console.type(F2)
            took = console.wait_for(FORM)
            missed += took is None
            form.latencies += [took] if took is not None else []
            post(client, server, "/twilio/status/call", {**fields, "CallStatus": "completed"})
            command(client, server, token, "buang 2")
            console.type("\x1b")
            console.drain(0.3)
    return shown, form, missed


def main() -> None:
    count, rate, samples = (int(a) for a in (sys.argv[1:] + ["300", "20", "40"][len(sys.argv) - 1 :])[:3])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "product"
        fill_open(database_in(folder), count)
        with product(folder) as server:
            token = add_operator(server)
            console = Console(server, token)
            console.wait_for(b"PERINTAH", 20)
            console.drain(2)
            pour = subprocess.Popen(
                [sys.executable, "-m", "tests.bench.pour", str(server.port), str(rate), str(samples + 30)], cwd=ROOT
            )
            console.drain(2)
            shown, form, missed = sample(console, server, token, samples)
            pour.terminate()
            console.close()
    print(f"{count} open incidents, {rate} reports/s, {samples} calls, {missed} not seen within {NEVER_S:.0f} s")
    print(f"ring sent -> call on screen: p50 {shown.at(.5):.0f} p95 {shown.at(.95):.0f} p99 {shown.at(.99):.0f} ms")
    print(f"F2 -> call form: p50 {form.at(.5):.0f} p95 {form.at(.95):.0f} p99 {form.at(.99):.0f} ms")


if __name__ == "__main__":
    main()
