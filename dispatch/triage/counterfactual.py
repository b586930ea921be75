"""Which words drove a decision, and what would have been decided without each of them.

Asks the classifier again with one cue masked, at most ``MAX_RUNS`` times: for an operator who asks why, never on the
path of a report.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from dispatch.domain.report import Reason, Triage
from dispatch.domain.severity import Severity

MAX_RUNS = 4
MASK = "anu"
"""'Whatsit': a word that argues for nothing and keeps the length of the sentence."""
ORDER = {"life_threat": 0, "severity": 1, "type": 2}

Classify = Callable[[str], Triage]
SeverityOf = Callable[[Triage], Severity | None]
"""What routing makes of a triage: rules may raise."""


@dataclass(frozen=True, slots=True)
class Without:
    """The decision with ``words`` masked. ``severity`` and ``type`` are what would have come out."""

    words: tuple[str, ...]
    rule: str
    type: str
    severity: Severity | None
    life_threat: bool


def driving(triage: Triage) -> list[Reason]:
    """The reasons that carried the decision, the strongest first, no two for the same words."""
    carried = [
        reason for reason in triage.reasons
        if reason.words and reason.effect in ORDER and (reason.effect != "type" or reason.value == triage.type)
    ]
    chosen: list[Reason] = []
    for reason in sorted(carried, key=lambda reason: (ORDER[reason.effect], -reason.weight)):
        if not any(set(_folded(reason)) <= set(_folded(other)) for other in chosen):
            chosen.append(reason)
    return chosen[:MAX_RUNS]


def _folded(reason: Reason) -> list[str]:
    return [word.casefold() for word in reason.words]


def without_each(text: str, triage: Triage, classify: Classify, severity_of: SeverityOf) -> list[Without]:
    """The single cues whose absence would change type or severity, the strongest cue first."""
    before = (triage.type, severity_of(triage))
    found = []
    for reason in driving(triage):
        masked = mask(text, reason.words)
        if masked == text:
            continue
        other = classify(masked)
        after = (other.type, severity_of(other))
        if after != before:
            found.append(Without(reason.words, reason.rule, *after, other.life_threat))
    return found


def mask(text: str, words: tuple[str, ...]) -> str:
    """Every one of the words replaced wherever it stands alone; the rest untouched."""
    for word in words:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", MASK, text, flags=re.IGNORECASE)
    return text
