"""What was typed and not yet run, kept on disk so that it survives a crash of the console."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.app import App
from textual.timer import Timer

SAVE_S = 0.3
"""So long after the last key."""


class Draft:
    """One small file a seat. Without a path nothing is kept."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.problem = ""
        """Why the last save failed; '' when it did not."""

    def load(self) -> str:
        """The text of the last run; '' when there is none or it cannot be read."""
        if self.path is None:
            return ""
        try:
            return self.path.read_text(encoding="utf-8").replace("\n", " ").strip("\0")
        except (OSError, UnicodeDecodeError) as error:
            self.problem = "" if isinstance(error, FileNotFoundError) else str(error)
            return ""

    def save(self, text: str) -> None:
        """Replace the file in one step, readable by its owner only."""
        if self.path is None:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            fresh.replace(self.path)
            self.problem = ""
        except OSError as error:
            self.problem = str(error)


class DraftKeeper:
    """Saves what ``typed`` says soon after a key, beside the screen's work."""

    def __init__(self, draft: Draft, typed: Callable[[], str], app: App[Any]) -> None:
        self._draft, self._typed, self._app = draft, typed, app
        self._timer: Timer | None = None

    def load(self) -> str:
        return self._draft.load()

    def keep(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(SAVE_S, self._save)

    def _save(self) -> None:
        text = self._typed()
        self._app.run_worker(lambda: self._draft.save(text), thread=True, group="draft", exclusive=True)

    def save_now(self) -> None:
        """Before leaving."""
        self._draft.save(self._typed())
