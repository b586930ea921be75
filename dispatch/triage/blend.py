"""The lexicon's choice and the model's opinion become one type; the model may raise a severity and nothing else."""

from __future__ import annotations

import math
from typing import NamedTuple

from dispatch.domain.report import NO_SEVERITY_TYPES, Reason
from dispatch.domain.severity import Severity
from dispatch.triage.model import Model, Opinion
from dispatch.triage.score import Reading, Tally

URGENT_FROM = 0.6
ALONE_FROM = 0.4
"""Where the lexicon recognises nothing, a person is asked unless the model is at least this sure of the type."""
KNOWN_BELOW = 0.35
"""Where the model is less sure than this of any type, the lexicon's word stands."""
DISMISS_BELOW = 0.2
"""A text whose probability of a life threat is higher is always an event."""
DISMISS_WITH_LEXICON = 0.0
DISMISS_ALONE = 0.5
DISMISS_UNKNOWN = 0.5
"""The probability from which the model may call a text no event: with, against and without the lexicon."""


class Choice(NamedTuple):
    """The type and how clear it is (0..1). ``known`` False: nothing was recognised, a person must ask."""

    type: str
    subtype: str
    reasons: tuple[Reason, ...]
    clear: float
    known: bool = True


def blend(
    choice: Choice, opinion: Opinion, model: Model, reading: Reading, entries: list[Tally], *, life: bool
) -> Choice:
    """The most probable type of both together; one that nobody is sure of asks for a person."""
    shares = weighed(choice, opinion, model.calibration.lexicon_weight)
    kind = max(shares, key=lambda name: (shares[name], name))
    if kind in NO_SEVERITY_TYPES and not _may_dismiss(choice, kind, shares[kind], opinion, life=life):
        if not choice.known:
            return choice
        kind = max((name for name in shares if name not in NO_SEVERITY_TYPES), key=lambda name: (shares[name], name))
    if not choice.known and shares[kind] < ALONE_FROM:
        return choice
    if kind == choice.type or _lexicon_stands(choice, shares[kind]):
        return choice._replace(clear=shares[choice.type])
    entry = next((entry for entry in entries if entry.type == kind), None)
    learned = Reason("type", kind, "model", model.words_for(reading, kind), round(opinion.types[kind], 2))
    found = entry.reasons if entry is not None else ()
    return Choice(kind, entry.subtype if entry is not None else "", (learned, *found), shares[kind])


def weighed(choice: Choice, opinion: Opinion, lexicon_weight: float) -> dict[str, float]:
    """Probability of each type after the lexicon's choice has had its say; sums to 1."""
    said = {choice.type: lexicon_weight} if choice.known else {}
    raised = {kind: share * math.exp(said.get(kind, 0.0)) for kind, share in opinion.types.items()}
    total = sum(raised.values())
    return {kind: share / total for kind, share in raised.items()}


def _lexicon_stands(choice: Choice, share: float) -> bool:
    """An event the lexicon knows, where the model is not sure of anything."""
    return choice.known and share < KNOWN_BELOW and choice.type not in NO_SEVERITY_TYPES


def _may_dismiss(choice: Choice, kind: str, share: float, opinion: Opinion, *, life: bool) -> bool:
    """Whether a text may be called no event: never where a life may be at risk, and not on one weak opinion."""
    if life or opinion.threat >= DISMISS_BELOW:
        return False
    least = DISMISS_WITH_LEXICON if choice.type in NO_SEVERITY_TYPES else DISMISS_ALONE
    return share >= (least if choice.known else DISMISS_UNKNOWN)


def raise_by(opinion: Opinion, model: Model, reading: Reading) -> tuple[Severity | None, list[Reason]]:
    """How far the model raises an event: critical where it sees a life at risk, high where it is urgent."""
    if opinion.alarming:
        words = model.words_for(reading, "threat")
        return Severity.CRITICAL, [Reason("severity", Severity.CRITICAL, "model", words, round(opinion.threat, 2))]
    if opinion.urgent >= URGENT_FROM:
        words = model.words_for(reading, "threat")
        return Severity.HIGH, [Reason("severity", Severity.HIGH, "model", words, round(opinion.urgent, 2))]
    return None, []
