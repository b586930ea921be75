"""The server as a child: started, waited for, stopped. Owns that it never outlives who started it.

The child holds the reading end of a pipe whose writing end only this process has: when this process
ends in whatever way, the pipe closes and the server drains.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from dispatch.errors import KentonganError

READY_WITHIN_S = 15.0
STOP_WITHIN_S = 12.0
"""The server gives open requests 4 s and needs one more for itself; the rest is for a busy machine."""
MAX_LOG_BYTES = 10_000_000


class ServerProcess:
    """One child. ``log_file`` gets what the server writes to stderr."""

    def __init__(self, log_file: Path, token_file: Path, *, tied: bool) -> None:
        self.log_file, self._token_file, self._tied = log_file, token_file, tied
        self._child: subprocess.Popen[bytes] | None = None
        self._life = -1
        self._ready = -1
        self._log_start = 0

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    def start(self) -> None:
        """Start the child; returns at once."""
        if self.log_file.exists() and self.log_file.stat().st_size > MAX_LOG_BYTES:
            self.log_file.replace(self.log_file.with_name(self.log_file.name + ".1"))
        self._ready, ready_child = os.pipe()
        life_child, self._life = os.pipe()
        command = [
            sys.executable, "-m", "dispatch.cli", "serve", "--owner-token-file", str(self._token_file),
            "--ready-fd", str(ready_child),
        ]
        passed = [ready_child]
        if self._tied:
            command += ["--parent-fd", str(life_child)]
            passed.append(life_child)
        with open(os.open(self.log_file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "ab") as log:
            self._log_start = log.tell()
            # A session of its own: Ctrl+C in the console must not reach the server.
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=passed, start_new_session=True
            )
        os.close(ready_child)
        os.close(life_child)

    def wait_until_ready(self, within_s: float = READY_WITHIN_S) -> tuple[str, str]:
        """Seat and role of the owner. Raises KentonganError with the server's last words when there are none."""
        readable, _, _ = select.select([self._ready], [], [], within_s)
        said = os.read(self._ready, 64) if readable else b""
        os.close(self._ready)
        if said:
            _, seat, role = [*said.decode("ascii", "replace").split(), "", ""][:3]
            return seat, role
        if readable and self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(2)
            raise KentonganError("server_died", f"the server did not start: {self.last_words()}")
        self.stop()
        late = f"the server was not ready within {within_s:.0f} s: {self.last_words()} (see {self.log_file})"
        raise KentonganError("server_slow", late)

    @property
    def exit_code(self) -> int | None:
        return self._child.poll() if self._child else None

    def last_words(self) -> str:
        """The last line of this start's log that names a fault, else the last line."""
        with self.log_file.open("rb") as log:
            log.seek(self._log_start)
            lines = [line.strip() for line in log.read().decode("utf-8", "replace").splitlines() if line.strip()]
        faults = [line for line in lines if line.startswith("kentongan: ")] or [lines[-1]] if lines else []
        return "; ".join(line.removeprefix("kentongan: ") for line in faults[:5]) or "it said nothing"

    def stop(self) -> None:
        """Let it drain, then make sure it is gone."""
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)
            try:
                self._child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self.let_go()

    def let_go(self) -> None:
        """Close our end of the pipe; a tied server drains now."""
        if self._life >= 0:
            os.close(self._life)
            self._life = -1


