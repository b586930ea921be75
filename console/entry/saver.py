"""Saves call entry forms: one save at a time, what changed and nothing else, each exactly once.

A save whose answer was lost goes out again under its own key, also after the console was started anew. What the
server refuses is tried part by part, so that one bad field never holds back the others.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.app import App

from console.client import ClientError
from console.desk import Desk
from console.entry.form import Form, groups
from console.message import Server
from console.sender import UNAUTHORISED, Outcome, Sender

OVER = "incident_closed"


class FormSaver:
    """``told`` hears how each save ended, ``keep`` writes the draft at once: before a save leaves, it is on disk."""

    def __init__(
        self, client: Server, desk: Desk, app: App[Any], told: Callable[[Form, Outcome], None],
        keep: Callable[[], None],
    ) -> None:
        self._client, self._desk, self._app, self._told, self._keep = client, desk, app, told, keep
        self.sender = Sender(client, self._take)
        self._form: Form | None = None
        """Whose save is under way."""
        self._waiting: list[Form] = []
        self._parts: list[dict[str, Any]] = []
        """Of the form under way, after it was refused as a whole."""
        self.lost: list[Form] = []
        """Saves nobody answered."""

    def _take(self, outcome: Outcome) -> None:
        """From the worker, which touches no widget."""
        self._app.call_later(self._finish, outcome)

    # -- asking -------------------------------------------------------------------------------------

    def want(self, form: Form) -> None:
        """Save what has changed, after what is under way."""
        if self._form is not None:
            if form not in self._waiting:
                self._waiting.append(form)
            return
        self._send(form)

    def is_busy(self, form: Form) -> bool:
        return form is self._form or form in self._waiting

    def retry(self) -> None:
        """The server is back: what nobody answered goes out again."""
        lost, self.lost = self.lost, []
        for form in lost:
            self.want(form)

    def changes(self, form: Form) -> dict[str, Any]:
        """What the server does not have."""
        row = self._desk.store.row_of(form.incident) if form.incident is not None else None
        return form.args(self._desk.vocabulary, self._desk.lang, row.severity if row else None)

    def state(self, form: Form) -> str:
        """Key of the words in the form's title."""
        if self.is_busy(form):
            return "saving"
        if form in self.lost:
            return "lost"
        if form.pending is not None or self.changes(form):
            return "unsaved"
        if form.refused:
            return "refused"
        return "saved" if form.saved else ""

    # -- sending ------------------------------------------------------------------------------------

    def _send(self, form: Form) -> None:
        if form.pending is None:
            args = self._parts.pop(0) if self._parts else form.meant(self.changes(form))
            if not args:
                self._next()
                return
            number = {"incident": form.incident} if form.incident is not None else {}
            form.pending = self._desk.make("new", {**args, **number})
        self._form = form
        self._keep()
        self.sender.send(self._desk.say("screen.entry.line"), [form.pending])

    def _finish(self, outcome: Outcome) -> None:
        form, self._form = self._form, None
        if form is None or form.pending is None:
            return
        unauthorised = outcome.problem is not None and outcome.problem.status == UNAUTHORISED
        if outcome.away or unauthorised:
            self.lost.append(form)
            self._parts, self._waiting = [], []
        else:
            self._settle(form, outcome)
        self._keep()
        self._told(form, outcome)
        if not (outcome.away or unauthorised):
            self._next(form)

    def _settle(self, form: Form, outcome: Outcome) -> None:
        """It was done, or it was refused: either way this save is over."""
        assert form.pending is not None
        command, form.pending = form.pending, None
        args = {k: v for k, v in command.args.items() if k != "incident"} if isinstance(command.args, dict) else {}
        if outcome.problem is not None and outcome.problem.code == OVER and form.incident is not None:
            self._app.run_worker(self._find(form, form.incident), group="merged")
        if outcome.ok:
            form.note_saved(args)
            made = outcome.results[-1].incident if outcome.results else None
            form.incident = form.incident if form.incident is not None else made
            return
        parts = groups(args) if form.incident is not None else []
        if len(parts) > 1:
            self._parts = parts
        else:
            form.note_refused(args)

    async def _find(self, form: Form, number: int) -> None:
        """The incident takes nothing any more: it may go on as part of another."""
        try:
            detail = await self._client.incident(number)
        except ClientError as error:
            self._app.log.warning(f"{number} was not looked for: {error}")
            return
        self._app.call_later(self._go_on, form, detail.incident.merged_into)

    def _go_on(self, form: Form, survivor: int | None) -> None:
        """Somebody has merged it: what was refused belongs to the survivor."""
        if survivor is not None:
            form.incident, form.refused = survivor, {}
            self.want(form)

    def _next(self, form: Form | None = None) -> None:
        """The rest of a refused save, what was changed meanwhile, then the other forms."""
        if form is not None and self._parts:
            self._send(form)
        elif self._waiting:
            self._send(self._waiting.pop(0))
