"""The rules file breaks while the server runs: the last good set goes on, everybody is told, a repair is enough."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.board import alarms, degraded, watching
from tests.support.quick_rules import quick_rules
from tests.support.sender import Message, Sender
from tests.support.server import Server

FIRE = "kebakaran rumah di Desa Pesayangan Talang api sudah besar"
GOOD_VERSION = "2026.11.1"


def broken(good: str) -> dict[str, bytes | None]:
    """Ways to break a file; None deletes it."""
    return {
        "syntax": good.replace("agencies:", "agencies: [", 1).encode(),
        "unknown agency": good.replace("  to:\n  - ", "  to:\n  - nobody_", 1).encode(),
        "half written": good.encode()[: len(good) // 2],
        "empty": b"",
        "bytes": bytes(range(256)) * 40,
        "very deep": b"[" * 20_000,
        "deleted": None,
    }


def save(path: Path, content: bytes | None) -> None:
    """As a careless editor does, in place; another time stamp even within one tick."""
    if content is None:
        path.unlink()
        return
    path.write_bytes(content)
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


def is_refused(board: dict[str, Any]) -> bool:
    return "rules_rejected" in alarms(board) and any("DITOLAK" in said for said in degraded(board))


def is_newly_refused(board: dict[str, Any], earlier: list[str]) -> bool:
    return is_refused(board) and degraded(board) != earlier


def is_well(board: dict[str, Any]) -> bool:
    return alarms(board) == [] and degraded(board) == []


@pytest.mark.slow
async def test_broken_in_every_way_and_repaired(server: Server, tmp_path: Path) -> None:
    """One server from one fault to the next: each is named, none takes the good rules away, the repair ends it."""
    rules = quick_rules(tmp_path, answer="1h")
    good = rules.read_text("utf-8")
    server.environ["KENTONGAN_RULES"] = str(rules)
    server.start()
    async with Sender(server.url) as sender, watching(server) as board:
        await board.until(is_well)
        await sender.send(Message("SMgood", "+628600000999", FIRE))
        routed = agencies_of(server, "SMgood")
        assert '"fire"' in routed
        for count, (name, content) in enumerate(broken(good).items()):
            assert content != good.encode(), f"'{name}' breaks nothing"
            earlier = degraded(await board.read())
            save(rules, content)
            await board.until(partial(is_newly_refused, earlier=earlier))
            sid = f"SMbroken{count}"
            answer = await sender.send(Message(sid, f"+62860{count:08d}", FIRE))
            assert answer.status_code == 200, name
            assert agencies_of(server, sid) == routed, name
        save(rules, good.encode())
        await board.until(is_well)
    assert "Traceback" not in server.log


async def test_better_rules_are_in_force_and_running_incidents_keep_their_decision(
    server: Server, tmp_path: Path
) -> None:
    rules = quick_rules(tmp_path, answer="1h")
    good = rules.read_text("utf-8")
    server.environ["KENTONGAN_RULES"] = str(rules)
    server.start()
    async with Sender(server.url) as sender, watching(server) as board:
        await sender.send(Message("SMbefore", "+628600000001", FIRE))
        before = decision_of(server, "SMbefore")
        save(rules, b"version: [")
        await board.until(is_refused)
        save(rules, good.replace(GOOD_VERSION, "2026.11.2").encode())
        await board.until(is_well)
        await sender.send(Message("SMafter", "+628600000002", FIRE.replace("Pesayangan Talang", "Kalisapu Slawi")))
    assert decision_of(server, "SMbefore") == before
    assert decision_of(server, "SMbefore")[1] != decision_of(server, "SMafter")[1]
    assert "2026.11.2" in decision_of(server, "SMafter")[0]
    assert GOOD_VERSION in before[0]


def decision_of(server: Server, sid: str) -> tuple[str, str]:
    """The stored decision and the digest of the rules that made it."""
    return server.rows(
        "SELECT decision, rules_digest FROM incident WHERE id = (SELECT incident_id FROM report WHERE external_id = ?)",
        (sid,),
    )[0]


def agencies_of(server: Server, sid: str) -> str:
    return str(server.rows(
        "SELECT agencies FROM incident WHERE id = (SELECT incident_id FROM report WHERE external_id = ?)", (sid,)
    )[0][0])
