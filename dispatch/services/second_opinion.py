"""The optional second opinion: asked after a report is committed and on screen; may only raise, or add a type.

An effect beside the server: a bounded queue in memory, few questions at once, a circuit breaker. Lost questions are
lost. Must never hold up a report, lower, close, send, or change a place.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.dedup import VAGUE_TYPES
from dispatch.domain.incident import Incident
from dispatch.domain.report import Triage
from dispatch.domain.severity import Severity, highest
from dispatch.errors import KentonganError, StorageUnavailable
from dispatch.ports import Adviser, Opinion
from dispatch.services.clocks import retarget_clocks, start_owed
from dispatch.services.decide import route
from dispatch.services.knowledge import Knowledge
from dispatch.settings import Settings
from dispatch.storage.committer import Committed, Committer
from dispatch.storage.incidents import fetch_incident, save_incident, surviving, touch
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import report
from dispatch.storage.transaction import Tx

log = logging.getLogger(__name__)
QUEUE, AT_ONCE, STALE_S = 64, 2, 120.0
EVERY_S = 0.5
"""Between two questions: at most 120 a minute, whatever comes in."""
FAILURES, FIRST_PAUSE_S, LONGEST_PAUSE_S = 3, 30.0, 600.0
REASON = "pendapat kedua"
ACTOR = "opinion"
TEXT_OF = Statement(
    select(report.c.text, report.c.incident_id)
    .where(report.c.centre == bindparam("centre"), report.c.id == bindparam("id"))
)


def apply_opinion(tx: Tx, incident_id: int, opinion: Opinion, knowledge: Knowledge) -> bool:
    """Raise and add, with event and reason. What a person has decided, or what is over, is left as it is."""
    before = surviving(tx, fetch_incident(tx, incident_id))
    if not before.is_open or before.triaged_at is not None:
        return False
    said = Severity(opinion.severity) if opinion.severity else None
    severity = highest(before.severity, said)
    known = knowledge.rules.types.keys() - VAGUE_TYPES - set(before.types)
    more = tuple(kind for kind in opinion.types if kind in known)
    raised = severity is not before.severity
    if not raised and not more:
        return False
    also = (*before.also_types, *more)
    after = save_incident(
        tx, before, ACTOR, severity=severity, also_types=also,
        unsure=before.unsure or (raised and severity is Severity.CRITICAL),
        agencies=_agencies(tx, before, severity, also, knowledge),
    )
    if raised:
        retarget_clocks(tx, after, knowledge)
        start_owed(tx, after, knowledge)
    tx.emit(
        "incident.second_opinion", ACTOR, incident_id=after.id, touched=[touch(after)], number=after.number,
        before=before.severity.value if before.severity else None, severity=severity.value if severity else None,
        added=", ".join(more), reason=REASON, words=opinion.words,
    )
    return True


def _agencies(
    tx: Tx, item: Incident, severity: Severity | None, also: tuple[str, ...], knowledge: Knowledge
) -> tuple[str, ...]:
    facts = Triage(
        type=item.type, severity=severity, also_types=also, subtype=item.subtype, life_threat=item.life_threat,
        place=item.place,
    )
    return tuple(dict.fromkeys((*item.agencies, *route(facts, item.channel, tx, knowledge).agencies)))


class OpinionRunner:
    """``failure`` says why nobody answers; '' while well. ``clock`` gives monotonic seconds."""

    def __init__(
        self, adviser: Adviser, committer: Committer, reader: Reader, knowledge: Callable[[], Knowledge],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._adviser, self._committer, self._reader, self._knowledge = adviser, committer, reader, knowledge
        self._clock = clock
        self._waiting: deque[tuple[int, float]] = deque(maxlen=QUEUE)
        self._work = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._pace = asyncio.Lock()
        self._failures, self._closed_until, self._pause_s = 0, 0.0, FIRST_PAUSE_S
        self.failure = ""

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._run(), name=f"opinion {n}") for n in range(AT_ONCE)]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._adviser.close()

    def on_commit(self, committed: Committed) -> None:
        """New reports wait their turn; when too many do, the oldest question is dropped."""
        for line in committed.lines:
            if line["kind"] == "report.received" and self._clock() >= self._closed_until:
                self._waiting.append((msgspec.json.decode(line["data"])["report"], self._clock()))
                self._work.set()

    async def _run(self) -> None:
        while True:
            await self._work.wait()
            async with self._pace:
                await asyncio.sleep(EVERY_S if self._waiting else 0)
            if not self._waiting:
                self._work.clear()
                continue
            report_id, since = self._waiting.popleft()
            if self._clock() - since < STALE_S and self._clock() >= self._closed_until:
                await self._ask(report_id)

    async def _ask(self, report_id: int) -> None:
        try:
            row = await self._reader.first(TEXT_OF, id=report_id)
            if row is None or not row["text"].strip() or row["incident_id"] is None:
                return
            opinion = await self._adviser.ask(row["text"])
            await self._note_success()
            knowledge, incident_id = self._knowledge(), row["incident_id"]
            await self._committer.run(lambda tx: apply_opinion(tx, incident_id, opinion, knowledge), bulk=True)
        except StorageUnavailable:
            log.warning("second opinion lost: the storage does not answer")
        except KentonganError as error:
            await self._note_failure(str(error))
        except Exception as error:  # an effect beside the server: whatever it is, the next report is asked about
            log.exception("second opinion failed")
            await self._note_failure(type(error).__name__)

    async def _note_success(self) -> None:
        was, self.failure, self._failures, self._pause_s = self.failure, "", 0, FIRST_PAUSE_S
        if was:
            log.info("second opinion answers again")
            await self._tell("opinion.recovered")

    async def _note_failure(self, what: str) -> None:
        """Three in a row: nobody is asked for a while, longer each time; then one question finds out."""
        self._failures += 1
        log.warning("second opinion failed: %s", what)
        if self._failures < FAILURES:
            return
        self._closed_until = self._clock() + self._pause_s
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)
        self._waiting.clear()
        was, self.failure = self.failure, what
        if not was:
            await self._tell("opinion.failing")

    async def _tell(self, kind: str) -> None:
        def note(tx: Tx) -> Any:
            return tx.emit(kind, "system", touched=["centre"])

        try:
            await self._committer.run(note)
        except StorageUnavailable:
            log.warning("not noted: %s", kind)


def build_opinion(
    settings: Settings, committer: Committer, reader: Reader, knowledge: Callable[[], Knowledge]
) -> OpinionRunner | None:
    """None while KENTONGAN_LLM_URL is not set: nobody is asked and nothing is imported."""
    if not settings.llm.url:
        return None
    from dispatch.channels.opinion_http import OpinionHttp  # the HTTP client costs 0.12 s

    return OpinionRunner(OpinionHttp(settings.llm, sorted(knowledge().rules.types)), committer, reader, knowledge)
