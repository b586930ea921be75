"""Processes a benchmark measures: the product's server and the raw responders, each on a free port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]
TOKEN = "bench-token"
READY_S = 30.0


@dataclass(frozen=True)
class Running:
    """``ready_s``: from start to the first good answer."""

    port: int
    pid: int
    ready_s: float
    data_dir: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def product(data_dir: Path, **environ: str) -> Iterator[Running]:
    """``kentongan serve`` on its own data directory, simulator driver, signed webhooks."""
    port = free_port()
    env = {
        **os.environ, "KENTONGAN_DATA_DIR": str(data_dir), "KENTONGAN_LISTEN": f"127.0.0.1:{port}",
        "KENTONGAN_TWILIO_AUTH_TOKEN": TOKEN, "PYTHONPATH": str(ROOT), **environ,
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    with (data_dir / "bench-server.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "dispatch.cli", "serve"], cwd=ROOT, env=env, stderr=log)
        try:
            yield Running(port, process.pid, _wait_ready(port, started), data_dir)
        finally:
            process.terminate()
            process.wait(20)


def _wait_ready(port: int, started: float) -> float:
    while time.perf_counter() - started < READY_S:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=1).status_code == 200:
                return time.perf_counter() - started
        except httpx.HTTPError:
            time.sleep(0.02)
    raise TimeoutError("the server did not become ready; see bench-server.log")


@contextmanager
def raw(kind: str, folder: Path) -> Iterator[int]:
    """A raw responder ('single' or 'grouped'); gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.raw", kind, str(port), str(folder / f"{kind}.sqlite3")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        yield port
    finally:
        process.terminate()
        process.wait(10)


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(pid: int) -> float:
    """User and system seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def add_operator(server: Running, name: str = "bench", role: str = "dispatcher") -> str:
    """Create a user on the running server's database and sign in; returns the bearer token."""
    password = "bench-password-1"
    env = {**os.environ, "KENTONGAN_DATA_DIR": str(server.data_dir), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dispatch.cli", "users", "add", name, "--role", role, "--password-stdin"]
    subprocess.run(command, cwd=ROOT, env=env, input=password.encode(), check=True, capture_output=True, timeout=60)
    answer = httpx.post(f"{server.url}/api/v1/session", json={"username": name, "password": password}, timeout=20)
    answer.raise_for_status()
    return str(answer.json()["token"])
