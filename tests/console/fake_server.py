"""A server on a real socket that speaks the wire and does as the test says. Owns no rules and no data."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from dispatch.wire import (
    AuditPage,
    Board,
    CallRow,
    CentreRow,
    ChainState,
    Changes,
    Command,
    CommandResult,
    HandoverSigned,
    Heartbeat,
    IncidentDetail,
    IncidentRow,
    LogLine,
    PlaceRow,
    ProblemDetails,
    ReportRow,
    SearchHit,
    SearchResult,
    Session,
    SessionRequest,
    Stats,
    TypeLabel,
    UnitRow,
    encode,
)

AT = datetime(2026, 1, 12, 7, 31, tzinfo=UTC)
TOKEN = "seat-token"
CENTRE = CentreRow(
    code="33.28", name="Kabupaten Tegal", timezone="Asia/Jakarta", mode="live",
    districts={"SLW": "Slawi", "TLG": "Talang"},
    types={"fire": TypeLabel(short="KBK", labels={"id": "Kebakaran", "en": "Fire"}),
           "medical": TypeLabel(short="MED", labels={"id": "Medis", "en": "Medical"})},
    agencies={"pln": {"id": "PLN"}}, dispositions={"sls": {"id": "selesai", "en": "done"}},
)


def incident(number: int, **changed: Any) -> IncidentRow:
    row = IncidentRow(
        number=number, id=number, type="medical", severity="critical", status="new",
        place=PlaceRow(desa="Dukuhsalam", kecamatan="Slawi"), opened_at=AT, updated_at=AT, version=1,
    )
    return msgspec.structs.replace(row, **changed)


def unit(call_sign: str, **changed: Any) -> UnitRow:
    row = UnitRow(call_sign=call_sign, agency="health", name=f"Ambulans {call_sign}", status="available", since=AT)
    return msgspec.structs.replace(row, **changed)


def problem(status: int, code: str, detail: str) -> ProblemDetails:
    return ProblemDetails(status=status, code=code, title=code, detail=detail)


Answer = CommandResult | ProblemDetails | int
"""An int is a bare HTTP status without a body anybody can read."""


@dataclass
class FakeServer:
    """``answer`` decides about commands; ``board_answer`` and ``feed_answer`` break the reads."""

    path: Path | None = None
    board: Board = field(default_factory=lambda: Board(
        seq=10, now=AT, centre=CENTRE,
        incidents=[incident(1051), incident(1048, type="fire", severity="high", status="on_scene",
                                            place=PlaceRow(desa="Pesayangan", kecamatan="Talang"))],
        units=[unit("A01"), unit("D02", status="on_scene", incident=1048)],
        calls=[CallRow(id=7, caller="0812-***-771", status="ringing", rang_at=AT)],
    ))
    answer: Callable[[Command], Answer] = lambda command: CommandResult(ok=True, seq=11, message=command.command)
    board_answer: int = 200
    feed_answer: int = 200
    beat_s: float = 0.05
    commands: list[Command] = field(default_factory=list)
    searches: list[str] = field(default_factory=list)
    audits: list[dict[str, str]] = field(default_factory=list)
    log_lines: int = 5
    """Lines of the event log; three come at a time, and the chain is checked two further with each question."""
    chain_broken: bool = False
    boards_given: int = 0
    feeds: list[asyncio.Queue[bytes | None]] = field(default_factory=list)
    feed_positions: list[tuple[str, str]] = field(default_factory=list)
    beating: bool = True
    port: int = 0
    _server: uvicorn.Server | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"unix:{self.path}" if self.path else f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; after a stop, at the same address again."""
        if self.path:
            listener = socket.socket(socket.AF_UNIX)
            self.path.unlink(missing_ok=True)
            listener.bind(str(self.path))
        else:
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self.port))
            self.port = listener.getsockname()[1]
        config = uvicorn.Config(self._app(), lifespan="off", ws="none", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """As a killed process: every connection ends."""
        assert self._server
        assert self._task
        self.end_feeds()
        self._server.should_exit = self._server.force_exit = True
        await self._task

    def send(self, message: Changes | Heartbeat | bytes, name: str = "") -> None:
        """To every open feed; bytes go out as they are."""
        if isinstance(message, bytes):
            frame = message
        else:
            event = name or type(message).__name__.lower()
            frame = b"id: %d\nevent: %s\ndata: %s\n\n" % (message.seq, event.encode(), encode(message))
        for feed in self.feeds:
            feed.put_nowait(frame)

    def end_feeds(self) -> None:
        for feed in self.feeds:
            feed.put_nowait(None)
        self.feeds.clear()

    def _app(self) -> Starlette:
        api = "/api/v1"
        return Starlette(routes=[
            Route(f"{api}/session", self._session, methods=["POST"]),
            Route(f"{api}/session", self._whose, methods=["GET"]),
            Route(f"{api}/handover", self._sign_over, methods=["POST"]),
            Route(f"{api}/board", self._board),
            Route(f"{api}/events", self._events),
            Route(f"{api}/commands", self._commands, methods=["POST"]),
            Route(f"{api}/incidents/{{number:int}}", self._incident),
            Route(f"{api}/search", self._search),
            Route(f"{api}/stats", self._stats),
            Route(f"{api}/audit", self._audit),
        ])

    async def _session(self, request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=SessionRequest)
        if asked.password != "benar":
            return _answer(problem(401, "bad_login", "Nama atau sandi salah."))
        return _answer(Session(token=TOKEN, role="dispatcher", seat="3", username=asked.username,
                               expires_at=datetime(2036, 1, 1, tzinfo=UTC)))

    async def _sign_over(self, request: Request) -> Response:
        asked = msgspec.json.decode(await request.body(), type=SessionRequest)
        if asked.password != "benar":
            return _answer(problem(401, "wrong_password", "Nama atau sandi salah."))
        session = Session(token=TOKEN, role="dispatcher", seat="3", username=asked.username, expires_at=AT)
        lines = ["SERAH TERIMA SIF", f"Penyerah: rina   Penerima: {asked.username}"]
        return _answer(HandoverSigned(session=session, lines=lines))

    async def _whose(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _answer(problem(401, "no_session", "Masuk dahulu."))
        return _answer(Session(token="", role="supervisor", seat="4", username="rina",
                               expires_at=datetime(2036, 1, 1, tzinfo=UTC)))

    async def _board(self, request: Request) -> Response:
        if self.board_answer != 200:
            return Response(status_code=self.board_answer)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _answer(problem(401, "no_session", "Masuk dahulu."))
        self.boards_given += 1
        return _answer(self.board)

    async def _events(self, request: Request) -> Response:
        if self.feed_answer != 200:
            return Response(status_code=self.feed_answer)
        self.feed_positions.append((request.query_params["after"], request.headers["last-event-id"]))
        feed: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.feeds.append(feed)
        return StreamingResponse(self._frames(feed), media_type="text/event-stream")

    async def _frames(self, feed: asyncio.Queue[bytes | None]) -> AsyncIterator[bytes]:
        yield b": hello\n\n"
        while True:
            try:
                async with asyncio.timeout(self.beat_s):
                    frame = await feed.get()
            except TimeoutError:
                frame = b": still here\n\n"
                if self.beating:
                    beat = Heartbeat(seq=self.board.seq, now=AT)
                    frame = b"event: heartbeat\ndata: %s\n\n" % encode(beat)
            if frame is None:
                return
            yield frame

    async def _commands(self, request: Request) -> Response:
        command = msgspec.json.decode(await request.body(), type=Command)
        self.commands.append(command)
        return _answer(self.answer(command))

    async def _incident(self, request: Request) -> Response:
        number = request.path_params["number"]
        row = next((row for row in self.board.incidents if row.number == number), None)
        if row is None:
            return _answer(problem(404, "not_found", f"Tidak ada insiden {number}."))
        return _answer(IncidentDetail(
            incident=row,
            reports=[ReportRow(id=1, channel="sms", received_at=AT, text="tulung \x1b[2J bapak", sender="0812")],
            timeline=[LogLine(seq=10, at=AT, actor="rina", kind="opened", incident=number, text="dibuka \x07")],
        ))

    async def _search(self, request: Request) -> Response:
        self.searches.append(request.query_params["q"])
        hit = SearchHit(kind="incident", key="1044", title="KJH pencurian", detail="crime medium closed Slawi", at=AT)
        return _answer(SearchResult(query=request.query_params["q"], hits=[hit], took_ms=3))

    async def _audit(self, request: Request) -> Response:
        asked = {key: value for key, value in request.query_params.items() if key != "lang"}
        if asked.get("actor") == "lurah":
            return _answer(problem(403, "not_your_role", "peran Anda tidak boleh"))
        self.audits.append(asked)
        last = min(self.log_lines, int(asked.get("before", "999999")) - 1)
        seqs = list(range(last, max(0, last - 3), -1))
        lines = [
            LogLine(seq=seq, at=AT, actor="rina", kind="incident.severity_changed", incident=1051,
                    text="=1+2 api \x1b[2J", data={"before": "medium", "severity": "critical"}) for seq in seqs
        ]
        checked = min(self.log_lines, 2 * len(self.audits))
        chain = ChainState(ok=not self.chain_broken, checked=checked, head=self.log_lines,
                           broken_at=checked + 1 if self.chain_broken else None, reason="hash")
        return _answer(AuditPage(lines=lines, next=seqs[-1] if seqs and seqs[-1] > 1 else 0, chain=chain))

    async def _stats(self, request: Request) -> Response:
        return _answer(Stats(from_=AT, to=AT, calls={"offered": 12}))


def _answer(message: Any) -> Response:
    if isinstance(message, int):
        return Response("<html>gateway</html>", status_code=message)
    if isinstance(message, ProblemDetails):
        return Response(encode(message), status_code=message.status, media_type="application/problem+json")
    return Response(encode(message), media_type="application/json")
