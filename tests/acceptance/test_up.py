"""``kentongan up`` in a terminal: server and console come together, and go together, however the console ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.support.seat import Seat
from tests.support.server import ROOT, free_port

CTRL_Q = "\x11"
COMMAND = [sys.executable, "-m", "dispatch.cli"]


class Place:
    """A data folder and an address of our own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder / "run", free_port()
        self.environ = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT),
            "KENTONGAN_DATA_DIR": str(self.folder), "KENTONGAN_LISTEN": f"127.0.0.1:{self.port}",
            **{f"KENTONGAN_{name}": value for name, value in settings.items()},
        }

    def seat(self, *arguments: str) -> Seat:
        return Seat([*COMMAND, "up", *arguments], self.environ, cwd=str(ROOT))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Without a terminal."""
        return subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )

    def answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/healthz", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def until_silent(self) -> None:
        deadline = time.monotonic() + 20
        while self.answers():
            assert time.monotonic() < deadline, "the server is an orphan"
            time.sleep(0.05)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def on_air(text: str) -> bool:
    return "[LIVE]" in text and "A01" in text


def test_console_opens_on_a_live_server_and_leaves_no_orphan(place: Place) -> None:
    with place.seat() as seat:
        assert "Meja 1" in seat.until(on_air, "the board")
        assert place.answers()
        token = place.folder / "owner.token"
        assert token.stat().st_mode & 0o777 == 0o600
        secret = token.read_text()
        seat.type(CTRL_Q)
        assert seat.wait() == 0
    assert not place.answers()
    assert not token.exists()
    assert secret not in (place.folder / "server.log").read_text()


def test_server_ends_when_up_is_killed(place: Place) -> None:
    with place.seat() as seat:
        seat.until(on_air, "the board")
        os.kill(seat.pid, signal.SIGKILL)
        place.until_silent()


def test_second_up_joins_and_the_first_keeps_its_server(place: Place) -> None:
    with place.seat() as first:
        first.until(on_air, "the first board")
        with place.seat() as second:
            second.until(on_air, "the second board")
            second.type(CTRL_Q)
            assert second.wait() == 0
        assert place.answers()
        first.type(CTRL_Q)
        assert first.wait() == 0
    assert not place.answers()


def test_keep_serving_leaves_the_server_running_and_says_how_to_stop_it(place: Place) -> None:
    done = place.run("up", "--keep-serving")
    assert done.returncode == 0, done.stderr
    assert place.answers()
    pid = int(done.stderr.strip().rpartition("kill ")[2])
    os.kill(pid, signal.SIGTERM)
    place.until_silent()


def test_without_a_terminal_one_line_says_what_to_do(place: Place) -> None:
    done = place.run("up")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "kentongan serve" in done.stderr
    assert not place.answers()


def test_server_that_cannot_start_is_explained(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text("version: [", "utf-8")
    place = Place(tmp_path, RULES=str(tmp_path / "rules.yaml"))
    with place.seat() as seat:
        assert seat.wait() == 1
        assert "the server did not start" in seat.text
        assert "rules.yaml" in seat.text
        assert "Traceback" not in seat.text


def test_address_of_somebody_else_is_not_taken(place: Place) -> None:
    import socket

    with socket.create_server(("127.0.0.1", place.port)), place.seat() as seat:
        assert seat.wait() == 1
        assert "in use by another server" in seat.text.replace("\n", " ")


def test_demo_is_a_training_centre_beside_the_real_one(place: Place) -> None:
    with place.seat("--demo") as seat:
        seat.until(lambda text: "LATIHAN" in text and "Dukuhsalam" in text, "the first report of the night")
        seat.type(CTRL_Q)
        seat.read(0.5)
        seat.type(CTRL_Q)  # a P1 is waiting: the console asks once
        assert seat.wait() == 0
    assert not place.answers()
    assert (place.folder / "demo/kentongan.sqlite3").is_file()
    assert not (place.folder / "kentongan.sqlite3").exists(), "the real database was not touched"
