"""Who works here: operators, sessions, who was on when, handovers, commands taken."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from dispatch.storage.tables.columns import (
    centre_table,
    count_column,
    json_column,
    maybe_time_column,
    metadata,
    text_column,
    time_column,
)

operator = Table(
    "operator",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    text_column("role"),
    text_column("password_hash"),
    text_column("phone"),
    text_column("lang"),
    count_column("disabled"),
    text_column("state"),
    count_column("deaf"),
    count_column("on_paper"),
    time_column("since"),
    Column("viewing", BigInteger, nullable=True),
    time_column("created_at"),
)

session = Table(
    "session",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("token_hash", Text, primary_key=True),
    text_column("operator"),
    text_column("role"),
    text_column("seat"),
    text_column("phone"),
    time_column("created_at"),
    time_column("expires_at"),
    time_column("seen_at"),
    Index(None, "centre", "expires_at"),
)
"""``token_hash`` is the SHA-256 of the bearer token; the token itself is never stored."""

duty = centre_table(
    "duty",
    text_column("operator"),
    text_column("role"),
    time_column("on_at"),
    time_column("off_at"),
    Index(None, "centre", "off_at"),
    Index(None, "centre", "operator", "off_at"),
)
"""From a person's first seat to their last; see ``storage.duty``."""

handover = centre_table(
    "handover",
    text_column("outgoing"),
    text_column("incoming"),
    time_column("started_at"),
    maybe_time_column("signed_at"),
    json_column("ticked"),
    json_column("notes"),
    json_column("items", "[]"),
    text_column("reason"),
    count_column("is_open", 1),
    Index(None, "centre", "is_open", "id"),
)
"""A shift's handover: a draft while ``is_open``, then what both signed. ``ticked`` maps an item to the keys that were
read out, ``notes`` an item to its sentences, ``items`` is the signed text."""

command_log = Table(
    "command_log",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    time_column("at"),
    Column("seq", BigInteger, nullable=False, server_default="0"),
    text_column("actor"),
    text_column("command"),
    text_column("arguments"),
    json_column("result"),
    json_column("undo"),
    maybe_time_column("undone_at"),
    Column("incident_id", BigInteger, nullable=True),
    Index(None, "centre", "actor", "at"),
)
"""Idempotency keys of operator commands with their answers, and what 'U' needs to undo them.

``seq`` is the last line of the log when it was done: the order of commands of the same millisecond.
"""
