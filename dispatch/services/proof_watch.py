"""What this node knows of the proofs of life, for screens and probes: the last good one of each channel, and failures.

Owns memory only; the rows are ``proof``'s. Another node's proofs are learned by looking, one's own from the commit.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

import msgspec

from dispatch import wire
from dispatch.domain.instant import from_ms, to_ms
from dispatch.services.proof import WAKE, Plan, plan_of, sweep_proofs
from dispatch.settings import Settings
from dispatch.storage.committer import Committed, Committer
from dispatch.storage.proofs import NEWEST
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Row
from dispatch.texts import text

log = logging.getLogger(__name__)
LOOK_BACK, LOOK_AGAIN = 1_000, 20
"""Rows of a channel that are read at the start, and at every look after it."""


@dataclass(frozen=True, slots=True)
class Known:
    """Moments in ms; ``failed_at`` None while the channel is proved or was never tried."""

    good_at: int | None = None
    took_ms: int | None = None
    failed_at: int | None = None
    driver: str = ""


class ProofWatch:
    """``tick`` is a regular job; give ``on_commit`` to the committer."""

    def __init__(self, committer: Committer, reader: Reader, plan: Plan, clock: Callable[[], datetime]) -> None:
        self._committer, self._reader, self.plan, self._clock = committer, reader, plan, clock
        self._known = dict.fromkeys(plan.numbers, Known())
        self._most = LOOK_BACK

    @classmethod
    def of(
        cls, settings: Settings, committer: Committer, reader: Reader, clock: Callable[[], datetime]
    ) -> ProofWatch:
        """What these settings want proved."""
        return cls(committer, reader, plan_of(settings), clock)

    async def tick(self) -> None:
        """Send and give up what is due, then see what other nodes have learned."""
        if self.plan.numbers:
            await self._committer.run(lambda tx: sweep_proofs(tx, self.plan))
            await self.look()

    async def look(self) -> None:
        """Read the newest rows; a good proof that has left them is still known."""
        for channel in self.plan.numbers:
            for row in reversed(await self._reader.all(NEWEST, channel=channel, most=self._most)):
                self._known[channel] = _learned(self._known[channel], row)
        self._most = LOOK_AGAIN

    def on_commit(self, committed: Committed) -> None:
        """Before the feed: the centre row it sends must hold what was just proved."""
        if WAKE not in committed.wakes:
            return
        for line in committed.lines:
            if line["kind"].startswith("proof."):
                self._take(line["kind"], line["at"], msgspec.json.decode(line["data"]))

    def _take(self, kind: str, at: int, data: dict[str, object]) -> None:
        channel = str(data["channel"])
        known = self._known.get(channel)
        if known is None:
            return
        if kind == "proof.returned":
            took = int(str(data["took_ms"]))
            self._known[channel] = Known(at, took, None, str(data["driver"]))
            log.info("proof of life: %s back after %d ms (%s)", channel, took, data["driver"])
        elif kind == "proof.failed":
            self._known[channel] = replace(known, failed_at=at)
            log.error("proof of life: %s did not come back: %s", channel, data["error"])
        elif kind == "proof.late":
            log.warning("proof of life: %s came back late, after %s ms", channel, data["took_ms"])

    def rows(self, tz: tzinfo) -> dict[str, wire.ProofRow]:
        """For the centre row."""
        return {channel: _row(known, tz) for channel, known in sorted(self._known.items())}

    def sentences(self, lang: str, tz: tzinfo) -> list[str]:
        """Channels that are not proved to live, as the header says it."""
        return [
            text(
                "alarm.proof_degraded", lang, channel=channel,
                at=f"{from_ms(known.good_at, tz):%d-%m %H:%M}" if known.good_at else "-",
            )
            for channel, known in sorted(self._known.items()) if known.failed_at is not None
        ]

    def ages(self) -> dict[str, float]:
        """Seconds since each channel was last proved; -1 = never."""
        now = to_ms(self._clock())
        return {
            channel: -1 if known.good_at is None else (now - known.good_at) / 1000
            for channel, known in self._known.items()
        }


def _learned(known: Known, row: Row) -> Known:
    """What one row adds, read from the oldest to the newest."""
    if row["state"] == "ok" and row["back_at"] >= (known.good_at or 0):
        failed = known.failed_at if known.failed_at and known.failed_at > row["back_at"] else None
        return Known(row["back_at"], row["back_at"] - row["sent_at"], failed, row["driver"])
    if row["state"] == "failed" and row["sent_at"] > (known.good_at or 0):
        return replace(known, failed_at=row["sent_at"])
    return known


def _row(known: Known, tz: tzinfo) -> wire.ProofRow:
    state = "failed" if known.failed_at is not None else "never" if known.good_at is None else "ok"
    return wire.ProofRow(
        state=state, at=None if known.good_at is None else from_ms(known.good_at, tz), took_ms=known.took_ms,
        failed_at=None if known.failed_at is None else from_ms(known.failed_at, tz), driver=known.driver,
    )
