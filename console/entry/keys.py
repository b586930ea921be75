"""What a key means in the call entry form. Owns no text and no form: it moves, chooses and answers in the open one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from console.entry.form import CARD
from console.widgets.prompt import MOVES

if TYPE_CHECKING:
    from console.app import ConsoleApp
    from console.entry.hand import Entry

JOIN_KEY = "g"


class EntryKeys:
    """Asked before the command line while the form has the hand."""

    def __init__(self, entry: Entry, app: ConsoleApp) -> None:
        self._entry, self._app, self._desk, self._screen = entry, app, app.desk, app.workspace
        self._prompt = app.workspace.prompt

    def submit(self) -> bool:
        """Enter: this field is done, on to the next. False when the line was a command."""
        if not self._entry.at_hand:
            return False
        form = self._entry.form
        form.put(self._prompt.value)
        if form.at == CARD:
            form.say_answer(self._prompt.value)
            self._entry.commit()
            self._entry.load()
        elif form.at == "place" and form.candidates and not form.choosing:
            form.choosing = True
            self._entry.commit()
            self._entry.load()
        elif form.at == "place" and form.choosing:
            form.take_pick()
            self._entry.load()
            self._entry.go_on()
        elif form.at != form.faulty(self._desk.vocabulary):
            self._entry.go_on()
        else:
            self._entry.say_fault(form.at)
        return True

    def grab(self, event: events.Key) -> bool:
        """The first look at a key while the form has the hand."""
        if not self._entry.at_hand:
            return False
        key, char = event.key, event.character or ""
        if self._app.runner.confirming:  # only Enter says yes, and only at once
            self._app.runner.take_back()
            self._app.echo_now()
            if key == "escape":
                return True
        if self._screen.has_class("covered"):
            return self._under_a_page(key)
        if key == "escape":
            self._go_back()
        elif key in ("tab", "shift+tab"):
            self._entry.step(1 if key == "tab" else -1)
        elif key in MOVES:
            self._move(MOVES[key])
        elif self._entry.form.choosing and char.isdigit():
            self._pick(int(char))
        elif self._entry.form.at == CARD and not self._prompt.value:
            return self._answer(char)
        else:
            return False
        return True

    def _under_a_page(self, key: str) -> bool:
        """A page covers the form: arrows scroll it, Esc takes it away."""
        if key == "escape":
            self._screen.uncover()
        elif key in MOVES:
            self._prompt.move(MOVES[key], 0)
        else:
            return False
        return True

    def _go_back(self) -> None:
        """Esc: one step: what a digit is awaited for, the choice of a place, the form."""
        if self._prompt.expects_digit or self._entry.discards:
            self._prompt.expects_digit = self._entry.discards = False
            self._app.echo_now()
        elif self._entry.form.choosing:
            self._entry.form.choosing = False
            self._entry.load()
        else:
            self._entry.park()

    def _move(self, by: int) -> None:
        """Arrows: between candidates, back through the card, else between fields."""
        form = self._entry.form
        if form.at == "place" and form.candidates and not (by < 0 and form.pick == 0 and not form.choosing):
            form.put(self._prompt.value)
            form.choosing = True
            form.move_pick(by)
            self._entry.load()
        elif form.at == CARD and by < 0 and form.ask_before():
            self._entry.load()
        else:
            self._entry.step(1 if by > 0 else -1)

    def _pick(self, digit: int) -> None:
        form = self._entry.form
        if digit > len(form.candidates):
            return
        if digit:
            form.pick = digit - 1
            form.take_pick()
        else:
            form.keep_words()
        self._entry.load()
        self._entry.go_on()

    def _answer(self, char: str) -> bool:
        """One key answers a question of the card; what answers nothing is text, and without a question nothing."""
        if self._entry.form.answer(char):
            self._entry.commit()
            self._entry.load()
            return True
        question = self._entry.form.question
        listed = question is None or bool(question[1].get("answers"))
        if listed and char == JOIN_KEY and self._entry.face.twins():
            self.join()
            return True
        return question is None and char.isprintable() and bool(char)

    def join(self) -> None:
        """G: the first possible duplicate, on the command line; Enter asks, a second Enter joins."""
        number, twins = self._entry.form.incident, self._entry.face.twins()
        if number is None or not twins:
            self._app.result("screen.failed", self._desk.say("screen.entry.no_twins"), good=None)
            return
        self._entry.lend()
        told = self._desk.vocabulary.numbers.told
        self._prompt.put(f"g {told(number)}>{told(twins[0][0].number)}")
