"""What line mode writes: rows indented, then one result line. Owns the count of lines that were not done."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from console.texts import text
from console.view.cell import Line
from console.view.visible import visible

ROWS_LIMIT = 200


class LineOut:
    """``write`` gets whole lines. Everything that came from outside is shown, never obeyed."""

    def __init__(self, write: Callable[[str], None], lang: str) -> None:
        self._write, self.lang = write, lang
        self.failures = 0
        self.training = False
        """An exercise never looks like the real thing: each result and each announcement says so."""

    def _result(self, word: str, message: str) -> None:
        mark = f" [{self.say('exercise')}]" if self.training else ""
        self._write(visible(f"{self.say(word)}{mark} {message}".rstrip()))

    def say(self, key: str, **params: object) -> str:
        return text(f"line.{key}", self.lang, **params)

    def rows(self, lines: Iterable[str], *, count: bool = False, limit: int | None = ROWS_LIMIT) -> int:
        """Indented, so that a reader tells rows from results by the first character. Returns how many there are."""
        n = 0
        for n, line in enumerate(lines, start=1):
            if limit is None or n <= limit:
                self._write(f"  {visible(line)}".rstrip())
        if count:
            self.done(self.say("shown", n=n))
        return n

    def news(self, line: str) -> None:
        """Something nobody asked for."""
        self._write(visible(f"[{self.say('exercise')}] {line}" if self.training else line))

    def note(self, key: str, **params: object) -> None:
        """A remark to a result."""
        self._write("  " + self.say(key, **params))

    def done(self, message: str) -> None:
        self._result("ok", message)

    def failed(self, message: str) -> None:
        self.failures += 1
        self._result("failed", message)

    def asked(self, question: str) -> None:
        """Not done until somebody has answered: counts as not done meanwhile."""
        self.failures += 1
        self._result("question", question)

    def ask_again(self, question: str) -> None:
        """What is still not done: counted already."""
        self._result("question", question)

    def let_go(self, message: str) -> None:
        """What was asked about is not done after all: it is counted already."""
        self._result("failed", message)


def flat(lines: Iterable[Line]) -> Iterable[str]:
    """Lines of a screen page as plain words: no columns, no frames, no empty ones."""
    words = (" ".join(part for part in line.text.split() if part != "|" and not _is_rule(part)) for line in lines)
    return (line for line in words if line)


def _is_rule(part: str) -> bool:
    """'---' is a frame; '-' stands for what is not there."""
    return len(part) > 1 and not part.strip("-=")
