"""The seven items of a shift's handover, as they are read out. Reads only; owns their order and what each holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from dispatch.domain.incident import Incident
from dispatch.domain.instant import from_ms
from dispatch.domain.transitions import IncidentStatus
from dispatch.services.knowledge import Knowledge
from dispatch.services.notices import place_label
from dispatch.services.ownership import open_incidents_of
from dispatch.services.shelving import shelved_alarms
from dispatch.storage.assignments import assignments_of
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import alarm, clock, unit
from dispatch.storage.transaction import Tx
from dispatch.storage.wire_row import alarm_row
from dispatch.texts import text

INCIDENTS, PROMISES, UNITS, ROADS, WEATHER, SYSTEM, BULLETINS = range(1, 8)
ITEMS = (INCIDENTS, PROMISES, UNITS, ROADS, WEATHER, SYSTEM, BULLETINS)
STANDING = (ROADS, WEATHER, BULLETINS)
"""What only people know: their notes go on from shift to shift until somebody writes them anew."""
NOT_READY = ("out_of_service", "no_contact")
ROWS = 200

RUNNING = Statement(
    select(clock.c.incident_id, clock.c.phase, clock.c.due_at)
    .where(clock.c.centre == bindparam("centre"), clock.c.incident_id.in_(bindparam("ids", expanding=True)))
    .where(clock.c.stopped_at.is_(None), clock.c.next_at.is_not(None)),
    many="ids",
)
UNITS_AWAY = Statement(
    select(unit).where(unit.c.centre == bindparam("centre"), unit.c.status.in_(NOT_READY))
    .order_by(unit.c.call_sign).limit(ROWS)
)
SYSTEM_ALARMS = Statement(
    select(alarm, alarm.c.incident_id.label("incident_number"))
    .where(alarm.c.centre == bindparam("centre"), alarm.c.is_open == 1, alarm.c.incident_id.is_(None))
    .order_by(alarm.c.level, alarm.c.id).limit(ROWS)
)


@dataclass(frozen=True, slots=True)
class Item:
    """``keys`` name what the lines speak of: what came after it was read out makes it unread again."""

    number: int
    title: str
    lines: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


def seven_items(tx: Tx, outgoing: str, notes: dict[str, list[str]], knowledge: Knowledge, lang: str) -> list[Item]:
    """All seven, in order, each with its notes behind what the system knows."""
    found = [*open_incidents_of(tx, outgoing), *open_incidents_of(tx, "")]
    built = {
        INCIDENTS: _incidents(tx, [i for i in found if i.status is not IncidentStatus.HELD], knowledge, lang),
        PROMISES: _promises(found, knowledge, lang),
        UNITS: _units(tx, knowledge, lang),
        SYSTEM: _system(tx, knowledge, lang),
    }
    return [_with_notes(number, built.get(number, []), notes.get(str(number), []), lang) for number in ITEMS]


def _with_notes(number: int, told: list[tuple[str, str]], notes: list[str], lang: str) -> Item:
    lines = [line for _, line in told] + [text("handover.note", lang, text=note) for note in notes]
    keys = [key for key, _ in told] + [f"note:{note}" for note in notes]
    return Item(number, text(f"handover.item_{number}", lang, n=len(lines)), lines, keys)


def _incidents(tx: Tx, items: list[Incident], knowledge: Knowledge, lang: str) -> list[tuple[str, str]]:
    due = _next_due(tx, [item.id for item in items])
    return [(f"incident:{item.id}", _incident(tx, item, due.get(item.id), knowledge, lang)) for item in items]


def _next_due(tx: Tx, ids: list[int]) -> dict[int, Row]:
    """The clock of each incident that is due first, of those that run."""
    rows = sorted(tx.all(RUNNING, ids=ids), key=lambda row: int(row["due_at"]), reverse=True) if ids else []
    return {row["incident_id"]: row for row in rows}


def _incident(tx: Tx, item: Incident, due: Row | None, knowledge: Knowledge, lang: str) -> str:
    kind = knowledge.rules.types.get(item.type)
    subjects = [a.subject for a in assignments_of(tx, item.id) if a.is_live]
    live = [subject.upper() if subject in knowledge.rules.agencies else subject for subject in subjects]
    return text(
        "handover.incident", lang, number=f"{item.number:04d}", rank=item.severity.rank if item.severity else "-",
        type=kind.labels.get(lang, kind.labels["id"]) if kind else item.type,
        place=place_label(item, knowledge, lang),
        status=text(f"log.word.{item.status.value}", lang), units=" ".join(live) or "-",
        clock=_clock(due, tx.now_ms, knowledge, lang),
        owner="" if item.owner else text("handover.unowned", lang),
    ).strip()


def _clock(due: Row | None, now_ms: int, knowledge: Knowledge, lang: str) -> str:
    if due is None:
        return text("handover.no_clock", lang)
    key = "handover.clock_late" if due["due_at"] <= now_ms else "handover.clock"
    return text(key, lang, phase=text(f"phase.{due['phase']}", lang), at=_hour(due["due_at"], knowledge))


def _promises(items: list[Incident], knowledge: Knowledge, lang: str) -> list[tuple[str, str]]:
    """Held incidents with their reminder, and callers who wait to be called back."""
    told = []
    zone = ZoneInfo(knowledge.rules.tz_name)
    for item in items:
        number = f"{item.number:04d}"
        if item.status is IncidentStatus.HELD and item.held_until is not None:
            at = f"{item.held_until.astimezone(zone):%d/%m %H:%M}"
            line = text("handover.held", lang, number=number, at=at, reason=item.held_reason)
            told.append((f"held:{item.id}:{at}", line.strip()))
        if item.callback_due:
            told.append((f"callback:{item.id}", text("handover.callback", lang, number=number)))
    return told


def _units(tx: Tx, knowledge: Knowledge, lang: str) -> list[tuple[str, str]]:
    return [
        (f"unit:{row['call_sign']}:{row['status']}", text(
            "handover.unit", lang, unit=row["call_sign"], status=text(f"log.word.{row['status']}", lang),
            at=_hour(row["since"], knowledge), note=row["note"],
        ).strip())
        for row in tx.all(UNITS_AWAY)
    ]


def _system(tx: Tx, knowledge: Knowledge, lang: str) -> list[tuple[str, str]]:
    """What works badly now: what the server says of itself, and the open alarms that belong to no incident."""
    zone = ZoneInfo(knowledge.rules.tz_name)
    told = [(f"degraded:{sentence}", sentence) for sentence in knowledge.degraded]
    alarms = [(f"alarm:{row['id']}", alarm_row(row, zone, lang).text) for row in tx.all(SYSTEM_ALARMS)]
    told += [pair for pair in alarms if pair[1] not in knowledge.degraded]
    return told + [_shelved(tx, row, knowledge, lang) for row in shelved_alarms(tx)]


def _shelved(tx: Tx, row: Row, knowledge: Knowledge, lang: str) -> tuple[str, str]:
    """An alarm that is put aside now and will come back on the next shift."""
    number = f"{fetch_incident(tx, row['incident_id']).number:04d}" if row["incident_id"] else ""
    said = alarm_row({**row, "incident_number": number}, ZoneInfo(knowledge.rules.tz_name), lang).text
    line = text("handover.shelved", lang, by=row["shelved_by"], at=_hour(row["shelved_until"], knowledge), text=said,
                reason=row["shelved_reason"])
    return f"shelved:{row['id']}:{row['shelved_until']}", line


def _hour(ms: int, knowledge: Knowledge) -> str:
    return f"{from_ms(ms).astimezone(ZoneInfo(knowledge.rules.tz_name)):%d/%m %H:%M}"
