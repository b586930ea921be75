"""A past day of the live database as a scenario: the same contacts at the same distances, judged by what the people
of that day made of it. Reads only. Numbers are made up anew; a phone number inside a text is masked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, tzinfo

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, select

from dispatch.domain.instant import to_ms
from dispatch.errors import ConfigurationError, Problem
from dispatch.storage.inspection import Inspection
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call, report
from dispatch.training.facts import ASSIGNMENTS, NOT_SENT, surviving
from dispatch.training.scenario import CALL_CODES, MAX_STEPS, Expected, Scenario, Step

REPORTS = Statement(
    select(report.c.channel, report.c.received_at, report.c.sender, report.c.text, report.c.triage,
           report.c.incident_id, report.c.call_id)
    .where(report.c.centre == bindparam("centre"), report.c.received_at >= bindparam("since"),
           report.c.received_at < bindparam("until"))
    .order_by(report.c.received_at).limit(MAX_STEPS + 1)
)
CALLS = Statement(
    select(call.c.id, call.c.caller, call.c.rang_at, call.c.answered_at, call.c.ended_at, call.c.incident_id,
           call.c.transcript)
    .where(call.c.centre == bindparam("centre"), call.c.rang_at >= bindparam("since"),
           call.c.rang_at < bindparam("until"))
    .order_by(call.c.rang_at).limit(MAX_STEPS + 1)
)
PATIENCE_S = 45.0
"""Whoever was answered that day waits at least so long now."""
SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
NUMBER = re.compile(r"\+?\d(?:[\s.-]?\d){7,14}")
WORDLESS = frozenset({"not_a_report", "information_request"})


def read_day(found: Inspection, centre: str, day: date, tz: tzinfo, speed: float) -> Scenario:
    """Raises ConfigurationError for a day on which nobody called, or too many did."""
    since = datetime.combine(day, datetime.min.time(), tz)
    span = {"centre": centre, "since": to_ms(since), "until": to_ms(since + timedelta(days=1))}
    reports, calls = found.all(REPORTS, **span), found.all(CALLS, **span)
    if not reports and not calls:
        raise _unusable(day, "nobody wrote or called")
    if len(reports) + len(calls) > MAX_STEPS:
        raise _unusable(day, f"has more than {MAX_STEPS} contacts")
    told = _Telling(found, centre)
    contacts = sorted([*told.messages(reports), *told.calls(calls, reports)], key=lambda pair: pair[0])
    first = contacts[0][0]
    steps = tuple(replace(step, at_s=5.0 + (at - first) / 1000) for at, step in contacts)
    return Scenario(
        name=f"day-{day.isoformat()}", title={"id": f"Hari {day:%d-%m-%Y}", "en": f"The day of {day.isoformat()}"},
        steps=steps, expected=tuple(told.events.values()), speed=speed,
    )


def _unusable(day: date, why: str) -> ConfigurationError:
    return ConfigurationError([Problem(f"{day.isoformat()} {why}", key="--training")])


class _Telling:
    """``events`` fills with what the contacts turn out to be about."""

    def __init__(self, found: Inspection, centre: str) -> None:
        self._found, self._centre = found, centre
        self._people: dict[str, str] = {}
        self.events: dict[str, Expected] = {}

    def messages(self, reports: Iterable[Row]) -> Iterator[tuple[int, Step]]:
        """Texts and forms; what an operator entered without a call was told by telephone or radio."""
        for row in reports:
            words = mask(row["text"])
            if row["call_id"] is not None or row["channel"] == "call" or not words.strip():
                continue
            step = Step(
                at_s=0.0, channel="web", person=self._person(row["sender"]), event=self._event(row["incident_id"]),
                text=words,
            )
            if row["channel"] in ("sms", "whatsapp"):
                step = replace(step, channel=row["channel"])
            elif row["channel"] == "operator":
                step = replace(step, channel="call", text="", says=sentences(words), waits_s=PATIENCE_S)
            else:
                place = msgspec.json.decode(row["triage"]).get("place") or {}
                step = replace(step, kecamatan=str(place.get("kecamatan") or ""))
            yield row["received_at"], step

    def calls(self, calls: Iterable[Row], reports: Iterable[Row]) -> Iterator[tuple[int, Step]]:
        """What was written down while they spoke is what they say."""
        said: dict[int, list[str]] = {}
        for row in reports:
            if row["call_id"] is not None and row["text"].strip():
                said.setdefault(row["call_id"], []).append(mask(row["text"]))
        for row in calls:
            answered = row["answered_at"] is not None
            end = row["answered_at"] if answered else row["ended_at"]
            waited_s = max(1.0, (end - row["rang_at"]) / 1000) if end is not None else PATIENCE_S
            words = " ".join(said.get(row["id"], [])) or mask(row["transcript"])
            yield row["rang_at"], Step(
                at_s=0.0, channel="call", person=self._person(row["caller"]), event=self._event(row["incident_id"]),
                says=sentences(words), waits_s=max(waited_s, PATIENCE_S) if answered else waited_s,
            )

    def _person(self, sender: str) -> str:
        if not sender:
            return f"p{len(self._people)}-{len(self.events)}"
        return self._people.setdefault(sender, f"p{len(self._people) + 1}")

    def _event(self, incident_id: int | None) -> str:
        rows = surviving(self._found, self._centre, [incident_id] if incident_id is not None else [])
        if not rows:
            return ""
        key = f"{rows[0]['number']}-{rows[0]['id']}"  # a spoken number is used again one day
        if key not in self.events:
            self.events[key] = self._expected(key, rows[0])
        return key

    def _expected(self, key: str, row: Row) -> Expected:
        sent = self._found.all(ASSIGNMENTS, centre=self._centre, id=row["id"])
        units = Counter(item["agency"] for item in sent if item["status"] not in NOT_SENT)
        kind = f"{row['type']}.{row['subtype']}" if row["subtype"] else row["type"]
        title = f"{row['number']} {kind}"
        if not units and row["disposition"] and (row["type"] in WORDLESS or row["disposition"] in CALL_CODES):
            return Expected(key=key, title=title, closed_as=(row["disposition"],))
        desa = str(msgspec.json.decode(row["place"]).get("desa") or "")
        return Expected(
            key=key, title=title, types=(kind,), severities=(row["severity"],) if row["severity"] else (),
            kecamatan=(row["kecamatan"],) if row["kecamatan"] else (), desa=(desa,) if desa else (), units=dict(units),
        )


def mask(words: str) -> str:
    """A phone number in a text is somebody's: an exercise does not need it."""
    return NUMBER.sub("08xx", words)


def sentences(words: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in SENTENCE.split(words) if part.strip())
