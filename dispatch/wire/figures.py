"""The wallboard's figures, the cases behind them, the load by hour and what the consoles measured of themselves."""

from __future__ import annotations

from datetime import datetime

from dispatch.wire.rows import Wire


class Figure(Wire, frozen=True, kw_only=True):
    """One number of a span of time. Its definition is a text under the same key.

    ``unit``: 'share' (``value`` 0..1 of ``n``), 's' (seconds; ``value`` is the P90) or 'count'. Percentiles are
    nearest-rank on raw milliseconds. ``target`` is what it is measured against; None = it is not judged.
    ``is_wanted``: more is better, the target is the least; otherwise it is the most. ``standard`` names the published
    standard the target is taken from; '' = it is ours, and missing it is a fault.
    """

    key: str
    unit: str
    n: int
    value: float | None = None
    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    target: float | None = None
    is_wanted: bool = False
    standard: str = ""


class DistrictFigure(Wire, frozen=True, kw_only=True):
    """Incidents of a kecamatan ('-' = unknown), P90 from opened to the first arrival, and how many missed a limit."""

    kecamatan: str
    n: int
    arrived: int = 0
    total_p90_s: float | None = None
    late: int = 0


class CaseRow(Wire, frozen=True, kw_only=True):
    """One case behind a figure. ``value``: seconds, or 1 and 0 for part of it or not.

    ``kind`` is 'incident' or 'call'; ``number`` the incident's spoken number, ``call`` the call's id.
    """

    kind: str
    at: datetime
    number: int | None = None
    call: int | None = None
    value: float | None = None
    type: str = ""
    severity: str | None = None
    kecamatan: str = ""
    status: str = ""
    subject: str = ""
    """Whom or what it was about: the operator, the unit, the kind of alarm."""


class Cases(Wire, frozen=True, kw_only=True):
    """``n`` in all; ``cases`` the first of them, those in need of a look before the others."""

    figure: str
    n: int
    cases: list[CaseRow] = []


class LoadHour(Wire, frozen=True, kw_only=True):
    """``calls`` that rang in the hour from ``at``, noise included: it keeps seats busy too. None = still to come.

    ``forecast`` is the mean of the same weekday and hour of ``weeks`` earlier weeks; None = no week on record.
    ``seats`` is what the forecast needs, ``level`` the share those seats answer in time.
    """

    at: datetime
    calls: int | None = None
    forecast: float | None = None
    weeks: int = 0
    seats: int | None = None
    level: float | None = None


class ControlPoint(Wire, frozen=True, kw_only=True):
    """P90 of processing of the hour from ``at``, of ``n`` incidents; ``signals`` name why it stands out."""

    at: datetime
    n: int
    p90_s: float
    signals: list[str] = []


class Load(Wire, frozen=True, kw_only=True):
    """Load, forecast and staffing by hour, and the control chart of processing. ``target`` share in ``within_s``.

    ``handling_s`` is the mean talk time of ``handling_n`` calls, or an assumption where those are too few
    (``handling_assumed``). ``mean``, ``upper`` and ``lower`` are absent while there are fewer than ``needed`` points.
    """

    hours: list[LoadHour] = []
    handling_s: float
    handling_n: int
    handling_assumed: bool = False
    target: float
    within_s: float
    points: list[ControlPoint] = []
    needed: int = 0
    mean: float | None = None
    upper: float | None = None
    lower: float | None = None


class Spread(Wire, frozen=True, kw_only=True):
    """Milliseconds of ``n`` measurements."""

    n: int = 0
    p50: float = 0.0
    p95: float = 0.0
    max: float = 0.0


class ConsoleLatency(Wire, frozen=True, kw_only=True):
    """What a console measured of itself since its last report: key to echo, command to result."""

    echo: Spread = Spread()
    result: Spread = Spread()
