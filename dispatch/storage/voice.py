"""Due steps, recordings and heard words of calls in the database: rows in, rows out, nothing decided here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, func, select

from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import call_task, operator, recording, transcript_line
from dispatch.storage.transaction import Tx, json_text

T, R, W, P = call_task.c, recording.c, transcript_line.c, operator.c
BATCH = 100
MAX_LINES = 2000
"""Of one call's transcript that are read again when a piece comes in."""
DUE_TASKS = Statement(
    select(call_task).where(T.centre == bindparam("centre"), T.due_at <= bindparam("now")).order_by(T.due_at)
    .limit(BATCH)
)
NEXT_TASK = Statement(select(func.min(T.due_at).label("due_at")).where(T.centre == bindparam("centre"), T.due_at > 0))
TASKS_OF = Statement(
    select(call_task).where(T.centre == bindparam("centre"), T.call_id == bindparam("call_id")).order_by(T.id + 0)
    .limit(200)
)
DUE_RECORDINGS = Statement(
    select(recording).where(R.centre == bindparam("centre"), R.delete_at <= bindparam("now")).order_by(R.delete_at)
    .limit(BATCH)
)
NEXT_RECORDING = Statement(
    select(func.min(R.delete_at).label("due_at")).where(R.centre == bindparam("centre"), R.delete_at > 0)
)
RECORDING_OF_SID = Statement(select(recording).where(R.centre == bindparam("centre"), R.sid == bindparam("sid")))
RECORDING_BY_ID = Statement(select(recording).where(R.centre == bindparam("centre"), R.id == bindparam("id")))
LINES_OF = Statement(
    select(transcript_line).where(W.centre == bindparam("centre"), W.call_id == bindparam("call_id"))
    .order_by(W.sid, W.sequence).limit(MAX_LINES)
)
LINE = Statement(
    select(W.id).where(
        W.centre == bindparam("centre"), W.call_id == bindparam("call_id"), W.sid == bindparam("sid"),
        W.sequence == bindparam("sequence"),
    )
)
PERSON = Statement(select(operator).where(P.centre == bindparam("centre"), P.name == bindparam("name")))


def add_task(tx: Tx, call_id: int, kind: str, due_ms: int, **params: Any) -> int:
    """Something is due on this call at that moment; returns the row's id."""
    task_id = tx.new_id()
    tx.insert(
        call_task, id=task_id, call_id=call_id, kind=kind, due_at=due_ms, params=json_text(params).decode(),
        created_at=tx.now_ms,
    )
    return task_id


def due_tasks(tx: Tx) -> list[Row]:
    """What is due now, the longest due first."""
    return tx.all(DUE_TASKS, now=tx.now_ms)


def open_tasks(tx: Tx, call_id: int, *kinds: str) -> list[Row]:
    """What a call still owes, of these kinds (all when none is named)."""
    rows = tx.all(TASKS_OF, call_id=call_id)
    return [row for row in rows if row["due_at"] is not None and (not kinds or row["kind"] in kinds)]


def drop_tasks(tx: Tx, call_id: int, *kinds: str) -> None:
    """Call off what a call owes, of these kinds."""
    for row in open_tasks(tx, call_id, *kinds):
        finish_task(tx, row)


def finish_task(tx: Tx, row: Row) -> bool:
    """Take it off the due list; False when another node did."""
    return tx.update(call_task, {"id": row["id"], "due_at": row["due_at"]}, due_at=None) == 1


def move_task(tx: Tx, row: Row, due_ms: int) -> None:
    """Not now: due again at that moment."""
    tx.update(call_task, {"id": row["id"], "due_at": row["due_at"]}, due_at=due_ms)


def person_of(tx: Tx, name: str) -> Row | None:
    """A user's row, or None."""
    return tx.first(PERSON, name=name)


# words heard


def is_heard(tx: Tx, call_id: int, sid: str, sequence: int) -> bool:
    """Whether this piece of the transcription came before."""
    return tx.first(LINE, call_id=call_id, sid=sid, sequence=sequence) is not None


def heard_lines(tx: Tx, call_id: int) -> list[Row]:
    """All pieces of a call in the order they were spoken, at most the first 2000."""
    return tx.all(LINES_OF, call_id=call_id)


# recordings


def recording_of(tx: Tx, sid: str) -> Row | None:
    """A recording by the provider's SID."""
    return tx.first(RECORDING_OF_SID, sid=sid)


def find_recording(tx: Tx, recording_id: int) -> Row | None:
    """A recording by id."""
    return tx.first(RECORDING_BY_ID, id=recording_id)


def due_recordings(tx: Tx) -> list[Row]:
    """Recordings whose time at the provider is over."""
    return tx.all(DUE_RECORDINGS, now=tx.now_ms)
