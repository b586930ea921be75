"""What must hold of the stored data after any fault. Reads beside the server."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from tests.support.server import Server

LEVEL_OF_EVENT = {"clock.warned": 1, "clock.breached": 2, "clock.seriously_late": 3}


def assert_each_once(server: Server, sids: Iterable[str]) -> None:
    """Every one of these reports is stored, and no report is stored twice."""
    stored = Counter(sid for (sid,) in server.rows("SELECT external_id FROM report"))
    promised = set(sids)
    assert promised - stored.keys() == set(), "acknowledged and gone"
    assert [sid for sid, times in stored.items() if times > 1] == []


def assert_numbers_unique(server: Server) -> None:
    numbers = [number for (number,) in server.rows("SELECT number FROM incident")]
    assert len(numbers) == len(set(numbers))


def assert_reports_have_incidents(server: Server) -> None:
    """No half transaction: every report belongs to an incident, every incident with a severity has its clock."""
    orphans = server.rows(
        "SELECT external_id FROM report WHERE incident_id IS NULL "
        "OR incident_id NOT IN (SELECT id FROM incident)"
    )
    assert orphans == []
    unclocked = server.rows(
        "SELECT number FROM incident WHERE severity IS NOT NULL "
        "AND id NOT IN (SELECT incident_id FROM clock WHERE phase = 'answer')"
    )
    assert unclocked == []
    opened = server.rows("SELECT count(*) FROM event WHERE kind = 'incident.opened'")
    assert opened == server.rows("SELECT count(*) FROM incident")
    received = server.rows("SELECT count(*) FROM event WHERE kind = 'report.received'")
    assert received == server.rows("SELECT count(*) FROM report")


def assert_fired_once(server: Server, phase: str = "answer") -> None:
    """No clock reached a level twice, and the log tells of exactly the firings the clocks know."""
    fired: Counter[tuple[int, int]] = Counter()
    for incident_id, firings in server.rows("SELECT incident_id, firings FROM clock WHERE phase = ?", (phase,)):
        levels = [firing["level"] for firing in json.loads(firings)]
        assert levels == sorted(set(levels)), "a level fired twice"
        assert all(firing["lateness_ms"] >= 0 for firing in json.loads(firings))
        fired.update((incident_id, level) for level in levels)
    told: Counter[tuple[int, int]] = Counter()
    for incident_id, kind, data in server.rows(
        "SELECT incident_id, kind, data FROM event WHERE kind IN (?, ?, ?)", tuple(LEVEL_OF_EVENT)
    ):
        if json.loads(data)["phase"] == phase:
            told[incident_id, LEVEL_OF_EVENT[kind]] += 1
    assert told == fired


def assert_log_whole(server: Server) -> None:
    """``kentongan log verify`` says so, and so does the engine about its own file."""
    verdict = server.command("log", "verify")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr
    if server.database.dialect == "sqlite":
        assert server.rows("PRAGMA integrity_check") == [("ok",)]


def assert_whole(server: Server, sids: Iterable[str]) -> None:
    """All of it."""
    assert_each_once(server, sids)
    assert_numbers_unique(server)
    assert_reports_have_incidents(server)
    assert_fired_once(server)
    assert_log_whole(server)
