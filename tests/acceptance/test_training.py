"""An exercise from beginning to end: people write and ring, somebody works, the debrief tells how well."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dispatch.cli.practice import begin_exercise
from dispatch.storage.database import Database
from dispatch.storage.migrate import upgrade
from dispatch.storage.mode import keep_mode
from dispatch.training.run import database_url
from tests.support.node import node_on
from tests.support.seat import Seat
from tests.support.server import OWNER, ROOT, Server

SCENARIO = """
title = {id = "Latihan uji", en = "Test exercise"}
[[event]]
key = "api"
title = "rumah terbakar"
type = "fire.building"
severity = "critical"
kecamatan = "Slawi"
desa = "Dukuhsalam"
units = {fire = 1}
[[event]]
key = "pingsan"
title = "orang pingsan"
type = "medical"
severity = "critical"
kecamatan = "Adiwerna"
units = {health = 2}
[[event]]
key = "iseng"
title = "iseng"
closed_as = "prank"
[[event]]
key = "hilang"
title = "ditutup sebelum dijawab"
closed_as = "ghost"
[[step]]
at = 0.1
event = "api"
channel = "sms"
from = "a"
text = "kebakaran rumah di Dukuhsalam Slawi, ada orang di dalam"
[[step]]
at = 0.2
event = "api"
channel = "whatsapp"
from = "b"
text = "rumah terbakar di dukuhsalam slawi api besar"
[[step]]
at = 0.3
event = "pingsan"
channel = "call"
from = "c"
says = ["ibu saya pingsan di Adiwerna"]
[[step]]
at = 0.4
event = "hilang"
channel = "call"
from = "d"
waits = 0.1
[[step]]
at = 0.5
event = "iseng"
channel = "sms"
from = "e"
text = "halo pak pesen martabak dua ya wkwk"
"""
WITHIN_S = 30.0


class Exercise:
    """A training server, its player, and a trainee who works through the operators' interface."""

    def __init__(self, folder: Path) -> None:
        (folder / "uji.toml").write_text(SCENARIO, "utf-8")
        self.live = {
            "KENTONGAN_DATA_DIR": str(folder / "run"), "KENTONGAN_RULES": str(ROOT / "routing_rules.yaml"),
            "KENTONGAN_LISTEN": f"unix:{folder / 'socket'}",
        }
        self.folder = begin_exercise(str(folder / "uji.toml"), "rina", dict(self.live))
        self.server = Server(folder / "server", DATA_DIR=str(self.folder), MODE="training").start()
        self.player = subprocess.Popen(
            [sys.executable, "-m", "dispatch.cli", "training", "play", str(self.folder), "--server", self.server.url,
             "--token-file", str(self.server.owner_file), "--until-eof"],
            cwd=ROOT, env=self.server.environ, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        self.http = httpx.Client(
            base_url=f"{self.server.url}/api/v1", headers={"Authorization": f"Bearer {OWNER}"}, timeout=10
        )
        self._keys = 0

    def board(self) -> dict[str, Any]:
        board: dict[str, Any] = self.http.get("/board").json()
        return board

    def do(self, line: str, *, confirmed: bool = False) -> None:
        self._keys += 1
        answer = self.http.post(
            "/commands", json={"line": line, "confirmed": confirmed, "idempotency_key": f"t{self._keys}"}
        )
        assert answer.status_code == 200, f"{line}: {answer.text}"

    def until(self, look: Callable[[], Any], what: str) -> Any:
        deadline = time.monotonic() + WITHIN_S
        while not (found := look()):
            assert time.monotonic() < deadline, f"never: {what}"
            time.sleep(0.05)
        return found

    def incident(self, **wanted: Any) -> dict[str, Any]:
        """The open incident with these values, once it is there."""
        return self.until(
            lambda: next((i for i in self.board()["incidents"] if wanted.items() <= i.items()), None), str(wanted)
        )

    def debrief(self, *options: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "dispatch.cli", "training", "debrief", *options], cwd=ROOT,
            env={**self.server.environ, **self.live}, capture_output=True, text=True, timeout=30, check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def end(self) -> None:
        assert self.player.stdin is not None
        assert self.player.stderr is not None
        self.player.stdin.close()
        self.player.wait(10)
        self.player.stderr.close()
        self.http.close()
        self.server.terminate()


@pytest.fixture
def exercise(tmp_path: Path) -> Iterator[Exercise]:
    exercise = Exercise(tmp_path)
    try:
        yield exercise
    finally:
        exercise.end()


def test_exercise_is_played_worked_and_judged(exercise: Exercise) -> None:
    call = exercise.until(
        lambda: next((c for c in exercise.board()["calls"] if c["status"] == "queued"), None), "a call in the queue"
    )
    exercise.do(f"jawab #{call['id']}")
    fire = exercise.incident(type="fire", reports=2)
    exercise.do(f"d d01 {fire['number']}")
    prank = exercise.incident(type="not_a_report")
    exercise.do(f"k {prank['number']} prank", confirmed=True)
    fainted = exercise.incident(type="medical")  # the caller has spoken
    assert fainted["place"]["kecamatan"] == "Adiwerna"
    exercise.do(f"tutuptelp #{call['id']}")
    exercise.do(f"d a01 {fainted['number']}")

    told = json.loads(exercise.debrief("--json"))
    events = {event["key"]: event for event in told["events"]}
    assert (told["trainee"], told["scenario"], told["calls"], told["abandoned"]) == ("rina", "uji", 2, 1)
    assert events["api"]["verdicts"] == dict.fromkeys(
        ("answer", "triage", "dispatch", "units", "one_incident", "severity", "place", "type"), "right"
    )
    assert events["pingsan"]["verdicts"]["units"] == "wrong", "one ambulance is not two"
    assert events["pingsan"]["verdicts"]["type"] == "right"
    assert events["iseng"]["verdicts"] == {"junk": "right"}
    assert events["hilang"]["verdicts"] == {"junk": "wrong"}, "nobody has closed it"
    assert told["figures"]["junk"] == {"right": 1, "n": 2, "p50_s": None, "p90_s": None, "worst_s": None}
    verdicts = [v for event in told["events"] for v in event["verdicts"].values()]
    assert told["score"] == pytest.approx(verdicts.count("right") / len(verdicts))
    assert json.loads((exercise.folder / "debrief.json").read_text()) == told, "kept, so that runs can be compared"

    exercise.until(
        lambda: any("semua kontak sudah masuk" in alarm["text"] for alarm in exercise.board()["alarms"]),
        "the word that everybody has called",
    )
    words = exercise.debrief("--lang", "en")
    assert "Test exercise   trainee: rina" in words
    assert "agencies and units enough: found 1 health" in words
    assert "HASIL LATIHAN: Latihan uji   peserta: rina" in exercise.debrief()


async def opened_as(mode: str, database: Database) -> Database:
    """A database after its first start in this mode."""
    upgrade(database)
    async with node_on(database) as node:
        await node.run(lambda tx: keep_mode(tx, mode))
    return database


async def test_player_never_sends_to_a_live_centre(tmp_path: Path) -> None:
    (tmp_path / "uji.toml").write_text(SCENARIO, "utf-8")
    folder = begin_exercise(str(tmp_path / "uji.toml"), "rina", {
        "KENTONGAN_DATA_DIR": str(tmp_path / "run"), "KENTONGAN_RULES": str(ROOT / "routing_rules.yaml"),
    })
    await opened_as("live", Database.of(database_url(folder)))
    live = Server(tmp_path / "server", DATA_DIR=str(folder))
    done = live.command("training", "play", str(folder), "--server", live.url, "--token-file", str(live.owner_file))
    assert done.returncode == 1
    assert "is no training database" in done.stderr


def test_up_opens_the_console_on_the_exercise_and_ends_with_its_debrief(tmp_path: Path) -> None:
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT),
        "KENTONGAN_DATA_DIR": str(tmp_path / "run"), "KENTONGAN_LISTEN": f"unix:{tmp_path / 'socket'}",
    }
    (tmp_path / "uji.toml").write_text(SCENARIO, "utf-8")
    command = [sys.executable, "-m", "dispatch.cli", "up", "--training", str(tmp_path / "uji.toml"), "--trainee", "adi"]
    with Seat(command, environ, cwd=str(ROOT)) as seat:
        seat.until(lambda text: "LATIHAN" in text and "Dukuhsalam" in text, "the first report on the screen")
        seat.type("\x11")
        seat.read(0.5)
        seat.type("\x11")  # a P1 is waiting: the console asks once
        assert seat.wait() == 0
        assert "kurang dari 20: baca sebagai petunjuk" in seat.text
    assert not (tmp_path / "run" / "kentongan.sqlite3").exists(), "the live database was not touched"
    [run] = (tmp_path / "run" / "training").iterdir()
    assert json.loads((run / "debrief.json").read_text())["trainee"] == "adi"


async def test_plain_serve_keeps_training_and_refuses_live_data_as_training(tmp_path: Path) -> None:
    training = Server(tmp_path / "training", MODE="live")
    await opened_as("training", training.database)
    training.start()
    try:
        board = httpx.get(f"{training.url}/api/v1/board", headers={"Authorization": f"Bearer {OWNER}"}).json()
        assert board["centre"]["mode"] == "training"
    finally:
        training.terminate()
    live = Server(tmp_path / "live", MODE="training")
    await opened_as("live", live.database)
    refused = live.command("serve")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1] == (
        "kentongan: KENTONGAN_MODE: this database holds live data: it is never opened as training"
    )
