"""The console as an operator starts it: a real process on a real terminal, beside a real server that dies."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyte

from tests.support.server import ROOT, Server, server_in

COLUMNS, LINES = 120, 36
PATIENCE_S = 60.0
"""A hung console fails; a slow machine does not."""


class Terminal:
    """A child on a terminal of its own, and what stands on the screen."""

    def __init__(self, command: list[str], environ: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.screen = pyte.Screen(COLUMNS, LINES)
        self.stream = pyte.ByteStream(self.screen)
        self.told = b""
        self.child = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
        )

    def read(self, wait_s: float) -> None:
        if select.select([self.master], [], [], wait_s)[0]:
            said = os.read(self.master, 65536)
            self.told += said
            self.stream.feed(said)

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def until(self, holds: Callable[[list[str]], bool]) -> list[str]:
        """Read until the screen is as wanted."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            self.read(0.1)
            if holds(self.screen.display):
                return list(self.screen.display)
        raise AssertionError("\n".join(self.screen.display))

    def wait(self) -> int:
        """Read on until the child has left; a full terminal would hold it."""
        deadline = time.monotonic() + PATIENCE_S
        while self.child.poll() is None and time.monotonic() < deadline:
            self.read(0.1)
        self.read(0.1)
        return self.child.wait(1)

    def close(self) -> None:
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        for descriptor in (self.master, self.slave):
            with suppress(OSError):
                os.close(descriptor)


@contextmanager
def console_on(server: Server) -> Iterator[Terminal]:
    terminal = Terminal(
        [sys.executable, "-m", "dispatch.cli", "console", "--server", server.url,
         "--token-file", str(server.owner_file)],
        {**server.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES),
         "KENTONGAN_DATA_DIR": str(server.folder / "seat")},
    )
    try:
        yield terminal
    finally:
        terminal.close()


def test_a_night_with_a_server_that_dies_and_comes_back(tmp_path: Path) -> None:
    with server_in(tmp_path / "centre") as server:
        server.start()
        with console_on(server) as terminal:
            terminal.until(lambda lines: "[LIVE]" in lines[0] and "Meja 1" in lines[0])
            terminal.until(lambda lines: lines[2].startswith("--- MENUNGGU 0") and "--- UNIT siap" in lines[2])
            terminal.until(lambda lines: lines[-1].startswith("F1 Bantu"))

            terminal.type("n slw kbk pasar trayeman\r")
            terminal.until(lambda lines: any("KBK" in line and line.startswith(">") for line in lines[3:10]))
            terminal.type("r api tembus")
            terminal.until(lambda lines: "PERINTAH> r api tembus" in lines[-2])

            server.kill()
            terminal.until(lambda lines: "[PUTUS" in lines[0])
            terminal.type(" atap")
            shown = terminal.until(lambda lines: "PERINTAH> r api tembus atap" in lines[-2])
            assert any("KBK" in line for line in shown[3:10])

            server.start()
            shown = terminal.until(lambda lines: "[LIVE]" in lines[0])
            assert "PERINTAH> r api tembus atap" in shown[-2]
            terminal.type("\r")
            terminal.until(lambda lines: any("catatan: api tembus atap" in line for line in lines))

            terminal.type("r pagar roboh\rr jalan tutup\r")  # one burst: each Enter ends its own line
            terminal.until(lambda lines: any("catatan: jalan tutup" in line for line in lines))
            terminal.until(lambda lines: any(line.rstrip().endswith("catatan: pagar roboh") for line in lines))

            terminal.type("k sls !latihan\r")
            terminal.until(lambda lines: lines[2].startswith("--- MENUNGGU 0"))
            terminal.type("\x11")
            terminal.until(lambda lines: "Ctrl+Q sekali lagi" in lines[-3] or terminal.child.poll() is not None)
            if terminal.child.poll() is None:
                terminal.type("\x11")
            assert terminal.wait() == 0
            assert b"\x1b[?1049l" in terminal.told
            assert b"\x1b[?25h" in terminal.told
            assert termios.tcgetattr(terminal.slave) == terminal.before
