"""Ctrl+P: Textual's command palette below the two lines that always stay in sight."""

from __future__ import annotations

from textual import on
from textual.command import CommandPalette
from textual.widgets import Input
from textual.worker import Worker, WorkerState

from console.desk import Desk


class Finder(CommandPalette):
    """The header and the alarm line stay readable; what is typed on the command line is left alone."""

    DEFAULT_CSS = """
    Finder, Finder:ansi { background: transparent; }
    Finder > Vertical { margin-top: 2; }
    Finder #--input, Finder #--input.--list-visible { height: 1; border: none; background: $surface; }
    Finder SearchIcon { display: none; }
    Finder CommandInput, Finder CommandInput:focus { border: none; height: 1; padding: 0 2; }
    Finder CommandList, Finder CommandList:focus { border: none; max-height: 60vh; background: $surface; }
    Finder CommandList > .option-list--option { text-style: none; padding: 0 2; }
    Finder LoadingIndicator { display: none; }
    """
    # The base class would lend its own margin and colours to what is not said here.

    def __init__(self, desk: Desk) -> None:
        super().__init__(placeholder=desk.say("screen.finder.ask"))
        self._entered = self._leaving = False

    def leave(self) -> None:
        """As by Esc. Not before the first list is there: what is gathering it still needs its widgets."""
        if self.has_class("-ready"):
            self._cancel_gather_commands()
            self.dismiss()
        else:
            self._leaving = True

    def _action_escape(self) -> None:
        self.leave()

    @on(Input.Submitted)
    def _wait_for_the_list(self, event: Input.Submitted) -> None:
        """Enter means what has been typed, also when the list is a letter behind."""
        if any(worker.node is self and worker.is_running for worker in self.workers):
            self._entered = True
            event.stop()
            event.prevent_default()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The list is up to date: an Enter that came before it counts now."""
        if self._leaving and self.is_current and event.state is WorkerState.SUCCESS:
            self.dismiss()
        elif self._entered and event.state is WorkerState.SUCCESS:
            self._entered = False
            self._select_or_command()
