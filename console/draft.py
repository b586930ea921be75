"""What was typed and not yet run, kept on disk so that it survives a crash of the console."""

from __future__ import annotations

import os
from pathlib import Path


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
