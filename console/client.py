"""The HTTP client of the operator API: commands, reads and the live feed as wire structs.

Owns addresses, time-outs and what a failed answer means. Knows no screen and keeps no view state.
Every wait has a limit; the only thing repeated is a command, and its idempotency key makes that safe.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from dispatch.wire import (
    AuditPage,
    Board,
    Cases,
    Changes,
    Command,
    CommandResult,
    ConsoleLatency,
    EntryAdvice,
    EntryWords,
    HandoverSigned,
    Heartbeat,
    IncidentDetail,
    Load,
    ProblemDetails,
    SearchResult,
    Session,
    SessionRequest,
    Stats,
    encode,
)

API = "/api/v1"
TIMEOUT_S = 5.0
CONNECT_S = 2.0
SILENCE_S = 3.0
"""The server says something every 2 s; after this long it is taken for gone."""
MAX_EVENT_BYTES = 32 * 1024 * 1024
COMMAND_TRIES = 2
MAX_PORT = 65535

T = TypeVar("T")


class ClientError(Exception):
    """Root of what can go wrong between a console and its server."""


class ServerAway(ClientError):
    """No usable answer: not reachable, silent too long, or failing before it could say why."""


class Rejected(ClientError):
    """The server understood and refused; ``problem`` says why in the reader's language."""

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__(problem.detail or problem.title or f"HTTP {problem.status}")
        self.problem = problem


class Gone(ClientError):
    """The feed cannot go on from there: take a new snapshot."""


class Client:
    """One seat's connection. ``server`` is an http(s) URL or ``unix:PATH``. Close it, or use ``async with``.

    An address that can be nobody's raises ``ServerAway`` at once.
    """

    def __init__(
        self, server: str, *, token: str = "", lang: str = "id", timeout_s: float = TIMEOUT_S, screen: str = ""
    ) -> None:
        """``screen`` is this console's own name, any; without one it is no console (a wall, a script)."""
        self.server, self.lang, self.screen = server, lang, screen
        base, transport = _connect_to(server)
        self._http = httpx.AsyncClient(
            base_url=base,
            transport=transport,
            timeout=httpx.Timeout(timeout_s, connect=min(CONNECT_S, timeout_s)),
            headers={"Accept-Language": lang},
            trust_env=False,
        )
        self.use_token(token)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.aclose()

    def use_token(self, token: str) -> None:
        self._http.headers.pop("Authorization", None)
        if token:
            self._http.headers["Authorization"] = f"Bearer {token}"

    async def login(self, username: str, password: str, phone: str = "") -> Session:
        """Open a session; its token is used from now on."""
        request = SessionRequest(username=username, password=password, phone=phone)
        session = await self._ask(Session, "POST", "/session", body=encode(request))
        self.use_token(session.token)
        return session

    async def sign_over(self, username: str, password: str) -> HandoverSigned:
        """The incoming person signs at this seat; from now on the client is theirs."""
        request = SessionRequest(username=username, password=password)
        signed = await self._ask(HandoverSigned, "POST", "/handover", body=encode(request))
        self.use_token(signed.session.token)
        return signed

    async def session(self) -> Session:
        """Whose token this is; the token itself is not repeated."""
        return await self._ask(Session, "GET", "/session")

    async def board(self) -> Board:
        return await self._ask(Board, "GET", "/board", params={"lang": self.lang})

    async def incident(self, number: int) -> IncidentDetail:
        return await self._ask(IncidentDetail, "GET", f"/incidents/{number}", params={"lang": self.lang})

    async def search(self, query: str) -> SearchResult:
        return await self._ask(SearchResult, "GET", "/search", params={"q": query, "lang": self.lang})

    async def audit(self, params: dict[str, str]) -> AuditPage:
        """The event log through a filter: actor, kind, incident, day, before."""
        return await self._ask(AuditPage, "GET", "/audit", params={**params, "lang": self.lang})

    async def advise(self, words: EntryWords) -> EntryAdvice:
        """What a call entry form would come to; nothing is stored by asking."""
        return await self._ask(EntryAdvice, "POST", "/entry", body=encode(words), params={"lang": self.lang})

    async def stats(
        self, since: datetime | None = None, until: datetime | None = None, by: str = "", **narrow: str
    ) -> Stats:
        """The wallboard's numbers; without a span, whatever the server shows by default.

        ``narrow``: kecamatan ('-' = none known), agency, type.
        """
        return await self._ask(Stats, "GET", "/stats", params=_asked(since, until, by=by, **narrow))

    async def cases(self, figure: str, since: datetime, until: datetime, **narrow: str) -> Cases:
        """What a figure was made of."""
        return await self._ask(Cases, "GET", "/stats/cases", params=_asked(since, until, figure=figure, **narrow))

    async def load(self) -> Load:
        """Calls by hour, forecast, staffing and the control chart."""
        return await self._ask(Load, "GET", "/stats/load")

    async def tell_latency(self, measured: ConsoleLatency) -> ConsoleLatency:
        """What this console measured of itself since the last time."""
        return await self._ask(ConsoleLatency, "POST", "/latency", body=encode(measured))

    async def command(self, command: Command) -> CommandResult:
        """Run a command once: repeated after a lost answer under the same idempotency key."""
        if not command.idempotency_key:
            command = msgspec.structs.replace(command, idempotency_key=secrets.token_hex(16))
        body = encode(command)
        for attempt in range(1, COMMAND_TRIES + 1):
            try:
                return await self._ask(CommandResult, "POST", "/commands", body=body, params={"lang": self.lang})
            except ServerAway:
                if attempt == COMMAND_TRIES:
                    raise
        raise AssertionError("unreachable: the last try returns or raises")

    async def events(self, after: int) -> AsyncGenerator[Changes | Heartbeat, None]:
        """The feed from ``after`` on, until the server ends it. Raises Gone, Rejected or ServerAway."""
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(after)}
        asked = {"after": str(after), "lang": self.lang, **({"screen": self.screen} if self.screen else {})}
        request = self._http.build_request(
            "GET", f"{API}/events", params=asked, headers=headers,
            timeout=httpx.Timeout(SILENCE_S, connect=CONNECT_S),
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise _refusal(response)
                async for name, data in _read_events(response.aiter_bytes()):
                    message = _decode_event(name, data)
                    if message is not None:
                        yield message
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise ServerAway(_reason(error)) from error

    async def _ask(
        self, kind: type[T], method: str, path: str, *, body: bytes | None = None, params: dict[str, str] | None = None
    ) -> T:
        headers = {"Content-Type": "application/json"} if body is not None else None
        try:
            response = await self._http.request(method, API + path, content=body, params=params, headers=headers)
        except httpx.HTTPError as error:
            raise ServerAway(_reason(error)) from error
        if not response.is_success:
            raise _refusal(response)
        return _decode(kind, response.content)


def _asked(since: datetime | None, until: datetime | None, **words: str) -> dict[str, str]:
    """Query parameters; what is empty is not asked."""
    span = {"from": since.isoformat() if since else "", "to": until.isoformat() if until else ""}
    return {key: value for key, value in {**span, **words}.items() if value}


def _connect_to(server: str) -> tuple[str, httpx.AsyncHTTPTransport]:
    """Base URL and transport. A local socket needs no name, but HTTP wants one."""
    limits = httpx.Limits(max_connections=20, max_keepalive_connections=4, keepalive_expiry=30)
    if server.startswith("unix:"):
        path = server.removeprefix("unix:").removeprefix("//")
        return "http://kentongan", httpx.AsyncHTTPTransport(uds=path, limits=limits)
    url = server if "://" in server else f"http://{server}"
    try:
        parsed = httpx.URL(quote(url.rstrip("/"), safe=":/[]@?=&%"))
    except httpx.InvalidURL as error:
        raise ServerAway(str(error)) from error
    if parsed.scheme not in ("http", "https") or not parsed.host or (parsed.port or 1) > MAX_PORT:
        raise ServerAway(f"{url} is neither an http address nor unix:PATH")
    return str(parsed), httpx.AsyncHTTPTransport(limits=limits)


def _refusal(response: httpx.Response) -> ClientError:
    """What an unsuccessful answer means to the caller."""
    if response.status_code == httpx.codes.GONE:
        return Gone(str(response.url))
    try:
        problem = msgspec.json.decode(response.content, type=ProblemDetails)
    except msgspec.DecodeError:
        problem = None
    if problem is not None and (problem.code or problem.title or problem.detail):
        return Rejected(msgspec.structs.replace(problem, status=response.status_code))
    if response.is_server_error:
        return ServerAway(f"HTTP {response.status_code}")
    return Rejected(ProblemDetails(status=response.status_code, title=response.reason_phrase))


def _reason(error: httpx.HTTPError) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _decode(kind: type[T], body: bytes) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise ServerAway(f"not the answer of a Kentongan server: {error}") from error


def _decode_event(name: str, data: bytes) -> Changes | Heartbeat | None:
    """None for events this console does not know: a newer server may have more."""
    if name == "changes":
        return _decode(Changes, data)
    if name == "heartbeat":
        return _decode(Heartbeat, data)
    if name == "reset":
        raise Gone("the server asks for a new snapshot")
    return None


async def _read_events(chunks: AsyncIterator[bytes]) -> AsyncIterator[tuple[str, bytes]]:
    """Server-sent events as (name, data).

    Lines end at LF only: the usual line readers also split at U+2028 or U+0085, which citizens' texts contain.
    """
    name, data, size = "", list[bytes](), 0
    async for line in _read_lines(chunks):
        if not line:
            if data:
                yield name or "message", b"\n".join(data)
            name, data, size = "", [], 0
            continue
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        size += len(value)
        if size > MAX_EVENT_BYTES:
            raise ServerAway("the server sent an event without end")
        if field == b"event":
            name = value.decode("ascii", "replace")
        elif field == b"data":
            data.append(value)


async def _read_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Whole lines; a chunk is looked at once, so a long line costs its length and not its square."""
    parts: list[bytes] = []
    held = 0
    async for chunk in chunks:
        first, *rest = chunk.split(b"\n")
        parts.append(first)
        held += len(first)
        if held > MAX_EVENT_BYTES:
            raise ServerAway("the server sent a line without end")
        for piece in rest:
            yield b"".join(parts).removesuffix(b"\r")
            parts, held = [piece], len(piece)


def to_command(verb: str, args: dict[str, Any], *, version: int | None = None, confirmed: bool = False) -> Command:
    """A wire command with a key of its own: sending the same object twice is doing it once."""
    return Command(
        command=verb, args=args, expected_version=version, confirmed=confirmed, idempotency_key=secrets.token_hex(16)
    )
