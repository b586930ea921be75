"""Plain search over what is stored: every word must occur. Bounded; a full-text index comes later.

Owns these queries and how a hit is titled. What was typed is data: LIKE's wildcards in it are escaped.
"""

from __future__ import annotations

import time
from datetime import tzinfo
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select

from dispatch import wire
from dispatch.domain.phone import mask_phone
from dispatch.storage import wire_row
from dispatch.storage.reader import Reader, Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call, incident, report, unit

SEARCH_LIMIT = 20
WORDS_LIMIT = 4
LONGEST_QUERY = 200
SHORTEST_WORD = 2
TITLE_LENGTH = 100
PHONE_DIGITS = 5
"""So many digits are looked up as a part of a phone number too."""


def _all_words(*columns: Any) -> ColumnElement[bool]:
    """Each of the four words occurs in one of the columns; unused words are '%'."""
    return and_(*(
        or_(*(column.ilike(bindparam(f"word{index}"), escape="\\") for column in columns))
        for index in range(WORDS_LIMIT)
    ))


def _mine(table: Any) -> Any:
    return table.c.centre == bindparam("centre")


_INCIDENT_COLUMNS = (
    incident.c.id, incident.c.number, incident.c.type, incident.c.status, incident.c.severity, incident.c.kecamatan,
    incident.c.summary, incident.c.opened_at,
)
_NUMBERED_REPORT = select(
    report.c.id, report.c.text, report.c.sender, report.c.sender_name, report.c.channel, report.c.received_at,
    incident.c.number,
).select_from(report.outerjoin(
    incident, and_(incident.c.centre == report.c.centre, incident.c.id == report.c.incident_id)
))

BY_NUMBER = Statement(
    select(*_INCIDENT_COLUMNS).where(_mine(incident), incident.c.number == bindparam("number"))
    .order_by(incident.c.opened_at.desc()).limit(bindparam("most"))
)
INCIDENTS = Statement(
    select(*_INCIDENT_COLUMNS)
    .where(_mine(incident), _all_words(incident.c.summary, incident.c.place, incident.c.type, incident.c.subtype))
    .order_by(incident.c.id.desc()).limit(bindparam("most"))
)
UNITS = Statement(
    select(unit.c.call_sign, unit.c.name, unit.c.agency, unit.c.status, unit.c.since, unit.c.base)
    .where(_mine(unit), _all_words(unit.c.call_sign, unit.c.name, unit.c.base, unit.c.kecamatan))
    .order_by(unit.c.call_sign).limit(bindparam("most"))
)
REPORTS = Statement(
    _NUMBERED_REPORT.where(_mine(report), _all_words(report.c.text, report.c.sender_name))
    .order_by(report.c.id.desc()).limit(bindparam("most"))
)
SENDERS = Statement(
    _NUMBERED_REPORT.where(_mine(report), report.c.sender.like(bindparam("digits")))
    .order_by(report.c.id.desc()).limit(bindparam("most"))
)
CALLERS = Statement(
    select(call.c.id, call.c.caller, call.c.status, call.c.rang_at)
    .where(_mine(call), call.c.caller.like(bindparam("digits")))
    .order_by(call.c.id.desc()).limit(bindparam("most"))
)


async def search(
    reader: Reader, query: str, tz: tzinfo, *, limit: int = SEARCH_LIMIT, full_phone: bool = False
) -> wire.SearchResult:
    """Incidents, units, reports and phone numbers that fit, the newest first in each kind."""
    started = time.perf_counter()
    query = query.replace("\x00", "")[:LONGEST_QUERY]
    words = [word for word in query.split() if len(word) >= SHORTEST_WORD][:WORDS_LIMIT]
    hits: list[wire.SearchHit] = []
    async with reader.snapshot() as snapshot:
        if query.isdigit() and query.isascii() and len(query) <= 9:
            found = await snapshot.all(BY_NUMBER, number=int(query), most=limit)
            hits += [_incident_hit(row, tz) for row in found]
        hits += await _by_phone(snapshot, query, limit, tz, full_phone=full_phone)
        if words:
            hits += await _by_words(snapshot, words, limit, tz, full_phone=full_phone)
    unique = list({(hit.kind, hit.key): hit for hit in reversed(hits)}.values())[::-1]
    return wire.SearchResult(query=query, hits=unique[:limit], took_ms=(time.perf_counter() - started) * 1000)


async def _by_words(
    snapshot: Snapshot, words: list[str], limit: int, tz: tzinfo, *, full_phone: bool
) -> list[wire.SearchHit]:
    patterns = {f"word{index}": "%" for index in range(WORDS_LIMIT)}
    patterns |= {f"word{index}": f"%{_literal(word)}%" for index, word in enumerate(words)}
    units = [_unit_hit(row, tz) for row in await snapshot.all(UNITS, most=limit, **patterns)]
    incidents = [_incident_hit(row, tz) for row in await snapshot.all(INCIDENTS, most=limit, **patterns)]
    reports = await snapshot.all(REPORTS, most=limit, **patterns)
    return [*units, *incidents, *(_report_hit(row, tz, full_phone=full_phone) for row in reports)]


async def _by_phone(
    snapshot: Snapshot, query: str, limit: int, tz: tzinfo, *, full_phone: bool
) -> list[wire.SearchHit]:
    """A leading 0 is the country code: people type 0812, stored is +62812."""
    digits = "".join(c for c in query if c.isascii() and c.isdigit())
    if len(digits) < PHONE_DIGITS or not set(query) <= set("+0123456789 -()"):
        return []
    pattern = f"%{digits.removeprefix('0')}%"
    reports = await snapshot.all(SENDERS, digits=pattern, most=limit)
    calls = await snapshot.all(CALLERS, digits=pattern, most=limit)
    return [*(_report_hit(row, tz, full_phone=full_phone) for row in reports), *(_call_hit(row, tz) for row in calls)]


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _short(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= TITLE_LENGTH else line[: TITLE_LENGTH - 3] + "..."


def _incident_hit(row: Row, tz: tzinfo) -> wire.SearchHit:
    detail = " ".join(part for part in (row["type"], row["severity"], row["status"], row["kecamatan"]) if part)
    return wire.SearchHit(
        kind="incident", key=f"incident:{row['number']}", title=f"{row['number']} {_short(row['summary'])}".strip(),
        detail=detail, at=wire_row.at(row["opened_at"], tz),
    )


def _unit_hit(row: Row, tz: tzinfo) -> wire.SearchHit:
    return wire.SearchHit(
        kind="unit", key=f"unit:{row['call_sign']}", title=f"{row['call_sign']} {row['name']}",
        detail=f"{row['agency']} {row['status']} {row['base']}".strip(), at=wire_row.at(row["since"], tz),
    )


def _report_hit(row: Row, tz: tzinfo, *, full_phone: bool) -> wire.SearchHit:
    sender = row["sender"] if full_phone else mask_phone(row["sender"])
    who = " ".join(part for part in (row["channel"], sender, row["sender_name"]) if part)
    return wire.SearchHit(
        kind="report", key=f"incident:{row['number']}" if row["number"] else f"report:{row['id']}",
        title=_short(row["text"]), detail=who, at=wire_row.at(row["received_at"], tz),
    )


def _call_hit(row: Row, tz: tzinfo) -> wire.SearchHit:
    return wire.SearchHit(
        kind="call", key=f"call:{row['id']}", title=mask_phone(row["caller"]), detail=row["status"],
        at=wire_row.at(row["rang_at"], tz),
    )
