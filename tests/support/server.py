"""The real server as a process of its own on a free port: started, killed, stopped, asked over HTTP.

Owns the process, its folder, its settings and its log; a test that ends in any way leaves no process.
Reads the database beside the server, never through it, so that it sees what is on stable storage.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dispatch.storage.database import Database

ROOT = Path(__file__).parents[2]
TOKEN = "token-of-the-tests"
OWNER = "owner-token-of-the-tests-0123456789-abcdef"
START_WITHIN_S = 30.0
STOP_WITHIN_S = 15.0


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """One ``kentongan serve``; the same folder and port over all its lives."""

    def __init__(self, folder: Path, *, database_url: str = "", rules: Path | None = None, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.log_file = folder / "server.log"
        self.owner_file = folder / "owner.token"
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(self.owner_file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(OWNER)
        self.environ = {
            **{name: value for name, value in os.environ.items() if not name.startswith("KENTONGAN_")},
            "PYTHONPATH": str(ROOT), "KENTONGAN_DATA_DIR": str(folder / "run"),
            "KENTONGAN_LISTEN": f"127.0.0.1:{self.port}", "KENTONGAN_TWILIO_AUTH_TOKEN": TOKEN,
            **{f"KENTONGAN_{name}": value for name, value in settings.items()},
        }
        if database_url:
            self.environ["KENTONGAN_DATABASE_URL"] = database_url
        if rules:
            self.environ["KENTONGAN_RULES"] = str(rules)
        self.database = Database.of(database_url or f"sqlite:///{folder / 'run' / 'kentongan.sqlite3'}")
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = self._life = -1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text("utf-8", "replace")

    # life

    def start(self, *, file_limit: int = 0) -> Server:
        """Start and wait until it answers requests. ``file_limit``: no file may grow beyond so many bytes."""
        self.launch(file_limit=file_limit)
        self.wait_until_ready()
        return self

    def launch(self, *, file_limit: int = 0) -> None:
        """Start without waiting."""
        assert self._child is None, "still running"
        self._ready, told = os.pipe()
        parent, self._life = os.pipe()  # the server drains when the test run is killed
        with self.log_file.open("ab") as log:
            self._child = subprocess.Popen(
                [sys.executable, "-m", "dispatch.cli", "serve", "--ready-fd", str(told),
                 "--parent-fd", str(parent), "--owner-token-file", str(self.owner_file)],
                cwd=ROOT, env=self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[told, parent],
                start_new_session=True, preexec_fn=(lambda: _limit_files(file_limit)) if file_limit else None,
            )
        os.close(told)
        os.close(parent)

    def wait_until_ready(self) -> None:
        readable, _, _ = select.select([self._ready], [], [], START_WITHIN_S)
        said = os.read(self._ready, 64) if readable else b""
        self._close_ready()
        if not said:
            self.kill()
            raise AssertionError(f"the server did not start:\n{self.log[-3000:]}")

    def kill(self) -> None:
        """kill -9: no chance to write anything."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM; returns the exit code."""
        return self._end(signal.SIGTERM)

    def send(self, number: signal.Signals) -> None:
        """Send a signal and do not wait for what it does."""
        assert self._child is not None
        self._child.send_signal(number)

    def wait(self) -> int:
        """Wait until it has ended by itself; returns the exit code."""
        assert self._child is not None
        code = self._child.wait(STOP_WITHIN_S)
        self._child = None
        self._close_ready()
        os.close(self._life)
        return code

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def lift_file_limit(self) -> None:
        """Space is back, without a restart."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def limit_files(self, size: int) -> None:
        """From now on no file may grow beyond ``size`` bytes."""
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def _end(self, number: signal.Signals) -> int:
        if self._child is None:
            return 0
        self._child.send_signal(number)
        try:
            return self.wait()
        except subprocess.TimeoutExpired:
            self._child.kill()
            self.wait()
            raise

    def _close_ready(self) -> None:
        if self._ready >= 0:
            os.close(self._ready)
            self._ready = -1

    # beside the server

    def command(
        self, *arguments: str, words: str = "", timeout_s: float = 30, cwd: Path = ROOT
    ) -> subprocess.CompletedProcess[str]:
        """Any other ``kentongan`` command with the same settings."""
        return subprocess.run(
            [sys.executable, "-m", "dispatch.cli", *arguments], cwd=cwd, env=self.environ, input=words,
            capture_output=True, text=True, timeout=timeout_s, check=False,
        )

    def rows(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Read what is stored, on a connection of our own. ``?`` marks a parameter on both engines."""
        if self.database.dialect == "sqlite":
            with contextlib.closing(sqlite3.connect(self.database.dsn, timeout=10)) as connection:
                connection.execute("PRAGMA query_only=ON")
                return connection.execute(sql, parameters).fetchall()
        import psycopg

        with contextlib.closing(psycopg.connect(self.database.dsn, autocommit=True, connect_timeout=5)) as connection:
            return connection.execute(sql.replace("?", "%s"), parameters).fetchall()


def _limit_files(size: int) -> None:
    """In the child before it becomes the server: a write beyond the limit is an error, not a signal."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextlib.contextmanager
def server_in(folder: Path, **options: Any) -> Iterator[Server]:
    """A server that is not started yet; whatever the test does, none is left behind."""
    server = Server(folder, **options)
    try:
        yield server
    finally:
        server.kill()


def owner_headers(lang: str = "id") -> Mapping[str, str]:
    return {"Authorization": f"Bearer {OWNER}", "Accept-Language": lang}
