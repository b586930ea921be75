"""The wallboard's figures once more, the plain way: every row fetched, and each definition a few lines of Python.

What the product lets the database work out is held against this; it shares no line with it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from dispatch.services.statistics import Window
from dispatch.services.statistics.window import ANY
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import alarm, assignment, call, clock, event, incident

Row = dict[str, Any]
Pick = Callable[[Row], int | None]
PHASES = ("answer", "triage", "dispatch", "acknowledge", "turnout", "travel", "resolve")
RANKS = {"critical": 1, "high": 2, "medium": 3, "low": 4}
NO_EMERGENCY = ("information_request", "not_a_report")
TABLES = (alarm, assignment, call, clock, event, incident)


@dataclass
class Plain:
    """Rows of one window by population, each with its incident's."""

    rows: dict[str, list[Row]]
    carded: frozenset[str]

    def values(self, key: str) -> list[tuple[int, Row]]:
        """The rows of a figure, each with its value."""
        population, pick = picks(self.carded)[key]
        return [(value, row) for row in self.rows[population] if (value := pick(row)) is not None]


async def read_plain(reader: Reader, window: Window, carded: frozenset[str]) -> Plain:
    """``carded``: types there is a card for."""
    tables = {table.name: await reader.all(_whole(table)) for table in TABLES}
    incidents = {row["id"]: _with_work(row, tables) for row in tables["incident"]}
    span, nothing = window.span, dict.fromkeys((column.name for column in incident.columns), None)

    def rows(table: str, moment: str) -> list[Row]:
        found = []
        for row in tables[table]:
            of = incidents.get(row["id"] if table == "incident" else row["incident_id"], nothing)
            at = of["opened_at"] if table == "clock" else row[moment]
            if at is not None and span["since"] <= at < span["until"] and _is_narrow(of, window):
                found.append({**row, "of": of, "moment": row[moment]})
        return found

    return Plain(
        {"calls": rows("call", "rang_at"), "incidents": rows("incident", "opened_at"),
         "clocks": rows("clock", "started_at"), "alarms": rows("alarm", "at")}, carded,
    )


def _whole(table: Any) -> Statement:
    return Statement(select(table).where(table.c.centre == bindparam("centre")))


def _is_narrow(of: Row, window: Window) -> bool:
    agencies = json.loads(of["agencies"] or "[]")
    return (
        window.kecamatan in (ANY, of["kecamatan"]) and window.type in (ANY, of["type"])
        and (window.agency == ANY or window.agency in agencies)
    )


def _with_work(row: Row, tables: dict[str, list[Row]]) -> Row:
    marks = [mark for mark in tables["event"] if mark["incident_id"] == row["id"]]
    kinds = [mark["kind"] for mark in marks]
    changes = [json.loads(mark["data"]) for mark in marks if mark["kind"] == "incident.severity_changed"]
    lowered = [change for change in changes if RANKS.get(change["severity"], 0) > RANKS.get(change["before"], 9)]
    missed = [c for c in tables["clock"] if c["incident_id"] == row["id"] and c["outcome"] == "missed"]
    return {
        **row, **_first_unit(row, tables["assignment"]), "unmerged": "incident.split" in kinds,
        "undone": "command.undone" in kinds, "remarked": "remark.added" in kinds, "lowered": bool(lowered),
        "silent": any(not change.get("reason") for change in lowered),
        "located_at": min((mark["at"] for mark in marks if mark["kind"] == "incident.located"), default=None),
        "asked": "question.asked" in kinds or any(json.loads(mark["data"]).get("card") for mark in marks),
        "late": any(c["phase"] != "resolve" for c in missed),
        "verified": json.loads(row["place"]).get("verified") is True,
    }


def _first_unit(row: Row, assignments: list[Row]) -> Row:
    none: Row = {"turnout": None, "travel": None}
    sent = [json.loads(a["times"]) | {"id": a["id"]} for a in assignments if a["incident_id"] == row["id"]]
    gone = [t for t in sent if "assigned" in t and "en_route" in t]
    if row["dispatched_at"] is None or not gone:
        return none
    arrived = [t for t in gone if "on_scene" in t]
    name = "on_scene" if arrived else "en_route"
    first = min(arrived or gone, key=lambda t: (t[name], t["id"]))
    turnout = first["en_route"] - first["assigned"]
    return {"turnout": turnout, "travel": first["on_scene"] - first["en_route"] if arrived else None}


def is_noise(row: Row) -> bool:
    return row["disposition"] in ("ghost", "prank")


def waited(row: Row) -> int | None:
    return None if is_noise(row) or row["answered_at"] is None else row["answered_at"] - row["rang_at"]


def gave_up(row: Row) -> bool:
    over = row["answered_at"] is None and row["status"] in ("abandoned", "ended") and not is_noise(row)
    return bool(over and (row["ended_at"] or row["rang_at"]) - row["rang_at"] > 5000)


def within(row: Row, limit_ms: int) -> int | None:
    time = waited(row)
    return int(time <= limit_ms) if time is not None else 0 if gave_up(row) else None


def noted(row: Row) -> bool:
    return bool(row["of"]["summary"]) or bool(row["of"].get("remarked"))


def is_real(row: Row) -> bool:
    return row["type"] not in NO_EMERGENCY and row["merged_into"] is None


def until(name: str, severity: str = "") -> Pick:
    def pick(row: Row) -> int | None:
        moment = row["of"][name]
        if moment is None or not is_real(row) or (severity and row["severity"] != severity):
            return None
        return int(moment - row["opened_at"])

    return pick


def real(value: Callable[[Row], Any]) -> Pick:
    return lambda row: value(row["of"]) if is_real(row) else None


def took(row: Row) -> int:
    pauses = json.loads(row["pauses"])
    paused = sum(max(0, (row["stopped_at"] if p[1] is None else p[1]) - p[0]) for p in pauses)
    return int(row["stopped_at"] - row["started_at"] - paused)


def of_phase(phase: str, value: Callable[[Row], int]) -> Pick:
    def pick(row: Row) -> int | None:
        stopped = row["outcome"] in ("met", "missed") and row["stopped_at"] is not None
        nobody_waited = phase == "answer" and row["of"]["channel"] == "operator"
        return value(row) if stopped and row["phase"] == phase and not nobody_waited else None

    return pick


def picks(carded: frozenset[str]) -> dict[str, tuple[str, Pick]]:
    """By figure: of which rows it is, and what it takes of one (None = no part of it)."""
    calls: dict[str, Pick] = {
        "calls.offered": lambda r: 1, "calls.real": lambda r: None if is_noise(r) else 1,
        "calls.within_15": lambda r: within(r, 15_000), "calls.within_10": lambda r: within(r, 10_000),
        "calls.within_20": lambda r: within(r, 20_000), "calls.answer": waited,
        "calls.abandoned": lambda r: 0 if waited(r) is not None else 1 if gave_up(r) else None,
        "calls.noise": lambda r: int(is_noise(r)),
        "calls.again": lambda r: None if is_noise(r) else int(r["repeat"] > 0),
        "quality.empty_notes": lambda r: None if waited(r) is None or r["ended_at"] is None else int(not noted(r)),
    }
    incidents: dict[str, Pick] = {
        "phase.known": until("triaged_at"), "phase.located": until("located_at"),
        "phase.processing": until("dispatched_at"), "phase.turnout": real(lambda r: r["turnout"]),
        "phase.travel": real(lambda r: r["travel"]), "phase.total": until("on_scene_at"),
        "phase.total_p1": until("on_scene_at", "critical"), "quality.late": real(lambda r: int(r["late"])),
        "quality.verified": real(lambda r: int(r["verified"])),
        "quality.merged": lambda r: None if r["type"] in NO_EMERGENCY else int(r["merged_into"] is not None),
        "quality.unmerged": lambda r: int(r["of"]["unmerged"]), "quality.undone": lambda r: int(r["of"]["undone"]),
        "quality.lowered_silently": lambda r: int(r["of"]["silent"]) if r["of"]["lowered"] else None,
        "quality.cards": lambda r: (
            int(r["of"]["asked"]) if is_real(r) and r["channel"] == "call" and r["type"] in carded else None
        ),
    }
    clocks = {f"clock.{phase}": of_phase(phase, took) for phase in PHASES}
    clocks |= {f"met.{phase}": of_phase(phase, lambda r: int(r["outcome"] == "met")) for phase in PHASES}
    clocks["system.lateness"] = lambda r: r["lateness_ms"]
    alarms: dict[str, Pick] = {
        "alarms.raised": lambda r: 1,
        "alarms.acknowledged": lambda r: None if r["acknowledged_at"] is None else r["acknowledged_at"] - r["at"],
    }
    of = {"calls": calls, "incidents": incidents, "clocks": clocks, "alarms": alarms}
    return {key: (name, pick) for name, found in of.items() for key, pick in found.items()}


def rank(values: list[int], share: float) -> float | None:
    """Nearest rank, in seconds."""
    return sorted(values)[math.ceil(share * len(values)) - 1] / 1000 if values else None
