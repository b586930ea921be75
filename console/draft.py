"""What was typed and not yet run, and the open forms, kept on disk: they survive a crash and an ended session.

One file for each seat and user, so that two consoles of one data folder never write into each other's.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
from textual.app import App
from textual.timer import Timer

from console.form import Draft as FormDraft
from console.view.head import Seat

SAVE_S = 0.3
"""So long after the last key."""


class Kept(msgspec.Struct):
    """``line`` is the unfinished command, ``forms`` the call entry forms, the one on screen last."""

    line: str = ""
    forms: list[FormDraft] = []


def draft_path(folder: Path, seat: Seat) -> Path:
    """The file of a seat and user; any two differ, whatever characters their names have."""
    return folder / f"{quote(seat.seat, safe='')}@{quote(seat.name, safe='')}.json"


class Draft:
    """One small file. Without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.problem = ""
        """Why the last save or load failed; '' when it did not."""
        self._lock = threading.Lock()
        self._newest = 0

    def load(self) -> Kept:
        """What was kept last; nothing when there is none or it cannot be read."""
        if self.path is None:
            return Kept()
        try:
            kept = msgspec.json.decode(self.path.read_bytes(), type=Kept)
        except FileNotFoundError:
            return Kept()
        except (OSError, msgspec.DecodeError) as error:
            self.problem = str(error)
            return Kept()
        return Kept(kept.line.replace("\n", " ").strip("\0"), kept.forms)

    def save(self, kept: Kept, number: int) -> None:
        """Replace the file in one step, readable by its owner only; ``number`` grows: a late thread changes nothing."""
        with self._lock:
            if self.path is not None and number > self._newest:
                self._newest = number
                self._write(self.path, kept)

    def _write(self, path: Path, kept: Kept) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(msgspec.json.encode(kept))
            fresh.replace(path)
            self.problem = ""
        except OSError as error:
            self.problem = str(error)

    def drop(self) -> None:
        """The file goes, and no late thread brings it back."""
        with self._lock:
            if self.path is not None:
                self.path.unlink(missing_ok=True)
            self.path = None


class DraftKeeper:
    """Saves what ``content`` says soon after a key, beside the screen's work. ``folder`` None: nothing is kept."""

    def __init__(self, folder: Path | None, content: Callable[[], Kept], app: App[Any]) -> None:
        self._folder, self._content, self._app = folder, content, app
        self._draft = Draft(None)
        self._timer: Timer | None = None
        self._number = 0

    @property
    def problem(self) -> str:
        return self._draft.problem

    def use(self, seat: Seat) -> Kept:
        """From now on this seat's and user's file; returns what it holds, unless something is on the screen.

        Somebody else who takes the seat over takes what is on the screen with it: it is kept as theirs alone.
        """
        path = draft_path(self._folder, seat) if self._folder is not None and seat.name else None
        if path == self._draft.path:
            return Kept()
        before, self._draft = self._draft, Draft(path)
        if self._content() == Kept():
            return self._draft.load()
        self.save_now()
        before.drop()
        return Kept()

    def keep(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(SAVE_S, self._save)

    def _save(self) -> None:
        draft, kept, number = self._draft, self._content(), self._next_number()
        self._app.run_worker(lambda: draft.save(kept, number), thread=True, group="draft", exclusive=True)

    def save_now(self) -> None:
        """Before leaving, and before a form's save leaves."""
        if self._timer is not None:
            self._timer.stop()
        self._draft.save(self._content(), self._next_number())

    def _next_number(self) -> int:
        self._number += 1
        return self._number
