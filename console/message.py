"""What the console's workers tell it, and what it needs of a server. Workers post these and touch no widget."""

from __future__ import annotations

from typing import Any, Protocol

from textual.message import Message

from console.live import Connection
from console.sender import Outcome
from dispatch.wire import (
    AuditPage,
    Board,
    Command,
    CommandResult,
    ConsoleLatency,
    EntryAdvice,
    EntryWords,
    HandoverSigned,
    IncidentDetail,
    ProblemDetails,
    SearchResult,
    Session,
)


class Server(Protocol):
    """What the console needs of its client."""

    async def board(self) -> Board: ...
    async def incident(self, number: int) -> IncidentDetail: ...
    async def command(self, command: Command) -> CommandResult: ...
    async def tell_latency(self, measured: ConsoleLatency) -> ConsoleLatency: ...
    async def search(self, query: str) -> SearchResult: ...
    async def audit(self, params: dict[str, str]) -> AuditPage: ...
    async def advise(self, words: EntryWords) -> EntryAdvice: ...
    async def session(self) -> Session: ...
    async def sign_over(self, username: str, password: str) -> HandoverSigned: ...
    async def login(self, username: str, password: str, phone: str = "") -> Session: ...
    def events(self, after: int) -> Any: ...


class FeedRead(Message):
    """Something of the feed was applied to the store."""


class LinkChanged(Message):
    """The connection is another one now."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection


class DetailRead(Message):
    """The server answered about an incident; ``visit`` when it was asked for by number, with ``line``."""

    def __init__(self, detail: IncidentDetail, *, line: str = "", visit: bool = False) -> None:
        super().__init__()
        self.detail, self.line, self.visit = detail, line, visit


class SessionOver(Message):
    """The server no longer knows who sits here."""

    def __init__(self, problem: ProblemDetails) -> None:
        super().__init__()
        self.problem = problem


class SignedIn(Message):
    """The answer to a password: a session, or the reason why there is none; ``lines`` are a signed handover.

    ``again``: another password, or the same once more, may be the answer.
    """

    def __init__(
        self, session: Session | None, reason: str = "", lines: tuple[str, ...] = (), *, again: bool = False
    ) -> None:
        super().__init__()
        self.session, self.reason, self.lines, self.again = session, reason, lines, again


class SeatKnown(Message):
    """The server said who the token belongs to."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session


class SearchDone(Message):
    """The server searched."""

    def __init__(self, line: str, found: SearchResult) -> None:
        super().__init__()
        self.line, self.found = line, found


class LineDone(Message):
    """A line was run, refused or lost."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome
