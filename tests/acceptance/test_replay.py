"""Replay against the real server over real HTTP: every channel, nothing lost, nothing stored twice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from dispatch.storage.database import Database
from tests.support.server import ROOT, TOKEN, Server, free_port

REPORTS = [
    {"id": 1, "channel": "sms", "text": "kebakaran rumah di Dukuhsalam Slawi, ada orang di dalam"},
    {"id": 2, "channel": "whatsapp", "sender": "+628999000501", "text": "banjir di Dampyak kramat sedada"},
    {"id": 3, "channel": "web", "text": "Lampu jalan mati di depan sekolah", "kecamatan": "Slawi", "place": "Kalisapu"},
    {"id": 4, "channel": "call", "sender": "+628999000502", "rings_s": 0.05},
    {"id": 5, "text": "we need an ambulance near Guci"},
    {"id": 6, "text": "\x1b[2J[bold]tolong[/bold] \u202e pohon tumbang di Bojong"},
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("replay")).start()
    yield running
    running.terminate()


def replay(path: Path, url: str, *options: str, token: str = TOKEN) -> subprocess.CompletedProcess[str]:
    environ = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "KENTONGAN_PUBLIC_URL": url}
    if token:
        environ["KENTONGAN_TWILIO_AUTH_TOKEN"] = token
    return subprocess.run(
        [sys.executable, "-m", "dispatch.cli", "replay", str(path), "--server", url, *options],
        cwd=path.parent, env=environ, capture_output=True, text=True, timeout=60, check=False,
    )


def write(folder: Path, *entries: object) -> Path:
    path = folder / "in.jsonl"
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries), "utf-8")
    return path


def reports_in(database: Database) -> list[tuple[str, str]]:
    with closing(database.connect_writer()) as connection:
        return [tuple(row) for row in connection.execute("SELECT channel, text FROM report ORDER BY id")]


def test_every_channel_is_stored_once_however_often_it_is_sent(server: Server, tmp_path: Path) -> None:
    path = write(tmp_path, *REPORTS)
    for _ in range(2):
        done = replay(path, server.url)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("sent 6  accepted 6  failed 0  p50 ")
    stored = reports_in(server.database)
    channels = sorted(channel for channel, _ in stored)
    assert channels == ["call", "sms", "sms", "sms", "web", "whatsapp"]
    assert any("\x1b[2J[bold]tolong[/bold] \u202e" in text for _, text in stored), "stored verbatim"


def test_failures_are_counted_named_and_code_1(server: Server, tmp_path: Path) -> None:
    good, bad = {"id": "good", "text": "kecelakaan di Adiwerna"}, {"id": "bad", "channel": "fax", "text": "x"}
    done = replay(write(tmp_path, good, bad), server.url)
    assert done.returncode == 1
    assert "line 2: unknown channel 'fax'" in done.stderr
    assert "sent 1  accepted 1  failed 1" in done.stdout


def test_wrong_token_is_refused_by_the_server(server: Server, tmp_path: Path) -> None:
    done = replay(write(tmp_path, {"id": "forged", "text": "x"}), server.url, token="forged")
    assert done.returncode == 1
    assert "HTTP 403" in done.stderr


def test_without_a_token_one_sentence_says_what_is_missing(server: Server, tmp_path: Path) -> None:
    done = replay(write(tmp_path, *({"id": n, "text": "x"} for n in range(50))), server.url, token="")
    assert done.returncode == 2
    assert done.stderr.count("KENTONGAN_TWILIO_AUTH_TOKEN") == 1
    assert "Traceback" not in done.stderr


def test_missing_file_is_code_2(server: Server, tmp_path: Path) -> None:
    done = replay(tmp_path / "none.jsonl", server.url)
    assert done.returncode == 2
    assert "none.jsonl: cannot be read" in done.stderr


def test_rate_is_kept(server: Server, tmp_path: Path) -> None:
    """Twenty at 40 a second take at least the time between the first and the last."""
    import time

    path = write(tmp_path, *({"id": f"rate-{n}", "text": "lampu mati"} for n in range(20)))
    started = time.monotonic()
    assert replay(path, server.url, "--rate", "40/s").returncode == 0
    assert time.monotonic() - started >= 19 / 40


def test_server_that_is_away_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from dispatch.cli import traffic
    from dispatch.settings import load_settings

    monkeypatch.setattr(traffic, "PAUSE_S", 0.01)
    settings = load_settings({"KENTONGAN_TWILIO_AUTH_TOKEN": "x"}, env_file=tmp_path / "none")
    tally = traffic.Tally()

    async def send() -> None:
        async with traffic.Caller(settings, f"http://127.0.0.1:{free_port()}", connections=1) as caller:
            await caller.send(traffic.record_of("a", "sms", "", "x", set()), tally)

    asyncio.run(send())
    assert (tally.sent, tally.accepted, tally.failed) == (1, 0, 1)
    assert "ConnectError" in tally.faults[0]
