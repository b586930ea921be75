"""What an hour usually brings: the mean of the same weekday and hour in the weeks before (seasonal naive). Pure.

Nothing cleverer: with a few calls an hour a model would only learn noise, and a supervisor can check this by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

WEEKS = 8
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Forecast:
    """``mean`` of ``n`` earlier weeks."""

    mean: float
    n: int


def forecast_hour(
    hour: datetime, counts: Mapping[datetime, int], recorded_since: datetime | None
) -> Forecast | None:
    """What to expect in the hour that begins at ``hour``; None when no earlier week was on record.

    ``counts`` maps the beginning of an hour to what happened in it; an hour without an entry had nothing, unless
    it began before ``recorded_since``: then nobody was counting, and it is no zero.
    """
    if recorded_since is None:
        return None
    earlier = [hour - WEEK * back for back in range(1, WEEKS + 1)]
    known = [counts.get(moment, 0) for moment in earlier if moment >= recorded_since]
    return Forecast(sum(known) / len(known), len(known)) if known else None
