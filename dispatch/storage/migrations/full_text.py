"""The full-text index: what is searched of incidents, reports, calls and the log. Frozen SQL used by migrations.

The engine itself keeps it, in the transaction of the row: triggers into FTS5 tables on SQLite, GIN indexes over
expressions on PostgreSQL. No code can forget it, no command can leave it behind. Letters a-z and digits are words,
everything else parts them; accents are dropped. A number is also found by any part of its last nine digits,
and by both of its ends as a board shows them: '62812x771' stands for 0812-***-771.

SQLite: ``rowid`` is ``slot << 44 | id`` with one slot a centre, so that newest first is the order of the index.
"""

# ruff: noqa: S608 - names of this module and no value are put together
from __future__ import annotations

from itertools import starmap

from sqlalchemy import Connection

SLOT_BITS = 44
OPEN_WORD = "xqopen"
"""Stands in the words of an open incident, so that open ones are found without looking at rows (SQLite)."""
TYPE_WORD = "xqtype"
"""Before the type's code without underscores: 'xqtyperoaddamage'."""
LONGEST = 20_000
_ENDS = range(3, 10)
_ACCENTS = ("áàâäãåéèêëíìîïóòôöõúùûüñçÁÀÂÄÃÅÉÈÊËÍÌÎÏÓÒÔÖÕÚÙÛÜÑÇ",
            "aaaaaaeeeeiiiiooooouuuuncaaaaaaeeeeiiiiooooouuuunc")

LOG_KINDS = ("remark.added",)
"""Lines of the log that hold a person's free words."""


def _number_sqlite(column: str) -> str:
    both = f" || ' ' || substr({column}, 2, 5) || 'x' || substr({column}, -3)"
    return f"{column} || " + " || ".join(f"' ' || substr({column}, -{n})" for n in _ENDS) + both


def _number_postgresql(column: str) -> str:
    both = f" || ' ' || substr({column}, 2, 5) || 'x' || right({column}, 3)"
    return f"{column} || " + " || ".join(f"' ' || right({column}, {n})" for n in _ENDS) + both


def _inside_postgresql(column: str, name: str) -> str:
    # Not by a cast to JSON: one escape that the server refuses would refuse the report.
    return f"""coalesce(substring({column} from '"{name}":"((?:[^"\\\\]|\\\\.)*)"'), '')"""


def _inside_sqlite(column: str, name: str) -> str:
    return f"coalesce(json_extract(ROW.{column}, '$.{name}'), '')"


_INSIDE = (("place", "desa"), ("place", "landmark"), ("place", "outside"), ("scene", "landmark"), ("scene", "hazard"))
"""Free words that stand inside the JSON of a column."""


_TYPE = "' {word}' || replace({row}type, '_', '') || ' ' || {row}subtype"
SQLITE_WORDS = {
    "incident": (
        f"substr(ROW.summary, 1, {LONGEST}) || ' ' || ROW.kecamatan || ' ' || ROW.caller_name || ' ' || "
        + " || ' ' || ".join(starmap(_inside_sqlite, _INSIDE))
        + f" || CASE ROW.callback WHEN '' THEN '' ELSE ' ' || {_number_sqlite('ROW.callback')} END"
        + " || " + _TYPE.format(word=TYPE_WORD, row="ROW.")
        + f" || CASE ROW.is_open WHEN 1 THEN ' {OPEN_WORD}' ELSE '' END"
    ),
    "report": f"substr(ROW.text, 1, {LONGEST}) || ' ' || ROW.sender_name || ' ' || {_number_sqlite('ROW.sender')}",
    "call": _number_sqlite("ROW.caller"),
    "event": f"substr(coalesce(json_extract(ROW.data, '$.text'), ''), 1, {LONGEST})",
}
"""ROW stands for the row's name: 'new' and 'old' in a trigger."""
POSTGRESQL_WORDS = {
    "incident": (
        f"left(summary, {LONGEST}) || ' ' || kecamatan || ' ' || caller_name || ' ' || "
        + " || ' ' || ".join(starmap(_inside_postgresql, _INSIDE))
        + f" || CASE callback WHEN '' THEN '' ELSE ' ' || {_number_postgresql('callback')} END"
        + " || " + _TYPE.format(word=TYPE_WORD, row="")
    ),
    "report": f"left(text, {LONGEST}) || ' ' || sender_name || ' ' || {_number_postgresql('sender')}",
    "call": _number_postgresql("caller"),
    "event": (
        r"""left(regexp_replace(coalesce(substring(data from '"text":"((?:[^"\\]|\\.)*)"'), ''), '\\[a-z]', ' ', 'g')"""
        f", {LONGEST})"
    ),
}
KEYS = {"incident": "id", "report": "id", "call": "id", "event": "seq"}
LOG_ONLY = f"kind IN ({', '.join(repr(kind) for kind in LOG_KINDS)})"
_CHANGING = {
    "incident": "summary, place, scene, caller_name, callback, kecamatan, type, subtype, is_open",
    "report": "text, sender, sender_name", "call": "caller",
}

SLOTS = "CREATE TABLE search_slot (slot INTEGER PRIMARY KEY, centre TEXT NOT NULL UNIQUE)"
LEXEMES = f"""
    CREATE FUNCTION search_lexemes(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT to_tsvector('simple'::regconfig,
            regexp_replace(translate(lower(words), '{_ACCENTS[0]}', '{_ACCENTS[1]}'), '[^a-z0-9]+', ' ', 'g'))
    $$
"""


def _rowid(row: str, key: str) -> str:
    return f"((SELECT slot FROM search_slot WHERE centre = {row}.centre) << {SLOT_BITS}) + {row}.{key}"


def sqlite_statements(table: str) -> list[str]:
    """The FTS5 table of ``table``, its triggers, and the rows that are there already. Names are this module's own."""
    key, index = KEYS[table], f"search_{table}"
    stored, old, new = (SQLITE_WORDS[table].replace("ROW.", f"{row}.") for row in ("n", "old", "new"))
    when, only = (f"WHEN new.{LOG_ONLY} ", f" WHERE n.{LOG_ONLY}") if table == "event" else ("", "")
    slot = (
        "INSERT INTO search_slot (centre) SELECT new.centre"
        " WHERE NOT EXISTS (SELECT 1 FROM search_slot s WHERE s.centre = new.centre);"
    )
    put = f"INSERT INTO {index} (rowid, words)"
    made = [
        f"CREATE VIRTUAL TABLE {index} USING fts5(words, tokenize='unicode61 remove_diacritics 2', detail=none)",
        f"CREATE TRIGGER {index}_new AFTER INSERT ON {table} {when}"
        f"BEGIN {slot} {put} VALUES ({_rowid('new', key)}, {new}); END",
    ]
    if table in _CHANGING:
        made.append(
            f"CREATE TRIGGER {index}_changed AFTER UPDATE OF {_CHANGING[table]} ON {table} WHEN {old} <> {new}"
            f" BEGIN UPDATE {index} SET words = {new} WHERE rowid = {_rowid('new', key)}; END"
        )
    return [*made, f"{put} SELECT {_rowid('n', key)}, {stored} FROM {table} n{only}"]


def postgresql_statement(table: str) -> str:
    only = f" WHERE {LOG_ONLY}" if table == "event" else ""
    return f"CREATE INDEX search_{table} ON {table} USING gin (search_lexemes({POSTGRESQL_WORDS[table]})){only}"


def create_full_text(connection: Connection) -> None:
    """Build the index for this connection's engine, also over what is stored already."""
    if connection.dialect.name == "sqlite":
        known = "INSERT INTO search_slot (centre) SELECT DISTINCT centre FROM head"
        statements = [SLOTS, known, *(line for table in KEYS for line in sqlite_statements(table))]
    else:
        statements = [LEXEMES, *map(postgresql_statement, KEYS)]
    for statement in statements:
        connection.exec_driver_sql(statement)


def drop_full_text(connection: Connection) -> None:
    """Take an index of other words away, where there is one."""
    if connection.dialect.name == "sqlite":
        triggers = [f"DROP TRIGGER IF EXISTS search_{table}_{when}" for table in KEYS for when in ("new", "changed")]
        tables = [f"DROP TABLE IF EXISTS {name}" for name in (*(f"search_{table}" for table in KEYS), "search_slot")]
        statements = [*triggers, *tables]
    else:
        statements = [f"DROP INDEX IF EXISTS search_{table}" for table in KEYS]
        statements.append("DROP FUNCTION IF EXISTS search_lexemes(text)")
    for statement in statements:
        connection.exec_driver_sql(statement)
