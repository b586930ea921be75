"""When a failed attempt is repeated: doubling with jitter, patient for bulk, quick for what is critical. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """``attempts`` in total; after the last one the message has failed."""

    first: timedelta
    cap: timedelta
    attempts: int

    def delay(self, attempt: int, jitter: float) -> timedelta | None:
        """The wait after the ``attempt``-th failure (1-based); None = give up. ``jitter`` is 0..1.

        Jitter shortens the wait by up to a quarter, so that a recovered provider is not hit by all at once.
        """
        if attempt >= self.attempts:
            return None
        full: timedelta = min(self.first * 2 ** min(attempt - 1, 30), self.cap)
        return full * (1 - jitter / 4)


CRITICAL = Backoff(timedelta(seconds=1), timedelta(seconds=20), 90)
"""About half an hour of trying: a provider's outage must not swallow a page."""
ROUTINE = Backoff(timedelta(seconds=5), timedelta(minutes=5), 40)
"""About three hours."""
VOICE = Backoff(timedelta(seconds=1), timedelta(seconds=2), 2)
"""A caller is waiting in the queue: give the call back to the other seats instead."""


def backoff_for(channel: str, *, critical: bool) -> Backoff:
    """The policy of one message."""
    if channel == "voice":
        return VOICE
    return CRITICAL if critical else ROUTINE
