"""Signing in again on the command line when a session has ended, or signing a handover as the incoming person.

Owns the questions and the text kept meanwhile.

What was being typed comes back afterwards. A password is never shown, kept in the history or saved.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from textual.app import App

from console.client import ClientError, Rejected
from console.desk import Desk, Echo
from console.message import Server, SignedIn
from console.screens.workspace import Workspace

USER, PASSWORD, ASKING = "user", "password", "asking"
ASK_AGAIN = frozenset({401, 429})
"""Answers to a signature that are about the password, not about the handover."""


class Door:
    """Closed until ``open``; then user, password, and the server's answer."""

    def __init__(self, client: Server, desk: Desk, screen: Workspace, app: App[Any]) -> None:
        self._client, self._desk, self._screen, self._app = client, desk, screen, app
        self.step = ""
        self.kept = ""
        """What stood on the command line."""
        self._user = ""
        self.signing = False
        """The second signature of a handover is asked for; the session still holds."""

    @property
    def is_open(self) -> bool:
        return bool(self.step)

    def open(self) -> None:
        """The session is over: say so, put the text aside, ask who it is."""
        if self.is_open:
            return
        self.kept = self._screen.prompt.value
        self._ask(USER, self._desk.seat.name)
        self._say("screen.failed", self._desk.say("screen.session_over"), good=False)

    def sign(self, incoming: str) -> None:
        """Ask the incoming person for their password; Esc goes back to the commands."""
        self.kept, self._user, self.signing = self._screen.prompt.value, incoming, True
        self._ask(PASSWORD)

    def keep(self, line: str) -> None:
        """A line that came back unanswered while the door was open."""
        self.kept = self.kept or line

    def echo(self) -> Echo:
        """What is asked for, where otherwise the command's sentence stands."""
        key = "sign" if self.signing and self.step == PASSWORD else self.step
        return Echo(self._desk.say(f"screen.door.{key}", user=self._user), good=False)

    def submit(self, value: str) -> None:
        """Enter: on to the password, then to the server."""
        if self.step == USER and value.strip():
            self._user = value.strip()
            self._ask(PASSWORD)
        elif self.step == PASSWORD and value:
            self._ask(ASKING)
            answer = self._sign(self._user, value) if self.signing else self._sign_in(self._user, value)
            self._app.run_worker(self._asked(answer), group="door", exclusive=True)

    def step_back(self) -> None:
        """Esc: ask for the user again; a signature is simply not given."""
        if self.signing and self.step == PASSWORD:
            self._close()
        elif self.step == PASSWORD:
            self._ask(USER, self._user)

    async def _asked(self, answer: Awaitable[SignedIn]) -> None:
        try:
            self._app.post_message(await answer)
        except Rejected as refused:
            self._app.post_message(SignedIn(None, str(refused), again=refused.problem.status in ASK_AGAIN))
        except ClientError as away:
            self._app.post_message(SignedIn(None, str(away) or "away", again=True))

    async def _sign_in(self, user: str, password: str) -> SignedIn:
        return SignedIn(await self._client.login(user, password))

    async def _sign(self, user: str, password: str) -> SignedIn:
        signed = await self._client.sign_over(user, password)
        return SignedIn(signed.session, lines=tuple(signed.lines))

    def take(self, answer: SignedIn) -> bool:
        """The server's answer: the door closes and the text comes back, or the password is asked for again.

        A wrong one is asked for again at once: typed at the command line it would stand there for all to read.
        """
        session = answer.session
        if session is None:
            if self.signing and not answer.again:
                self._close()
            else:
                self._ask(PASSWORD)
            self._say("screen.failed", self._desk.say("screen.door.refused", reason=answer.reason), good=False)
            return False
        said = "screen.door.signed" if self.signing else "screen.door.done"
        self._close()
        self._say("screen.ok", self._desk.say(said, user=session.username), good=True)
        return True

    def _close(self) -> None:
        self._ask("", self.kept)
        self._user = self.kept = ""
        self.signing = False

    def _ask(self, step: str, value: str = "") -> None:
        self.step = step
        self._screen.ask(step, secret=step in (PASSWORD, ASKING))
        self._screen.prompt.put(value)
        self._screen.say_echo(self.echo() if step else self._desk.echo(value))

    def _say(self, word: str, text: str, *, good: bool) -> None:
        self._screen.say_result(self._desk.say(word), text, good=good)
