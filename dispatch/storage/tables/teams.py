"""Reaching a team: links to its phone page, the steps of an escalation, who was told, changes of rosters."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from dispatch.storage.tables.columns import (
    centre_table,
    count_column,
    maybe_time_column,
    metadata,
    text_column,
    time_column,
)

unit_link = Table(
    "unit_link",
    metadata,
    Column("centre", Text, primary_key=True),
    Column("token_hash", Text, primary_key=True),
    Column("assignment_id", BigInteger, nullable=False),
    Column("page_id", BigInteger, nullable=True),
    time_column("created_at"),
    Index(None, "centre", "created_at"),
)
"""``token_hash`` is the SHA-256 of the token in a notice; the token itself is made when the notice is sent and never
stored. How long it is good follows from its assignment."""

reach_step = centre_table(
    "reach_step",
    Column("incident_id", BigInteger, nullable=False),
    Column("assignment_id", BigInteger, nullable=False),
    text_column("policy"),
    count_column("position"),
    count_column("round", 1),
    count_column("rounds", 1),
    text_column("who"),
    text_column("channel"),
    Column("after_ms", BigInteger, nullable=False),
    time_column("due_at"),
    maybe_time_column("next_at"),
    maybe_time_column("fired_at"),
    Column("lateness_ms", BigInteger, nullable=True),
    text_column("state"),
    text_column("note"),
    Index(None, "centre", "assignment_id", "id"),
    Index(None, "centre", "incident_id", "id"),
    Index("ix_reach_step_next", "centre", "next_at"),
)
"""One step of one assignment's escalation, as the rules stood when it began. ``next_at`` null: fired, stopped.
``state``: waiting, held (everybody is in quiet hours), fired, nobody, stopped, parked."""

page = centre_table(
    "page",
    Column("incident_id", BigInteger, nullable=False),
    Column("assignment_id", BigInteger, nullable=False),
    Column("step_id", BigInteger, nullable=False),
    text_column("role"),
    text_column("name"),
    text_column("phone"),
    text_column("channel"),
    Column("message_id", BigInteger, nullable=True),
    time_column("at"),
    text_column("outcome"),
    maybe_time_column("answered_at"),
    Index(None, "centre", "phone", "id"),
    Index(None, "centre", "assignment_id", "id"),
)
"""One person told by one step. ``role``: team, supervisor. ``outcome``: '', accepted, refused, machine, silent,
unreached."""

roster_change = centre_table(
    "roster_change",
    text_column("agency"),
    time_column("starts_at"),
    time_column("ends_at"),
    text_column("outgoing"),
    text_column("incoming"),
    text_column("actor"),
    time_column("at"),
    text_column("reason"),
    maybe_time_column("cancelled_at"),
    Index(None, "centre", "ends_at", "agency"),
)
"""A dated change of the weekly pattern: ``incoming`` stands in for ``outgoing`` ('' = for everybody)."""
