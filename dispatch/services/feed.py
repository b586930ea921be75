"""The live feed: committed lines in, changed rows out, once for all who listen.

Owns the position each subscriber has reached and the ring it can resume from. A message with id N
holds the rows of everything touched since the message before, read at N or later; so a snapshot at S
and every message with an id above S give what a fresh snapshot would. Must never wait for a
subscriber: one that cannot follow is told to start anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

import msgspec
from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.errors import Gone, StorageUnavailable
from dispatch.services.subscriber import LANGUAGES, Subscriber, frame
from dispatch.storage import wire_row
from dispatch.storage.board import Rows, head_seq, read_rows
from dispatch.storage.committer import Committed
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import event

log = logging.getLogger(__name__)

PACE_S = 0.05
"""Between two messages at least; the first after a quiet time goes out at once."""
BUSY_PACE_S, BUSY_LINES = 0.1, 40
"""In a surge half as often: a console repaints ten times a second at most; a row that changed twice goes out once."""
HEARTBEAT_S = 2.0
POLL_S = 0.25
"""How often to look for lines other nodes and administration commands have written: one row by its key. A console must
see within half a second what a colleague on another node has done."""
RETRY_S = 0.5
LINES_LIMIT = 500
PENDING_LIMIT = 10_000
RING_LIMIT = 2048
RING_BYTES = 8 * 1024 * 1024

AFTER = Statement(
    select(event)
    .where(event.c.centre == bindparam("centre"), event.c.seq > bindparam("after"))
    .order_by(event.c.seq)
    .limit(LINES_LIMIT)
)
_touched = msgspec.json.Decoder(list[str])


@dataclass(frozen=True, slots=True)
class _Message:
    """``seq`` is the last line it covers; one encoded frame a language."""

    seq: int
    frames: dict[str, bytes]

    @property
    def size(self) -> int:
        return sum(map(len, self.frames.values()))


class Feed:
    """Start it inside the event loop; give ``on_commit`` to the committer."""

    def __init__(
        self, reader: Reader, tz: tzinfo, clock: Callable[[], datetime], centre: Callable[[str], wire.CentreRow]
    ) -> None:
        self._reader, self._tz, self._clock = reader, tz, clock
        self._centre = centre
        self.seq = 0
        """The last line that went out."""
        self.newest = 0
        """The last line known to be committed."""
        self._pending: deque[Row] = deque()
        self._wake = asyncio.Event()
        self._ring: deque[_Message] = deque()
        self._ring_bytes = 0
        self._floor = 0
        self._subscribers: set[Subscriber] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._told: tuple[list[str], dict[str, int], float] = ([], {}, 1.0)
        self._leaving = False
        self.resets = 0
        """How many listeners were too slow since the start."""

    async def start(self) -> None:
        self.seq = self.newest = self._floor = await head_seq(self._reader)
        self._told = self._seen()
        self._tasks = [
            asyncio.create_task(self._pump(), name="feed pump"),
            asyncio.create_task(self._beat(), name="feed heartbeat"),
            asyncio.create_task(self._poll(), name="feed poll"),
        ]

    async def stop(self) -> None:
        """Tell every listener that the server goes, then end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self.say_bye()

    def bye(self) -> bytes:
        """The last event of a stream that the server ends."""
        return frame("bye", self._heartbeat())

    def say_bye(self) -> None:
        """End all streams at once with a ``bye`` event; clients come back by themselves."""
        self._leaving = True
        bye = self.bye()
        for subscriber in self._subscribers:
            subscriber.end(bye)
        self._subscribers.clear()

    @property
    def listeners(self) -> int:
        return len(self._subscribers)

    def on_commit(self, committed: Committed) -> None:
        """Called in the event loop after every commit of this node."""
        if committed.lines:
            if len(self._pending) > PENDING_LIMIT:
                self._pending.clear()  # reading stands still; the log keeps the lines for later
            self._pending.extend(committed.lines)
            self.newest = max(self.newest, int(committed.lines[-1]["seq"]))
            self._wake.set()

    def centre(self, lang: str) -> wire.CentreRow:
        """The centre in a language, and who has more than one console open."""
        return msgspec.structs.replace(self._centre(lang), screens=self.screens())

    def screens(self) -> dict[str, int]:
        """Operators with more than one console open here, and how many. A console that reconnects is one."""
        open_now: dict[str, set[str]] = {}
        for subscriber in self._subscribers:
            if subscriber.screen:
                open_now.setdefault(subscriber.operator, set()).add(subscriber.screen)
        return {name: len(screens) for name, screens in sorted(open_now.items()) if len(screens) > 1}

    # listening

    def subscribe(self, after: int | None, lang: str, operator: str = "", screen: str = "") -> Subscriber:
        """Everything after ``after`` (None: from now on). Raises Gone when it is not kept any more."""
        if self._leaving:
            raise StorageUnavailable("server_stopping", "the server is stopping, come back in a moment")
        position = self.seq if after is None else after
        if position < self._floor:
            raise Gone("feed_gone", f"events after {position} are no longer kept, take a new snapshot", after=position)
        subscriber = Subscriber(lang if lang in LANGUAGES else LANGUAGES[0], position, operator, screen)
        kept = b"".join(m.frames[subscriber.lang] for m in self._ring if m.seq > position)
        subscriber.offer(kept + frame("heartbeat", self._heartbeat()))
        self._subscribers.add(subscriber)
        return subscriber

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.discard(subscriber)

    async def check_future(self, after: int) -> None:
        """A position beyond the log means that the log is another one (a restored backup). Raises Gone."""
        if after > self.seq and after > await head_seq(self._reader):
            raise Gone("feed_gone", f"position {after} is beyond the log, take a new snapshot", after=after)

    # sending

    async def _pump(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            pace_s = PACE_S
            try:
                if await self._send_pending() > BUSY_LINES:
                    pace_s = BUSY_PACE_S
            except StorageUnavailable as error:
                log.error("feed waits for storage: %s", error)
                await asyncio.sleep(RETRY_S)
                self._wake.set()
            except Exception:  # a dead pump would freeze every screen: whatever it was, log it and try again
                log.error("feed could not read the changed rows", exc_info=True)
                await asyncio.sleep(RETRY_S)
                self._wake.set()
            await asyncio.sleep(pace_s)

    async def _send_pending(self) -> int:
        """One message; what is left, or came meanwhile, waits for the next turn and is coalesced there.

        Returns how many lines it covered.
        """
        lines = await self._next_lines()
        if lines:
            self._publish(lines, await self._read(lines))
        if self.newest > self.seq:
            self._wake.set()
        return len(lines)

    async def _next_lines(self) -> list[Row]:
        """The next lines in order, at most LINES_LIMIT; a gap (another node's lines) is read from the log."""
        while self._pending and self._pending[0]["seq"] <= self.seq:
            self._pending.popleft()
        if self._pending and self._pending[0]["seq"] == self.seq + 1:
            count = min(len(self._pending), LINES_LIMIT)
            lines = [self._pending[index] for index in range(count)]
            if lines[-1]["seq"] == self.seq + count:
                return lines
        return await self._reader.all(AFTER, after=self.seq) if self.newest > self.seq else []

    async def _read(self, lines: list[Row]) -> Rows:
        keys = {key for line in lines for key in _touched.decode(line["touched"])}
        also = {line["incident_id"] for line in lines if line["incident_id"] is not None}
        return await read_rows(self._reader, keys, self._tz, self._clock(), also)

    def _publish(self, lines: list[Row], rows: Rows) -> None:
        """Encode once a language, keep for resuming, hand to everybody. No await: one step for the loop."""
        seq, now = int(lines[-1]["seq"]), self._clock().astimezone(self._tz)
        with_centre = any('"centre"' in line["touched"] for line in lines)
        frames = {
            lang: frame("changes", self._changes(seq, now, rows, lines, lang, with_centre), seq) for lang in LANGUAGES
        }
        message = _Message(seq, frames)
        self.seq = seq
        self._keep(message)
        self._spread(frames, seq)

    def _changes(
        self, seq: int, now: datetime, rows: Rows, lines: Iterable[Row], lang: str, with_centre: bool
    ) -> wire.Changes:
        return wire.Changes(
            seq=seq, now=now, incidents=rows.incidents, units=rows.units, calls=rows.calls, operators=rows.operators,
            alarms=[wire_row.alarm_row(row, self._tz, lang) for row in rows.alarms],
            log=[
                wire_row.log_line(line, rows.numbers.get(line["incident_id"]), self._tz, lang) for line in lines
            ],
            centre=self.centre(lang) if with_centre else None,
        )

    def _keep(self, message: _Message) -> None:
        self._ring.append(message)
        self._ring_bytes += message.size
        while len(self._ring) > RING_LIMIT or self._ring_bytes > RING_BYTES:
            oldest = self._ring.popleft()
            self._ring_bytes -= oldest.size
            self._floor = oldest.seq

    def _spread(self, frames: dict[str, bytes], seq: int | None) -> None:
        slow = [
            subscriber for subscriber in self._subscribers
            if (seq is None or seq > subscriber.after) and not subscriber.offer(frames[subscriber.lang])
        ]
        for subscriber in slow:
            log.warning("a listener of the feed is too slow and must start anew")
            self.resets += 1
            subscriber.end(frame("reset", self._heartbeat()))
            self._subscribers.discard(subscriber)

    # keeping time

    def _heartbeat(self) -> wire.Heartbeat:
        return wire.Heartbeat(seq=self.seq, now=self._clock().astimezone(self._tz))

    def _seen(self) -> tuple[list[str], dict[str, int], float]:
        """What changes of the centre row without a line in the log."""
        row = self.centre(LANGUAGES[0])
        return list(row.degraded), dict(row.screens), row.fold_factor

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self.beat()

    def beat(self) -> None:
        """One heartbeat to everybody, and the centre row when something began or ceased to work, somebody has opened or
        closed one more console, or a rush came or went."""
        now = self._clock().astimezone(self._tz)
        seen = self._seen()
        if seen != self._told:
            self._told = seen
            changed = {lang: wire.Changes(seq=self.seq, now=now, centre=self.centre(lang)) for lang in LANGUAGES}
            self._spread({lang: frame("changes", message) for lang, message in changed.items()}, None)
        beat = frame("heartbeat", wire.Heartbeat(seq=self.seq, now=now))
        self._spread(dict.fromkeys(LANGUAGES, beat), None)

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                newest = await head_seq(self._reader)
            except StorageUnavailable:
                continue  # the pump, the sweep and the readiness probe say so
            except Exception:  # the database is away: the pump and the readiness probe say so
                log.warning("feed could not read the head of the log", exc_info=True)
                continue
            if newest > self.seq:
                self.newest = max(self.newest, newest)
                self._wake.set()
