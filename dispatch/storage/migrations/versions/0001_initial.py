"""The first schema: every table of 0.1.0 and the guards that keep the event log append-only.

Frozen once released: a later change of a table is a later file. The short column helpers are a copy
on purpose, a migration must not change when ``tables.py`` does.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.schema import SchemaItem

from dispatch.storage.migrations.guard import protect_event_log

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Create everything; a database that refuses one statement keeps none of them."""
    _create_head()
    _create_event()
    _create_report()
    _create_incident()
    _create_assignment()
    _create_unit()
    _create_clock()
    _create_call()
    _create_voice_tables()
    _create_outbox()
    _create_dialogue()
    _create_alarm()
    _create_operator()
    _create_session()
    _create_handover()
    _create_command_log()
    _create_triage_answer()
    _create_proof()
    _create_junk_review()
    _create_team_tables()
    protect_event_log(op.get_bind())


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def _json(name: str, empty: str = "{}") -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=empty)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _maybe(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=True)


def _count(name: str, start: int = 0) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=str(start))


def _create(table: str, key: tuple[str, ...], *items: SchemaItem, unique: tuple[str, ...] = ()) -> None:
    """A table whose primary key starts with the centre; ids come from the centre's head, never from a sequence."""
    columns: list[SchemaItem] = [sa.Column("centre", sa.Text, nullable=False)]
    if "id" in key:
        columns.append(sa.Column("id", sa.BigInteger, nullable=False, autoincrement=False))
    rules: list[SchemaItem] = [sa.PrimaryKeyConstraint("centre", *key, name=f"pk_{table}")]
    if unique:
        rules.append(sa.UniqueConstraint("centre", *unique, name=f"uq_{table}_centre_{'_'.join(unique)}"))
    op.create_table(table, *columns, *items, *rules)


def _index(table: str, *columns: str, name: str = "") -> None:
    op.create_index(name or f"ix_{table}_centre_{'_'.join(columns)}", table, ["centre", *columns])


def _create_head() -> None:
    _create(
        "head",
        (),
        _number("seq"), _text("hash"), _number("next_id"), _number("next_number"), _text("mode"),
        sa.Column("next_card", sa.BigInteger, nullable=False, server_default="1"),
    )


def _create_event() -> None:
    _create(
        "event",
        ("seq",),
        sa.Column("seq", sa.BigInteger, nullable=False, autoincrement=False), _number("at"), _text("actor"),
        _text("kind"), _maybe("incident_id"), _json("touched", "[]"), _json("data"), _text("prev_hash"),
        _text("hash"),
    )
    _index("event", "incident_id", "seq")


def _create_report() -> None:
    _create(
        "report",
        ("id",),
        _text("channel"), _text("external_id"), _number("received_at"), _text("sender"), _text("sender_name"),
        _text("recipient"), _text("text"), _json("attachments", "[]"), _json("triage"), _json("extra"),
        _maybe("incident_id"), _maybe("call_id"), _text("public_code"),
        unique=("channel", "external_id"),
    )
    _index("report", "incident_id", "id")
    _index("report", "public_code")
    _index("report", "sender", "received_at")


def _create_incident() -> None:
    _create(
        "incident",
        ("id",),
        _number("number"), _text("status"), _text("type"), _json("also_types", "[]"), _text("subtype"),
        sa.Column("severity", sa.Text, nullable=True), _count("life_threat"), _count("unsure"),
        sa.Column("confidence", sa.Float, nullable=False, server_default="0"), _json("place"), _text("place_code"),
        _text("kecamatan"), _json("agencies", "[]"), _text("summary"), _text("channel"), _text("caller"),
        _count("reports", 1), _number("opened_at"), _number("updated_at"), _maybe("seen_at"), _text("seen_by"),
        _text("owner"),
        _maybe("triaged_at"), _maybe("dispatched_at"), _maybe("on_scene_at"), _maybe("resolved_at"),
        _maybe("closed_at"), _maybe("held_until"), _text("held_reason"), _maybe("merged_into"),
        _text("status_before_merge"), _text("disposition"), _count("callback_due"), _json("duplicates", "[]"),
        _json("decision"), _text("rules_digest"), _text("last_actor"), _count("version", 1), _count("is_open", 1),
    )
    _index("incident", "caller", "is_open", "opened_at")
    _index("incident", "is_open", "opened_at")
    _index("incident", "number", "opened_at")
    _index("incident", "opened_at")
    _index("incident", "held_until", name="ix_incident_held")
    _index("incident", "place_code", "is_open", "opened_at", name="ix_incident_near")
    many = sa.text("reports >= 3 AND is_open = 1")
    op.create_index(
        "ix_incident_many", "incident", ["centre", "place_code", "opened_at"], sqlite_where=many, postgresql_where=many
    )


def _create_assignment() -> None:
    _create(
        "assignment",
        ("id",),
        _number("incident_id"), sa.Column("unit", sa.Text, nullable=True), _text("agency"), _text("status"),
        _count("is_live", 1), _number("assigned_at"), _number("updated_at"), _json("times"), _text("note"),
    )
    _index("assignment", "incident_id", "id")
    _index("assignment", "is_live", "unit", "id")


def _create_unit() -> None:
    _create(
        "unit",
        ("call_sign",),
        sa.Column("call_sign", sa.Text, nullable=False), _text("agency"), _text("name"), _text("base"),
        _text("kecamatan"), _text("phone"), _json("capabilities", "[]"), _count("crew"),
        sa.Column("lat", sa.Float, nullable=True), sa.Column("lon", sa.Float, nullable=True),
        _count("out_of_service"), _count("no_contact"), _text("status"), _number("since"), _text("note"),
        _maybe("incident_id"), _count("version", 1),
    )
    _index("unit", "phone")


def _create_clock() -> None:
    _create(
        "clock",
        ("id",),
        _number("incident_id"), _maybe("assignment_id"), _text("phase"), _text("subject"), _number("started_at"),
        _number("target_ms"), _text("calendar"), _text("severity"), _number("warn_at"), _number("due_at"),
        _number("serious_at"), _maybe("next_at"), _count("level"), _json("pauses", "[]"), _maybe("stopped_at"),
        _text("outcome"), _json("firings", "[]"), _maybe("lateness_ms"), _text("parked"),
    )
    _index("clock", "incident_id", "id")
    _index("clock", "next_at", name="ix_clock_next")
    _index("clock", "stopped_at", "level", "started_at", name="ix_clock_running")


def _create_call() -> None:
    _create(
        "call",
        ("id",),
        _text("external_id"), _text("caller"), _text("called"), _text("status"), _number("rang_at"),
        _maybe("queued_at"), _maybe("answered_at"), _maybe("ended_at"), _text("operator"), _text("agent_sid"),
        _maybe("incident_id"), _maybe("report_id"), _text("disposition"), _text("recording_url"),
        _text("transcript"), _count("repeat"), _json("steps", "[]"), _text("conference_sid"), _text("claim"),
        _count("muted"), _json("legs", "[]"), _text("hint"), _maybe("callback_of"),
        unique=("external_id",),
    )
    _index("call", "caller", "rang_at")
    _index("call", "rang_at")
    _index("call", "status", "rang_at")


def _create_voice_tables() -> None:
    _create(
        "call_task", ("id",),
        _number("call_id"), _text("kind"), _maybe("due_at"), _json("params"), _number("created_at"),
    )
    _index("call_task", "due_at", name="ix_call_task_due")
    _index("call_task", "call_id")
    _create(
        "recording", ("id",),
        _number("call_id"), _text("sid"), _text("url"), _text("kind"), _count("seconds"), _number("at"),
        _maybe("delete_at"), _maybe("deleted_at"),
        unique=("sid",),
    )
    _index("recording", "delete_at", name="ix_recording_delete")
    _index("recording", "call_id")
    _create(
        "transcript_line", ("id",),
        _number("call_id"), _text("sid"), _number("sequence"), _text("speaker"), _text("text"), _number("at"),
        unique=("call_id", "sid", "sequence"),
    )


def _create_outbox() -> None:
    _create(
        "outbox",
        ("id",),
        _text("purpose"), _text("channel"), _text("recipient"), _text("body"), _json("payload"), _text("dedupe_key"),
        _count("critical"), _text("status"), _count("attempts"), _number("created_at"), _maybe("next_at"),
        _text("leased_by"), _maybe("leased_until"), _text("driver"), _text("others"), _count("uncertain"),
        _text("provider_id"), _text("error"),
        _maybe("accepted_at"), _maybe("delivered_at"), _maybe("incident_id"), _maybe("assignment_id"),
        unique=("dedupe_key",),
    )
    _index("outbox", "incident_id")
    _index("outbox", "provider_id")
    _index("outbox", "critical", "next_at", name="ix_outbox_next")


def _create_dialogue() -> None:
    _create(
        "dialogue",
        ("id",),
        _text("phone"), _text("channel"), _maybe("incident_id"), _text("lang"), _text("step"), _json("asked", "[]"),
        _json("texts", "[]"), _number("opened_at"), _maybe("next_at"), _count("reminders"), _text("quiet_by"),
        _maybe("stopped_at"), _maybe("muted_until"),
        unique=("incident_id", "phone"),
    )
    _index("dialogue", "phone", "id")
    _index("dialogue", "next_at", name="ix_dialogue_next")


def _create_alarm() -> None:
    _create(
        "alarm",
        ("id",),
        _count("level"), _text("kind"), _text("cause"), _json("params"), _number("at"), _maybe("incident_id"),
        _text("phase"), _text("subject"), _text("acknowledged_by"), _maybe("acknowledged_at"), _maybe("cleared_at"),
        _count("is_open", 1), _text("shelved_by"), _maybe("shelved_until"), _text("shelved_reason"),
    )
    _index("alarm", "at")
    _index("alarm", "cause", "is_open")
    _index("alarm", "incident_id")
    _index("alarm", "is_open", "id")


def _create_operator() -> None:
    _create(
        "operator",
        ("name",),
        sa.Column("name", sa.Text, nullable=False), _text("role"), _text("password_hash"), _text("phone"),
        _text("lang"), _count("disabled"), _text("state"), _count("deaf"), _number("since"), _maybe("viewing"),
        _number("created_at"),
    )


def _create_session() -> None:
    _create(
        "session",
        ("token_hash",),
        sa.Column("token_hash", sa.Text, nullable=False), _text("operator"), _text("role"), _text("seat"),
        _text("phone"), _number("created_at"), _number("expires_at"), _number("seen_at"),
    )
    _index("session", "expires_at")


def _create_handover() -> None:
    _create(
        "handover",
        ("id",),
        _text("outgoing"), _text("incoming"), _number("started_at"), _maybe("signed_at"), _json("ticked"),
        _json("notes"), _json("items", "[]"), _text("reason"), _count("is_open", 1),
    )
    _index("handover", "is_open", "id")


def _create_command_log() -> None:
    _create(
        "command_log",
        ("key",),
        sa.Column("key", sa.Text, nullable=False), _number("at"), _text("actor"), _text("command"), _text("arguments"),
        _json("result"), _json("undo"), _maybe("undone_at"), _maybe("incident_id"),
    )
    _index("command_log", "actor", "at")


def _create_triage_answer() -> None:
    _create(
        "triage_answer",
        ("id",),
        _number("at"), _text("actor"), _text("kind"), _number("incident_id"), _number("report_id"),
        _json("judged", "[]"), _json("answer"), _text("reason"), _number("event_seq"), _maybe("undone_at"),
    )
    _index("triage_answer", "incident_id", "at")
    _index("triage_answer", "report_id", "id")


def _create_proof() -> None:
    _create(
        "proof",
        ("id",),
        _text("channel"), _text("nonce"), _text("state"), _maybe("sent_at"), _maybe("back_at"), _maybe("next_at"),
        _text("driver"), _text("error"),
        unique=("nonce",),
    )
    _index("proof", "channel", "id")
    _index("proof", "next_at", name="ix_proof_next")


def _create_junk_review() -> None:
    _create(
        "junk_review",
        ("id",),
        _number("at"), _text("actor"), _number("incident_id"), _text("verdict"), _json("signs", "[]"),
        _text("reason"),
    )
    _index("junk_review", "incident_id", "id")
    _index("junk_review", "at")


def _create_team_tables() -> None:
    _create(
        "unit_link",
        ("token_hash",),
        sa.Column("token_hash", sa.Text, nullable=False), _number("assignment_id"), _maybe("page_id"),
        _number("created_at"),
    )
    _index("unit_link", "created_at")
    _create(
        "reach_step",
        ("id",),
        _number("incident_id"), _number("assignment_id"), _text("policy"), _count("position"), _count("round", 1),
        _count("rounds", 1), _text("who"), _text("channel"), _number("after_ms"), _number("due_at"), _maybe("next_at"),
        _maybe("fired_at"), _maybe("lateness_ms"), _text("state"), _text("note"),
    )
    _index("reach_step", "assignment_id", "id")
    _index("reach_step", "incident_id", "id")
    _index("reach_step", "next_at", name="ix_reach_step_next")
    _create(
        "page",
        ("id",),
        _number("incident_id"), _number("assignment_id"), _number("step_id"), _text("role"), _text("name"),
        _text("phone"), _text("channel"), _maybe("message_id"), _number("at"), _text("outcome"), _maybe("answered_at"),
    )
    _index("page", "phone", "id")
    _index("page", "assignment_id", "id")
    _create(
        "roster_change",
        ("id",),
        _text("agency"), _number("starts_at"), _number("ends_at"), _text("outgoing"), _text("incoming"),
        _text("actor"), _number("at"), _text("reason"), _maybe("cancelled_at"),
    )
    _index("roster_change", "ends_at", "agency")
