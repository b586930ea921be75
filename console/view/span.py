"""Durations and instants as an operator reads them at night: short, fixed width, 24 hours."""

from __future__ import annotations

from datetime import timedelta

MINUTE, HOUR, DAY = 60, 3600, 86400
MINUTES_SHOWN = 100
"""Up to here minutes:seconds are shown ('99:59'), beyond hours, then days."""


def span(amount: timedelta, hour: str = "j", day: str = "h") -> str:
    """'00:48', '41:10', '12j05', '3h04': never more than five characters under 100 days."""
    seconds = max(0, int(amount.total_seconds()))
    if seconds < MINUTES_SHOWN * MINUTE:
        return f"{seconds // MINUTE:02d}:{seconds % MINUTE:02d}"
    if seconds < 100 * HOUR:
        return f"{seconds // HOUR}{hour}{seconds % HOUR // MINUTE:02d}"
    days, rest = divmod(seconds, DAY)
    return f"{days}{day}{rest // HOUR:02d}"
