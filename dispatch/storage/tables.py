"""The tables. Owns the schema; Alembic's migrations must end in exactly this.

Every row belongs to a ``centre``, the partition key, first in every primary key. Columns hold
primitive values only (BIGINT milliseconds since the epoch for times, JSON as text), so one compiled
statement runs on both drivers without type processors: see docs/adr/0002-storage-on-the-driver.md.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, MetaData, Table, Text, UniqueConstraint
from sqlalchemy import text as sql_text
from sqlalchemy.sql.schema import SchemaItem

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=NAMING)


def _text(name: str, **kw: object) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", **kw)  # type: ignore[arg-type]


def _json(name: str, empty: str = "{}") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=empty)


def _time(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def _maybe_time(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=True)


def _count(name: str, start: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=str(start))


def _table(name: str, *items: SchemaItem, key: str = "id") -> Table:
    keyed: list[SchemaItem] = [Column("centre", Text, primary_key=True)]
    if key == "id":
        keyed.append(Column("id", BigInteger, primary_key=True, autoincrement=False))
    return Table(name, metadata, *keyed, *items)


head = _table(
    "head",
    Column("seq", BigInteger, nullable=False),
    _text("hash"),
    Column("next_id", BigInteger, nullable=False),
    Column("next_number", BigInteger, nullable=False),
    key="",
)
"""One row a centre: last event and the counters. Locked first by every command (architecture.md 4)."""

event = _table(
    "event",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    _time("at"),
    _text("actor"),
    _text("kind"),
    Column("incident_id", BigInteger, nullable=True),
    _json("touched", "[]"),
    _json("data"),
    _text("prev_hash"),
    _text("hash"),
    Index(None, "centre", "incident_id", "seq"),
    key="",
)
"""``touched`` lists the feed keys whose rows changed: 'incident:ID', 'unit:A01', 'call:ID' ..."""

report = _table(
    "report",
    _text("channel"),
    _text("external_id"),
    _time("received_at"),
    _text("sender"),
    _text("sender_name"),
    _text("recipient"),
    _text("text"),
    _json("attachments", "[]"),
    _json("triage"),
    _json("extra"),
    Column("incident_id", BigInteger, nullable=True),
    Column("call_id", BigInteger, nullable=True),
    _text("public_code"),
    UniqueConstraint("centre", "channel", "external_id"),
    Index(None, "centre", "incident_id", "id"),
    Index(None, "centre", "sender", "received_at"),
    Index(None, "centre", "public_code"),
)

incident = _table(
    "incident",
    Column("number", BigInteger, nullable=False),
    _text("status"),
    _text("type"),
    _json("also_types", "[]"),
    _text("subtype"),
    Column("severity", Text, nullable=True),
    _count("life_threat"),
    _count("unsure"),
    Column("confidence", Float, nullable=False, server_default="0"),
    _json("place"),
    _text("place_code"),
    _text("kecamatan"),
    _json("agencies", "[]"),
    _text("summary"),
    _text("channel"),
    _text("caller"),
    _count("reports", 1),
    _time("opened_at"),
    _time("updated_at"),
    _maybe_time("seen_at"),
    _text("seen_by"),
    _text("owner"),
    _maybe_time("triaged_at"),
    _maybe_time("dispatched_at"),
    _maybe_time("on_scene_at"),
    _maybe_time("resolved_at"),
    _maybe_time("closed_at"),
    _maybe_time("held_until"),
    _text("held_reason"),
    Column("merged_into", BigInteger, nullable=True),
    _text("status_before_merge"),
    _text("disposition"),
    _count("callback_due"),
    _json("duplicates", "[]"),
    _json("decision"),
    _text("rules_digest"),
    _text("last_actor"),
    _count("version", 1),
    _count("is_open", 1),
    Index(None, "centre", "number", "opened_at"),
    Index(None, "centre", "is_open", "opened_at"),
    Index(None, "centre", "opened_at"),
    Index(None, "centre", "caller", "is_open", "opened_at"),
    Index("ix_incident_held", "centre", "held_until"),
    Index("ix_incident_near", "centre", "place_code", "is_open", "opened_at"),
    Index(
        "ix_incident_many", "centre", "place_code", "opened_at",
        sqlite_where=sql_text("reports >= 3 AND is_open = 1"),
        postgresql_where=sql_text("reports >= 3 AND is_open = 1"),
    ),
)

assignment = _table(
    "assignment",
    Column("incident_id", BigInteger, nullable=False),
    Column("unit", Text, nullable=True),
    _text("agency"),
    _text("status"),
    _count("is_live", 1),
    _time("assigned_at"),
    _time("updated_at"),
    _json("times"),
    _text("note"),
    Index(None, "centre", "incident_id", "id"),
    Index(None, "centre", "is_live", "unit", "id"),
)
"""``times`` maps a status to the ms it was reached; a skipped status is absent ('not recorded')."""

unit = Table(
    "unit",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("call_sign", Text, primary_key=True),
    _text("agency"),
    _text("name"),
    _text("base"),
    _text("kecamatan"),
    _text("phone"),
    _json("capabilities", "[]"),
    _count("crew"),
    Column("lat", Float, nullable=True),
    Column("lon", Float, nullable=True),
    _count("out_of_service"),
    _count("no_contact"),
    _text("status"),
    _time("since"),
    _text("note"),
    Column("incident_id", BigInteger, nullable=True),
    _count("version", 1),
    Index(None, "centre", "phone"),
)

clock = _table(
    "clock",
    Column("incident_id", BigInteger, nullable=False),
    Column("assignment_id", BigInteger, nullable=True),
    _text("phase"),
    _text("subject"),
    _time("started_at"),
    Column("target_ms", BigInteger, nullable=False),
    _text("calendar"),
    _text("severity"),
    _time("warn_at"),
    _time("due_at"),
    _time("serious_at"),
    _maybe_time("next_at"),
    _count("level"),
    _json("pauses", "[]"),
    _maybe_time("stopped_at"),
    _text("outcome"),
    _json("firings", "[]"),
    Column("lateness_ms", BigInteger, nullable=True),
    _text("parked"),
    Index(None, "centre", "incident_id", "id"),
    Index("ix_clock_next", "centre", "next_at"),
    Index("ix_clock_running", "centre", "stopped_at", "level", "started_at"),
)
"""``next_at`` is the next instant to fire (null: stopped, paused or nothing left). ``firings`` keeps
[{level, due_at, fired_at, lateness_ms}]. ``outcome``: '', met, missed, cancelled."""

call = _table(
    "call",
    _text("external_id"),
    _text("caller"),
    _text("called"),
    _text("status"),
    _time("rang_at"),
    _maybe_time("queued_at"),
    _maybe_time("answered_at"),
    _maybe_time("ended_at"),
    _text("operator"),
    _text("agent_sid"),
    Column("incident_id", BigInteger, nullable=True),
    Column("report_id", BigInteger, nullable=True),
    _text("disposition"),
    _text("recording_url"),
    _text("transcript"),
    _count("repeat"),
    _json("steps", "[]"),
    UniqueConstraint("centre", "external_id"),
    Index(None, "centre", "status", "rang_at"),
    Index(None, "centre", "caller", "rang_at"),
    Index(None, "centre", "rang_at"),
)

outbox = _table(
    "outbox",
    _text("purpose"),
    _text("channel"),
    _text("recipient"),
    _text("body"),
    _json("payload"),
    _text("dedupe_key"),
    _count("critical"),
    _text("status"),
    _count("attempts"),
    _time("created_at"),
    _maybe_time("next_at"),
    _text("leased_by"),
    _maybe_time("leased_until"),
    _text("driver"),
    _text("provider_id"),
    _text("error"),
    _maybe_time("accepted_at"),
    _maybe_time("delivered_at"),
    Column("incident_id", BigInteger, nullable=True),
    Column("assignment_id", BigInteger, nullable=True),
    UniqueConstraint("centre", "dedupe_key"),
    Index("ix_outbox_next", "centre", "critical", "next_at"),
    Index(None, "centre", "provider_id"),
    Index(None, "centre", "incident_id"),
)
"""``next_at`` null = nothing more to do. ``payload`` holds what a driver needs beyond the body."""

dialogue = _table(
    "dialogue",
    _text("phone"),
    _text("channel"),
    Column("incident_id", BigInteger, nullable=True),
    _text("lang"),
    _text("step"),
    _json("asked", "[]"),
    _json("texts", "[]"),
    _time("opened_at"),
    _maybe_time("next_at"),
    _count("reminders"),
    _text("quiet_by"),
    _maybe_time("stopped_at"),
    _maybe_time("muted_until"),
    UniqueConstraint("centre", "incident_id", "phone"),
    Index(None, "centre", "phone", "id"),
    Index("ix_dialogue_next", "centre", "next_at"),
)
"""One thread of texts: a phone and the incident it is about. ``step`` is the question that waits for its answer,
``asked`` those already put, ``texts`` the moments (ms) of the last automatic texts, ``next_at`` when silence counts.
``quiet_by``: who asked for no automatic texts; ``stopped_at``: STOP; ``muted_until``: a loop was cut."""

alarm = _table(
    "alarm",
    _count("level"),
    _text("kind"),
    _text("cause"),
    _json("params"),
    _time("at"),
    Column("incident_id", BigInteger, nullable=True),
    _text("phase"),
    _text("subject"),
    _text("acknowledged_by"),
    _maybe_time("acknowledged_at"),
    _maybe_time("cleared_at"),
    _count("is_open", 1),
    Index(None, "centre", "cause", "is_open"),
    Index(None, "centre", "is_open", "id"),
    Index(None, "centre", "incident_id"),
)
"""One open alarm a ``cause`` ('clock:ID', 'storage', 'rules' ...)."""

operator = Table(
    "operator",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    _text("role"),
    _text("password_hash"),
    _text("phone"),
    _text("lang"),
    _count("disabled"),
    _text("state"),
    _time("since"),
    Column("viewing", BigInteger, nullable=True),
    _time("created_at"),
)

session = Table(
    "session",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("token_hash", Text, primary_key=True),
    _text("operator"),
    _text("role"),
    _text("seat"),
    _text("phone"),
    _time("created_at"),
    _time("expires_at"),
    _time("seen_at"),
    Index(None, "centre", "expires_at"),
)
"""``token_hash`` is the SHA-256 of the bearer token; the token itself is never stored."""

handover = _table(
    "handover",
    _text("outgoing"),
    _text("incoming"),
    _time("started_at"),
    _maybe_time("signed_at"),
    _json("ticked"),
    _json("notes"),
    _json("items", "[]"),
    _text("reason"),
    _count("is_open", 1),
    Index(None, "centre", "is_open", "id"),
)
"""A shift's handover: a draft while ``is_open``, then what both signed. ``ticked`` maps an item to the keys that were
read out, ``notes`` an item to its sentences, ``items`` is the signed text."""

command_log = Table(
    "command_log",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    _time("at"),
    _text("actor"),
    _text("command"),
    _text("arguments"),
    _json("result"),
    _json("undo"),
    _maybe_time("undone_at"),
    Column("incident_id", BigInteger, nullable=True),
    Index(None, "centre", "actor", "at"),
)
"""Idempotency keys of operator commands with their answers, and what 'U' needs to undo them."""

triage_answer = _table(
    "triage_answer",
    _time("at"),
    _text("actor"),
    _text("kind"),
    Column("incident_id", BigInteger, nullable=False),
    Column("report_id", BigInteger, nullable=False),
    _json("judged", "[]"),
    _json("answer"),
    _text("reason"),
    Column("event_seq", BigInteger, nullable=False),
    _maybe_time("undone_at"),
    Index(None, "centre", "report_id", "id"),
    Index(None, "centre", "incident_id", "at"),
)
"""What a person said against or for triage: ``judged`` names the fields that are a person's, ``answer`` holds them
beside the rest as it then stood. The report's words and what triage said of them stay in ``report``."""
