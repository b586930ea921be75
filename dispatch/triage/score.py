"""From found concepts to votes for types. A ``Scorer`` is one layer; layers can only add votes and raise severity.

The lexicon is the first layer. A statistical model is another object with the same method.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from dispatch.domain.report import Reason
from dispatch.domain.severity import Severity, highest
from dispatch.triage.context import Claim, Context
from dispatch.triage.lexicon import Combo, Hit, Lexicon
from dispatch.triage.life_threat import Threat, find_threats
from dispatch.triage.normalise import Words

CLAIM_WEIGHT = {Claim.NOW: 1.0, Claim.PAST: 0.8, Claim.OVER: 0.8, Claim.HYPOTHETICAL: 0.35, Claim.NEGATED: 0.1}
FIRST_BONUS = 0.6
"""People lead with what it is about: the earliest concept gains a little."""


class Vote(NamedTuple):
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
    kinds: dict[str, list[Hit]] = field(default_factory=dict)
    """The finds by the kind of their concept; every kind has a list."""


class Scorer(Protocol):
    def score(self, reading: Reading) -> list[Vote]:
        """Votes of this layer for the text, in no order."""
        ...


def read(lexicon: Lexicon, text: str) -> Reading:
    words = lexicon.words(text)
    hits = lexicon.hits(words)
    kinds: dict[str, list[Hit]] = {"type": [], "life": [], "severity": [], "context": []}
    for hit in hits:
        kinds[hit.concept.kind].append(hit)
    context = Context(words, kinds["context"])
    threats = find_threats(words, kinds["life"], kinds["type"], context)
    reading = Reading(words, hits, context, threats, kinds=kinds)
    for hit in kinds["type"]:
        if hit.concept.name not in reading.concepts and _is_claimed(context, hit):
            reading.concepts[hit.concept.name] = hit
    return reading


def _is_claimed(context: Context, hit: Hit) -> bool:
    if context.idioms and context.in_idiom(hit):
        return False
    if context.consequences and context.is_consequence(hit):
        return False
    return context.claim(hit) is not Claim.NEGATED


class LexiconScorer:
    def __init__(self, lexicon: Lexicon) -> None:
        self._combos = lexicon.combos
        self._by_concept: dict[str, list[int]] = {}
        for number, combo in enumerate(lexicon.combos):
            self._by_concept.setdefault(min(combo.when), []).append(number)

    def score(self, reading: Reading) -> list[Vote]:
        votes = [*_concept_votes(reading), *_threat_votes(reading)]
        return self._apply_combos(reading, votes)

    def _apply_combos(self, reading: Reading, votes: list[Vote]) -> list[Vote]:
        present = reading.concepts.keys()
        numbers = [number for name in present for number in self._by_concept.get(name, ())]
        for combo in (self._combos[number] for number in sorted(numbers)):
            if combo.when <= present and not combo.unless & present:
                votes = [_weaken(vote) if vote.type in combo.drop else vote for vote in votes]
                votes.append(_combo_vote(combo, reading))
        return votes


def _weaken(vote: Vote) -> Vote:
    return vote._replace(score=vote.score * 0.35)


def _combo_vote(combo: Combo, reading: Reading) -> Vote:
    words = tuple(w for name in sorted(combo.when) for w in _quote(reading, reading.concepts[name]))
    reason = Reason("type", combo.type, "+".join(sorted(combo.when)), words, combo.weight)
    return Vote(combo.type, combo.weight, (reason,), combo.subtype, combo.severity)


def _quote(reading: Reading, hit: Hit) -> tuple[str, ...]:
    return reading.text.raw(hit.start, hit.end)


def _contained(hits: list[Hit]) -> list[bool]:
    """Whether a longer find of another concept covers each ('lampu jalan mati' covers 'lampu mati').

    Finds stand in the order of the text, the longer one first: only an earlier one can cover a later one.
    """
    widest = max((hit.end - hit.start for hit in hits), default=0)
    if widest < 2:
        return [False] * len(hits)
    covered = []
    for at, hit in enumerate(hits):
        start, end, name = hit.start, hit.end, hit.concept.name
        answer = False
        for other in reversed(hits[:at]) if widest > end - start else ():
            if other.start + widest < end:
                break
            if other.end >= end and other.end - other.start > end - start and other.concept.name != name:
                answer = True
                break
        covered.append(answer)
    return covered


ADDRESS_WORDS = frozenset(
    {"depan", "belakang", "sebelah", "dekat", "kantor", "seberang", "gedung", "pinggir", "galian"}
)
ROAD_WORDS = frozenset({"jl", "jln"})


def _in_address(text: Words, hit: Hit) -> bool:
    """One word that only names where: 'depan puskesmas', 'jl Beji PDAM'."""
    if hit.start == 0 or hit.end - hit.start > 1:
        return False
    for word in text.words[max(0, hit.start - 2) : hit.start]:
        if word.norm in ADDRESS_WORDS or word.plain in ROAD_WORDS:
            return True
    return False


def _concept_votes(reading: Reading) -> list[Vote]:
    context = reading.context
    types = reading.kinds["type"]
    hits = [hit for hit in types if not context.in_idiom(hit)] if context.idioms else types
    best: dict[str, tuple[float, Hit, int]] = {}
    length = max(len(reading.text.words), 1)
    for hit, contained in zip(hits, _contained(hits), strict=True):
        weight = hit.concept.weight * CLAIM_WEIGHT[context.claim(hit)]
        weight += FIRST_BONUS * (1 - hit.start / length) if weight >= 2 else 0
        led_to = context.consequences and context.is_consequence(hit)
        if contained or led_to or _in_address(reading.text, hit):
            weight *= 0.4
        known = best.get(hit.concept.name)
        if known is None:
            best[hit.concept.name] = (weight, hit, 1)
        elif weight > known[0]:
            best[hit.concept.name] = (weight, hit, known[2] + 1)
        else:
            best[hit.concept.name] = (known[0], known[1], known[2] + 1)
    return [_vote(reading, types, hit, weight + 0.3 * min(count - 1, 3)) for weight, hit, count in best.values()]


def _vote(reading: Reading, types: list[Hit], hit: Hit, weight: float) -> Vote:
    concept = hit.concept
    severity = concept.severity
    if severity is not None and (reading.context.claim(hit) is not Claim.NOW or _is_covered(hit, types)):
        severity = None
    reason = Reason("type", concept.type, concept.name, _quote(reading, hit), round(weight, 2))
    return Vote(concept.type, weight, (reason,), concept.subtype, severity)


def _is_covered(hit: Hit, types: list[Hit]) -> bool:
    """A longer find for the same type says it better: its own severity counts."""
    start, end, kind, name = hit.start, hit.end, hit.concept.type, hit.concept.name
    for other in types:
        if other.start > start:
            break
        if other.end >= end and other.end - other.start > end - start:
            concept = other.concept
            if concept.type == kind and concept.name != name:
                return True
    return False


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


class Tally(NamedTuple):
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
        if len(group) == 1:
            only = group[0]
            result.append(Tally(name, only.score, only.subtype, only.severity, only.reasons))
            continue
        group.sort(key=lambda vote: -vote.score)
        score = group[0].score + 0.4 * sum(vote.score for vote in group[1:])
        subtype = next((vote.subtype for vote in group if vote.subtype), "")
        reasons = tuple(reason for vote in group for reason in vote.reasons)
        result.append(Tally(name, score, subtype, highest(*(vote.severity for vote in group)), reasons))
    return sorted(result, key=lambda entry: (-entry.score, entry.type))
