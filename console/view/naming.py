"""Which incidents a sentence of the server's names, so that their numbers are told from other digits. Pure."""

from __future__ import annotations

from dispatch.grammar import numbers_in
from dispatch.wire import AlarmRow, LogLine

NUMBERS = ("number", "into", "out_of", "surge")
"""Where an event keeps numbers of incidents."""
NAMES_OTHERS = frozenset({"odd_one_out"})
"""Alarms that name more incidents than their own."""


def event_numbers(entry: LogLine) -> set[int]:
    """The incidents an event is about."""
    about = (entry.incident, *(entry.data.get(key) for key in NUMBERS))
    return {number for number in about if isinstance(number, int)}


def alarm_numbers(row: AlarmRow) -> set[int]:
    """The incidents an alarm is about; of one that is about none, no digits are a number."""
    if row.incident is None:
        return set()
    return {row.incident, *(numbers_in(row.text) if row.kind in NAMES_OTHERS else ())}
