"""Instants as stored: whole milliseconds since the epoch, UTC. The one place that converts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch, rounded down. A naive datetime is refused (programmer error)."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime: time is an argument and carries its zone")
    return (moment - EPOCH) // MILLISECOND


def from_ms(ms: int, tz: tzinfo = UTC) -> datetime:
    """The aware datetime of a stored instant."""
    return datetime.fromtimestamp(ms / 1000, tz)
