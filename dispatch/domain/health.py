"""Whether a way out works, from its recent results, with hysteresis: it neither flaps nor is given up. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

DOWN_AFTER = 3
"""Failures in a row after which a way counts as down."""
UP_AFTER = 2
"""Successes in a row after which it counts as working again."""
FIRST_PROBE_MS, LONGEST_PROBE_MS = 10_000, 60_000
"""How long after a failure a way that is down is tried again with one message: doubling."""


@dataclass(frozen=True, slots=True)
class Health:
    """``streak`` counts results in a row that speak against the present state; ``probe_at`` (ms) matters when down."""

    is_up: bool = True
    streak: int = 0
    probe_at: int = 0
    wait_ms: int = FIRST_PROBE_MS
    probing: bool = False

    def after(self, worked: bool, now_ms: int) -> Health:
        """With one more result."""
        if worked is self.is_up:
            if self.is_up:
                return replace(self, streak=0)
            if not self.probing:  # the end of what was under way when it went down
                return replace(self, streak=0)
            wait_ms = min(self.wait_ms * 2, LONGEST_PROBE_MS)
            return Health(False, 0, now_ms + wait_ms, wait_ms)
        streak = self.streak + 1
        if self.is_up:
            turned = streak >= DOWN_AFTER
            return Health(False, 0, now_ms + FIRST_PROBE_MS) if turned else replace(self, streak=streak)
        # A success invites the next message at once: the second one settles it.
        return Health() if streak >= UP_AFTER else replace(
            self, streak=streak, probe_at=now_ms, probing=False
        )

    def may_be_tried(self, now_ms: int) -> bool:
        """Up, or due for its probe."""
        return self.is_up or now_ms >= self.probe_at

    def probed(self, now_ms: int) -> Health:
        """One message is on its way as the probe: no second one until its turn."""
        return self if self.is_up else replace(self, probe_at=now_ms + self.wait_ms, probing=True)


def rank(order: Sequence[str], healths: Mapping[str, Health], now_ms: int, *, critical: bool) -> list[str]:
    """Which ways to try now, first to last. What is critical is no probe while something works, and tries everything
    when nothing does; the others wait for a probe's turn then: an empty answer."""
    known = {name: healths.get(name, Health()) for name in order}
    if critical:
        return [name for name in order if known[name].is_up] or list(order)
    return [name for name in order if known[name].may_be_tried(now_ms)]


def next_probe(order: Sequence[str], healths: Mapping[str, Health]) -> int:
    """When (ms) the first of ways that are all down may be tried again."""
    return min(healths[name].probe_at for name in order)
