"""What comes in and goes out: calls, messages, threads of texts, alarms."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint

from dispatch.storage.tables.columns import (
    centre_table,
    count_column,
    json_column,
    maybe_time_column,
    text_column,
    time_column,
)

call = centre_table(
    "call",
    text_column("external_id"),
    text_column("caller"),
    text_column("called"),
    text_column("status"),
    time_column("rang_at"),
    maybe_time_column("queued_at"),
    maybe_time_column("answered_at"),
    maybe_time_column("ended_at"),
    text_column("operator"),
    text_column("agent_sid"),
    Column("incident_id", BigInteger, nullable=True),
    Column("report_id", BigInteger, nullable=True),
    text_column("disposition"),
    text_column("recording_url"),
    text_column("transcript"),
    count_column("repeat"),
    json_column("steps", "[]"),
    text_column("conference_sid"),
    text_column("claim"),
    count_column("muted"),
    json_column("legs", "[]"),
    text_column("hint"),
    Column("callback_of", BigInteger, nullable=True),
    UniqueConstraint("centre", "external_id"),
    Index(None, "centre", "status", "rang_at"),
    Index(None, "centre", "caller", "rang_at"),
    Index(None, "centre", "rang_at"),
)
"""``claim``: how far the answering seat has come ('', reserved, stale, joined). ``legs``: further phones on the call.
``hint``: the most urgent severity that keys, words or an open incident of the number speak for. ``callback_of``: the
lost call we ring back for."""

outbox = centre_table(
    "outbox",
    text_column("purpose"),
    text_column("channel"),
    text_column("recipient"),
    text_column("body"),
    json_column("payload"),
    text_column("dedupe_key"),
    count_column("critical"),
    text_column("status"),
    count_column("attempts"),
    time_column("created_at"),
    maybe_time_column("next_at"),
    text_column("leased_by"),
    maybe_time_column("leased_until"),
    text_column("driver"),
    text_column("others"),
    count_column("uncertain"),
    text_column("provider_id"),
    text_column("error"),
    maybe_time_column("accepted_at"),
    maybe_time_column("delivered_at"),
    Column("incident_id", BigInteger, nullable=True),
    Column("assignment_id", BigInteger, nullable=True),
    UniqueConstraint("centre", "dedupe_key"),
    Index("ix_outbox_next", "centre", "critical", "next_at"),
    Index(None, "centre", "provider_id"),
    Index(None, "centre", "incident_id"),
)
"""``next_at`` null = nothing more to do. ``payload`` holds what a driver needs beyond the body. ``driver`` was asked
last, ``others`` are those it may go to next; ``uncertain``: the one asked last may have sent it."""

dialogue = centre_table(
    "dialogue",
    text_column("phone"),
    text_column("channel"),
    Column("incident_id", BigInteger, nullable=True),
    text_column("lang"),
    text_column("step"),
    json_column("asked", "[]"),
    json_column("texts", "[]"),
    time_column("opened_at"),
    maybe_time_column("next_at"),
    count_column("reminders"),
    text_column("quiet_by"),
    maybe_time_column("stopped_at"),
    maybe_time_column("muted_until"),
    UniqueConstraint("centre", "incident_id", "phone"),
    Index(None, "centre", "phone", "id"),
    Index("ix_dialogue_next", "centre", "next_at"),
)
"""One thread of texts: a phone and the incident it is about. ``step`` is the question that waits for its answer,
``asked`` those already put, ``texts`` the moments (ms) of the last automatic texts, ``next_at`` when silence counts.
``quiet_by``: who asked for no automatic texts; ``stopped_at``: STOP; ``muted_until``: a loop was cut."""

alarm = centre_table(
    "alarm",
    count_column("level"),
    text_column("kind"),
    text_column("cause"),
    json_column("params"),
    time_column("at"),
    Column("incident_id", BigInteger, nullable=True),
    text_column("phase"),
    text_column("subject"),
    text_column("acknowledged_by"),
    maybe_time_column("acknowledged_at"),
    maybe_time_column("cleared_at"),
    count_column("is_open", 1),
    text_column("shelved_by"),
    maybe_time_column("shelved_until"),
    text_column("shelved_reason"),
    Index(None, "centre", "cause", "is_open"),
    Index(None, "centre", "is_open", "id"),
    Index(None, "centre", "incident_id"),
    Index(None, "centre", "at"),
)
"""One open alarm a ``cause`` ('clock:ID', 'storage', 'rules' ...). Shelved until ``shelved_until``, when that is later
than now."""

proof = centre_table(
    "proof",
    text_column("channel"),
    text_column("nonce"),
    text_column("state"),
    maybe_time_column("sent_at"),
    maybe_time_column("back_at"),
    maybe_time_column("next_at"),
    text_column("driver"),
    text_column("error"),
    UniqueConstraint("centre", "nonce"),
    Index(None, "centre", "channel", "id"),
    Index("ix_proof_next", "centre", "next_at"),
)
"""One proof of life: a message or call of our own that must come back. ``state``: planned (``next_at`` is when it
goes out), waiting (``next_at`` is when it is late), ok, failed."""
