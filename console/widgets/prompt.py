"""The command line: it always has the focus. Owns typing, history and which keys leave the text alone."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.binding import Binding
from textual.widgets import Input

HISTORY_LIMIT = 200
MOVES = {"up": -1, "down": 1, "pageup": -8, "pagedown": 8}
EDITS = {
    key.strip(): binding.action
    for binding in Input.BINDINGS
    if isinstance(binding, Binding)
    for key in binding.key.split(",")
}
"""Keys that edit the text, and the action of each."""
ACROSS = {"left": -1, "right": 1, "shift+tab": -1, "tab": 1}


class Prompt(Input):
    """An input whose arrows move the selection while it is empty and walk its history while it is not."""

    DEFAULT_CSS = """
    Prompt, Prompt:focus { border: none; padding: 0; height: 1; background: $background; width: 1fr; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True, select_on_focus=False)
        self.history: list[str] = []
        self.expects_digit = False
        self.plain = False
        """All keys are text and nothing is remembered: a name or a password is being typed."""
        self.grab: Callable[[events.Key], bool] = lambda event: False
        """Asked first: True = the key has meant something to who lent the line to a form."""
        # What keys mean is done at once and not by message: a key right behind one of them belongs to what comes then.
        self.accept: Callable[[str], None] = lambda line: None
        """Enter, with the line."""
        self.move: Callable[[int, int], None] = lambda step, across: None
        """The selection should move by so many rows, or across."""
        self.cleared: Callable[[bool], None] = lambda was_empty: None
        """Esc: the text is gone, or was empty already."""
        self.take_digit: Callable[[int], None] = lambda digit: None
        """A digit while the function key before it waits for one."""
        self.cursor_blink = False
        self._position = 0
        self._walking = False

    async def _on_key(self, event: events.Key) -> None:
        """Keys with a meaning of their own; all others are text.

        Keys that edit are run here: Textual would let them go up to the app first, behind the letters after them.
        """
        if self._take(event):
            event.stop()
            event.prevent_default()
            return
        self._walking = False
        if edit := EDITS.get(event.key):
            event.stop()
            event.prevent_default()
            await self.app.run_action(edit, self)
            return
        await super()._on_key(event)

    def _on_paste(self, event: events.Paste) -> None:
        """Lines become one, as they are shown everywhere; of a password only the first is meant."""
        lines = [line for line in map(str.strip, event.text.splitlines()) if line]
        if lines:
            self.replace(lines[0] if self.plain else " / ".join(lines), *sorted(self.selection))
        event.stop()
        event.prevent_default()

    def _take(self, event: events.Key) -> bool:
        key, empty = event.key, not self.value
        if key == "enter":
            self.accept(self.value)
            return True
        if self.plain and key != "escape":
            return key in MOVES
        if self.expects_digit and event.character and event.character.isdigit():
            self.take_digit(int(event.character))
            return True
        if self.grab(event):
            return True
        if key in ("up", "down") and (self._walking or not empty):
            self._walk(MOVES[key])
            return True
        if key in MOVES:
            self.move(MOVES[key], 0)
            return True
        if key in ACROSS and empty:
            self.move(0, ACROSS[key])
            return True
        if key == "escape":
            self.value, self._walking = "", False
            self.cleared(empty)
            return True
        return False

    def remember(self, line: str) -> None:
        """Add a line that was run."""
        if line and (not self.history or self.history[-1] != line):
            self.history = [*self.history, line][-HISTORY_LIMIT:]
        self._position, self._walking = len(self.history), False

    def _walk(self, step: int) -> None:
        """Older or newer lines; the text being typed is the newest and is never lost."""
        if not self._walking:
            self._draft, self._position, self._walking = self.value, len(self.history), True
        self._position = max(0, min(len(self.history), self._position + step))
        self.put(self._draft if self._position == len(self.history) else self.history[self._position], walking=True)

    _draft = ""

    def recall(self) -> None:
        """Ctrl+R: the newest line run before that has in it what was typed; again: the one before that."""
        if not self._walking:
            self._draft, self._position = self.value, len(self.history)
        wanted = self._draft.casefold()
        for position in range(self._position - 1, -1, -1):
            if wanted in self.history[position].casefold():
                self._position = position
                self.put(self.history[position], walking=True)
                return

    def replace_line(self, text: str) -> None:
        """Put what a key proposes; a line of the operator's own comes back with Ctrl+R or arrow up."""
        if self.value != self._proposed:
            self.remember(self.value.strip())
        self._proposed = text
        self.put(text)

    _proposed = ""

    def put(self, text: str, *, walking: bool = False) -> None:
        """Replace the text and go to its end."""
        self._walking = walking
        self.value = text
        self.cursor_position = len(text)
