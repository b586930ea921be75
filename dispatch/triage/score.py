"""From found concepts to votes for types. A ``Scorer`` is one layer; layers can only add votes and raise severity.

The lexicon is the first layer. A statistical model is another object with the same method.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from dispatch.domain.report import Reason
from dispatch.domain.severity import Severity, highest
from dispatch.triage.context import Claim, Context
from dispatch.triage.lexicon import Combo, Hit, Lexicon
from dispatch.triage.life_threat import Threat, find_threats
from dispatch.triage.normalise import Words

CLAIM_WEIGHT = {Claim.NOW: 1.0, Claim.PAST: 0.8, Claim.OVER: 0.8, Claim.HYPOTHETICAL: 0.35, Claim.NEGATED: 0.1}
FIRST_BONUS = 0.6
"""People lead with what it is about: the earliest concept gains a little."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One layer's argument for a type. ``threat`` 0..1 is the layer's own probability of a life at risk."""

    type: str
    score: float
    reasons: tuple[Reason, ...] = ()
    subtype: str = ""
    severity: Severity | None = None
    threat: float = 0.0


@dataclass(slots=True)
class Reading:
    """Everything that was seen in one text; shared by the layers and the engine."""

    text: Words
    hits: list[Hit]
    context: Context
    threats: list[Threat]
    concepts: dict[str, Hit] = field(default_factory=dict)
    """Concepts that are claimed to happen (or to have happened), by name."""


class Scorer(Protocol):
    def score(self, reading: Reading) -> list[Vote]:
        """Votes of this layer for the text, in no order."""
        ...


def read(lexicon: Lexicon, text: str) -> Reading:
    words = lexicon.words(text)
    hits = lexicon.hits(words)
    context = Context(words, hits)
    reading = Reading(words, hits, context, find_threats(words, hits, context))
    for hit in hits:
        if hit.concept.kind == "type" and _is_claimed(context, hit):
            reading.concepts.setdefault(hit.concept.name, hit)
    return reading


def _is_claimed(context: Context, hit: Hit) -> bool:
    silent = context.in_idiom(hit) or context.is_consequence(hit)
    return not silent and context.claim(hit) is not Claim.NEGATED


class LexiconScorer:
    def __init__(self, lexicon: Lexicon) -> None:
        self._combos = lexicon.combos

    def score(self, reading: Reading) -> list[Vote]:
        votes = [*_concept_votes(reading), *_threat_votes(reading)]
        return self._apply_combos(reading, votes)

    def _apply_combos(self, reading: Reading, votes: list[Vote]) -> list[Vote]:
        present = reading.concepts.keys()
        for combo in self._combos:
            if combo.when <= present and not combo.unless & present:
                votes = [_weaken(vote) if vote.type in combo.drop else vote for vote in votes]
                votes.append(_combo_vote(combo, reading))
        return votes


def _weaken(vote: Vote) -> Vote:
    return Vote(vote.type, vote.score * 0.35, vote.reasons, vote.subtype, vote.severity, vote.threat)


def _combo_vote(combo: Combo, reading: Reading) -> Vote:
    words = tuple(w for name in sorted(combo.when) for w in _quote(reading, reading.concepts[name]))
    reason = Reason("type", combo.type, "+".join(sorted(combo.when)), words, combo.weight)
    return Vote(combo.type, combo.weight, (reason,), combo.subtype, combo.severity)


def _quote(reading: Reading, hit: Hit) -> tuple[str, ...]:
    return reading.text.raw(hit.start, hit.end)


def _contained(hit: Hit, hits: list[Hit]) -> bool:
    """A longer find of another concept covers this one ('lampu jalan mati' covers 'lampu mati')."""
    return any(
        other.start <= hit.start
        and hit.end <= other.end
        and other.end - other.start > hit.end - hit.start
        and other.concept.name != hit.concept.name
        for other in hits
    )


ADDRESS_WORDS = frozenset(
    {"depan", "belakang", "sebelah", "dekat", "kantor", "seberang", "gedung", "pinggir", "galian"}
)
ROAD_WORDS = frozenset({"jl", "jln"})


def _in_address(text: Words, hit: Hit) -> bool:
    """One word that only names where: 'depan puskesmas', 'jl Beji PDAM'."""
    if hit.end - hit.start > 1:
        return False
    before = text.words[max(0, hit.start - 2) : hit.start]
    return any(word.norm in ADDRESS_WORDS or word.plain in ROAD_WORDS for word in before)


def _concept_votes(reading: Reading) -> list[Vote]:
    hits = [hit for hit in reading.hits if hit.concept.kind == "type" and not reading.context.in_idiom(hit)]
    best: dict[str, tuple[float, Hit, int]] = {}
    length = max(len(reading.text.words), 1)
    for hit in hits:
        weight = hit.concept.weight * CLAIM_WEIGHT[reading.context.claim(hit)]
        weight += FIRST_BONUS * (1 - hit.start / length) if weight >= 2 else 0
        if _contained(hit, hits) or _in_address(reading.text, hit) or reading.context.is_consequence(hit):
            weight *= 0.4
        known = best.get(hit.concept.name)
        if known is None or weight > known[0]:
            best[hit.concept.name] = (weight, hit, (known[2] if known else 0) + 1)
        else:
            best[hit.concept.name] = (known[0], known[1], known[2] + 1)
    return [_vote(reading, hit, weight + 0.3 * min(count - 1, 3)) for weight, hit, count in best.values()]


def _vote(reading: Reading, hit: Hit, weight: float) -> Vote:
    concept = hit.concept
    covered = _contained(hit, [h for h in reading.hits if h.concept.kind == "type" and h.concept.type == concept.type])
    claimed = reading.context.claim(hit) is Claim.NOW and not covered
    reason = Reason("type", concept.type, concept.name, _quote(reading, hit), round(weight, 2))
    return Vote(concept.type, weight, (reason,), concept.subtype, concept.severity if claimed else None)


def _threat_votes(reading: Reading) -> list[Vote]:
    votes = []
    for threat in reading.threats:
        concept = threat.hit.concept
        weight = 1.0 if concept.certainty == "weak" else 3.0
        reason = Reason("life_threat", "critical", concept.name, _quote(reading, threat.hit), weight)
        votes.append(
            Vote(concept.type, weight, (reason,), concept.subtype, Severity.CRITICAL, 1.0 if threat.sure else 0.5)
        )
    return votes


@dataclass(frozen=True, slots=True)
class Tally:
    """All votes for one type together."""

    type: str
    score: float
    subtype: str
    severity: Severity | None
    reasons: tuple[Reason, ...]


def tally(votes: list[Vote]) -> list[Tally]:
    """Types by score: the strongest vote counts in full, further ones by 0.4."""
    groups: dict[str, list[Vote]] = {}
    for vote in votes:
        groups.setdefault(vote.type, []).append(vote)
    result = []
    for name, group in groups.items():
        group.sort(key=lambda vote: -vote.score)
        score = group[0].score + 0.4 * sum(vote.score for vote in group[1:])
        subtype = next((vote.subtype for vote in group if vote.subtype), "")
        reasons = tuple(reason for vote in group for reason in vote.reasons)
        result.append(Tally(name, score, subtype, highest(*(vote.severity for vote in group)), reasons))
    return sorted(result, key=lambda entry: (-entry.score, entry.type))
