"""The full-text index, asked: which rows of each kind fit, open incidents first, then the newest.

Owns these queries and both engines' query languages. Only words of letters and digits reach an engine's syntax, and
those as a parameter. What the index holds: migrations/full_text.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, column, or_, select, text

from dispatch.domain.lookup import Query, Term
from dispatch.storage.migrations.full_text import KEYS, LOG_ONLY, OPEN_WORD, POSTGRESQL_WORDS, SLOT_BITS, TYPE_WORD
from dispatch.storage.reader import Reader, Snapshot
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call, event, incident, report, unit

SEARCH_LIMIT = 20
UNIT_WORDS = 4
NEWEST = 20_000
"""Rows of a kind that are asked first (PostgreSQL). With as many the planner joins the two indexes; a smaller table it
might rather walk, and is asked whole."""


def _ids(sql: str) -> Statement:
    return Statement(text(sql).columns(column("id", BigInteger)))


def _sqlite(table: str) -> Statement:
    slot = "(SELECT slot FROM search_slot WHERE centre = :centre)"
    return _ids(  # names of the schema, no value
        f"SELECT rowid & {(1 << SLOT_BITS) - 1} AS id FROM search_{table} WHERE search_{table} MATCH :query"  # noqa: S608
        f" AND rowid BETWEEN {slot} << {SLOT_BITS} AND ({slot} + 1 << {SLOT_BITS}) - 1"
        " ORDER BY rowid DESC LIMIT :most"
    )


def _fits(table: str) -> str:
    """The query in a SELECT of its own: the planner, not knowing it, asks the index and never weighs a walk."""
    return f"search_lexemes({POSTGRESQL_WORDS[table]}) @@ (SELECT CAST(:query AS tsquery))"


def _newest_postgresql(table: str) -> Statement:
    """Among the newest rows alone, nothing in a smaller table. The full-text index and the key meet before a row is
    read: what is common is found here, of which everywhere tens of thousands would be gathered to be sorted."""
    key, only = KEYS[table], f" AND {LOG_ONLY}" if table == "event" else ""
    by_key = f"(SELECT {key} FROM {table} WHERE centre = :centre ORDER BY {key} DESC"  # noqa: S608
    return _fitting_of(table, f"{only} AND {key} BETWEEN {by_key} OFFSET {NEWEST} LIMIT 1) AND {by_key} LIMIT 1)")


def _postgresql(table: str, more: str = "") -> Statement:
    """Everywhere, by the index."""
    return _fitting_of(table, f"{more} AND {LOG_ONLY}" if table == "event" else more)


def _fitting_of(table: str, more: str) -> Statement:
    """Materialized: with the limit in sight the planner walks back by key, and for a rare word that is through the
    whole table."""
    key = KEYS[table]
    return _ids(
        f"WITH fitting AS MATERIALIZED (SELECT {key} AS id FROM {table} WHERE centre = :centre{more}"  # noqa: S608
        f" AND {_fits(table)}) SELECT id FROM fitting ORDER BY id DESC LIMIT :most"
    )


FITTING_SQLITE = {table: _sqlite(table) for table in KEYS}
NEWEST_POSTGRESQL = {table: _newest_postgresql(table) for table in KEYS}
FITTING_POSTGRESQL = {
    "open": _postgresql("incident", " AND is_open = 1"), **{table: _postgresql(table) for table in KEYS},
}


def _mine(table: Any) -> Any:
    return table.c.centre == bindparam("centre")


_INCIDENT = (
    incident.c.id, incident.c.number, incident.c.type, incident.c.subtype, incident.c.status, incident.c.severity,
    incident.c.kecamatan, incident.c.place, incident.c.scene, incident.c.caller_name, incident.c.summary,
    incident.c.disposition, incident.c.is_open, incident.c.opened_at,
)


def _numbered(table: Any, *columns: Any) -> Any:
    """Rows with the number of their incident and whether it is open."""
    same = and_(incident.c.centre == table.c.centre, incident.c.id == table.c.incident_id)
    return select(*columns, incident.c.number, incident.c.is_open).select_from(table.outerjoin(incident, same))


BY_NUMBER = Statement(
    select(*_INCIDENT).where(_mine(incident), incident.c.number == bindparam("number"))
    .order_by(incident.c.opened_at.desc()).limit(bindparam("most"))
)
INCIDENTS = Statement(
    select(*_INCIDENT).where(_mine(incident), incident.c.id.in_(bindparam("ids", expanding=True))), many="ids"
)
REPORTS = Statement(
    _numbered(report, report.c.id, report.c.text, report.c.sender, report.c.sender_name, report.c.channel,
              report.c.received_at)
    .where(_mine(report), report.c.id.in_(bindparam("ids", expanding=True))), many="ids"
)
CALLS = Statement(
    _numbered(call, call.c.id, call.c.caller, call.c.status, call.c.rang_at)
    .where(_mine(call), call.c.id.in_(bindparam("ids", expanding=True))), many="ids"
)
LOG = Statement(
    _numbered(event, event.c.seq.label("id"), event.c.at, event.c.actor, event.c.data)
    .where(_mine(event), event.c.seq.in_(bindparam("ids", expanding=True))), many="ids"
)
ROWS = {"incident": INCIDENTS, "report": REPORTS, "call": CALLS, "event": LOG}


def _unit_words() -> ColumnElement[bool]:
    """Each of the words occurs in one of the columns; unused words are '%'."""
    columns = (unit.c.call_sign, unit.c.name, unit.c.base, unit.c.kecamatan)
    return and_(*(
        or_(*(one.ilike(bindparam(f"word{index}")) for one in columns)) for index in range(UNIT_WORDS)
    ))


UNITS = Statement(
    select(unit.c.call_sign, unit.c.name, unit.c.agency, unit.c.status, unit.c.since, unit.c.base, unit.c.kecamatan)
    .where(_mine(unit), _unit_words()).order_by(unit.c.call_sign).limit(bindparam("most"))
)
"""Tens of rows: no index. Words of letters and digits hold no wildcard."""


@dataclass(slots=True)
class Found:
    """Stored rows of each kind, open incidents first, then the newest; ``numbered`` are those of a spoken number."""

    numbered: list[Row] = field(default_factory=list)
    incidents: list[Row] = field(default_factory=list)
    reports: list[Row] = field(default_factory=list)
    calls: list[Row] = field(default_factory=list)
    log: list[Row] = field(default_factory=list)
    units: list[Row] = field(default_factory=list)


def type_word(code: str) -> str:
    """The index's word for an incident type."""
    return TYPE_WORD + code.replace("_", "").casefold()


async def find(reader: Reader, query: Query, most: int) -> Found:
    """At most ``most`` rows of each kind, all from one snapshot."""
    found = Found()
    async with reader.snapshot() as snapshot:
        if query.number is not None:
            found.numbered = await snapshot.all(BY_NUMBER, number=query.number, most=most)
        if query.phone:
            parts = tuple((term,) for term in query.phone)
            found.incidents = await _rows(snapshot, "incident", parts, most)
            found.reports = await _rows(snapshot, "report", parts, most)
            found.calls = await _rows(snapshot, "call", parts, most)
        elif query.groups:
            found.units = await snapshot.all(UNITS, most=most, **_patterns(query.words))
            found.incidents = await _rows(snapshot, "incident", query.groups, most)
            found.reports = await _rows(snapshot, "report", _plain(query.groups), most)
            found.log = await _rows(snapshot, "event", _plain(query.groups), most)
    return found


def _plain(groups: Iterable[tuple[Term, ...]]) -> tuple[tuple[Term, ...], ...]:
    """Without the types: only incidents have one."""
    return tuple(group[:1] for group in groups)


def _patterns(words: tuple[str, ...]) -> dict[str, str]:
    taken = (*words[:UNIT_WORDS], *[""] * UNIT_WORDS)[:UNIT_WORDS]
    return {f"word{index}": f"%{word}%" for index, word in enumerate(taken)}


async def _rows(snapshot: Snapshot, table: str, groups: tuple[tuple[Term, ...], ...], most: int) -> list[Row]:
    ids: dict[int, None] = {}
    if table == "incident":
        ids = dict.fromkeys(await _open_ids(snapshot, groups, most))
    if len(ids) < most:
        ids |= dict.fromkeys(await _fitting(snapshot, table, groups, most))
    if not ids:
        return []
    order = {id_: position for position, id_ in enumerate(ids)}
    rows = await snapshot.all(ROWS[table], ids=list(order)[:most])
    return sorted(rows, key=lambda row: (not row["is_open"], order[row["id"]]))


async def _open_ids(snapshot: Snapshot, groups: tuple[tuple[Term, ...], ...], most: int) -> list[int]:
    if snapshot.dialect == "sqlite":
        return await _fitting(snapshot, "incident", ((Term(OPEN_WORD),), *groups), most)
    return _listed(await snapshot.all(FITTING_POSTGRESQL["open"], query=_tsquery(groups), most=most))


async def _fitting(snapshot: Snapshot, table: str, groups: tuple[tuple[Term, ...], ...], most: int) -> list[int]:
    if snapshot.dialect == "sqlite":
        return _listed(await snapshot.all(FITTING_SQLITE[table], query=_fts5(groups), most=most))
    query = _tsquery(groups)
    newest = _listed(await snapshot.all(NEWEST_POSTGRESQL[table], query=query, most=most))
    if len(newest) >= most:
        return newest
    return _listed(await snapshot.all(FITTING_POSTGRESQL[table], query=query, most=most))


def _listed(rows: list[Row]) -> list[int]:
    return [row["id"] for row in rows]


def _fts5(groups: tuple[tuple[Term, ...], ...]) -> str:
    return " AND ".join(
        "(" + " OR ".join(f'"{term.word}"' + "*" * term.is_start for term in group) + ")" for group in groups
    )


def _tsquery(groups: tuple[tuple[Term, ...], ...]) -> str:
    return " & ".join(
        "(" + " | ".join(f"'{term.word}'" + ":*" * term.is_start for term in group) + ")" for group in groups
    )
