"""Is this a report at all? Weighs the marks of adverts, news, jokes and chat against those of a person asking.

Must never be asked about a text with a life threat: such a text is always a report.
"""

from __future__ import annotations

from typing import NamedTuple

from dispatch.domain.report import Reason
from dispatch.triage.context import Context
from dispatch.triage.score import Reading, Tally

NOT_A_REPORT = "not_a_report"
INFORMATION = "information_request"

JUNK_WEIGHTS = {
    "advert": 0.6,
    "offer": 0.6,
    "laugh": 1.2,
    "figurative": 1.0,
    "news": 0.9,
    "opinion": 0.7,
    "chat": 0.45,
    "url": 0.6,
    "user": 0.9,
    "foreign": 2.0,
    "lyric": 1.2,
    "no_event": 1.2,
    "wrong_number": 1.2,
    "test": 0.7,
    "prank": 1.0,
}
ASK_WEIGHTS = {"request": 0.55, "directed": 0.25, "clock": 1.0, "clock_report": 0.25}
EVIDENCE_WEIGHT = 0.55
NO_CONCEPT_BIAS = 1.6
KIN_WORDS = 25
KIN = frozenset(
    {"bapak", "ibu", "anak", "adik", "kakak", "suami", "istri", "kakek", "nenek", "bayi", "husband", "wife", "son"}
    | {"daughter", "mother", "father", "mom", "dad", "baby", "brother", "sister", "boy", "girl", "boys", "girls"}
    | {"someone", "somebody", "pedestrian", "driver", "kids", "child", "man", "woman", "wanita", "korban"}
)
NARRATIVE_WORDS = 18
NARRATIVE_WEIGHT = 1.2
"""A long text that asks for nothing, names no place and no time tells a story."""
PLEAS = ("request", "address")
PLACED = ("request", "address", "clock", "phone")
SOME_CONCEPT_BIAS = 0.8
SUBTYPES = {"wrong_number": "wrong_number", "test": "test", "prank": "prank", "laugh": "prank", "advert": "spam"}
QUESTION_WEIGHTS = {"question_mark": 0.8}


class Verdict(NamedTuple):
    """``junk`` above zero means not a report; ``asks`` above zero means a question, not an event."""

    junk: float
    asks: float
    reasons: tuple[Reason, ...] = ()


def judge(reading: Reading, tallies: list[Tally]) -> Verdict:
    context = reading.context
    events = [entry for entry in tallies if entry.type != INFORMATION]
    evidence = min(events[0].score, 7.0) if events else 0.0
    question = next((entry.score for entry in tallies if entry.type == INFORMATION), 0.0)
    marks = _weigh(context, JUNK_WEIGHTS)
    asking = _weigh(context, ASK_WEIGHTS)
    if len(reading.text.words) > NARRATIVE_WORDS and not any(context.tone.total.get(group) for group in PLACED):
        marks += NARRATIVE_WEIGHT
    pleads = any(context.tone.total.get(group) for group in PLEAS)
    if not events and not question and not marks and (names_kin(reading) or pleads):
        # Nothing recognised, nothing that looks like junk, and somebody asks for help, names a relative or
        # says where: a person must ask. "Tolong di Dukuhsalam" is no junk.
        return Verdict(0.0, 0.0)
    bias = SOME_CONCEPT_BIAS if events or question else NO_CONCEPT_BIAS
    junk = marks - asking - EVIDENCE_WEIGHT * max(evidence, min(question, 6.0)) + bias
    return Verdict(junk, _asks(context, tallies, evidence), _reasons(reading))


def names_kin(reading: Reading) -> bool:
    words = reading.text.words
    return len(words) <= KIN_WORDS and not KIN.isdisjoint(reading.text.norms)


def subtype_of(context: Context) -> str:
    """What kind of junk: the group with the most weight that has a name of its own."""
    total = context.tone.total
    named = [(total[group], name) for group, name in SUBTYPES.items() if total.get(group, 0) >= 2]
    return max(named)[1] if named else ""


def _weigh(context: Context, weights: dict[str, float]) -> float:
    total = context.tone.total
    return sum(weight * min(total[group], 8) for group, weight in weights.items() if group in total)


def _asks(context: Context, tallies: list[Tally], evidence: float) -> float:
    score = next((entry.score for entry in tallies if entry.type == INFORMATION), 0.0)
    marks = min(context.tone.total.get("question_mark", 0), 3) * QUESTION_WEIGHTS["question_mark"]
    return score + (marks if score else 0.5 * marks) - evidence if score else 0.0


def _reasons(reading: Reading) -> tuple[Reason, ...]:
    reasons = []
    for hit in reading.kinds["context"]:
        if hit.concept.name in JUNK_WEIGHTS:
            words = reading.text.raw(hit.start, hit.end)
            reasons.append(Reason("type", NOT_A_REPORT, hit.concept.name, words, JUNK_WEIGHTS[hit.concept.name]))
    return tuple(reasons[:8])
