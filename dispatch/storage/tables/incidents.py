"""What happened and who answers: the log, reports, incidents, assignments, units, clocks, answers to triage."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Table, Text, UniqueConstraint
from sqlalchemy import text as sql_text

from dispatch.storage.tables.columns import (
    centre_table,
    count_column,
    json_column,
    maybe_time_column,
    metadata,
    text_column,
    time_column,
)

head = centre_table(
    "head",
    Column("seq", BigInteger, nullable=False),
    text_column("hash"),
    Column("next_id", BigInteger, nullable=False),
    Column("next_number", BigInteger, nullable=False),
    text_column("mode"),
    Column("next_card", BigInteger, nullable=False, server_default="1"),
    maybe_time_column("rush_since"),
    key="",
)
"""One row a centre: last event and the counters. Locked first by every command (architecture.md 4).

``mode``: '' not opened yet, live, training; see ``storage.mode``. ``next_card``: the next number of a paper card.
``rush_since``: the rush of which the log says that it began and not yet that it ended."""

event = centre_table(
    "event",
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    time_column("at"),
    text_column("actor"),
    text_column("kind"),
    Column("incident_id", BigInteger, nullable=True),
    json_column("touched", "[]"),
    json_column("data"),
    text_column("prev_hash"),
    text_column("hash"),
    Index(None, "centre", "incident_id", "seq"),
    key="",
)
"""``touched`` lists the feed keys whose rows changed: 'incident:ID', 'unit:A01', 'call:ID' ..."""

report = centre_table(
    "report",
    text_column("channel"),
    text_column("external_id"),
    time_column("received_at"),
    text_column("sender"),
    text_column("sender_name"),
    text_column("recipient"),
    text_column("text"),
    json_column("attachments", "[]"),
    json_column("triage"),
    json_column("extra"),
    Column("incident_id", BigInteger, nullable=True),
    Column("call_id", BigInteger, nullable=True),
    text_column("public_code"),
    UniqueConstraint("centre", "channel", "external_id"),
    Index(None, "centre", "incident_id", "id"),
    Index(None, "centre", "sender", "received_at"),
    Index(None, "centre", "public_code"),
)

incident = centre_table(
    "incident",
    Column("number", BigInteger, nullable=False),
    text_column("status"),
    text_column("type"),
    json_column("also_types", "[]"),
    text_column("subtype"),
    Column("severity", Text, nullable=True),
    count_column("life_threat"),
    count_column("unsure"),
    Column("confidence", Float, nullable=False, server_default="0"),
    json_column("place"),
    text_column("place_code"),
    text_column("kecamatan"),
    json_column("agencies", "[]"),
    text_column("summary"),
    text_column("channel"),
    text_column("caller"),
    text_column("caller_name"),
    text_column("callback"),
    json_column("scene"),
    count_column("reports", 1),
    time_column("opened_at"),
    time_column("updated_at"),
    maybe_time_column("seen_at"),
    text_column("seen_by"),
    text_column("owner"),
    maybe_time_column("triaged_at"),
    maybe_time_column("dispatched_at"),
    maybe_time_column("on_scene_at"),
    maybe_time_column("resolved_at"),
    maybe_time_column("closed_at"),
    maybe_time_column("held_until"),
    text_column("held_reason"),
    Column("merged_into", BigInteger, nullable=True),
    text_column("status_before_merge"),
    text_column("disposition"),
    count_column("callback_due"),
    json_column("duplicates", "[]"),
    json_column("decision"),
    text_column("rules_digest"),
    text_column("last_actor"),
    count_column("version", 1),
    count_column("is_open", 1),
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

assignment = centre_table(
    "assignment",
    Column("incident_id", BigInteger, nullable=False),
    Column("unit", Text, nullable=True),
    text_column("agency"),
    text_column("status"),
    count_column("is_live", 1),
    time_column("assigned_at"),
    time_column("updated_at"),
    json_column("times"),
    text_column("note"),
    Index(None, "centre", "incident_id", "id"),
    Index(None, "centre", "is_live", "unit", "id"),
)
"""``times`` maps a status to the ms it was reached; a skipped status is absent ('not recorded')."""

unit = Table(
    "unit",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("call_sign", Text, primary_key=True),
    text_column("agency"),
    text_column("name"),
    text_column("base"),
    text_column("kecamatan"),
    text_column("phone"),
    json_column("capabilities", "[]"),
    count_column("crew"),
    Column("lat", Float, nullable=True),
    Column("lon", Float, nullable=True),
    count_column("out_of_service"),
    count_column("no_contact"),
    text_column("status"),
    time_column("since"),
    text_column("note"),
    Column("incident_id", BigInteger, nullable=True),
    count_column("version", 1),
    Index(None, "centre", "phone"),
)

clock = centre_table(
    "clock",
    Column("incident_id", BigInteger, nullable=False),
    Column("assignment_id", BigInteger, nullable=True),
    text_column("phase"),
    text_column("subject"),
    time_column("started_at"),
    Column("target_ms", BigInteger, nullable=False),
    text_column("calendar"),
    text_column("severity"),
    time_column("warn_at"),
    time_column("due_at"),
    time_column("serious_at"),
    maybe_time_column("next_at"),
    count_column("level"),
    json_column("pauses", "[]"),
    maybe_time_column("stopped_at"),
    text_column("outcome"),
    json_column("firings", "[]"),
    Column("lateness_ms", BigInteger, nullable=True),
    text_column("parked"),
    Index(None, "centre", "incident_id", "id"),
    Index("ix_clock_next", "centre", "next_at"),
    Index("ix_clock_running", "centre", "stopped_at", "level", "started_at"),
)
"""``next_at`` is the next instant to fire (null: stopped, paused or nothing left). ``firings`` keeps
[{level, due_at, fired_at, lateness_ms}]. ``outcome``: '', met, missed, cancelled."""

triage_answer = centre_table(
    "triage_answer",
    time_column("at"),
    text_column("actor"),
    text_column("kind"),
    Column("incident_id", BigInteger, nullable=False),
    Column("report_id", BigInteger, nullable=False),
    json_column("judged", "[]"),
    json_column("answer"),
    text_column("reason"),
    Column("event_seq", BigInteger, nullable=False),
    maybe_time_column("undone_at"),
    Index(None, "centre", "report_id", "id"),
    Index(None, "centre", "incident_id", "at"),
)
"""What a person said against or for triage: ``judged`` names the fields that are a person's, ``answer`` holds them
beside the rest as it then stood. The report's words and what triage said of them stay in ``report``."""

junk_review = centre_table(
    "junk_review",
    time_column("at"),
    text_column("actor"),
    Column("incident_id", BigInteger, nullable=False),
    text_column("verdict"),
    json_column("signs", "[]"),
    text_column("reason"),
    Index(None, "centre", "incident_id", "id"),
    Index(None, "centre", "at"),
)
"""A supervisor's second look at what was disposed of as junk. ``verdict``: ok (it was junk), miss (it was not).
``signs`` are those that spoke for a miss at that moment."""
