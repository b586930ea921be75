"""The quiet night as the wallboard's server tells it: figures, districts, load by hour, cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dispatch.wire import (
    CaseRow,
    Cases,
    CentreRow,
    ControlPoint,
    CoverRow,
    DistrictFigure,
    Figure,
    Load,
    LoadHour,
    ProofRow,
    Spread,
    Stats,
)
from tests.console.night import NOW, Night, board, replaced, stats


def share(
    key: str, n: int, value: float | None, target: float | None = None, *, wanted: bool = False, standard: str = ""
) -> Figure:
    return Figure(key=key, unit="share", n=n, value=value, target=target, is_wanted=wanted, standard=standard)


def took(
    key: str, n: int, p50: float, p90: float, p95: float, target: float | None = None, standard: str = ""
) -> Figure:
    return Figure(key=key, unit="s", n=n, value=p90, p50=p50, p90=p90, p95=p95, target=target, standard=standard)


def count(key: str, n: int, value: float) -> Figure:
    return Figure(key=key, unit="count", n=n, value=value)


FIGURES = [
    count("calls.offered", 135, 135),
    count("calls.real", 39, 39),
    share("calls.within_15", 39, 0.923, 0.9, wanted=True),
    share("calls.within_10", 39, 0.82, 0.9, wanted=True, standard="NFPA 1225"),
    share("calls.within_20", 39, 0.96, 0.95, wanted=True),
    took("calls.answer", 38, 5, 11, 16, 15),
    share("calls.abandoned", 39, 0.026, 0.05),
    share("calls.noise", 135, 0.711),
    share("calls.again", 39, 0.05),
    took("phase.known", 58, 31, 58, 90),
    took("phase.located", 58, 18, 42, 66),
    took("phase.processing", 58, 62, 104, 139, 60, "NFPA 1225"),
    took("phase.turnout", 55, 48, 71, 120, 80, "NFPA 1710"),
    took("phase.travel", 49, 402, 804, 1010, 240, "NFPA 1710"),
    took("phase.total", 49, 540, 968, 1190),
    took("phase.total_p1", 9, 410, 655, 655),
    took("clock.dispatch", 58, 62, 104, 139),
    share("met.answer", 58, 0.97, 0.9, wanted=True),
    share("met.dispatch", 58, 0.84, 0.9, wanted=True),
    share("met.turnout", 55, 0.93, 0.9, wanted=True),
    share("met.travel", 49, 0.92, 0.9, wanted=True),
    share("quality.late", 60, 0.15),
    share("quality.verified", 60, 0.92, wanted=True),
    count("quality.merged", 60, 5),
    count("quality.unmerged", 60, 0),
    share("quality.cards", 41, 0.88, wanted=True),
    share("quality.empty_notes", 38, 0.0),
    count("quality.lowered_silently", 4, 0),
    count("quality.undone", 60, 3),
    count("alarms.raised", 31, 31),
    took("alarms.acknowledged", 28, 6, 14, 22),
    took("system.lateness", 236, 0.001, 0.004, 0.006, 1),
]
HEAT = [
    DistrictFigure(kecamatan="Slawi", n=14, arrived=12, total_p90_s=720),
    DistrictFigure(kecamatan="Adiwerna", n=9, arrived=21, total_p90_s=780),
    DistrictFigure(kecamatan="Talang", n=6, arrived=5, total_p90_s=840),
    DistrictFigure(kecamatan="Bumijawa", n=2, arrived=2, total_p90_s=1860, late=2),
    DistrictFigure(kecamatan="-", n=1),
]
P90S = [98, 84, 121, 88, 95, 119, 90, 97, 122, 91, 89, 118, 93, 260]


def wall_stats(**change: Any) -> Stats:
    values = {
        "figures": FIGURES, "heat": HEAT, "consoles": {"echo": Spread(n=400, p50=9, p95=22, max=61),
                                                       "result": Spread(n=40, p50=60, p95=140, max=320)},
        "console_seats": 3, "backup_at": NOW - timedelta(minutes=2), "from_": NOW - timedelta(hours=14),
        "alarms": {"n": 31, "operators": 3, "per_operator_10min": 0.8, "peak_10min": 3},
        "alarm_causes": {"clock_warned:dispatch": 12, "declined": 3}, **change,
    }
    return replaced(stats(), **values)


def load(**change: Any) -> Load:
    hour = NOW.replace(minute=0, second=0)
    calls = [8, 11, 14, 11, 6, None, None]
    hours = [
        LoadHour(at=hour + timedelta(hours=step - 4), calls=n, forecast=12 - step % 3, weeks=8, seats=2, level=0.9454)
        for step, n in enumerate(calls)
    ]
    points = [
        ControlPoint(at=hour + timedelta(hours=step - len(P90S)), n=3 if step % 2 else 24, p90_s=p90,
                     signals=["outside"] if p90 > 200 else [])
        for step, p90 in enumerate(P90S)
    ]
    return replaced(Load(
        hours=hours, handling_s=118, handling_n=900, target=0.9, within_s=15, points=points, needed=8, mean=98,
        upper=171, lower=25,
    ), **change)


def wall_centre(**change: Any) -> CentreRow:
    cover = [CoverRow(agency="health", minimum=2), CoverRow(agency="fire", minimum=2),
             CoverRow(agency="fire", minimum=1, kecamatan="Bumijawa")]
    proofs = {"sms": ProofRow(state="ok", at=NOW - timedelta(hours=11)), "voice": ProofRow(state="never")}
    return replaced(board().centre, **{"cover": cover, "proofs": proofs, **change})


class WallNight(Night):
    """Answers what the wall asks, and remembers it."""

    def __init__(self, **centre: Any) -> None:
        super().__init__(board(centre=wall_centre(**centre)))
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer = wall_stats()

    async def stats(
        self, since: datetime | None = None, until: datetime | None = None, by: str = "", **narrow: str
    ) -> Stats:
        self.asked.append(("stats", narrow))
        return replaced(self.answer, from_=since, to=until)

    async def load(self) -> Load:
        return load()

    async def cases(self, figure: str, since: datetime, until: datetime, **narrow: str) -> Cases:
        self.asked.append((figure, narrow))
        found = [
            CaseRow(kind="incident", at=NOW - timedelta(minutes=9 * n), number=1051 - n, value=804.0 - n,
                    type="medical", severity="critical", kecamatan="Slawi", status="dispatched", subject="=rina")
            for n in range(3)
        ]
        return Cases(figure=figure, n=3, cases=found)
