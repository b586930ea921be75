"""The tables. Owns the schema; Alembic's migrations must end in exactly this.

Every row belongs to a ``centre``, the partition key, first in every primary key. Columns hold
primitive values only (BIGINT milliseconds since the epoch for times, JSON as text), so one compiled
statement runs on both drivers without type processors: see docs/adr/0002-storage-on-the-driver.md.
"""

from dispatch.storage.tables.channels import alarm, call, dialogue, outbox, proof
from dispatch.storage.tables.columns import metadata
from dispatch.storage.tables.incidents import (
    assignment,
    clock,
    event,
    head,
    incident,
    junk_review,
    report,
    triage_answer,
    unit,
)
from dispatch.storage.tables.people import command_log, duty, handover, operator, session
from dispatch.storage.tables.teams import page, reach_step, roster_change, unit_link
from dispatch.storage.tables.voice import call_task, recording, transcript_line

__all__ = [
    "alarm", "assignment", "call", "call_task", "clock", "command_log", "dialogue", "duty", "event", "handover",
    "head", "incident", "junk_review", "metadata", "operator", "outbox", "page", "proof", "reach_step", "recording",
    "report", "roster_change", "session", "transcript_line", "triage_answer", "unit", "unit_link",
]
