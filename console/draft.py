"""What was typed and not yet run, and the open forms, kept on disk: they survive a crash and an ended session.

One file for each console of a seat and user, so that two of one data folder never write into each other's
(``draft_claim``). What a console that is gone has left is taken over by the next one that has room for it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import msgspec
from textual.timer import Timer

from console.draft_claim import Claim, claim_first, claim_left
from console.entry.form import Draft as FormDraft
from console.view.head import Seat

if TYPE_CHECKING:
    from console.app import ConsoleApp

SAVE_S = 0.3
"""So long after the last key."""


class Kept(msgspec.Struct):
    """``line`` is the unfinished command, ``forms`` the call entry forms, the one on screen last.

    ``on`` is the incident that was on screen with the line: one without a number means that and no other.
    """

    line: str = ""
    forms: list[FormDraft] = []
    on: int | None = None


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
        return Kept(kept.line.replace("\n", " ").strip("\0"), kept.forms, kept.on)

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


def joined(kept: Kept, left: Kept) -> Kept | None:
    """Both, what was left first; None when one would hide the other."""
    numbers = {form.incident for form in kept.forms if form.incident is not None}
    if (kept.line and left.line) or any(form.incident in numbers for form in left.forms):
        return None
    on = kept.on if kept.line else left.on
    return Kept(kept.line or left.line, [*left.forms, *kept.forms], on)


class DraftKeeper:
    """Saves what ``content`` says soon after a key, beside the screen's work. ``folder`` None: nothing is kept."""

    def __init__(self, folder: Path | None, content: Callable[[], Kept], app: ConsoleApp) -> None:
        self._folder, self._content, self._app = folder, content, app
        self._base: Path | None = None
        self._claim: Claim | None = None
        self._draft = Draft(None)
        self._timer: Timer | None = None
        self._number = 0
        self._told = ""

    @property
    def problem(self) -> str:
        return self._draft.problem

    def use(self, seat: Seat) -> Kept:
        """From now on a file of this seat and user; returns what it holds, unless something is on the screen.

        Somebody else who takes the seat over takes what is on the screen with it: it is kept as theirs alone.
        """
        base = draft_path(self._folder, seat) if self._folder is not None and seat.name else None
        if base == self._base:
            return Kept()
        before, held, self._base = self._draft, self._claim, base
        self._draft = self._open(base)
        try:
            if self._content() == Kept():
                return self._load()
            self.save_now()
            before.drop()
            return Kept()
        finally:
            if held is not None:
                held.release()

    def _open(self, base: Path | None) -> Draft:
        self._claim, problem = None, ""
        try:
            self._claim = claim_first(base) if base is not None else None
            problem = f"{base}" if base is not None and self._claim is None else ""  # more consoles than copies
        except OSError as error:
            problem = str(error)
        draft = Draft(self._claim.path if self._claim is not None else None)
        draft.problem = problem
        return draft

    def _load(self) -> Kept:
        """What is in the file, and what consoles that are gone have left in theirs."""
        kept = self._draft.load()
        if self._base is None or self._claim is None:
            return kept
        for claim in claim_left(self._base, self._claim.path):
            left = Draft(claim.path)
            both = joined(kept, left.load()) if not left.problem else None
            if both is not None:
                self._draft.save(both, self._next_number())
                if not self._draft.problem:
                    kept = both
                    left.drop()
            claim.release()
        return kept

    def release(self) -> None:
        """This console ends: the next one may have the file."""
        if self._claim is not None:
            self._claim.release()

    def keep(self) -> None:
        """After a key. What could not be kept the last time is said once."""
        if self.problem and self.problem != self._told:
            said = self._app.desk.say("screen.not_kept", reason=self.problem)
            self._app.result("screen.failed", said, good=False)
        self._told = self.problem
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
