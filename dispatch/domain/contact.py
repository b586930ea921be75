"""Somebody who is told: where, and when not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

DAY = timedelta(days=1)


def span_of(day: date, start: time, end: time, tz: tzinfo | None) -> tuple[datetime, datetime]:
    """The hours that begin on a day; an end not after the start is on the next day."""
    # 24:00 is kept as the last moment of the day: no hole before midnight.
    whole = time.min if end == time.max else end
    until = day if start < end < time.max else day + DAY
    return datetime.combine(day, start, tz), datetime.combine(until, whole, tz)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Local time in which nothing that can wait is sent; may span midnight."""

    from_: time
    to: time

    def ends_at(self, local: datetime) -> datetime | None:
        """The end of the quiet hours that ``local`` lies in; None when it lies in none."""
        for day in (local.date() - DAY, local.date()):
            start, end = span_of(day, self.from_, self.to, local.tzinfo)
            if start <= local < end:
                return end
        return None


@dataclass(frozen=True, slots=True)
class Contact:
    """A duty contact of an agency. ``channel`` is 'sms', 'whatsapp' or 'mail'; ``phone`` is E.164."""

    name: str
    phone: str
    channel: str = "sms"
    mail: str = ""
    quiet: QuietHours | None = None

    @property
    def address(self) -> str:
        """Where a message over ``channel`` goes."""
        return self.mail if self.channel == "mail" else self.phone
