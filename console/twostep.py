"""Keys that are done in two steps: F9 and a digit, F5 and the advice that has not arrived yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk import Echo

if TYPE_CHECKING:
    from console.app import ConsoleApp


class TwoStep:
    """Between the steps only this is remembered: that a digit is awaited, or whose advice."""

    def __init__(self, app: ConsoleApp) -> None:
        self._app, self._desk = app, app.desk
        self._advice_for: int | None = None

    def ask_units(self) -> None:
        """The advised units on the line; before the advice has arrived, as soon as it has."""
        number = self._desk.current
        if self._desk.row is not None and number not in self._desk.details:
            self._advice_for = number
            self._app.result("screen.wait", self._desk.say("screen.loading"), good=None)
            self._app.reading.fetch()
            return
        self._app.perform(self._desk.dispatch_current(), "F5")

    def take_detail(self, number: int) -> None:
        """An incident's detail is here: what F5 has waited for."""
        wanted, self._advice_for = self._advice_for, None
        if wanted is not None:
            self._app.workspace.take_back_result(self._desk.say("screen.loading"))
        if wanted == number == self._desk.current and not self._app.workspace.prompt.value:
            self._app.perform(self._desk.dispatch_current(), "F5")

    def ask_disposal(self) -> None:
        """F9: which call is meant, and the digits."""
        app, desk = self._app, self._desk
        app.ear.give_up()
        if app.entry.discard():
            return
        target = desk.dispose_target()
        if target is None:
            app.result("screen.failed", desk.say("screen.no_call"), good=None)
            return
        app.workspace.prompt.expects_digit = True
        name = f"#{target['call']}" if "call" in target else str(target["incident"])
        app.workspace.say_echo(Echo(desk.say("screen.dispose_choose", call=name)), strong=True)

    def take_digit(self, digit: int) -> None:
        """The digit after F9, or the answer of the sound test."""
        app = self._app
        app.workspace.prompt.expects_digit = False
        if not app.ear.take_digit(digit):
            app.perform(self._desk.dispose(digit), f"F9 {digit}")
        app.echo_now()
