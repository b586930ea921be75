"""The seat's ear: sounds what it must hear, tests at log-on that it is heard, and says so when it is not.

Owns when a tone is asked for and the seat's deafness. What is heard is decided in ``alarms``, how in ``sound``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime
from typing import Any

from textual.app import App

from console.alarms import Ears, Tones, hears
from console.desk import Desk, Echo
from console.screens.workspace import Workspace
from console.sound import TONES, Sound
from dispatch.wire import AlarmRow


class Ear:
    """Without a ``sound`` nothing here does anything (wallboards, tests of other things)."""

    def __init__(
        self, desk: Desk, screen: Workspace, app: App[Any], sound: Sound | None,
        pick: Callable[[], int] = lambda: random.choice(tuple(TONES)),  # noqa: S311  no secret
    ) -> None:
        self._desk, self._screen, self._app, self._sound, self._pick = desk, screen, app, sound, pick
        self._tones = Tones()
        self._tested = False
        self._expected = 0
        desk.deaf = sound is not None and not sound.works

    def watch(self) -> None:
        """Called four times a second."""
        if self._sound is None or not self._desk.store.ready:
            return
        if not self._tested:
            self.test()
        elif self._expected and self._screen.prompt.value:
            self._screen.prompt.expects_digit = False  # work goes first: what is typed is a command
            self.give_up()
        now = self._screen.now()
        ears = self._ears()
        level = self._tones.next_tone(self.mine(now), ears, now)
        if level is not None:
            self._play(level)

    def _ears(self) -> Ears:
        desk = self._desk
        call = desk.store.call_of(desk.seat.name)
        speaking = call is not None and call.ended_at is None
        return Ears(desk.seat.name, desk.seat.role, speaking, frozenset(desk.store.operators))

    def mine(self, now: datetime) -> list[AlarmRow]:
        """Open alarms this seat must act on, the most urgent first."""
        ears, store = self._ears(), self._desk.store
        return [alarm for alarm in store.open_alarms() if hears(alarm, store.owner_of(alarm), ears, now)]

    def _play(self, level: int) -> None:
        """The bell is the reserve for class 1 and 2; class 3 is only seen then."""
        if self._sound is None or not self._sound.wanted:
            return
        if self._sound.works:
            self._app.run_worker(self._try(level), group="sound")
        elif level < 3:
            self._app.bell()

    async def _try(self, level: int) -> None:
        if self._sound is not None and not await self._sound.play(level):
            self._app.bell()
            self._set_deaf(True)

    def _set_deaf(self, deaf: bool) -> None:
        if deaf != self._desk.deaf:
            self._desk.deaf = deaf
            self._screen.update_header()

    # -- the self-test ------------------------------------------------------------------------------

    def test(self) -> None:
        """Sound one tone and ask which it was: 1 fast, 2 slow, 3 a single soft pulse. Typing anything else is no."""
        self._tested = True
        if self._sound is None:
            return
        if not self._sound.works or self._screen.prompt.value:
            self._set_deaf(True)
            self._say("screen.failed", "screen.sound_none", good=False)
            return
        self._expected = self._pick()
        self._play(self._expected)
        self._screen.prompt.expects_digit = True
        self._screen.say_echo(Echo(self._desk.say("screen.sound_test")), strong=True)

    def take_digit(self, digit: int) -> bool:
        """Whether the digit answered the test."""
        expected, self._expected = self._expected, 0
        if not expected:
            return False
        self._set_deaf(digit != expected)
        heard = digit == expected
        self._say("screen.ok" if heard else "screen.failed", "screen.sound_good" if heard else "screen.sound_bad",
                  good=heard)
        return True

    def give_up(self) -> None:
        """Esc or another key: nobody says that it was heard."""
        if self._expected:
            self._expected = 0
            self._set_deaf(True)

    def _say(self, word: str, key: str, *, good: bool) -> None:
        self._screen.say_result(self._desk.say(word), self._desk.say(key), good=good)
