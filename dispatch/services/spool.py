"""A spool's loop: takes the texts that lie in it, tells what became of those handed over, says when it is in trouble.

Exactly once: a text is stored under the spool's own id for it, in one transaction, and only then marked as taken;
a crash between the two makes it come again, and then it is known.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime

from dispatch.domain.phone import phone_of
from dispatch.domain.report import Channel, NewReport
from dispatch.errors import ChannelError, StorageUnavailable
from dispatch.ports import Report, Spool, SpooledText
from dispatch.services.alarms import NEEDED, clear_alarm, raise_alarm
from dispatch.services.crew_messages import receive_text
from dispatch.services.delivery import record_delivery
from dispatch.services.knowledge import Knowledge
from dispatch.storage.committer import Committer
from dispatch.storage.transaction import Tx

log = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
MAX_SENDER_NAME = 64
LOOKS = 3
"""So many looks in a row must find trouble before it is one: a table that is locked for a moment is none."""


class SpoolRunner:
    """``trouble`` is why texts may not come in or go out this way right now, '' when they do."""

    def __init__(
        self, committer: Committer, spool: Spool, knowledge: Callable[[], Knowledge], clock: Callable[[], datetime],
        *, every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._committer, self._spool, self._knowledge, self._clock = committer, spool, knowledge, clock
        self._every_s = every_s
        self._stuck: set[str] = set()
        """Texts that could not be taken for a fault of ours: they must not hold up the others."""
        self._noted: str | None = None
        self._troubled = 0
        self._task: asyncio.Task[None] | None = None
        self.trouble = ""
        self.name = spool.name

    def start(self) -> None:
        self._task = asyncio.create_task(self._watch(), name=f"spool {self._spool.name}")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Once: texts, reports, health. Raises StorageUnavailable, ChannelError."""
        news = await self._spool.look(self._stuck)
        for text in news.texts:
            await self._take(text)
        if news.reports:
            await self._committer.run(lambda tx: _record(tx, news.reports, self._knowledge()))
        stuck = f"{len(self._stuck)} texts could not be read" if self._stuck else ""
        await self._note(news.trouble or stuck)

    async def _watch(self) -> None:
        while True:
            try:
                await self.look()
            except (StorageUnavailable, ChannelError) as error:
                log.error("%s waits: %s", self._spool.name, error)
            except Exception:  # a watch that dies silently is the worst failure: tell and go on
                log.error("%s: look failed", self._spool.name, exc_info=True)
                self.trouble = "its reading failed"
            await asyncio.sleep(self._every_s)

    async def _take(self, found: SpooledText) -> None:
        if found.external_id:
            knowledge, report = self._knowledge(), self._report(found)
            try:
                await self._committer.run(lambda tx: receive_text(tx, report, knowledge))
            except StorageUnavailable:
                raise
            except Exception:  # one text of thousands must not stop the others from being read
                log.error("%s: text %s could not be taken", self._spool.name, found.id, exc_info=True)
                self._stuck.add(found.id)
                return
        await self._spool.take([found.id])

    def _report(self, found: SpooledText) -> NewReport:
        return NewReport(
            channel=Channel.SMS, external_id=found.external_id, text=found.text.replace("\0", "\ufffd"),
            received_at=self._clock(), sender=phone_of(found.sender) or found.sender[:MAX_SENDER_NAME],
            recipient=self._spool.number,
        )

    async def _note(self, trouble: str) -> None:
        """Trouble that begins or ends is an alarm, and the consoles are told; its wording may change meanwhile."""
        self._troubled = self._troubled + 1 if trouble else 0
        if 0 < self._troubled < LOOKS:
            return
        begins_or_ends = self._noted is None or bool(trouble) != bool(self._noted)
        self.trouble = trouble
        if begins_or_ends:
            log.log(logging.ERROR if trouble else logging.INFO, "%s: %s", self._spool.name, trouble or "works")
            await self._committer.run(lambda tx: _note(tx, self._spool.name, trouble))
        self._noted = trouble


def _record(tx: Tx, reports: tuple[Report, ...], knowledge: Knowledge) -> None:
    for report in reports:
        record_delivery(
            tx, message_id=report.message_id, provider_id=report.provider_id, delivered=report.delivered,
            code=report.code, knowledge=knowledge,
        )


def _note(tx: Tx, name: str, trouble: str) -> None:
    cause = f"driver:{name}"
    if trouble:
        raise_alarm(tx, level=NEEDED, kind="driver_down", cause=cause, driver=name, detail=trouble)
    else:
        clear_alarm(tx, cause)
