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
_MARK_WORDS = frozenset(MARKS)


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
        self.idioms: Sequence[Hit] = self._groups.get("idiom", ())
        self.consequences: Sequence[Hit] = self._groups.get("consequence", ())
        self._hypotheses = self._groups.get("hypothetical", ())
        if not _MARK_WORDS.isdisjoint(text.norms):
            for word in text.words:
                if word.norm in MARKS:
                    group, weight = MARKS[word.norm]
                    self.tone.add(word.sentence, group, weight)

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
        here = self._nearby.get(sentence)
        if here is None:
            return Claim.NOW
        if self._hypotheses and self._hypothetical(hit):
            return Claim.HYPOTHETICAL
        if "over" in here and not all(_own(other, hit) for other in here["over"]):
            return Claim.OVER
        if "past" in here and self._past(here, hit):
            return Claim.PAST
        if "habit" in here and self._habitual(here, hit):
            return Claim.PAST
        return Claim.NOW

    def in_idiom(self, hit: Hit) -> bool:
        """Part of a fixed phrase that means something else ('mati lampu', 'banjir orderan')."""
        # A life threat gives way to a phrase of the same length, a type only to a longer one: 'mati lampu'
        # is no death, and it is an outage.
        start, end = hit.start, hit.end
        least = end - start + (hit.concept.kind != "life")
        return any(
            idiom.start < end and start < idiom.end and idiom.end - idiom.start >= least for idiom in self.idioms
        )

    def is_consequence(self, hit: Hit) -> bool:
        """Named only as what something else leads to ('sampah menyebabkan banjir')."""
        return any(0 <= hit.start - o.end < CONSEQUENCE_REACH for o in self.consequences)

    def _negated(self, hit: Hit) -> bool:
        norms, words = self._text.norms, self._text.words
        if hit.end - hit.start > 1 and norms[hit.end - 2] in NEGATIVES:
            return True
        at, clause = hit.start - 1, words[hit.start].clause
        while at >= 0 and norms[at] in NEGATION_LINKS and words[at].clause == clause:
            at -= 1
        return at >= 0 and norms[at] in NEGATIVES and words[at].clause == clause

    def _hypothetical(self, hit: Hit) -> bool:
        words = self._text.words
        clause = words[hit.start].clause
        for other in self._hypotheses:
            ends_before = other.end <= hit.start and hit.start - other.end < HYPOTHESIS_REACH
            if not ends_before or words[other.start].clause != clause:
                continue
            before = words[other.start - 1].norm if other.start else ""
            if words[other.start].norm == "if" and before in NOT_SURE_IF:
                continue
            return True
        return False

    @staticmethod
    def _habitual(here: dict[str, list[Hit]], hit: Hit) -> bool:
        """'sering pingsan' tells of a habit, unless the sentence says that it is happening again."""
        near = any(0 <= hit.start - o.end < HABIT_REACH or o.start in range(hit.start, hit.end) for o in here["habit"])
        return near and "still" not in here

    def _past(self, here: dict[str, list[Hit]], hit: Hit) -> bool:
        norms = self._text.norms
        for other in here["past"]:
            since = other.start > 0 and norms[other.start - 1] in SINCE
            if not since and not _own(other, hit):
                return "still" not in here
        return False


def _own(other: Hit, hit: Hit) -> bool:
    """The context word begins or ends the find itself; one inside it was only skipped ('anak pernah kejang')."""
    inside = hit.start <= other.start and other.end <= hit.end
    return inside and (other.start == hit.start or other.end == hit.end)
