"""Every figure and every list of cases, over both engines, against the plain definition on random rows.

The rows are changed between two looks, as incidents are that were reopened, merged, undone or written to later.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dispatch import wire
from dispatch.services.statistics import Window, list_cases, read_stats
from dispatch.storage.database import Database
from dispatch.storage.tables import alarm, assignment, call, clock, incident
from dispatch.storage.transaction import Tx
from tests.support.centre import START, TZ, Centre, running_centre
from tests.support.plain_figures import PHASES, Plain, picks, rank, read_plain

DAY = timedelta(days=1)
CARDED = frozenset({"fire", "medical"})
SEVERITIES = ("critical", "high", "medium", "low")
TYPES = ("fire", "medical", "road_damage", "information_request")
KINDS = (
    "incident.located", "incident.split", "incident.severity_changed", "command.undone", "remark.added",
    "question.asked", "incident.seen",
)
SPANS = (Window(START - 3 * DAY, START + DAY), Window(START - DAY, START))
NARROW = (
    {"kecamatan": "Slawi"}, {"kecamatan": ""}, {"type": "fire"}, {"agency": "fire"}, {"agency": "fire", "type": "fire"},
)


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


class Chance:
    """Rows as they may stand in the tables, also such as no command of today leaves behind."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def maybe(self, value: Any, share: float = 0.7, otherwise: Any = None) -> Any:
        return value if self.rng.random() < share else otherwise

    def after(self, at: int) -> int:
        # Whole seconds and few of them: equal values are what a rank is most easily wrong about.
        return at + self.rng.randint(0, 40) * 1000

    def incident(self, at: int) -> dict[str, Any]:
        rng = self.rng
        return {
            "type": rng.choice(TYPES), "subtype": rng.choice(("", "building")),
            "severity": self.maybe(rng.choice(SEVERITIES)), "kecamatan": rng.choice(("Slawi", "Adiwerna", "")),
            "channel": rng.choice(("call", "sms", "operator")),
            "agencies": rng.choice(('["fire"]', '["fire_post"]', '["health","fire"]', "[]")), "owner": "rina",
            "place": json.dumps({"desa": "X", "verified": rng.random() < 0.5}, separators=(",", ":")),
            "summary": self.maybe("api", 0.3, ""), "merged_into": self.maybe(1, 0.2),
            **{name: self.maybe(self.after(at)) for name in ("triaged_at", "dispatched_at", "on_scene_at")},
        }

    def clock(self, at: int) -> dict[str, Any]:
        stopped = self.maybe(self.after(at))
        pauses = [[self.after(at), self.maybe(self.after(at)), "menunggu", "rina"]] * self.rng.choice((0, 0, 1, 2))
        return {
            "phase": self.rng.choice(PHASES), "stopped_at": stopped,
            "outcome": self.rng.choice(("", "met", "missed", "cancelled")),
            "pauses": json.dumps(pauses, separators=(",", ":")), "lateness_ms": self.maybe(self.rng.randint(0, 9)),
            "target_ms": self.rng.choice((60_000, 90_000)),
        }

    def times(self, at: int) -> str:
        steps = ("assigned", "acknowledged", "en_route", "on_scene")
        return json.dumps({step: self.after(at) for step in steps if self.rng.random() < 0.8}, separators=(",", ":"))

    def call(self, at: int, incidents: list[int]) -> dict[str, Any]:
        return {
            "rang_at": at, "answered_at": self.maybe(self.after(at), 0.6), "ended_at": self.maybe(self.after(at)),
            "status": self.rng.choice(("ringing", "ended", "abandoned")), "repeat": self.rng.choice((0, 0, 2)),
            "disposition": self.rng.choice(("", "", "ghost", "prank")),
            "incident_id": self.maybe(self.rng.choice(incidents)),
        }

    def event(self) -> tuple[str, dict[str, Any]]:
        kind = self.rng.choice(KINDS)
        if kind == "remark.added":
            return kind, self.maybe({"card": True, "text": "x"}, 0.3, {"text": '"card":true'})
        if kind == "incident.severity_changed":
            before, after = self.maybe(self.rng.choice(SEVERITIES)), self.rng.choice(SEVERITIES)
            reason = self.maybe({"reason": self.maybe("api kecil", 0.5, "")}, 0.8, {})
            return kind, {"before": before, "severity": after, **reason}
        return kind, {}


def fill(tx: Tx, chance: Chance, many: int) -> list[int]:
    ids = []
    for _ in range(many):
        at = tx.now_ms - chance.rng.randint(0, 60) * 3_600_000 - chance.rng.randint(0, 3) * 900_000
        key = tx.new_id()
        tx.insert(incident, id=key, number=key, status="closed", opened_at=at, updated_at=at, **chance.incident(at))
        ids.append(key)
        for _ in range(chance.rng.randint(0, 3)):
            tx.insert(clock, id=tx.new_id(), incident_id=key, subject="incident", started_at=at, warn_at=at, due_at=at,
                      serious_at=at, **chance.clock(at))
        for _ in range(chance.rng.randint(0, 3)):
            tx.insert(assignment, id=tx.new_id(), incident_id=key, unit=None, agency="fire", status="cleared",
                      assigned_at=at, updated_at=at, times=chance.times(at))
        for _ in range(2):
            new = tx.new_id()
            tx.insert(call, id=new, external_id=f"CA{new}", operator="rina", **chance.call(at - 3000, ids))
        tx.insert(alarm, id=tx.new_id(), level=2, kind="declined", cause=f"x{key}", at=at,
                  incident_id=chance.maybe(key), acknowledged_at=chance.maybe(chance.after(at)))
        work_on(tx, chance, key)
    return ids


def work_on(tx: Tx, chance: Chance, key: int) -> None:
    for _ in range(chance.rng.randint(0, 3)):
        kind, data = chance.event()
        tx.emit(kind, "rina", incident_id=key, **data)


def change(tx: Tx, chance: Chance, ids: list[int]) -> None:
    """What may still happen to old incidents: anything."""
    for key in chance.rng.sample(ids, len(ids) // 3):
        tx.update(incident, {"id": key}, **chance.incident(tx.now_ms - DAY // timedelta(milliseconds=1)))
        tx.update(clock, {"incident_id": key}, outcome=chance.rng.choice(("", "met", "missed")), pauses="[]")
        tx.update(assignment, {"incident_id": key}, times=chance.times(tx.now_ms))
        tx.update(call, {"incident_id": key}, disposition=chance.rng.choice(("", "ghost")))
        work_on(tx, chance, key)


def cards(kind: str, subtype: str) -> list[dict[str, Any]]:
    return [{}] if kind in CARDED else []


async def compare(centre: Centre, window: Window) -> None:
    plain = await read_plain(centre.edge.reader, window, CARDED)
    stats = await read_stats(centre.edge.reader, window, centre.moment[0], TZ, cards=cards)
    assert {figure.key for figure in stats.figures} == picks(CARDED).keys()
    for figure in stats.figures:
        values = plain.values(figure.key)
        assert measured(figure) == plainly(figure.unit, [value for value, _ in values]), (figure.key, window)
        found = await list_cases(centre.edge.reader, window, figure.key, TZ, cards=cards)
        factor = 1000 if figure.unit == "s" else 1
        of = [(value / factor, row) for value, row in values if value or figure.unit != "count"]
        assert found.n == len(of), (figure.key, window)
        ordered = sorted((value for value, _ in of), reverse=not figure.is_wanted)
        assert [case.value for case in found.cases] == ordered, figure.key
        listed = Counter((case.value, case.number, case.call) for case in found.cases)
        assert listed == Counter(
            (value, row["of"]["number"], row["id"] if figure.key in CALLS else None) for value, row in of
        ), figure.key
    compare_groups(stats, plain)


CALLS = {key for key, (population, _) in picks(CARDED).items() if population == "calls"}


def measured(figure: wire.Figure) -> tuple[Any, ...]:
    return figure.n, figure.value, figure.p50, figure.p90, figure.p95


def plainly(unit: str, values: list[int]) -> tuple[Any, ...]:
    if unit == "count":
        return len(values), sum(values), None, None, None
    if unit == "share":
        return len(values), sum(values) / len(values) if values else None, None, None, None
    p50, p90, p95 = (rank(values, share) for share in (0.5, 0.9, 0.95))
    return len(values), p90, p50, p90, p95


def compare_groups(stats: wire.Stats, plain: Plain) -> None:
    """What is told by district, type and hour."""
    rows = plain.rows["incidents"]
    assert stats.types == Counter(row["type"] for row in rows)
    assert stats.districts == Counter(row["kecamatan"] or "-" for row in rows)
    assert sum(stats.hours.values()) == len(rows)
    assert stats.lateness_ms["n"] == len(plain.values("system.lateness"))
    for place in stats.heat:
        total = [value for value, row in plain.values("phase.total") if (row["kecamatan"] or "-") == place.kecamatan]
        late = sum(value for value, row in plain.values("quality.late") if (row["kecamatan"] or "-") == place.kecamatan)
        assert (place.arrived, place.total_p90_s, place.late) == (len(total), rank(total, 0.9), late)


async def compare_phases(centre: Centre, by: str) -> None:
    plain = await read_plain(centre.edge.reader, SPANS[0], CARDED)
    stats = await read_stats(centre.edge.reader, SPANS[0], centre.moment[0], TZ, cards=cards, by=by)
    wanted = {}
    for phase in PHASES:
        for value, row in plain.values(f"clock.{phase}"):
            wanted.setdefault((phase, str(row["of"][by] or "-") if by else ""), []).append((value, row))
    assert {(stat.phase, stat.group) for stat in stats.phases} == wanted.keys()
    for stat in stats.phases:
        values = wanted[stat.phase, stat.group]
        taken, targets = [value for value, _ in values], {row["target_ms"] for _, row in values}
        assert (stat.n, stat.p50, stat.p90) == (len(values), rank(taken, 0.5), rank(taken, 0.9))
        assert stat.met_share == sum(row["outcome"] == "met" for _, row in values) / len(values)
        assert stat.target_s == (targets.pop() / 1000 if len(targets) == 1 else None)


@pytest.mark.parametrize("seed", range(3))
async def test_what_the_database_counts_is_what_the_definition_says(centre: Centre, seed: int) -> None:
    chance = Chance(seed)
    ids = await centre.run(lambda tx: fill(tx, chance, 40))
    for _ in range(2):
        for window in SPANS:
            await compare(centre, window)
        narrow = chance.rng.choice(NARROW)
        await compare(centre, Window(SPANS[0].since, SPANS[0].until, **narrow))
        for by in ("", "severity", "type", "kecamatan"):
            await compare_phases(centre, by)
        await centre.run(lambda tx: change(tx, chance, ids))
