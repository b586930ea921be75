"""Signs that something disposed of as junk was none. Pure: what is looked at, what speaks for a miss, how loudly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

AFTERWARDS = timedelta(hours=24)
SHORT_CALL = timedelta(seconds=15)
SIGNS = {"silent_keys": 4, "came_back": 3, "life_words": 3, "text_after": 2, "open_incident": 2}
"""Sign -> its weight: pressed 5 twice; the number came again and it was real; a threat to life in the words; wrote
after it; a short call while another incident of the number was open."""


@dataclass(frozen=True, slots=True)
class Disposed:
    """One contact that was disposed of. ``spoke`` None: no call, or nobody was connected."""

    incident_id: int
    at: datetime
    disposed_at: datetime
    is_call: bool = False
    spoke: timedelta | None = None
    life_words: bool = False
    silent_keys: bool = False


@dataclass(frozen=True, slots=True)
class Other:
    """Another report of the same number. ``is_junk``: disposed of itself, so somebody has read it.
    ``open_until`` None: its incident is still open."""

    incident_id: int
    at: datetime
    is_text: bool = False
    is_real: bool = False
    is_junk: bool = False
    opened_at: datetime | None = None
    open_until: datetime | None = None


def signs_of(contact: Disposed, others: Iterable[Other]) -> tuple[str, ...]:
    """The signs of a miss, the loudest first; () = nothing speaks for one."""
    found = {"silent_keys"} if contact.silent_keys else set()
    if contact.life_words:
        found.add("life_words")
    short = contact.is_call and (contact.spoke is None or contact.spoke < SHORT_CALL)
    for other in others:
        elsewhere = other.incident_id != contact.incident_id
        if elsewhere and other.is_real and _within(contact.at, other.at):
            found.add("came_back")
        if other.is_text and not (elsewhere and other.is_junk) and _within(contact.disposed_at, other.at):
            found.add("text_after")
        if short and elsewhere and not other.is_junk and _open_at(other, contact.at):
            found.add("open_incident")
    return tuple(sign for sign in SIGNS if sign in found)


def _within(start: datetime, moment: datetime) -> bool:
    return timedelta() < moment - start <= AFTERWARDS


def _open_at(other: Other, moment: datetime) -> bool:
    return (
        other.opened_at is not None and other.opened_at < moment
        and (other.open_until is None or other.open_until > moment)
    )


def weight_of(signs: Iterable[str]) -> int:
    """How urgently a second look is needed."""
    return sum(SIGNS[sign] for sign in signs)
