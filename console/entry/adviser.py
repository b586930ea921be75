"""Asks the server what an entry form would come to, after every pause of typing. Owns when it is asked.

An answer to what no longer stands in the form is dropped; a server that does not answer is said, never hidden.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from textual.app import App
from textual.timer import Timer

from console.client import ClientError
from console.desk import Desk
from console.entry.form import Form
from console.message import Server
from dispatch.wire import EntryAdvice, EntryWords

PAUSE_S = 0.15
"""Keys that follow faster than this ask for nothing."""


class Adviser:
    """``taken`` is called when the form has heard something new. ``mute``: why nothing is heard; '' = it is."""

    def __init__(self, client: Server, desk: Desk, app: App[Any], taken: Callable[[], None]) -> None:
        self._client, self._desk, self._app, self._taken = client, desk, app, taken
        self._timer: Timer | None = None
        self._known: tuple[Form, EntryWords] | None = None
        """What the last advice was about."""
        self.mute = ""

    def is_current(self, form: Form) -> bool:
        """Whether the last advice was about just what stands in the form."""
        return self._known is not None and self._known[0] is form and self._known[1] == self._words(form)

    def want(self, form: Form) -> None:
        """Ask soon, unless that is known."""
        if self.is_current(form):
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(PAUSE_S, lambda: self._ask(form))

    def _words(self, form: Form) -> EntryWords:
        """What stands in the form, and which questions of the card have been answered, in whatever words."""
        answered = sorted({name.rpartition("/")[2] for name in form.answers})
        return msgspec.structs.replace(form.asks(self._desk.vocabulary), answered=answered)

    def _ask(self, form: Form) -> None:
        self._app.run_worker(self._asked(form, self._words(form)), group="advice", exclusive=True)

    async def _asked(self, form: Form, words: EntryWords) -> None:
        try:
            advice = await self._client.advise(words)
        except ClientError as error:
            self._app.call_later(self._miss, str(error) or type(error).__name__)
            return
        self._app.call_later(self._take, form, words, advice)

    def _miss(self, why: str) -> None:
        self.mute = why
        self._taken()

    def _take(self, form: Form, words: EntryWords, advice: EntryAdvice) -> None:
        self.mute = ""
        if self._words(form) == words:
            self._known = (form, words)
            form.take_advice(advice)
        self._taken()
