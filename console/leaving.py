"""Ctrl+Q: twice when something would be left behind; open incidents of one's own are handed over first.

An exercise may be left at any time, with two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.desk import Echo

if TYPE_CHECKING:
    from console.app import ConsoleApp


class Leaving:
    def __init__(self, app: ConsoleApp) -> None:
        self._app, self._asked = app, False

    def stay(self) -> None:
        """Anything else was done: the next Ctrl+Q asks again."""
        self._asked = False

    def sign_off(self, text: str) -> None:
        """``text`` is the unfinished line, which is kept."""
        app, desk = self._app, self._app.desk
        # Nobody takes an exercise over: it ends with its debrief.
        training = app.store.centre.mode == "training"
        stays = desk.screens > 1  # at another console, with the same incidents and alarms
        if not (training or stays) and desk.own_incidents() and desk.link.state == "live" and not app.door.is_open:
            app.action_act("handover")
            return
        p1 = app.store.waiting_count(1)
        if self._asked or not (p1 or text or training):
            app.draft.save_now()
            app.exit(0)
            return
        self._asked = True
        counts = {"waiting": len(app.store.waiting()), "p1": p1} if p1 else {}
        key = "screen.sign_off" if p1 else "screen.sign_off_text"
        if training:
            key, counts = "screen.sign_off_training", {}
        app.workspace.say_echo(Echo(desk.say(key, **counts)), strong=True)
