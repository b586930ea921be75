"""Signing in again on the command line when a session has ended. Owns the two questions and the text kept meanwhile.

What was being typed comes back afterwards. A password is never shown, kept in the history or saved.
"""

from __future__ import annotations

from typing import Any

from textual.app import App

from console.client import ClientError, Rejected
from console.desk import Desk, Echo
from console.message import Server, SignedIn
from console.screens.workspace import Workspace
from dispatch.wire import Session

USER, PASSWORD, ASKING = "user", "password", "asking"


class Door:
    """Closed until ``open``; then user, password, and the server's answer."""

    def __init__(self, client: Server, desk: Desk, screen: Workspace, app: App[Any]) -> None:
        self._client, self._desk, self._screen, self._app = client, desk, screen, app
        self.step = ""
        self.kept = ""
        """What stood on the command line."""
        self._user = ""

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

    def keep(self, line: str) -> None:
        """A line that came back unanswered while the door was open."""
        self.kept = self.kept or line

    def echo(self) -> Echo:
        """What is asked for, where otherwise the command's sentence stands."""
        return Echo(self._desk.say(f"screen.door.{self.step}", user=self._user), good=False)

    def submit(self, value: str) -> None:
        """Enter: on to the password, then to the server."""
        if self.step == USER and value.strip():
            self._user = value.strip()
            self._ask(PASSWORD)
        elif self.step == PASSWORD and value:
            self._ask(ASKING)
            self._app.run_worker(self._sign_in(self._user, value), group="door", exclusive=True)

    def step_back(self) -> None:
        """Esc: ask for the user again."""
        if self.step == PASSWORD:
            self._ask(USER, self._user)

    async def _sign_in(self, user: str, password: str) -> None:
        try:
            session = await self._client.login(user, password)
        except Rejected as refused:
            self._app.post_message(SignedIn(None, str(refused)))
        except ClientError as away:
            self._app.post_message(SignedIn(None, str(away) or "away"))
        else:
            self._app.post_message(SignedIn(session))

    def take(self, session: Session | None, reason: str) -> bool:
        """The server's answer: the door closes and the text comes back, or the password is asked for again."""
        if session is None:
            self._ask(PASSWORD)
            self._say("screen.failed", self._desk.say("screen.door.refused", reason=reason), good=False)
            return False
        self._ask("", self.kept)
        self._user = self.kept = ""
        self._say("screen.ok", self._desk.say("screen.door.done", user=session.username), good=True)
        return True

    def _ask(self, step: str, value: str = "") -> None:
        self.step = step
        self._screen.ask(step, secret=step in (PASSWORD, ASKING))
        self._screen.prompt.put(value)
        if step:
            self._screen.say_echo(self.echo())

    def _say(self, word: str, text: str, *, good: bool) -> None:
        self._screen.say_result(self._desk.say(word), text, good=good)
