"""Paper cards: their names, and the time somebody wrote on one. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from dispatch.errors import Invalid

MAX_CARD = 9_999_999
OLDEST = timedelta(days=30)
"""A card older than this is a chronicle, no incident to be counted."""
CLOCK_SKEW = timedelta(minutes=2)
"""A wall clock on the wall may be ahead of the server's."""


def card_name(number: int) -> str:
    """As it is printed: M-012."""
    return f"M-{number:03d}"


def card_id(number: int) -> str:
    """The external id of the report a card becomes: one card, one report."""
    return f"paper:{card_name(number)}"


def moment_of(clock: str, date: str, now: datetime) -> datetime:
    """The moment ``HH:MM`` (and ``DD/MM``) names: the newest one that is not in the future. ``now`` is local time.

    Raises Invalid for a date there is none of, one in the future, and one over 30 days ago.
    """
    hour, minute = (int(part) for part in clock.split(":"))
    moment = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    if date:
        moment = _on_date(moment, date)
    latest = now + CLOCK_SKEW
    if moment > latest:
        moment = moment - timedelta(days=1) if not date else _on_date(moment, date, moment.year - 1)
    if now - moment > OLDEST:
        raise Invalid("paper_too_old", f"{date} {clock} is over 30 days ago", when=f"{date} {clock}".strip())
    return min(moment, now)


def _on_date(moment: datetime, date: str, year: int = 0) -> datetime:
    day, month = (int(part) for part in date.split("/"))
    try:
        return moment.replace(year=year or moment.year, month=month, day=day)
    except ValueError as error:
        raise Invalid("paper_no_date", f"there is no {date}", when=date) from error
