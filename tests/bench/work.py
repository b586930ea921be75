"""The work of other operators on a running server, in a process of its own: remarks, and few new reports.

    python -m tests.bench.work URL TOKEN RATE SECONDS

Open incidents stay about as many as they were: what comes in is a text to an open incident almost always.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time

import httpx

from tests.bench.load import signature
from tests.bench.process import TOKEN

REMARKS = ("warga membantu", "akses jalan sempit", "pelapor menelepon lagi", "butuh tandu", "api mengecil")


async def numbers(client: httpx.AsyncClient) -> list[int]:
    board = (await client.get("/api/v1/board")).json()
    return [row["number"] for row in board["incidents"]]


async def remark(client: httpx.AsyncClient, number: int, key: str, rng: random.Random) -> None:
    body = {
        "command": "remark", "args": {"incident": number, "text": rng.choice(REMARKS)}, "idempotency_key": key,
    }
    (await client.post("/api/v1/commands", json=body)).raise_for_status()


async def text(client: httpx.AsyncClient, url: str, key: str, rng: random.Random) -> None:
    """Another caller about the dead lamp of the same village: joins or opens, nothing urgent."""
    form = {
        "MessageSid": f"SM{key:0>32}", "From": f"+62813{rng.randrange(10**8):08d}", "To": "+62283112", "NumMedia": "0",
        "Body": "lampu jalan mati di desa Kalisapu Slawi depan balai desa, mohon diperbaiki",
    }
    address = f"{url}/twilio/sms"
    await client.post(address, data=form, headers={"X-Twilio-Signature": signature(TOKEN, address, form)})


async def work(url: str, token: str, rate: float, seconds: float) -> None:
    rng, done = random.Random(1), 0
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as client:
        known, started = await numbers(client), time.monotonic()
        while (now := time.monotonic() - started) < seconds:
            await asyncio.sleep(max(0.0, done / rate - now))
            key = f"{int(started)}{done}"
            if done % 200 == 199:
                await text(client, url, key, rng)
            else:
                await remark(client, rng.choice(known), f"work-{key}", rng)
            done += 1


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])))
