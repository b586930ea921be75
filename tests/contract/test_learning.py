"""The learning loop end to end: corrections over the service, the real command as a process, the server's own app."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dispatch.app import DispatchApp
from dispatch.learning.challenge import is_critical
from dispatch.learning.corpus import Example, frozen_part, load_examples
from dispatch.learning.fit import fit
from dispatch.learning.nightly import NightlyRun
from dispatch.learning.shelf import SHIPPED, Card, Shelf
from dispatch.services.lessons import note_step, recent_texts
from dispatch.settings import load_settings
from dispatch.storage.board import read_board
from dispatch.storage.database import Database
from dispatch.storage.reader import Reader
from dispatch.triage.load import load_engine
from tests.support.desk import EVENTS, MONDAY_MORNING, ROOT, desk_on, real_knowledge

KINDS = {
    "waste": ("tumpukan sampah {} bau busuk belum diangkut petugas {} hari", "low"),
    "road_damage": ("aspal berlubang {} dalam sekali bikin motor oleng {} minggu", "medium"),
    "medical": ("bapak kejang {} mulutnya berbusa tidak sadar sudah {} menit", "critical"),
}
WHERE = ("dekat pasar", "depan sekolah", "samping kali", "ujung gang", "belakang masjid", "pinggir lapangan")


def texts(numbers: range) -> list[dict[str, str]]:
    return [
        {"text": pattern.format(where, number), "type": kind, "severity": severity}
        for kind, (pattern, severity) in KINDS.items() for where in WHERE for number in numbers
    ]


class Centre:
    """A centre's folder with a small corpus and rules without examples; ``run`` is the real command."""

    def __init__(self, folder: Path, database: Database) -> None:
        self.corpus = folder / "corpus"
        for name, numbers in (("train/a.jsonl", range(2, 7)), ("test/frozen.jsonl", range(7, 9))):
            path = self.corpus / name
            path.parent.mkdir(parents=True)
            path.write_text("\n".join(json.dumps(row) for row in texts(numbers)), "utf-8")
        rules = yaml.safe_load((ROOT / "routing_rules.yaml").read_text("utf-8"))
        (folder / "rules.yaml").write_text(yaml.safe_dump({**rules, "tests": []}, sort_keys=False), "utf-8")
        self.settings = {
            "KENTONGAN_DATA_DIR": str(folder / "run"), "KENTONGAN_RULES": str(folder / "rules.yaml"),
            "KENTONGAN_DATABASE_URL": f"sqlite:///{database.dsn}", "KENTONGAN_LISTEN": "127.0.0.1:0",
        }
        self.shelf = Shelf(folder / "run")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "dispatch.cli", "triage", *arguments], cwd=ROOT,
            env={**os.environ, **self.settings, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
            capture_output=True, text=True, timeout=60, check=False,
        )

    def learn(self, at_least: int = 2) -> subprocess.CompletedProcess[str]:
        return self.run("learn", "--corpus", str(self.corpus), "--at-least", str(at_least))

    def put_bad_champion(self) -> None:
        """A model that takes waste for damaged roads and the other way round, but misses no life."""
        swapped = {"waste": "road_damage", "road_damage": "waste", "medical": "medical"}
        rows = [Example(row["text"], swapped[row["type"]], row["severity"]) for row in texts(range(2, 7))]
        digest = self.shelf.add(fit(rows, load_engine(model=None)), "bad")
        self.shelf.describe(Card("bad", "bad", "2026-01-01", digest, 1, 0, 0, 0, SHIPPED, "promoted", ""))
        self.shelf.promote("bad")


@pytest.fixture
def centre(tmp_path: Path, sqlite_database: Database) -> Centre:
    return Centre(tmp_path, sqlite_database)


async def correct(database: Database, count: int, *, undo: int = 0) -> None:
    """Operators set the type of ``count`` reports; the last ``undo`` of them take it back."""
    async with desk_on(database) as desk:
        for number in range(count):
            words = f"sampah menggunung {WHERE[number % 6]} blok {number} baunya minta ampun desa Kalisapu Slawi"
            said = await desk.report(words, sender=f"+62812900{number:05d}")
            await desk.command("type", incident=said.number, type="waste", confirmed=True)
            desk.pass_time(seconds=1)
            if number >= count - undo:
                await desk.command("undo")
            desk.pass_time(hours=5)


async def kinds(database: Database) -> list[str]:
    async with desk_on(database) as desk:
        return [kind for kind in await desk.kinds() if kind.startswith("learning.")]


async def test_a_better_challenger_takes_the_place_and_is_taken_back(
    centre: Centre, sqlite_database: Database
) -> None:
    await correct(sqlite_database, 4)
    centre.put_bad_champion()
    done = centre.learn()
    assert (done.returncode, done.stderr) == (0, "")
    steps = [line.split(":")[0] for line in done.stdout.splitlines()]
    assert steps == ["started", "trained", "measured", "promoted"], done.stdout
    assert await kinds(sqlite_database) == [f"learning.{step}" for step in steps]
    card = centre.shelf.cards()[-1]
    assert (card.verdict, card.champion, card.corpus, card.trained + card.held_out) == ("promoted", "bad", 90, 4)
    assert card.measured["recent"]["n"] == 4
    assert "blok" not in json.dumps(card.measured) + done.stdout
    assert "skipped: 0 new corrections, 2 needed" in centre.learn().stdout
    assert centre.run("rollback").returncode == 0
    assert centre.shelf.choice().current == "bad"
    assert "* bad" in centre.run("models").stdout
    assert (await kinds(sqlite_database))[-2:] == ["learning.skipped", "learning.rolled_back"]


async def test_a_challenger_that_loses_a_life_is_refused(centre: Centre, sqlite_database: Database) -> None:
    """Lives that only the shipped model finds; one that learned them as calm loses some."""
    await correct(sqlite_database, 2)
    lexicon, shipped = load_engine(model=None), load_engine()
    frozen = [
        {"text": one.text, "type": one.type, "severity": one.severity}
        for one in frozen_part() if one.threat
        and is_critical(shipped.classify(one.text, at=MONDAY_MORNING))
        and not is_critical(lexicon.classify(one.text, at=MONDAY_MORNING))
    ]
    assert frozen, "the shipped model finds no life that the lexicon does not"
    (centre.corpus / "test/frozen.jsonl").write_text("\n".join(map(json.dumps, frozen)), "utf-8")
    train = [*texts(range(2, 7)), *(row | {"severity": "low"} for row in frozen)]
    (centre.corpus / "train/a.jsonl").write_text("\n".join(map(json.dumps, train)), "utf-8")
    done = centre.learn()
    assert done.returncode == 0, done.stderr
    assert "rejected:" in done.stdout
    assert "lives at risk that the champion finds (frozen)" in done.stdout
    assert centre.shelf.choice().current == SHIPPED
    assert centre.shelf.cards()[-1].verdict == "rejected"
    assert (await kinds(sqlite_database))[-1] == "learning.rejected"


async def test_the_newest_reports_are_read_and_a_step_is_written_on_both_engines(database: Database) -> None:
    async with desk_on(database) as desk:
        for number in range(3):
            await desk.report(f"sampah menumpuk {number}", sender=f"+62812900{number:05d}")
        await desk.run(lambda tx: note_step(tx, "skipped", new=1, needed=20))
        assert (await desk.rows(EVENTS))[-1]["actor"] == "learning"
    reader = Reader(database, real_knowledge().rules.centre, connections=1)
    await reader.start()
    try:
        assert await recent_texts(reader) == [f"sampah menumpuk {number}" for number in (2, 1, 0)]
    finally:
        await reader.stop()


async def test_undone_corrections_do_not_count(centre: Centre, sqlite_database: Database) -> None:
    await correct(sqlite_database, 3, undo=2)
    assert "skipped: 1 new corrections, 2 needed" in centre.learn().stdout
    assert not centre.shelf.cards()


async def test_the_server_takes_a_promotion_a_rollback_and_refuses_damage(centre: Centre, tmp_path: Path) -> None:
    settings = load_settings(centre.settings, env_file=tmp_path / "no.env")
    app = DispatchApp(settings)
    await app.start()
    try:
        before = app.knowledge
        centre.put_bad_champion()
        await app.keeper.poll(app.committer)
        assert app.knowledge is not before
        events = await app.committer.run(lambda tx: tx.all(EVENTS))
        assert [json.loads(row["data"])["model"] for row in events if row["kind"] == "model.loaded"] == ["bad"]
        kept = app.knowledge
        file = centre.shelf.file("bad")
        content = file.read_bytes()
        file.write_bytes(content[: len(content) // 2])
        await app.keeper.poll(app.committer)
        assert app.knowledge is kept
        board = await read_board(app.reader, settings.tz, app.clock())
        assert "model_rejected" in [alarm["kind"] for alarm in board.alarms]
        assert any("Model triase DITOLAK" in said for said in app.degraded("id"))
        file.write_bytes(content)
        await app.keeper.poll(app.committer)
        assert app.degraded("id") == []
        centre.shelf.roll_back()
        await app.keeper.poll(app.committer)
        assert app.knowledge is not kept
        board = await read_board(app.reader, settings.tz, app.clock())
        assert "model_rejected" not in [alarm["kind"] for alarm in board.alarms]
    finally:
        await app.stop()


async def test_a_server_starts_over_a_damaged_model_and_says_so(centre: Centre, tmp_path: Path) -> None:
    centre.put_bad_champion()
    centre.shelf.file("bad").write_bytes(b"PK")
    app = DispatchApp(load_settings(centre.settings, env_file=tmp_path / "no.env"))
    await app.start()
    try:
        await app.keeper.poll(app.committer)
        assert any("Model triase DITOLAK" in said for said in app.degraded("id"))
    finally:
        await app.stop()


async def test_the_servers_own_run_is_the_real_command_and_writes_its_event(centre: Centre, tmp_path: Path) -> None:
    app = DispatchApp(load_settings(centre.settings, env_file=tmp_path / "no.env"))
    await app.start()
    try:
        await app.learn()
        events = await app.committer.run(lambda tx: tx.all(EVENTS))
        said = [json.loads(row["data"]) for row in events if row["kind"].startswith("learning.")]
        assert said == [{"new": 0, "needed": 20}]
    finally:
        await app.stop()


async def test_the_nightly_run_is_bounded_and_its_failure_told(centre: Centre, tmp_path: Path) -> None:
    settings = load_settings(centre.settings, env_file=tmp_path / "no.env")
    python = (sys.executable, "-c")
    assert await NightlyRun(settings, command=(*python, "print('ok')")).run() == ""
    failed = NightlyRun(settings, command=(*python, "print('why'); raise SystemExit(1)"))
    assert await failed.run() == "exit code 1: why"
    slow = NightlyRun(settings, command=(*python, "import time; time.sleep(60)"), limit_s=0.5)
    assert "without a result" in await slow.run()
    stopped = NightlyRun(settings, command=(*python, "import time; time.sleep(60)"))
    running = asyncio.create_task(stopped.run())
    await asyncio.sleep(0.3)
    await stopped.stop()
    assert await running == ""


def test_the_frozen_part_of_the_small_corpus_is_not_trained_on(centre: Centre) -> None:
    train, frozen = (load_examples([centre.corpus / part]) for part in ("train/a.jsonl", "test/frozen.jsonl"))
    assert not {one.text for one in train} & {one.text for one in frozen}
