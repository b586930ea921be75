"""The seat's ear: sounds what it must hear, tests at log-on that it is heard, and says so when it is not.

Owns when a tone is asked for and the seat's deafness. What is heard is decided in ``alarms``, how in ``sound``.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from textual.app import App

from console.alarms import DEAF_ROLES, SILENCE, Ears, Recent, Tones, hears
from console.client import ClientError
from console.company import Company, Hearing
from console.desk import Desk, Echo
from console.message import Server
from console.screens.workspace import Workspace
from console.sound import TONES, Sound
from console.store import GONE_OPERATOR
from dispatch.wire import AlarmRow

TELL_AGAIN = timedelta(seconds=10)
"""The server is told again after so long while the board does not say what this seat knows."""


class Ear:
    """Without a ``sound`` nothing here does anything (wallboards, tests of other things)."""

    def __init__(
        self, client: Server, desk: Desk, screen: Workspace, app: App[Any], sound: Sound | None,
        pick: Callable[[], int] = lambda: random.choice(tuple(TONES)),  # noqa: S311  no secret
    ) -> None:
        self._client, self._desk, self._screen, self._app = client, desk, screen, app
        self._sound, self._pick = sound, pick
        self._tones, self._recent = Tones(), Recent()
        self._company, self._hearing = Company(desk, screen), Hearing()
        self._told_at: datetime | None = None
        self._tested = False
        self._expected = 0
        desk.deaf = sound is not None and not sound.works

    def watch(self) -> None:
        """Called four times a second."""
        if not self._desk.store.ready:
            return
        self._count()
        self._company.watch()
        if self._sound is None:
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
        self._tell(now)

    def _count(self) -> None:
        """Floods are counted also where nothing sounds."""
        desk, store = self._desk, self._desk.store
        self._recent.note(store.alarms.values(), store.owner_of, self._screen.now())
        floods = self._recent.floods(store.present() - self._that_never_hear())
        if floods != desk.floods:
            desk.floods = floods
            self._screen.refresh_all()

    def _that_never_hear(self) -> frozenset[str]:
        return frozenset(name for name, person in self._desk.store.operators.items() if person.role in DEAF_ROLES)

    def silence(self) -> None:
        """Ctrl+S: class 2 and 3 are quiet here for a minute; pressed again, they sound again."""
        desk, now = self._desk, self._screen.now()
        was = self._tones.is_silent(now)
        self._tones.silent_until = desk.silent_until = None if was else now + SILENCE
        self._say("screen.ok", "screen.silence_over" if was else "screen.silence", good=True)
        self._screen.update_header()

    # -- what the server must know ------------------------------------------------------------------

    def _tell(self, now: datetime) -> None:
        """Whether this person hears is the board's business; told until the board says what is true of all consoles."""
        desk = self._desk
        row = desk.store.operators.get(desk.seat.name)
        if row is None or row.state == GONE_OPERATOR or row.role in DEAF_ROLES or self._expected:
            return
        if not self._hearing.must_tell(desk.deaf, row.deaf, desk.screens):
            return
        if self._told_at is not None and now - self._told_at < TELL_AGAIN:
            return
        self._told_at = now
        self._app.run_worker(self._report(not desk.deaf), group="hearing", exclusive=True)

    async def _report(self, heard: bool) -> None:
        screens = self._desk.screens
        try:
            await self._client.command(self._desk.make("seat", {"heard": heard}))
            self._hearing.told(not heard, screens)
        except ClientError as error:
            self._app.log.warning(f"hearing not told: {error}")

    def _ears(self) -> Ears:
        desk = self._desk
        call = desk.store.call_of(desk.seat.name)
        speaking = call is not None and call.ended_at is None
        deaf = frozenset(name for name, person in desk.store.operators.items() if person.deaf)
        return Ears(desk.seat.name, desk.seat.role, speaking, desk.store.present(), deaf)

    def mine(self, now: datetime) -> list[AlarmRow]:
        """Open alarms this seat must act on, the most urgent first."""
        ears, store = self._ears(), self._desk.store
        return [alarm for alarm in store.open_alarms(now) if hears(alarm, store.owner_of(alarm), ears, now)]

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
        if asked := self.question():
            self._screen.say_echo(asked, strong=True)

    def question(self) -> Echo | None:
        """Which tone was it; nothing that arrives meanwhile takes its line. None once it is answered or work began."""
        waiting = self._expected and not self._screen.prompt.value
        return Echo(self._desk.say("screen.sound_test")) if waiting else None

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
