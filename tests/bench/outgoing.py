"""A page behind a thousand bulk messages: assignment stored to the provider's request, over the whole product.

    python -m tests.bench.outgoing [ASSIGNMENTS] [BULK]

The server is a process of its own on SQLite; the provider is a Twilio of ours in this one, which takes its time. BULK
reports by SMS leave as many receipts waiting; then crews are sent by command, one every quarter of a second. A figure
begins when the transaction of the assignment began (its row's time), so that the commit is in it; it ends when
the request is read. Aim: p95 500 ms.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.twilio_server import ACCOUNT_SID, SMS_NUMBER, TOKEN, FakeTwilio, sign
from tests.support.server import Server, owner_headers, server_in

EVERY_S = 0.25
RUNS: dict[str, tuple[float, dict[str, str]]] = {
    "provider answers in 0.2 s": (0.2, {}),
    "provider answers in 2 s": (2.0, {}),
    "0.2 s, one bulk message a second": (0.2, {"SMS_RATES": "twilio=1"}),
}


class SlowTwilio(FakeTwilio):
    """``answer_s`` for every message; remembers when (wall clock, ms) each of ours was asked for."""

    answer_s = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.at: dict[str, float] = {}

    async def _create_message(self, request: Any) -> Any:
        now = time.time() * 1000
        answer = await super()._create_message(request)
        self.at[self.messages[-1].fields["StatusCallback"].rpartition("=")[2]] = now
        await asyncio.sleep(self.answer_s)
        return answer


async def report(client: httpx.AsyncClient, server: Server, number: int, words: str) -> None:
    fields = {
        "MessageSid": f"SM{time.time_ns():032d}"[:34], "AccountSid": ACCOUNT_SID, "From": f"+62813{number:08}",
        "To": SMS_NUMBER, "Body": words, "NumMedia": "0",
    }
    url = f"{server.url}/twilio/sms"
    answer = await client.post(url, data=fields, headers={"X-Twilio-Signature": sign(url, fields, TOKEN)})
    answer.raise_for_status()


async def surge(client: httpx.AsyncClient, server: Server, count: int) -> None:
    """Bulk: everybody who writes gets a receipt."""
    for first in range(0, count, 20):
        await asyncio.gather(*(
            report(client, server, number, f"jalan berlubang di Desa Kalisapu Slawi gang {number}")
            for number in range(first, min(first + 20, count))
        ))


async def send_crews(client: httpx.AsyncClient, server: Server, crews: list[str]) -> None:
    for number, crew in enumerate(crews):
        words = f"kebakaran rumah di Desa Dukuhsalam Slawi, blok {crew}, ada orang di dalam"
        await report(client, server, 90_000_000 + number, words)
        [row] = server.rows("SELECT number FROM incident ORDER BY id DESC LIMIT 1")
        line = {"line": f"d {crew} {row[0]}", "idempotency_key": f"{crew}-{time.time_ns()}"}
        answer = await client.post(f"{server.url}/api/v1/commands", json=line, headers=dict(owner_headers()))
        answer.raise_for_status()
        await asyncio.sleep(EVERY_S)


async def measure(folder: Path, name: str, assignments: int, bulk: int) -> None:
    answer_s, settings = RUNS[name]
    twilio = SlowTwilio()
    twilio.answer_s = answer_s
    given = {
        "TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_API_BASE": twilio.url,
        "TWILIO_SMS_FROM": SMS_NUMBER, **settings,
    }
    with server_in(folder, **given) as server:
        server.environ["KENTONGAN_PUBLIC_URL"] = twilio.public_url = server.url
        await asyncio.to_thread(server.start)
        async with twilio.running(), httpx.AsyncClient(trust_env=False, timeout=30) as client:
            crews = [row[0] for row in server.rows("SELECT call_sign FROM unit WHERE phone <> '' ORDER BY call_sign")]
            await surge(client, server, bulk)
            [(before,)] = server.rows("SELECT COUNT(*) FROM outbox WHERE critical = 0 AND accepted_at IS NULL")
            await send_crews(client, server, crews[:assignments])
            [(after,)] = server.rows("SELECT COUNT(*) FROM outbox WHERE critical = 0 AND accepted_at IS NULL")
            rows = server.rows("SELECT id, created_at FROM outbox WHERE purpose = 'assignment' AND critical = 1")
            async with asyncio.timeout(30):
                while any(str(row) not in twilio.at for row, _ in rows):
                    await asyncio.sleep(0.05)
    waits = sorted(twilio.at[str(row)] - created for row, created in rows)
    p50, p95 = waits[len(waits) // 2], waits[min(int(len(waits) * 0.95), len(waits) - 1)]
    print(f"{name:34} pages {len(waits):3}  p50 {p50:6.0f} ms  p95 {p95:6.0f} ms  max {waits[-1]:6.0f} ms"
          f"  bulk waiting {before} -> {after}", flush=True)


def main() -> None:
    assignments = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    bulk = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    for name in RUNS:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(measure(Path(folder), name, assignments, bulk))


if __name__ == "__main__":
    main()
