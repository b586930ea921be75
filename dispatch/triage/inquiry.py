"""The one question whose answer would change the decision most. A table, no words: the sentences are in the locale.

The shares are assumptions of the house, not measured: how often the answer to the question is yes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from dispatch.domain.report import NO_SEVERITY_TYPES, Triage
from dispatch.domain.severity import Severity

C, H, M, L = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW
FIRST = frozenset({"what_happened", "which_village", "which_district", "location"})
"""Without these answers nobody can be sent: they are asked before anything else."""
NO_REPORT_RANK = 5


class Line(NamedTuple):
    """What each answer implies. ``adds`` is a further type when the answer is ``yes``; None: as it stands."""

    key: str
    types: tuple[str, ...]
    yes: Severity | None
    no: Severity | None
    adds: str = ""
    share: float = 0.3
    subtypes: tuple[str, ...] = ()


TABLE = (
    Line("people_inside", ("fire", "rescue"), C, H, share=0.3),
    Line("people_inside", ("disaster",), C, M, adds="rescue", share=0.2),
    Line("people_inside", ("traffic_accident",), C, None, adds="rescue", share=0.15),
    Line("breathing", ("medical",), None, C, share=0.85),
    Line("conscious", ("medical", "traffic_accident"), None, C, share=0.8),
    Line("birth", ("medical",), C, None, share=0.5, subtypes=("childbirth",)),
    Line("injured", ("traffic_accident", "road_damage", "animal_rescue"), H, None, adds="medical", share=0.4),
    Line("injured", ("crime", "domestic_violence"), H, None, adds="medical", share=0.35),
    Line("weapon", ("crime", "domestic_violence"), C, None, share=0.3),
    Line("weapon", ("public_order",), H, None, adds="crime", share=0.3),
    Line("still_happening", ("crime",), H, M, share=0.5),
    Line("still_happening", ("domestic_violence", "suicide"), C, H, share=0.6),
    Line("people_near", ("power",), H, None, share=0.4),
    Line("people_near", ("power", "disaster"), C, None, share=0.4, subtypes=("live_wire", "sparks")),
    Line("water_depth", ("disaster",), C, M, share=0.2, subtypes=("flood", "tidal_flood")),
)
YES_NO = frozenset(line.key for line in TABLE)
ANSWERED_BY = {
    "conscious": frozenset({"awake"}), "people_inside": frozenset({"inside", "trapped", "buried"}),
    "birth": frozenset({"head"}), "still_happening": frozenset({"there"}),
    "people_near": frozenset({"touching"}), "water_depth": frozenset({"depth"}),
}
"""Questions of the protocol cards that ask the same in other words; one of the same key always does."""
KEYS = YES_NO | FIRST | {"last_seen"}
"""Every question that may be asked; each has its sentence in the locale files."""


@dataclass(frozen=True, slots=True)
class Question:
    """``gain`` is the expected change over both answers: steps of severity, and one for a further type.

    ``yes`` and ``no`` are the severity after that answer, None where it stays; ``adds`` a further type after yes.
    """

    key: str
    gain: float
    yes: Severity | None = None
    no: Severity | None = None
    adds: str = ""


def best_question(triage: Triage, severity: Severity | None, answered: Collection[str] = ()) -> Question | None:
    """Place and subject first; then the line of the table with the greatest expected change, else what triage asked.

    ``answered`` are keys of questions, of this table or of the cards, that nobody needs to ask again.
    """
    if triage.question in FIRST:
        return Question(triage.question, 0.0)
    if triage.type in NO_SEVERITY_TYPES:
        return None
    sure = triage.life_threat and not triage.unsure
    lines = [line for line in TABLE if triage.type in line.types and _fits(line, triage.subtype)]
    lines = [line for line in lines if not is_answered(line.key, answered)]
    asked = [_weighed(line, triage, severity, sure=sure) for line in lines]
    best = max(asked, key=lambda q: (q.gain, q.key == triage.question), default=None)
    if best is not None and best.gain > 0:
        return best
    return Question(triage.question, 0.0) if triage.question and not is_answered(triage.question, answered) else None


def is_answered(key: str, answered: Collection[str]) -> bool:
    """Whether the question itself or one that asks the same has an answer."""
    return key in answered or not ANSWERED_BY.get(key, frozenset()).isdisjoint(answered)


def _fits(line: Line, subtype: str) -> bool:
    return not line.subtypes or subtype in line.subtypes


def _weighed(line: Line, triage: Triage, severity: Severity | None, *, sure: bool) -> Question:
    """With a sure threat to life only a further type can still change anything: nobody asks it away."""
    adds = line.adds if line.adds not in triage.types else ""
    yes = 0.0 if sure else _steps(severity, line.yes)
    no = 0.0 if sure else _steps(severity, line.no)
    gain = line.share * (yes + bool(adds)) + (1 - line.share) * no
    return Question(line.key, round(gain, 3), line.yes, line.no, adds)


def _steps(now: Severity | None, then: Severity | None) -> int:
    if then is None:
        return 0
    return abs((now.rank if now else NO_REPORT_RANK) - then.rank)
