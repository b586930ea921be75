"""The few regular jobs of a node. Never one job a timer: clocks and messages are rows (architecture.md 5)."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, tzinfo
from datetime import time as wall_time
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler

log = logging.getLogger(__name__)

JUMP_S = 2.0
"""The wall clock may drift this much against the monotonic clock between two looks before we alarm."""
Job = Callable[[], Awaitable[Any]]


def build_scheduler(jobs: dict[str, tuple[float, Job]]) -> AsyncIOScheduler:
    """``jobs`` maps a name to (seconds, coroutine function). A late run is run, not dropped; runs never overlap."""
    scheduler = AsyncIOScheduler(
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}, timezone="UTC"
    )
    for name, (seconds, job) in jobs.items():
        scheduler.add_job(job, "interval", seconds=seconds, id=name, name=name)
    return scheduler


def add_daily(scheduler: AsyncIOScheduler, name: str, at: wall_time, zone: tzinfo, job: Job) -> None:
    """Once a day at this local time. A node that was down then does not catch up."""
    scheduler.add_job(job, "cron", hour=at.hour, minute=at.minute, timezone=zone, id=name, name=name)


class JumpWatch:
    """Compares the wall clock with the monotonic clock: a jump moves every deadline without a trace."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._wall, self._steady = clock(), time.monotonic()

    def jump_s(self) -> float:
        """Seconds the wall clock jumped since the last look; 0.0 when it did not."""
        wall, steady = self._clock(), time.monotonic()
        jump = (wall - self._wall).total_seconds() - (steady - self._steady)
        self._wall, self._steady = wall, steady
        return jump if abs(jump) >= JUMP_S else 0.0
