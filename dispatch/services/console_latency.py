"""What the consoles measured of themselves, of the last minutes. Kept in memory: it is of now, and of this node."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch import wire

KEPT = timedelta(minutes=3)
"""A seat reports each minute while it is used."""
SEATS_MOST = 500
LONGEST_MS = 3_600_000.0


class ConsoleLatencies:
    """The last report of each session."""

    def __init__(self) -> None:
        self._told: dict[str, tuple[datetime, wire.ConsoleLatency]] = {}

    def take(self, session: str, measured: wire.ConsoleLatency, now: datetime) -> wire.ConsoleLatency:
        """Keep a report; nonsense in it is cut to what can be. Returns what is kept."""
        kept = wire.ConsoleLatency(echo=_sane(measured.echo), result=_sane(measured.result))
        self._forget(now)
        if session in self._told or len(self._told) < SEATS_MOST:
            self._told[session] = (now, kept)
        return kept

    def worst(self, now: datetime) -> tuple[dict[str, wire.Spread], int]:
        """'echo' and 'result' of the seat with the largest P95 of each, and how many seats reported."""
        self._forget(now)
        told = [measured for _, measured in self._told.values()]
        if not told:
            return {}, 0
        echo = max((one.echo for one in told), key=_order)
        return {"echo": echo, "result": max((one.result for one in told), key=_order)}, len(told)

    def _forget(self, now: datetime) -> None:
        self._told = {key: item for key, item in self._told.items() if now - item[0] <= KEPT}


def _order(spread: wire.Spread) -> tuple[bool, float]:
    return spread.n > 0, spread.p95


def _sane(spread: wire.Spread) -> wire.Spread:
    p50, p95, longest = (min(max(value, 0.0), LONGEST_MS) for value in (spread.p50, spread.p95, spread.max))
    return wire.Spread(n=min(max(spread.n, 0), 100_000), p50=p50, p95=p95, max=longest)
