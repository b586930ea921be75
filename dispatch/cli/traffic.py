"""Reports of a file sent through the real public endpoints, signed as Twilio signs. A client, nothing of the server.

Owns how a record becomes requests. A record always gets the same external id, so playing a file twice
stores nothing twice. Never invents a number somebody could have: made-up senders use 0860, a range
that is not given out in Indonesia.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from twilio.request_validator import RequestValidator

from dispatch.errors import ConfigurationError, Problem
from dispatch.settings import Settings

CHANNELS = ("sms", "whatsapp", "web", "call")
TIMEOUT_S = 15.0
"""Twilio waits this long for a webhook."""
TRIES = 4
PAUSE_S = 0.5
CENTRE_NUMBER = "+628999000112"
MAX_LINE = 64 * 1024
SHOWN_FAULTS = 20


@dataclass(frozen=True, slots=True)
class Record:
    """One report of the file. ``at_s`` is when it is due after the start, None = as soon as possible."""

    key: str
    channel: str
    sender: str
    text: str
    place: str = ""
    kecamatan: str = ""
    at_s: float | None = None
    rings_s: float = 0.0
    """How long a call rings before the caller hangs up; 0 = at once."""


@dataclass
class Tally:
    """What became of the records. A failed one was not stored, as far as the server's answer tells."""

    sent: int = 0
    accepted: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fail(self, what: str) -> None:
        self.failed += 1
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append(what)

    def percentile_ms(self, share: float) -> float:
        """Nearest rank on the raw values."""
        ordered = sorted(self.seconds)
        return ordered[max(0, math.ceil(len(ordered) * share / 100) - 1)] * 1000 if ordered else 0.0


def read_records(lines: Iterable[bytes], tally: Tally) -> Iterator[Record]:
    """The records of a JSON Lines file; a line that is none counts as failed and is named."""
    numbers: set[str] = set()
    start: float | None = None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            given = _parse(line)
        except ValueError as error:
            tally.fail(f"line {number}: {error}")
            continue
        key = _key(given, line)
        at = _seconds(given.get("t"))
        start = at if start is None else start
        yield Record(
            key, given.get("channel") or "sms", given.get("sender") or _made_up_number(key, numbers), given["text"],
            str(given.get("place") or ""), str(given.get("kecamatan") or ""),
            None if at is None or start is None else max(0.0, at - start), float(given.get("rings_s") or 0),
        )


def record_of(
    name: str, channel: str, sender: str, text: str, taken: set[str], *, place: str = "", kecamatan: str = "",
    rings_s: float = 0.0,
) -> Record:
    """A record made here instead of read; without a sender it gets a made-up number not in ``taken``."""
    key = _key({"id": name}, b"")
    return Record(key, channel, sender or _made_up_number(key, taken), text, place, kecamatan, None, rings_s)


def _parse(line: bytes) -> dict[str, Any]:
    """Raises ValueError saying what is wrong with the line."""
    if len(line) > MAX_LINE:
        raise ValueError(f"longer than {MAX_LINE // 1024} KiB")
    try:
        given = json.loads(line)
    except ValueError as error:
        raise ValueError("not JSON") from error
    if not isinstance(given, dict) or not isinstance(given.get("text", ""), str):
        raise ValueError("not an object with a text")
    given.setdefault("text", "")
    if (given.get("channel") or "sms") not in CHANNELS:
        raise ValueError(f"unknown channel {str(given['channel'])[:20]!r}, use one of {', '.join(CHANNELS)}")
    if not isinstance(given.get("sender") or "", str) or not _is_number(given.get("rings_s") or 0):
        raise ValueError("sender must be text and rings_s a number")
    return given


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _key(given: dict[str, Any], line: bytes) -> str:
    """Stable for the same record: of its id, otherwise of the whole line."""
    named = str(given["id"]).encode() if given.get("id") not in (None, "") else line.strip()
    return hashlib.sha256(named).hexdigest()[:32]


def _made_up_number(key: str, taken: set[str]) -> str:
    digits = int(key, 16) % 10**8
    while (number := f"+62860{digits:08d}") in taken:
        digits = (digits + 1) % 10**8
    taken.add(number)
    return number


def _seconds(value: object) -> float | None:
    """``t`` as seconds: a number, or an RFC 3339 time."""
    from datetime import datetime

    if _is_number(value):
        return float(value)  # type: ignore[arg-type]
    try:
        return datetime.fromisoformat(str(value)).timestamp() if value else None
    except ValueError:
        return None


class Caller:
    """Sends records to one server over kept connections. Use ``async with``."""

    def __init__(self, settings: Settings, server: str, *, connections: int) -> None:
        tokens = settings.twilio.tokens
        self._public_url, self._account = settings.public_url, settings.twilio.account_sid or "AC" + "0" * 32
        self._signer: Any = RequestValidator(tokens[0]) if tokens else None
        self._to = settings.twilio.sms_from or settings.twilio.voice_number or CENTRE_NUMBER
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        uds = server.removeprefix("unix:") if server.startswith("unix:") else None
        self._http = httpx.AsyncClient(
            base_url="http://localhost" if uds else server, timeout=TIMEOUT_S, trust_env=False,
            transport=httpx.AsyncHTTPTransport(uds=uds, limits=limits),
        )

    async def __aenter__(self) -> Caller:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.aclose()

    async def send(self, record: Record, tally: Tally) -> None:
        """Send one record, again when the server says 'later'; notes what became of it."""
        tally.sent += 1
        started = time.perf_counter()
        fault = ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(PAUSE_S * 2**attempt)
            try:
                fault, final = await self._send_once(record)
            except httpx.HTTPError as error:
                fault, final = f"{type(error).__name__}: {error}", False
            if not fault:
                tally.accepted += 1
                tally.seconds.append(time.perf_counter() - started)
                return
            if final:
                break
        tally.fail(f"{record.channel} {record.key[:12]}: {fault}")

    async def _send_once(self, record: Record) -> tuple[str, bool]:
        """What is wrong ('' = accepted) and whether repeating is useless."""
        if record.channel == "web":
            answer = await self._http.post("/lapor", data={
                "token": record.key, "text": record.text, "place": record.place, "kecamatan": record.kecamatan,
                "phone": record.sender,
            })
            return judge(answer, 303)
        if record.channel == "call":
            return await self._call(record)
        sender = f"whatsapp:{record.sender}" if record.channel == "whatsapp" else record.sender
        to = f"whatsapp:{self._to}" if record.channel == "whatsapp" else self._to
        return judge(await self.signed("/twilio/sms", {
            "MessageSid": f"SM{record.key}", "SmsSid": f"SM{record.key}", "AccountSid": self._account,
            "From": sender, "To": to, "Body": record.text, "NumMedia": "0", "NumSegments": "1",
        }))

    async def _call(self, record: Record) -> tuple[str, bool]:
        """A call rings, waits, and is hung up by the caller unless somebody answered meanwhile."""
        call = self.call_form(record)
        fault, final = judge(await self.signed("/twilio/voice", {**call, "CallStatus": "ringing"}))
        if fault:
            return fault, final
        await asyncio.sleep(record.rings_s)
        return judge(await self.signed("/twilio/status/call", {**call, "CallStatus": "completed"}))

    def call_form(self, record: Record) -> dict[str, str]:
        """What every webhook about this call carries."""
        return {
            "CallSid": f"CA{record.key}", "AccountSid": self._account, "From": record.sender, "To": self._to,
            "Direction": "inbound",
        }

    async def signed(self, path: str, form: dict[str, str]) -> httpx.Response:
        """One webhook as Twilio sends it. ``path`` may carry a query, it is part of the signature."""
        signature = self._require_signer().compute_signature(self._public_url + path, form)
        return await self._http.post(path, data=form, headers={"X-Twilio-Signature": signature})

    def _require_signer(self) -> Any:
        if self._signer is None:
            said = "not set: SMS, WhatsApp and calls must be signed with the token the server knows"
            raise ConfigurationError([Problem(said, key="KENTONGAN_TWILIO_AUTH_TOKEN")])
        return self._signer


def judge(answer: httpx.Response, wanted: int = 200) -> tuple[str, bool]:
    """What is wrong with an answer ('' = nothing) and whether asking again is useless."""
    if answer.status_code == wanted:
        return "", True
    return f"HTTP {answer.status_code}", answer.status_code < 500 and answer.status_code != 429


async def play(
    caller: Caller, records: Iterable[Record], tally: Tally, *, workers: int, rate: float = 0.0, speed: float = 0.0,
    on_progress: Callable[[Tally], None] = lambda tally: None,
) -> None:
    """Send all records: as fast as ``workers`` allow, at ``rate`` a second, or in their own time times ``speed``."""
    queue: asyncio.Queue[Record | None] = asyncio.Queue(maxsize=workers * 2)

    async def work() -> None:
        while (record := await queue.get()) is not None:
            await caller.send(record, tally)
            on_progress(tally)

    async def feed() -> None:
        async for record in _paced(records, rate, speed):
            await queue.put(record)
        for _ in range(workers):
            await queue.put(None)

    async with asyncio.TaskGroup() as group:
        group.create_task(feed())
        for _ in range(workers):
            group.create_task(work())


async def _paced(records: Iterable[Record], rate: float, speed: float) -> AsyncIterator[Record]:
    """Due times count from the start, not from the record before: a slow answer delays nothing that follows."""
    started = time.monotonic()
    for index, record in enumerate(records):
        due = index / rate if rate else (record.at_s or 0.0) / speed if speed else 0.0
        wait = started + due - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        yield record
