"""A load of signed webhooks over keep-alive connections, with raw asyncio so that the client costs little."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import random
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlencode

TEXTS = (
    "Tulung pak ana kobongan nang umahe pak Slamet desa {desa}, genine gede",
    "kecelakaan motor di depan pasar {desa}, korban luka parah tidak sadar",
    "lampu jalan mati di desa {desa} sudah 3 hari mohon diperbaiki",
    "ada maling motor di {desa} tadi malam pak",
    "banjir selutut di desa {desa} rt 2 rw 3, warga butuh perahu",
    "jalan berlubang besar dekat balai desa {desa}, sudah dua orang jatuh",
    "bapak saya sesak napas dan dada sakit, desa {desa} rt 1",
    "pohon tumbang nutup jalan di {desa}",
)
DESAS = ("Kalisapu", "Dukuhsalam", "Trayeman", "Pesayangan", "Balamoa", "Kebandingan", "Harjosari Kidul", "Dukuhturi")


@dataclass
class Outcome:
    """Latencies in seconds and how long the run took."""

    seconds: float = 0.0
    accepted: int = 0
    failed: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return self.accepted / self.seconds if self.seconds else 0.0

    def at(self, share: float) -> float:
        """Nearest-rank percentile in milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else 0.0


def signature(token: str, url: str, form: dict[str, str]) -> str:
    """Twilio's request signature (HMAC-SHA1 over the URL and the sorted form)."""
    body = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), body.encode(), hashlib.sha1).digest()).decode()


def webhook(public_url: str, token: str, key: str, rng: random.Random, text: str | None = None) -> bytes:
    """One signed inbound SMS as raw HTTP bytes; each from another sender."""
    words = text if text is not None else rng.choice(TEXTS).format(desa=rng.choice(DESAS))
    form = {
        "MessageSid": key, "AccountSid": "AC" + "0" * 32, "From": f"+62812{rng.randrange(10**8):08d}",
        "To": "+62283112", "Body": words, "NumMedia": "0",
    }
    body = urlencode(form).encode()
    url = f"{public_url}/twilio/sms"
    return (
        f"POST /twilio/sms HTTP/1.1\r\nHost: bench\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"X-Twilio-Signature: {signature(token, url, form)}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send one request, read one response (Content-Length framed); returns the status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    for line in head.split(b"\r\n")[1:]:
        if line[:15].lower() == b"content-length:":
            await reader.readexactly(int(line[15:]))
    return status


async def drive(host: str, port: int, requests: Iterable[bytes], clients: int, rate: float = 0.0) -> Outcome:
    """Send all requests over ``clients`` keep-alive connections; ``rate`` > 0 paces them per second (open loop)."""
    outcome, queue = Outcome(), iter(enumerate(requests))
    started = time.perf_counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for index, request in queue:
            due = started + index / rate if rate else time.perf_counter()
            if due > time.perf_counter():
                await asyncio.sleep(due - time.perf_counter())
            status = await _exchange(reader, writer, request)
            # Paced: counted from when it was due, so that a stalled server cannot hide its queue.
            outcome.latencies.append(time.perf_counter() - due)
            outcome.accepted += status < 300
            outcome.failed += status >= 300
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    outcome.seconds = time.perf_counter() - started
    return outcome


def run(host: str, port: int, requests: list[bytes], clients: int, rate: float = 0.0) -> Outcome:
    """Blocking form of ``drive`` for a process of its own."""
    import uvloop

    return uvloop.run(drive(host, port, requests, clients, rate))


