"""How far the earlier contacts of a number speak for waiting a little longer. Pure: it orders equals, blocks nobody.

Trust falls with every disposal and comes back by itself: half of the weight is gone after ``HALF_LIFE``, and one real
report wipes out all that was before it. It never falls below ``FLOOR``.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from dispatch.domain.severity import Severity

T = TypeVar("T")
HALF_LIFE = timedelta(days=7)
FLOOR = 0.2
MAX_DOUBT_MS = 30_000
"""Among callers of the same urgency nobody passes who rang this much later, however little the number is trusted."""
REAL = "real"
WEIGHTS = {"prank": 1.0, "ghost": 0.5, "wrong_number": 0.1, "information": 0.1}
"""What a disposal weighs on its day. A silent call may be somebody who cannot speak; a question is no offence."""
KINDS = {
    "ghost": "ghost", "prank": "prank", "palsu": "prank", "wrong_number": "wrong_number", "salah": "wrong_number",
    "information": "information", "info": "information",
    "sls": REAL, "rujuk": REAL, "tolak": REAL, "ganda": REAL, "duplicate": REAL, "normal": REAL,
}
"""Disposition -> what it says of the number; the others (cut off, cancelled, nothing found) say nothing."""


@dataclass(frozen=True, slots=True)
class Past:
    """One earlier contact: a key of ``WEIGHTS`` or ``REAL``, and when."""

    kind: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Trust:
    """``score`` between FLOOR and 1; ``counts`` are the disposals since the last real report, by kind: the reason."""

    score: float = 1.0
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def doubt_ms(self) -> int:
        """How much later the call counts as having rung, among its equals."""
        return round((1.0 - self.score) / (1.0 - FLOOR) * MAX_DOUBT_MS)


def trust_of(pasts: Iterable[Past], now: datetime) -> Trust:
    """What is known of a number at this moment; of an unknown one nothing, which is full trust."""
    known = list(pasts)
    real_at = max((past.at for past in known if past.kind == REAL), default=None)
    against = [past for past in known if past.kind in WEIGHTS and (real_at is None or past.at > real_at)]
    weight = sum(WEIGHTS[past.kind] * _faded(now - past.at) for past in against)
    return Trust(FLOOR + (1.0 - FLOOR) / (1.0 + weight), dict(Counter(past.kind for past in against)))


def _faded(age: timedelta) -> float:
    return float(0.5 ** (max(age, timedelta()) / HALF_LIFE))


def reorder(
    ordered: Sequence[T], *, hint: Callable[[T], Severity | None], late: Callable[[T], int]
) -> list[T]:
    """Callers of the same hint change places among themselves by ``late`` (ms); every other place stays as it was.

    Critical hints are not touched: a number that cried wolf may be burning tonight.
    """
    classes: defaultdict[Severity | None, list[T]] = defaultdict(list)
    for item in ordered:
        classes[hint(item)].append(item)
    for severity, equals in classes.items():
        if severity is not Severity.CRITICAL:
            equals.sort(key=late)
    places = {severity: iter(equals) for severity, equals in classes.items()}
    return [next(places[hint(item)]) for item in ordered]
