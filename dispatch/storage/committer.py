"""The committer: the one thread of a node that writes.

Takes every command that is waiting, runs each synchronously in its own savepoint, commits once,
wakes the feed once, and only then resolves the callers. It never waits for a batch to fill. Urgent
work (webhooks, operators) goes strictly before bulk work (replay, retention).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from dispatch.errors import KentonganError, StorageUnavailable
from dispatch.storage.database import Database
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Batch, Tx

log = logging.getLogger(__name__)
T = TypeVar("T")
Work = Callable[[Tx], T]

MAX_BATCH = 64
MAX_BULK_BATCH = 8
MAX_WAITING = 20_000
RETRY_FOR_S = 5.0
RETRY_PAUSE_S = 0.1
RETRYABLE_STATES = ("25P03", "40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08")
"""SQLSTATE prefixes after which the same command may simply run again."""
BROKEN_CONNECTION = ("OperationalError", "InterfaceError")
"""Names of the driver's errors that tell of the connection, by name because importing it costs 260 ms."""
UNIQUE_VIOLATION = "23505"
REFUSED_VALUES = (sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_RANGE)


@dataclass(frozen=True, slots=True)
class Committed:
    """What one commit brought: the log lines, in order, and the parts to wake."""

    lines: tuple[Row, ...]
    wakes: frozenset[str]


@dataclass(slots=True)
class _Job:
    work: Work[Any]
    future: asyncio.Future[Any]
    now: datetime | None
    result: Any = None
    error: BaseException | None = None


class _Lost(Exception):
    """The connection or the whole transaction is gone; ``retryable`` tells whether running again may help."""

    def __init__(self, cause: BaseException, *, retryable: bool) -> None:
        super().__init__(str(cause))
        self.cause = cause
        self.retryable = retryable


class Committer:
    """``clock`` gives the moment of a command; ``on_commit`` runs in the event loop after each commit."""

    def __init__(
        self, database: Database, centre: str, *, on_commit: Callable[[Committed], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._centre, self._on_commit, self._clock = database, centre, on_commit, clock
        self._urgent: deque[_Job] = deque()
        self._bulk: deque[_Job] = deque()
        self._ready = threading.Condition()
        self._closing = False
        self._dead = False
        self._connection: Any = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.failing_since: float | None = None
        """Monotonic time since which nothing could be written; None while healthy."""
        self.failure = ""

    def start(self) -> None:
        """Open the write connection and start the thread; must run inside the event loop."""
        self._loop = asyncio.get_running_loop()
        self._connection = self._database.connect_writer()
        self._thread = threading.Thread(target=self._work_loop, name="committer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Finish what is waiting, then end the thread."""
        with self._ready:
            self._closing = True
            self._ready.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
        self._close_connection()

    async def run(self, work: Work[T], *, bulk: bool = False, now: datetime | None = None) -> T:
        """Run ``work(tx)`` in a transaction; returns after it is on stable storage.

        Raises what the work raised (nothing of it was stored) or StorageUnavailable (repeat it).
        """
        assert self._loop is not None, "committer not started"
        job = _Job(work, self._loop.create_future(), now)
        with self._ready:
            if self._dead or self._closing or len(self._urgent) + len(self._bulk) >= MAX_WAITING:
                raise StorageUnavailable("storage_busy", "too many commands waiting or the server is stopping")
            (self._bulk if bulk else self._urgent).append(job)
            self._ready.notify()
        return await job.future  # type: ignore[no-any-return]

    # the thread

    def _work_loop(self) -> None:
        while jobs := self._take():
            try:
                self._commit_with_retries(jobs)
            except BaseException as error:  # the last line: a dead committer must not leave callers waiting
                log.critical("committer failed", exc_info=True)
                if not isinstance(error, Exception):
                    self._give_up(jobs, error)
                    raise
                for job in jobs:
                    job.error = job.error or error
                self._settle(jobs, None)

    def _give_up(self, jobs: list[_Job], error: BaseException) -> None:
        """The thread ends: nobody may wait for it any more, and the node is not ready."""
        self._note_failure(error)
        with self._ready:
            self._dead = True
            left = [*jobs, *self._urgent, *self._bulk]
        for job in left:
            job.error = StorageUnavailable("storage_unavailable", f"not stored: {error}")
        self._settle(left, None)

    def _take(self) -> list[_Job]:
        with self._ready:
            while not self._urgent and not self._bulk:
                if self._closing:
                    return []
                self._ready.wait()
            queue, limit = (self._urgent, MAX_BATCH) if self._urgent else (self._bulk, MAX_BULK_BATCH)
            return [queue.popleft() for _ in range(min(limit, len(queue)))]

    def _commit_with_retries(self, jobs: list[_Job]) -> None:
        deadline = time.monotonic() + RETRY_FOR_S
        while True:
            try:
                committed = self._commit(jobs)
            except _Lost as lost:
                self._note_failure(lost.cause)
                self._recover()
                if lost.retryable and time.monotonic() < deadline and not self._closing:
                    # Safe after an unknown commit too: every command finds its own first outcome by its key.
                    time.sleep(RETRY_PAUSE_S)
                    continue
                for job in jobs:
                    job.error = StorageUnavailable("storage_unavailable", f"not stored: {lost.cause}")
                self._settle(jobs, None)
            except Exception as error:  # noqa: BLE001 - only the end found what is wrong with one command
                self._recover()
                self._run_apart(jobs, error)
            else:
                if committed.lines:
                    # Only a commit that wrote proves anything: on a full disk an empty one succeeds too.
                    self.failing_since, self.failure = None, ""
                self._settle(jobs, committed)
            return

    def _run_apart(self, jobs: list[_Job], error: Exception) -> None:
        """What one command wrote cannot be stored: its neighbours in the batch must not pay for it."""
        if len(jobs) == 1:
            log.error("command failed at its commit", exc_info=error)
            jobs[0].error = error
            self._settle(jobs, None)
            return
        for job in jobs:
            self._commit_with_retries([job])

    def _commit(self, jobs: list[_Job]) -> Committed:
        if self._connection is None:
            self._connect()
        batch, alone = Batch(), len(jobs) == 1
        self._execute(self._database.begin)
        # Before anything is read: what a command decides on must not change under it on another node.
        self._guard_storage(self._tx(batch, self._clock()).lock_head)
        for job in jobs:
            self._run_one(job, self._tx(batch, job.now or self._clock()), batch, alone=alone)
        if alone and jobs[0].error is not None:
            return Committed((), frozenset())
        self._guard(self._tx(batch, self._clock()).flush, flushing=True)
        self._finish()
        return Committed(tuple(batch.lines), frozenset(batch.wakes))

    def _tx(self, batch: Batch, now: datetime) -> Tx:
        return Tx(self._connection, self._database.dialect, self._centre, batch, now)

    def _finish(self) -> None:
        """COMMIT. PostgreSQL answers ROLLBACK, without an error, when a command hid a failed statement."""
        cursor = self._guard_storage(lambda: self._connection.execute("COMMIT"))
        if getattr(cursor, "statusmessage", None) == "ROLLBACK":
            raise RuntimeError("a statement failed and its command went on")

    def _run_one(self, job: _Job, tx: Tx, batch: Batch, *, alone: bool) -> None:
        """Run one command in its savepoint; an error of its own undoes it alone."""
        job.result, job.error = None, None
        before = replace(batch, wakes=set(batch.wakes))
        written = len(batch.lines)
        if not alone:
            self._execute("SAVEPOINT command")
        try:
            job.result = self._guard(lambda: job.work(tx))
        except _Lost:
            raise
        except Exception as error:  # whatever a command raises belongs to its caller, not to the batch
            if not isinstance(error, KentonganError):
                log.error("command failed", exc_info=error)
            job.error = error
            self._execute("ROLLBACK" if alone else "ROLLBACK TO SAVEPOINT command")
            batch.head = before.head
            del batch.lines[written:]
            batch.wakes = before.wakes
        if not alone:
            self._execute("RELEASE SAVEPOINT command")

    def _execute(self, sql: str) -> None:
        self._guard_storage(lambda: self._connection.execute(sql))

    def _guard_storage(self, step: Callable[[], T]) -> T:
        """A step of the committer's own: whatever the driver says, the transaction is lost."""
        try:
            return self._guard(step)
        except _Lost:
            raise
        except Exception as error:  # the driver's error tree differs by engine
            # Another node stored the centre's first head at the same moment: run again and find it.
            raise _Lost(error, retryable=getattr(error, "sqlstate", None) == UNIQUE_VIOLATION) from error

    def _guard(self, step: Callable[[], T], *, flushing: bool = False) -> T:
        """Tell a lost transaction (all must be undone) from a command's own error."""
        try:
            return step()
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code is None or code & 0xFF in (sqlite3.SQLITE_CONSTRAINT, *REFUSED_VALUES):
                raise  # the value or the row was refused: the storage is well
            busy = code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            raise _Lost(error, retryable=busy) from error
        except Exception as error:  # psycopg is not imported where SQLite runs: known by its module
            state = getattr(error, "sqlstate", None)
            if not type(error).__module__.startswith("psycopg"):
                raise
            # Without a state the server never judged it: the connection broke, or the driver refused a value.
            # A refused value is the command's own fault; run again it would hold up everybody for nothing.
            is_broken = state is None and type(error).__name__ in BROKEN_CONNECTION
            if is_broken or (state or "").startswith(RETRYABLE_STATES):
                raise _Lost(error, retryable=True) from error
            if flushing and state == UNIQUE_VIOLATION:
                # Somebody wrote this line of the log past the head's lock: run again behind it.
                raise _Lost(error, retryable=True) from error
            if state is not None and state.startswith(("53", "58", "57")):
                raise _Lost(error, retryable=False) from error
            raise

    def _settle(self, jobs: list[_Job], committed: Committed | None) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._resolve, jobs, committed)
        except RuntimeError:
            log.warning("event loop is gone; %d answers not delivered", len(jobs))

    def _resolve(self, jobs: list[_Job], committed: Committed | None) -> None:
        if committed is not None and (committed.lines or committed.wakes):
            try:
                self._on_commit(committed)
            except Exception:  # it is stored: whoever waits for the answer must get it
                log.exception("the feed was not told of a commit")
        for job in jobs:
            if job.future.done():
                continue
            if job.error is not None:
                job.future.set_exception(job.error)
            else:
                job.future.set_result(job.result)

    # failure

    def _note_failure(self, cause: BaseException) -> None:
        self.failing_since = self.failing_since or time.monotonic()
        failure = f"{type(cause).__name__}: {cause}"
        if failure != self.failure:  # ten tries a second must not fill the disk that is full
            log.error("commit failed: %s", failure)
        self.failure = failure

    def _recover(self) -> None:
        """Leave no half transaction behind: roll back, or drop the connection when even that fails."""
        try:
            self._connection.execute("ROLLBACK")
        except Exception:  # noqa: BLE001 - any failure here means the connection is of no more use
            self._close_connection()
            self._connect(quiet=True)

    def _connect(self, *, quiet: bool = False) -> None:
        try:
            self._connection = self._database.connect_writer()
        except Exception as error:  # every driver has its own error tree; all mean "not now"
            self._connection = None
            if not quiet:
                raise _Lost(error, retryable=True) from error

    def _close_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except Exception:  # closing a broken connection cannot be helped
                log.debug("closing the write connection failed", exc_info=True)
