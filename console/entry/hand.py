"""The call entry form under the operator's hand: when it opens, what a key means in it, what is asked of the server.

The command line keeps the focus and writes into one field at a time; it is lent back for commands (F3) and nothing
that was typed on either is lost. Every field that is left is saved at once, so that dispatch sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from console.entry.adviser import Adviser
from console.entry.face import EntryFace
from console.entry.form import CARD, Draft, Form
from console.entry.keys import EntryKeys
from console.entry.saver import FormSaver
from console.message import SessionOver
from console.outcome import Outcomes
from console.sender import UNAUTHORISED, Outcome
from console.widgets.prompt import Prompt
from dispatch.wire import CallRow, Command

if TYPE_CHECKING:
    from console.app import ConsoleApp

RETRY_TICKS = 4
"""Of a quarter second each: so often a lost save is tried again while the server is there."""


class Entry:
    """``forms`` holds every form with something unsaved and the one that is open, which is last."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app, self._desk, self._screen = app, app.desk, app.workspace
        self._outcomes = Outcomes(app.desk, app.workspace)
        self.saver = FormSaver(app.client, app.desk, app, self._take_saved, lambda: app.draft.save_now())
        self.adviser = Adviser(app.client, app.desk, app, self._take_advice)
        self.forms: list[Form] = []
        self.is_open = False
        self.at_hand = False
        """What is typed goes into the form."""
        self.line = ""
        """What stands on the command line meanwhile."""
        self.face = EntryFace(self, app.desk, app.workspace)
        self._calls: set[int] | None = None
        self._recommends: Form | None = None
        self.discards = False
        self._ticks = 0
        self.keys = EntryKeys(self, app)
        app.workspace.prompt.grab = self.keys.grab

    @property
    def form(self) -> Form:
        return self.forms[-1]

    @property
    def _prompt(self) -> Prompt:
        return self._screen.prompt

    # -- opening and leaving ------------------------------------------------------------------------

    def begin(self) -> None:
        """F2: back into the form, else the call in hand, else the oldest ringing call, else a new entry."""
        call, answer = self._desk.call_in_hand(), self._desk.answer_oldest()
        if self.is_open and not self.at_hand:
            self.take_hand()
        elif call is not None and call.incident is not None:
            self.open_call(call.incident, call)
        elif answer is not None:
            self._app.perform(answer, self._desk.say("screen.key.answer"))
        elif not self.is_open:
            unfinished = self._unfinished()
            self._show(unfinished[-1] if unfinished else Form())

    def open_call(self, number: int, call: CallRow | None) -> None:
        """The form of an answered call; what was typed into it before is still there."""
        known = next((form for form in self.forms if form.incident == number), None)
        if not (self.is_open and known is self.form and self.at_hand):
            self._show(known or Form(number, call.caller if call else "", call.id if call else None))

    def _show(self, form: Form) -> None:
        """Put a form on the screen; the one before is saved and kept."""
        if self.is_open and form is not self.form:
            self.commit()
        self.forms = [*(other for other in self._unfinished() if other is not form), form]
        self.is_open, self.discards = True, False
        if form.incident is not None:
            self._app.open_incident(form.incident)
        self._screen.uncover()
        self.take_hand()

    def take_hand(self) -> None:
        """The command line writes into the form; what stood there is put aside."""
        if not self.is_open or self._app.door.is_open:
            return
        if not self.at_hand:
            self.line = self._prompt.value
        self.at_hand, self._prompt.expects_digit = True, False
        self._app.ear.give_up()
        self.load()
        self.adviser.want(self.form)

    def lend(self) -> None:
        """The command line is a command line again, with what stood there."""
        if not self.at_hand:
            return
        self.commit()
        self.at_hand, self.face.label = False, ""
        self._prompt.put(self.line)
        self._screen.show_form(self.face if self.is_open else None)
        self._app.echo_now()

    def park(self) -> None:
        """Esc: back to the boards. What is in the form is saved or kept, F2 brings it back."""
        if not self.is_open:
            return
        self.lend()
        self.is_open, self._recommends = False, None
        self._screen.show_form(None)
        self._prune()
        self._app.draft.keep()
        self._screen.refresh_all()
        self._app.echo_now()

    def step_aside(self, number: int) -> None:
        """Another incident comes on the screen."""
        if self.is_open and self.form.incident != number:
            self.park()

    def toggle(self) -> None:
        """F3: from the form to the command line and back; the form stays in sight."""
        if self.at_hand:
            self.lend()
        else:
            self.take_hand()

    def discard(self) -> bool:
        """F9 with a form that is no incident's, or that its incident refuses: once asks, twice throws it away."""
        if not self.is_open or not (self.form.incident is None or self.form.holds_refused_words):
            return False
        call = self._desk.call_in_hand()
        if call is not None and call.id == self.form.call:
            return False
        if self.discards or self.form.is_empty:
            self._throw_away()
        else:
            self.form.put(self._prompt.value)
            self.discards = True
            self._app.echo_now()
        return True

    def _unfinished(self) -> list[Form]:
        """Forms that hold what nobody else has."""
        return [
            form for form in self.forms
            if form.pending is not None or self.saver.is_busy(form)
            or form.holds_refused_words or (not form.is_blank and self.saver.state(form) == "unsaved")
        ]

    def _prune(self) -> None:
        """A form that is neither open nor holds anything is done with."""
        shown = self.forms[-1] if self.is_open else None
        others = [form for form in self._unfinished() if form is not shown]
        self.forms = [*others, shown] if shown is not None else others

    @property
    def unfinished(self) -> bool:
        return bool(self._unfinished())

    # -- kept on disk -------------------------------------------------------------------------------

    def kept(self) -> list[Draft]:
        known = self._unfinished()
        shown = [self.form] if self.is_open and not any(self.form is form for form in known) else []
        return [form.kept() for form in [*known, *shown] if not form.is_blank]

    def restore(self, drafts: Sequence[Draft]) -> None:
        """After a crash or a new log-on: every form is back, the last one on the screen."""
        if not drafts:
            return
        self.forms = [Form.restored(draft) for draft in drafts]
        self.saver.lost = [form for form in self.forms if form.pending is not None]
        self._show(self.form)

    # -- fields -------------------------------------------------------------------------------------

    def load(self) -> None:
        """The current field on the command line."""
        form = self.form
        self.face.label = f"screen.entry.field.{form.at}"
        self._prompt.put(form.value(form.at) if form.at != CARD else "")
        self._screen.show_form(self.face)
        self._app.echo_now()

    def typed(self) -> bool:
        """The text on the command line has changed; True when it is the form's."""
        if not self.at_hand:
            return False
        if self.form.put(self._prompt.value):
            self.discards = False
            self._app.draft.keep()
            self.adviser.want(self.form)
        self._screen.form_block.update()
        if not self._prompt.expects_digit:
            self._app.echo_now()
        return True

    def commit(self, *, force: bool = False) -> None:
        """Take the field as it stands and save what has changed."""
        form = self.form
        if self.at_hand:
            form.put(self._prompt.value)
        form.leave()
        self._app.draft.keep()
        if form.is_blank and form.pending is None:
            return
        if force or form.incident is not None or form.pending is not None or form.is_worth_an_incident:
            self.saver.want(form)
        self.adviser.want(form)

    def step(self, by: int) -> None:
        self.commit()
        self.form.step(by)
        self.load()

    def go_on(self) -> None:
        self.commit()
        self.form.go_on()
        self.load()

    # -- F5 -----------------------------------------------------------------------------------------

    def say_fault(self, name: str) -> None:
        say = self._desk.say
        self._screen.say_result(say("screen.failed"), say(f"screen.entry.fault.{name}"), good=False)

    def recommend(self) -> bool:
        """F5: save, then the advised units on the command line. False when the key is not the form's."""
        if not self.is_open:
            return False
        form = self.form
        if self.at_hand:
            form.put(self._prompt.value)
        if fault := form.faulty(self._desk.vocabulary):
            self.say_fault(fault)
        elif form.is_empty and form.incident is None:
            self.say_fault("empty")
        else:
            self._recommends = form
            self.commit(force=True)
            self._after_saving()
        return True

    def _after_saving(self) -> None:
        """What F5 waits for: everything is saved, so that the advice is about what the operator sees."""
        form = self._recommends
        if form is None or self.saver.is_busy(form) or form.incident is None or form.pending is not None:
            return
        self._recommends = None
        self.lend()
        self._desk.details.pop(form.incident, None)
        self._app.two_step.ask_units()

    # -- what comes in ------------------------------------------------------------------------------

    def _take_saved(self, form: Form, outcome: Outcome) -> None:
        """A save has ended."""
        self._outcomes.tell(outcome)
        if outcome.problem is not None and outcome.problem.status == UNAUTHORISED:
            self._app.post_message(SessionOver(outcome.problem))
            return
        shown = self.is_open and form is self.form
        if shown and outcome.ok and form.incident is not None:
            self._app.open_incident(form.incident)
        if shown:
            self.adviser.want(form)
        self._prune()
        if form is self._recommends and not outcome.ok:
            self._recommends = None
        self._app.call_later(self._after_saving)
        self._screen.refresh_all()

    def _take_advice(self) -> None:
        self._screen.form_block.update()
        if self.at_hand:
            self._app.echo_now()

    def note(self, commands: Sequence[Command], outcome: Outcome) -> None:
        """A typed line or a key was done: the form follows what it meant for its incident."""
        for command, result in zip(commands, outcome.results, strict=False):
            args = command.args if isinstance(command.args, dict) else {}
            if command.command == "answer" and result.incident is not None:
                self.open_call(result.incident, self._desk.store.calls.get(args.get("call", -1)))
            elif command.command == "dispose":
                self._drop(args)
            elif command.command == "merge" and self.is_open and result.incident is not None:
                self._follow_merge(args.get("incident"), result.incident)
        if self.is_open and not self.at_hand and outcome.ok and outcome.results and not self._prompt.value:
            self.line = ""
            self.take_hand()

    def _follow_merge(self, merged: object, survivor: int) -> None:
        if merged == self.form.incident:
            self.form.incident = survivor
            self._app.open_incident(survivor)

    def _drop(self, args: dict[str, Any]) -> None:
        """The call was nothing: its form goes, nothing of it is saved any more."""
        gone = [form for form in self.forms if _is_about(form, args)]
        if self.is_open and self.form in gone:
            self._throw_away()
        self.forms = [form for form in self.forms if form not in gone]

    def _throw_away(self) -> None:
        self.form.values.clear()
        self.form.answers.clear()
        self.form.pending, self.form.refused, self.form.saved = None, {}, {}
        self.load()
        self.park()

    def watch(self) -> None:
        """Four times a second: what the server did not answer goes out again."""
        self._ticks += 1
        live = self._desk.link.state == "live"
        if not self._desk.store.ready or self._app.door.is_open or not live:
            return
        if self.saver.lost and self._ticks % RETRY_TICKS == 0:
            self.saver.retry()
        if self.adviser.mute and self._ticks % RETRY_TICKS == 0 and self.is_open:
            self.adviser.want(self.form)

    def see_calls(self) -> None:
        """After news: a call that was put through to this seat opens by itself; one from before the start does not."""
        if not self._desk.store.ready or self._app.door.is_open:
            return
        self.hear()
        call = self._desk.call_in_hand()
        mine = {call.id} if call is not None else set()
        fresh, self._calls = mine - (mine if self._calls is None else self._calls), (self._calls or set()) | mine
        if fresh and call is not None and call.incident is not None:
            self._offer(call.incident, call)

    def hear(self) -> None:
        """What the caller has said by now is what advice is asked about."""
        if not self.is_open:
            return
        self.form.heard = self.face.said()
        self.adviser.want(self.form)

    def _offer(self, number: int, call: CallRow) -> None:
        """Never under the hand: somebody who is typing is told instead."""
        if self._prompt.value and not (self.is_open and self.form.incident == number):
            said = self._desk.say("screen.entry.offered", number=self._desk.vocabulary.numbers.told(number))
            self._app.result("screen.wait", said, good=None)
        else:
            self.open_call(number, call)


def _is_about(form: Form, args: dict[str, Any]) -> bool:
    """Whether a disposal names the form's call or its incident."""
    names = [(form.call, args.get("call")), (form.incident, args.get("incident"))]
    return any(own is not None and own == named for own, named in names)
