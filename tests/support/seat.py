"""A terminal with a program in it: what a person at a seat would see and type."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

WITHIN_S = 30.0


class Seat:
    """A child on a pseudo-terminal, its output drawn into ``screen``. Use as a context manager."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, cwd: str, columns: int = 120, lines: int = 36
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self.screen)
        self._terminal, theirs = os.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._child = subprocess.Popen(
            list(command), cwd=cwd, env={**environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Seat:
        return self

    def __exit__(self, *exc: object) -> None:
        self._child.kill()
        self._child.wait()
        os.close(self._terminal)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.screen.display)

    def type(self, keys: str) -> None:
        os.write(self._terminal, keys.encode())

    def read(self, for_s: float = 0.05) -> None:
        """Draw what the program has written."""
        readable, _, _ = select.select([self._terminal], [], [], for_s)
        if readable:
            try:
                self._stream.feed(os.read(self._terminal, 65536))
            except OSError:  # the other side is closed: the program has ended
                time.sleep(0.01)

    def until(self, wanted: Callable[[str], bool], what: str = "") -> str:
        """Wait until the screen looks as wanted; returns it."""
        deadline = time.monotonic() + WITHIN_S
        while not wanted(self.text):
            assert time.monotonic() < deadline, f"never saw {what}; the screen shows:\n{self.text}"
            self.read()
        return self.text

    def wait(self) -> int:
        """Wait for the program's end; returns its exit code."""
        deadline = time.monotonic() + WITHIN_S
        while self._child.poll() is None:
            assert time.monotonic() < deadline, f"did not end; the screen shows:\n{self.text}"
            self.read()
        self.read()
        return self._child.returncode
