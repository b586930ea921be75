"""Crews of the training night answer by SMS; a live centre is left alone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.server import OWNER, ROOT, Server

NIGHT = "reports:\n  - {after: 0.1, channel: sms, from: a, text: 'kebakaran rumah di Dukuhsalam Slawi'}\n"
WITHIN_S = 30.0


def demo(server: Server, folder: Path, *options: str) -> subprocess.Popen[str]:
    (folder / "night.yaml").write_text(NIGHT, "utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "dispatch.cli", "demo", "--server", server.url, "--token-file", str(server.owner_file),
         "--script", str(folder / "night.yaml"), "--speed", "100", *options],
        cwd=ROOT, env=server.environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture
def client(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[tuple[Server, httpx.Client]]:
    server = Server(tmp_path / "server", MODE=request.param).start()
    with httpx.Client(base_url=f"{server.url}/api/v1", headers={"Authorization": f"Bearer {OWNER}"}) as http:
        yield server, http
    server.terminate()


def until(look: Any, what: str) -> Any:
    deadline = time.monotonic() + WITHIN_S
    while not (found := look()):
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.1)
    return found


@pytest.mark.parametrize("client", ["training"], indirect=True)
def test_crews_answer_their_assignment_until_it_is_done(client: tuple[Server, httpx.Client], tmp_path: Path) -> None:
    server, http = client
    playing = demo(server, tmp_path, "--until-eof")
    try:
        rows = until(lambda: http.get("/board").json()["incidents"], "the report of the night on the board")
        number = rows[0]["number"]
        sent = http.post("/commands", json={"command": "D", "args": ["D01", str(number)], "idempotency_key": "demo-1"})
        assert sent.status_code == 200, sent.text

        def statuses() -> list[str]:
            shown = http.get(f"/incidents/{number}").json()["incident"]["assignments"]
            return [item["status"] for item in shown]

        until(lambda: statuses() == ["cleared"], "the crew's last answer")
    finally:
        assert playing.stdin is not None
        playing.stdin.close()
        playing.wait(10)
        assert playing.stderr is not None
        playing.stderr.close()


@pytest.mark.parametrize("client", ["live"], indirect=True)
def test_live_centre_is_refused(client: tuple[Server, httpx.Client], tmp_path: Path) -> None:
    server, http = client
    playing = demo(server, tmp_path, "--once")
    _, said = playing.communicate(timeout=WITHIN_S)
    assert playing.returncode == 1
    assert "not in training mode" in said
    assert http.get("/board").json()["incidents"] == []
