"""What learning takes from the storage, and its steps in the event log. Trains nothing and decides nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select

from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import report
from dispatch.storage.transaction import Tx

ACTOR = "learning"
RECENT = 500

R = report.c
RECENT_TEXTS = Statement(
    select(R.text).where(R.centre == bindparam("centre"), R.text != "").order_by(R.id.desc()).limit(RECENT)
)


async def recent_texts(reader: Reader) -> list[str]:
    """The words of the centre's newest reports, at most 500."""
    return [row["text"] for row in await reader.all(RECENT_TEXTS)]


def note_step(tx: Tx, step: str, actor: str = ACTOR, **data: Any) -> None:
    """``step``: skipped, started, trained, measured, promoted, rejected, rolled_back, failed. ``data`` holds counts
    and names, never a report's words."""
    tx.emit(f"learning.{step}", actor, **data)
