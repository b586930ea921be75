"""What a phone call leaves behind and still owes: its due steps, its recordings, the words heard on it."""

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

call_task = centre_table(
    "call_task",
    Column("call_id", BigInteger, nullable=False),
    text_column("kind"),
    maybe_time_column("due_at"),
    json_column("params"),
    time_column("created_at"),
    Index("ix_call_task_due", "centre", "due_at"),
    Index(None, "centre", "call_id"),
)
"""What is due on a call at a moment (claim, ring, callback ...); ``due_at`` null = done or called off."""

recording = centre_table(
    "recording",
    Column("call_id", BigInteger, nullable=False),
    text_column("sid"),
    text_column("url"),
    text_column("kind"),
    count_column("seconds"),
    time_column("at"),
    maybe_time_column("delete_at"),
    maybe_time_column("deleted_at"),
    UniqueConstraint("centre", "sid"),
    Index("ix_recording_delete", "centre", "delete_at"),
    Index(None, "centre", "call_id"),
)
"""``kind``: call or voicemail. ``delete_at``: when its deletion at the provider is due, null once it was asked for."""

transcript_line = centre_table(
    "transcript_line",
    Column("call_id", BigInteger, nullable=False),
    text_column("sid"),
    Column("sequence", BigInteger, nullable=False),
    text_column("speaker"),
    text_column("text"),
    time_column("at"),
    UniqueConstraint("centre", "call_id", "sid", "sequence"),
)
"""One piece of what was heard, numbered by the provider within its transcription. ``speaker``: citizen or operator."""
