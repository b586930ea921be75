"""The figures of phone calls. Service levels are of real calls that were answered or waited longer than 5 s."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dispatch.services.statistics.figure import Definition, Unit, measure
from dispatch.storage.statement import Row

NOISE = frozenset({"ghost", "prank"})
ABANDON_GRACE_MS = 5_000
ANSWER_TARGET_S, ANSWER_SHARE = 15.0, 0.9
"""Ours, and NENA's of 2020: 90 % within 15 s."""


def is_noise(row: Row) -> bool:
    return row["disposition"] in NOISE


def waited_ms(row: Row) -> int | None:
    """From the first ring to the answer; None when nobody answered, or when it was noise."""
    return None if row["answered_at"] is None or is_noise(row) else row["answered_at"] - row["at"]


def is_abandoned(row: Row) -> bool:
    """A real caller who hung up unanswered, after the grace."""
    over = row["answered_at"] is None and row["status"] in ("abandoned", "ended")
    return over and not is_noise(row) and (row["ended_at"] or row["at"]) - row["at"] > ABANDON_GRACE_MS


def _answered_within(limit_ms: int) -> Callable[[Row], int | None]:
    def pick(row: Row) -> int | None:
        waited = waited_ms(row)
        if waited is not None:
            return int(waited <= limit_ms)
        return 0 if is_abandoned(row) else None

    return pick


def _abandoned(row: Row) -> int | None:
    if waited_ms(row) is not None:
        return 0
    return 1 if is_abandoned(row) else None


def _real(row: Row) -> int | None:
    return None if is_noise(row) else 1


def _repeated(row: Row) -> int | None:
    return None if is_noise(row) else int(row["repeat"] > 0)


def _empty_note(row: Row) -> int | None:
    """Of real calls that somebody spoke on and that are over."""
    return None if waited_ms(row) is None or row["ended_at"] is None else int(not row["noted"])


CALL_FIGURES = (
    Definition("calls.offered", "calls", Unit.COUNT, lambda row: 1),
    Definition("calls.real", "calls", Unit.COUNT, _real),
    Definition("calls.within_15", "calls", Unit.SHARE, _answered_within(15_000), ANSWER_SHARE, is_wanted=True),
    Definition("calls.within_10", "calls", Unit.SHARE, _answered_within(10_000), 0.9, True, "NFPA 1225"),
    Definition("calls.within_20", "calls", Unit.SHARE, _answered_within(20_000), 0.95, True, "NENA 2020"),
    Definition("calls.answer", "calls", Unit.SECONDS, waited_ms, ANSWER_TARGET_S),
    Definition("calls.abandoned", "calls", Unit.SHARE, _abandoned, 0.05),
    Definition("calls.noise", "calls", Unit.SHARE, lambda row: int(is_noise(row))),
    Definition("calls.again", "calls", Unit.SHARE, _repeated),
    Definition("quality.empty_notes", "calls", Unit.SHARE, _empty_note),
)


def count_calls(rows: Iterable[Row]) -> dict[str, float]:
    """Offered, answered and lost calls as plain counts, and what follows from them."""
    rows = list(rows)
    found = {definition.key: measure(definition, rows) for definition in CALL_FIGURES[:-1]}
    within, answer, noise = found["calls.within_15"], found["calls.answer"], found["calls.noise"]
    counts: dict[str, float] = {
        "offered": len(rows), "answered": answer.n, "abandoned": sum(map(is_abandoned, rows)),
        "noise": sum(map(is_noise, rows)), "answered_15s": round((within.value or 0) * within.n),
    }
    named = {
        "answered_15s_share": within.value, "answer_p50_s": answer.p50, "answer_p90_s": answer.p90,
        "noise_share": noise.value,
    }
    return counts | {name: value for name, value in named.items() if value is not None}
