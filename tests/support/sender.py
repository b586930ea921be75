"""Citizens' messages as Twilio sends them: signed, repeated until they are acknowledged. Remembers every success.

Owns what was promised: a test compares ``acknowledged`` with what is stored.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.fakes.twilio_server import sign
from tests.support.server import TOKEN

TEXTS = (
    "Tulung kobongan umah nang desa Kalisapu slawi, genine gede, ana wong nang njero",
    "kebakaran rumah di Desa Pesayangan Talang api sudah besar",
    "kecelakaan motor lawan truk di jalan raya Dukuhturi, satu orang tidak sadar",
    "ibu saya sesak nafas berat di Desa Pagerbarang tolong ambulans",
    "banjir masuk rumah setinggi lutut di Desa Kertasari Suradadi",
    "pencurian motor di pasar Margasari barusan pelaku lari",
    "pohon tumbang menutup jalan di Desa Bojong",
    "tiang listrik miring hampir roboh di Desa Lebaksiu Kidul",
    "lampu jalan mati di Desa Dukuhsalam Slawi sudah 3 hari",
    "jalan berlubang parah depan balai desa Kemanggungan Tarub",
    "sampah menumpuk di pasar Balapulang bau sekali",
)

RUN_LIMIT_S = 90
"""A server that acknowledges nothing any more must end the test."""


@dataclass(frozen=True, slots=True)
class Message:
    """One SMS; every one is from somebody else unless a test says so."""

    sid: str
    sender: str
    text: str

    @property
    def fields(self) -> dict[str, str]:
        return {
            "MessageSid": self.sid, "AccountSid": "AC" + "0" * 32, "From": self.sender, "To": "+622830112001",
            "Body": self.text, "NumMedia": "0",
        }


def messages(count: int, *, start: int = 0) -> list[Message]:
    return [
        Message(f"SM{start + n:032d}", f"+62860{start + n:08d}", TEXTS[n % len(TEXTS)]) for n in range(count)
    ]


@dataclass
class Sender:
    """``acknowledged`` holds the SIDs answered with success; ``refused`` the other answers, in order."""

    url: str
    clients: int = 16
    waiting: deque[Message] = field(default_factory=deque)
    acknowledged: set[str] = field(default_factory=set)
    refused: list[httpx.Response] = field(default_factory=list)
    lost: int = 0
    """Requests that got no answer at all."""

    async def __aenter__(self) -> Sender:
        limits = httpx.Limits(max_connections=self.clients * 2, max_keepalive_connections=self.clients)
        self._http = httpx.AsyncClient(base_url=self.url, limits=limits, timeout=20, trust_env=False)
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._http.aclose()

    async def post(self, path: str, fields: dict[str, str], *, token: str = TOKEN) -> httpx.Response:
        """One signed webhook."""
        return await self._http.post(
            path, data=fields, headers={"X-Twilio-Signature": sign(self.url + path, fields, token)}
        )

    async def send(self, message: Message) -> httpx.Response:
        """Send once, note the answer. Raises httpx.HTTPError when there is none."""
        answer = await self.post("/twilio/sms", message.fields)
        if answer.status_code == 200:
            self.acknowledged.add(message.sid)
        else:
            self.refused.append(answer)
        return answer

    async def run(
        self, *, on_acknowledged: Callable[[], None] = lambda: None, persistent: bool = False, pause_s: float = 0.05
    ) -> None:
        """Send all that waits. A message that is refused or lost goes back to the end of the line.

        Ends when nothing waits or, unless ``persistent``, when the server does not answer any more.
        """
        workers = [
            asyncio.create_task(self._work(on_acknowledged, persistent, pause_s)) for _ in range(self.clients)
        ]
        async with asyncio.timeout(RUN_LIMIT_S):
            await asyncio.gather(*workers)

    async def _work(self, on_acknowledged: Callable[[], None], persistent: bool, pause_s: float) -> None:
        while self.waiting:
            message = self.waiting.popleft()
            try:
                answer = await self.send(message)
            except httpx.HTTPError:
                self.lost += 1
                self.waiting.append(message)
                if not persistent:
                    return
                await asyncio.sleep(pause_s)
                continue
            if answer.status_code == 200:
                on_acknowledged()
                continue
            self.waiting.append(message)
            await asyncio.sleep(pause_s)


def spread(total: int, parts: int) -> list[int]:
    """Points at which to interrupt: rising, uneven on purpose, the last below ``total``."""
    steps = [total * (n + 1) // (parts + 1) for n in range(parts)]
    return [step + offset for step, offset in zip(steps, itertools.cycle((0, 7, -5, 3)), strict=False)]
