"""Negation, hypothesis and tense around a found word, and the tone of a sentence.

Owns the answer to 'does this word claim that it is happening?'. Looks only inside the sentence of the
word, so that nothing written later can unsay an earlier cry for help.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.triage.lexicon import Hit
from dispatch.triage.normalise import CLOCK, FACE, LAUGH, PHONE, QUESTION, URL, USER, USSD, Words
from dispatch.triage.pattern import NEGATIVES

NEGATION_LINKS = frozenset(
    "ada korban orang warga penumpang pernah sampai jadi terjadi sedang lagi a any been really being yang ikut "
    "sempat".split()
)
HYPOTHESIS_REACH = 8
HABIT_REACH = 3
CONSEQUENCE_REACH = 3
NOT_SURE_IF = frozenset("know tell see sure tahu check".split())
SINCE = frozenset("sejak dari since semenjak mulai from".split())


class Claim(StrEnum):
    """What the sentence says about a found word."""

    NOW = "now"
    NEGATED = "negated"
    HYPOTHETICAL = "hypothetical"
    PAST = "past"
    OVER = "over"


@dataclass(slots=True)
class Tone:
    """Weights of the context groups, per sentence and for the whole text."""

    sentences: dict[int, dict[str, float]] = field(default_factory=dict)
    total: dict[str, float] = field(default_factory=dict)

    def of(self, sentence: int) -> dict[str, float]:
        return self.sentences.get(sentence, {})

    def add(self, sentence: int, group: str, weight: float) -> None:
        here = self.sentences.setdefault(sentence, {})
        here[group] = here.get(group, 0) + weight
        self.total[group] = self.total.get(group, 0) + weight


MARKS = {
    URL: ("url", 2.0),
    USER: ("user", 1.5),
    LAUGH: ("laugh", 2.0),
    FACE: ("chat", 1.5),
    USSD: ("advert", 4.0),
    CLOCK: ("clock", 1.0),
    PHONE: ("phone", 0.5),
    QUESTION: ("question_mark", 1.0),
}


class Context:
    """The context groups of one text, asked about by position."""

    def __init__(self, text: Words, hits: list[Hit]) -> None:
        """``hits``: the finds of the kind 'context'."""
        self._text = text
        self._groups: dict[str, list[Hit]] = {}
        self._nearby: dict[int, dict[str, list[Hit]]] = {}
        self._claims: dict[tuple[int, int, bool], Claim] = {}
        self.tone = Tone()
        seen: set[tuple[str, int]] = set()
        for hit in hits:
            name = hit.concept.name
            sentence = text.sentences[hit.start]
            self._groups.setdefault(name, []).append(hit)
            self._nearby.setdefault(sentence, {}).setdefault(name, []).append(hit)
            if (name, hit.start) not in seen:
                seen.add((name, hit.start))
                self.tone.add(sentence, name, hit.concept.weight)
        if not MARKS.keys().isdisjoint(text.norms):
            for word in text.words:
                if word.norm in MARKS:
                    group, weight = MARKS[word.norm]
                    self.tone.add(word.sentence, group, weight)

    def near(self, group: str, sentence: int) -> Sequence[Hit]:
        return self._nearby.get(sentence, {}).get(group, ())

    def has(self, group: str) -> bool:
        return group in self._groups

    def claim(self, hit: Hit) -> Claim:
        """What the sentence says about the find; the same words are judged once."""
        key = hit[1:]
        claim = self._claims.get(key)
        if claim is None:
            claim = self._claims[key] = self._judge(hit)
        return claim

    def _judge(self, hit: Hit) -> Claim:
        """1 negated, 2 hypothetical, 3 over, 4 past; the first that holds. Otherwise it is happening."""
        if not hit.negative and self._negated(hit):
            return Claim.NEGATED
        sentence = self._text.sentences[hit.start]
        if sentence not in self._nearby:
            return Claim.NOW
        if self._hypothetical(hit):
            return Claim.HYPOTHETICAL
        if self._outside("over", sentence, hit):
            return Claim.OVER
        if self._past(sentence, hit) or self._habitual(sentence, hit):
            return Claim.PAST
        return Claim.NOW

    def in_idiom(self, hit: Hit) -> bool:
        """Part of a fixed phrase that means something else ('mati lampu', 'banjir orderan')."""
        idioms = self._groups.get("idiom")
        if idioms is None:
            return False
        # A life threat gives way to a phrase of the same length, a type only to a longer one: 'mati lampu'
        # is no death, and it is an outage.
        start, end = hit.start, hit.end
        least = end - start + (hit.concept.kind != "life")
        return any(idiom.start < end and start < idiom.end and idiom.end - idiom.start >= least for idiom in idioms)

    def is_consequence(self, hit: Hit) -> bool:
        """Named only as what something else leads to ('sampah menyebabkan banjir')."""
        return any(0 <= hit.start - o.end < CONSEQUENCE_REACH for o in self._groups.get("consequence", ()))

    def _negated(self, hit: Hit) -> bool:
        words = self._text.words
        if hit.end - hit.start > 1 and words[hit.end - 2].norm in NEGATIVES:
            return True
        at, clause = hit.start - 1, words[hit.start].clause
        while at >= 0 and words[at].clause == clause and words[at].norm in NEGATION_LINKS:
            at -= 1
        return at >= 0 and words[at].clause == clause and words[at].norm in NEGATIVES

    def _hypothetical(self, hit: Hit) -> bool:
        words = self._text.words
        clause = words[hit.start].clause
        for other in self._groups.get("hypothetical", ()):
            ends_before = other.end <= hit.start and hit.start - other.end < HYPOTHESIS_REACH
            if not ends_before or words[other.start].clause != clause:
                continue
            before = words[other.start - 1].norm if other.start else ""
            if words[other.start].norm == "if" and before in NOT_SURE_IF:
                continue
            return True
        return False

    def _outside(self, group: str, sentence: int, hit: Hit) -> bool:
        return any(not _own(other, hit) for other in self.near(group, sentence))

    def _habitual(self, sentence: int, hit: Hit) -> bool:
        """'sering pingsan' tells of a habit, unless the sentence says that it is happening again."""
        near = any(
            0 <= hit.start - o.end < HABIT_REACH or o.start in range(hit.start, hit.end)
            for o in self.near("habit", sentence)
        )
        return near and not self.near("still", sentence)

    def _past(self, sentence: int, hit: Hit) -> bool:
        words = self._text.words
        for other in self.near("past", sentence):
            since = other.start > 0 and words[other.start - 1].norm in SINCE
            if not since and not _own(other, hit):
                return not self.near("still", sentence)
        return False


def _own(other: Hit, hit: Hit) -> bool:
    """The context word begins or ends the find itself; one inside it was only skipped ('anak pernah kejang')."""
    inside = hit.start <= other.start and other.end <= hit.end
    return inside and (other.start == hit.start or other.end == hit.end)
