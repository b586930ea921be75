"""The second look over the API, the line's words and the command line."""

from __future__ import annotations

import asyncio
import os
import pty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from dispatch import wire
from dispatch.cli import main
from dispatch.domain.report import Channel, NewReport
from dispatch.domain.roles import Actor, Role
from dispatch.services.access import add_user
from dispatch.services.commands import run_command
from dispatch.services.intake import receive_report
from dispatch.services.knowledge import Knowledge
from dispatch.services.password import hash_password
from dispatch.storage.database import Database
from tests.support.desk import FIRE, real_knowledge
from tests.support.node import node_on
from tests.support.twilio_centre import TwilioCentre, twilio_centre

PASSWORD = "rahasia panjang sekali"
RINA = Actor("rina", Role.DISPATCHER, "", "1")


def dispose_fire(tx: object, knowledge: Knowledge) -> int:
    """A fire that somebody took for a prank."""
    new = NewReport(Channel.SMS, "SM1", FIRE, tx.now, sender="+6281290000007")  # type: ignore[attr-defined]
    number = receive_report(tx, new, knowledge).number  # type: ignore[arg-type]
    command = wire.Command(command="dispose", args={"incident": number, "code": 2}, confirmed=True)
    run_command(tx, command, RINA, knowledge)  # type: ignore[arg-type]
    return number


@asynccontextmanager
async def signed_on(centre: TwilioCentre, role: str) -> AsyncIterator[httpx.AsyncClient]:
    hashed = hash_password(PASSWORD)
    await centre.run(lambda tx: add_user(tx, role, Role(role), hashed, by="test"))
    async with httpx.AsyncClient(base_url=f"{centre.twilio.public_url}/api/v1") as client:
        session = await client.post("/session", json={"username": role, "password": PASSWORD})
        client.headers["authorization"] = f"Bearer {session.json()['token']}"
        yield client


async def test_list_verdict_and_figures_over_the_api_for_supervisors_only(tmp_path: Path) -> None:
    async with twilio_centre(tmp_path) as centre:
        async with signed_on(centre, "dispatcher") as client:
            assert (await client.get("/review")).status_code == 403
            refused = await client.post("/commands", json={"line": "tinjau", "idempotency_key": "a"})
            assert refused.status_code == 403
        number = await centre.run(lambda tx: dispose_fire(tx, centre.app.knowledge))
        async with signed_on(centre, "supervisor") as client:
            listed = (await client.get("/review?days=3&lang=en")).json()
            assert (listed["disposed"], listed["waiting"], listed["items"][0]["signs"]) == (1, 1, ["life_words"])
            assert listed["items"][0]["caller"] != "+6281290000007"
            assert (await client.get("/review?days=99")).status_code == 400
            told = (await client.post("/commands", json={"line": "tinjau", "idempotency_key": "a"})).json()
            assert str(number) in told["data"]["lines"][1]
            assert told["data"]["next"] == f"tinjau {number} "
            done = await client.post("/commands", json={"line": f"tinjau {number} luput", "idempotency_key": "b"})
            assert "DIBUKA LAGI" in done.json()["message"]
            assert "0 dari 0" in done.json()["data"]["lines"][0]
            quality = (await client.get("/stats")).json()["quality"]
            assert quality == {"disposed": 0, "review_ok": 0, "review_miss": 1}


@pytest.fixture
def disposed(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("KENTONGAN_DATA_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("KENTONGAN_DATABASE_URL", f"sqlite:///{sqlite_database.dsn}")

    async def prepare() -> int:
        knowledge = real_knowledge()
        async with node_on(sqlite_database, centre=knowledge.rules.centre, clock=lambda: datetime.now(UTC)) as node:
            number: int = await node.run(lambda tx: dispose_fire(tx, knowledge))
            return number

    return asyncio.run(prepare())


def test_the_command_lists_and_judges(disposed: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["review"]) == 1
    assert "a threat to life" in capsys.readouterr().out
    assert main(["review", "--json"]) == 1
    assert '"signs":["life_words"]' in capsys.readouterr().out
    assert main(["review", str(disposed)]) == 2
    assert main(["review", str(disposed), "miss", "--reason", "nyata"]) == 0
    assert main(["review"]) == 0
    assert main(["review", str(disposed), "ok"]) == 1, "it is open again"


def test_one_key_judges_on_a_terminal(disposed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "r") as terminal, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", terminal)
        patch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        os.write(ours, b"o")
        assert main(["review"]) == 0
    os.close(ours)
    assert main(["review", str(disposed), "miss"]) == 0, "a second thought is possible"
