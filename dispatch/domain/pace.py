"""How fast a way out may be used: so many messages a second, the critical never held back but counted. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Pace:
    """All in ms. ``free_at``: when the next may go; ``tail``: the first slot that nobody waits for."""

    interval: int = 0
    free_at: int = 0
    tail: int = 0

    def is_free(self, now: int) -> bool:
        """Whether a routine message may go. A quarter of an interval early will do: slots are a little early or late,
        and their number counts."""
        return now >= self.free_at - self.interval // 4

    def used(self, now: int) -> Pace:
        """One message goes now. A critical one may go before its time: those behind it pay for it."""
        return replace(self, free_at=max(self.free_at, now) + self.interval)

    def held(self, until: int) -> Pace:
        """The provider asked us to wait."""
        return replace(self, free_at=max(self.free_at, until))

    def next_free(self) -> int:
        """For one whose slot was taken: just before the next one's, so that they stay in order."""
        return self.free_at - min(1, self.interval // 4)

    def slot(self) -> tuple[int, Pace]:
        """A moment for one more that has to wait, after all who wait already."""
        at = max(self.tail, self.free_at)
        return at, replace(self, tail=at + self.interval)
