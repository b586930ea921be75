"""One command's view of the write transaction: synchronous, explicit, with its events.

Services receive a ``Tx`` and the moment; they never see a connection, never commit, never wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Table, bindparam, case, func, select

from dispatch.domain.instant import to_ms
from dispatch.storage import event_log
from dispatch.storage.event_log import LOCK_HEAD, Head
from dispatch.storage.statement import Row, Statement, insert_into, update_of
from dispatch.storage.tables import event, head, incident

NUMBER_REST_MS = 90 * 24 * 3600 * 1000
"""A spoken number is not given out again within 90 days (domain.md 1)."""

STILL_OPEN = 1 << 62
LAST_USE_OF_NUMBER = Statement(
    # An open incident keeps its number however old it is: nobody could name it otherwise.
    select(func.max(case((incident.c.is_open == 1, STILL_OPEN), else_=incident.c.opened_at)).label("used_at")).where(
        incident.c.centre == bindparam("centre"), incident.c.number == bindparam("number")
    )
)
json_text = msgspec.json.Encoder().encode
json_value = msgspec.json.Decoder().decode


@dataclass
class Batch:
    """What one database transaction has gathered: the head, the lines to append, what to wake."""

    head: Head | None = None
    lines: list[Row] = field(default_factory=list)
    wakes: set[str] = field(default_factory=set)
    stored: Head | None = None
    """The head as the database has it: an unchanged one is not written again."""


class Tx:
    """The write side for one command. ``now`` is the command's moment (aware)."""

    entered_at: datetime | None = None
    """Set where something is entered that happened before, at ``now``: when it is entered. Nobody is told of it."""

    def __init__(self, connection: Any, dialect: str, centre: str, batch: Batch, now: datetime) -> None:
        self._run = connection.execute
        self._connection = connection
        self._dialect = dialect
        self._batch = batch
        self.centre = centre
        self.now = now
        self.now_ms = to_ms(now)

    # reading

    def all(self, statement: Statement, **given: Any) -> list[Row]:
        """All rows as dictionaries; the statement carries its own LIMIT."""
        sql, parameters = statement.prepare(self._dialect, {"centre": self.centre, **given})
        cursor = self._run(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def first(self, statement: Statement, **given: Any) -> Row | None:
        """The first row or None."""
        sql, parameters = statement.prepare(self._dialect, {"centre": self.centre, **given})
        cursor = self._run(sql, parameters)
        row = cursor.fetchone()
        return None if row is None else dict(zip([column[0] for column in cursor.description], row, strict=True))

    # writing

    def execute(self, statement: Statement, **given: Any) -> int:
        """Run a named write; returns how many rows it changed."""
        sql, parameters = statement.prepare(self._dialect, {"centre": self.centre, **given})
        return int(self._run(sql, parameters).rowcount)

    def insert(self, table: Table, **values: Any) -> None:
        """Insert one row of this centre."""
        values["centre"] = self.centre
        compiled = insert_into(table, self._dialect, tuple(values))
        self._run(compiled.sql, values)

    def insert_many(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Insert rows with equal columns."""
        if rows:
            named = [{**row, "centre": self.centre} for row in rows]
            compiled = insert_into(table, self._dialect, tuple(named[0]))
            self._connection.cursor().executemany(compiled.sql, named)

    def update(self, table: Table, where: dict[str, Any], **values: Any) -> int:
        """Update by equality; returns how many rows matched (a conditional update checks it)."""
        where = {"centre": self.centre, **where}
        compiled = update_of(table, self._dialect, tuple(where), tuple(values))
        parameters = {f"where_{name}": value for name, value in where.items()}
        parameters |= {f"set_{name}": value for name, value in values.items()}
        return int(self._run(compiled.sql, {**compiled.constants, **parameters}).rowcount)

    def at(self, moment: datetime) -> Tx:
        """The same transaction for something that happened at an earlier moment and is entered only now."""
        earlier = Tx(self._connection, self._dialect, self.centre, self._batch, moment)
        earlier.entered_at = self.now
        return earlier

    # identity and log

    @property
    def head(self) -> Head:
        """The centre's head, locked until the transaction ends."""
        return self._batch.head or self.lock_head()

    def lock_head(self) -> Head:
        """Lock the centre's head: whoever holds it is the only writer of the centre.

        Two nodes that both make the first one collide on its key; the second runs again and waits.
        """
        row = self.first(LOCK_HEAD)
        found = Head.start() if row is None else Head.of(row)
        if row is None:
            self.insert(head, **found._asdict())
        self._batch.stored = self._batch.head = found
        return found

    def new_id(self) -> int:
        """The next row id of this centre."""
        state = self.head
        self._batch.head = Head(state.seq, state.hash, state.next_id + 1, state.next_number)
        return state.next_id

    def new_number(self) -> int:
        """The next spoken incident number: 4 digits while the oldest have rested 90 days, longer in a surge."""
        state = self.head
        number = state.next_number
        if number > event_log.LAST_SHORT_NUMBER and self._has_rested(event_log.FIRST_NUMBER):
            number = event_log.FIRST_NUMBER
        elif number <= event_log.LAST_SHORT_NUMBER and not self._has_rested(number):
            number = self._first_long_number()
        self._batch.head = self.head._replace(next_number=number + 1)
        return number

    def _has_rested(self, number: int) -> bool:
        row = self.first(LAST_USE_OF_NUMBER, number=number)
        return row is None or row["used_at"] is None or row["used_at"] < self.now_ms - NUMBER_REST_MS

    def _first_long_number(self) -> int:
        row = self.first(HIGHEST_NUMBER)
        return max(event_log.LAST_SHORT_NUMBER, (row or {}).get("number") or 0) + 1

    def emit(
        self, kind: str, actor: str, *, incident_id: int | None = None, touched: Iterable[str] = (), **data: Any
    ) -> int:
        """Append one line to the log in this transaction; returns its seq.

        The log tells when a line was written; what happened earlier says so itself, as ``written_at``.
        """
        if self.entered_at is not None:
            data["written_at"] = self.now.isoformat()
        self._batch.head, line = event_log.append(
            self.head, self.centre, at_ms=to_ms(self.entered_at or self.now), actor=actor, kind=kind,
            incident_id=incident_id, touched=touched, data=data,
        )
        self._batch.lines.append(line)
        return int(line["seq"])

    def lines_after(self, seq: int) -> list[Row]:
        """The log lines written in this transaction after that one."""
        return [line for line in self._batch.lines if line["seq"] > seq]

    def wake(self, *parts: str) -> None:
        """After the commit, tell these parts ('clocks', 'outbox') that work may be due earlier."""
        self._batch.wakes.update(parts)

    # used by the committer only

    def flush(self) -> None:
        """Write the gathered lines and the head: once a batch, last."""
        state = self._batch.head
        if state is None or state == self._batch.stored:
            return
        if self._batch.lines:
            compiled = insert_into(event, self._dialect, tuple(self._batch.lines[0]))
            self._connection.cursor().executemany(compiled.sql, self._batch.lines)
        self.update(head, {}, **state._asdict())


HIGHEST_NUMBER = Statement(
    select(func.max(incident.c.number).label("number")).where(incident.c.centre == bindparam("centre"))
)
