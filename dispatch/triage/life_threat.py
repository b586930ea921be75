"""The life-threat floor: recall first. Says whether a life may be at risk now, and from which words.

Must never be lowered by anything outside the sentence the cue stands in: only its own negation, tense,
hypothesis or plainly figurative company can silence a cue.
"""
# ruff: noqa: SIM905 (word lists read better as text than as a column of quoted strings)

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dispatch.domain.severity import Severity
from dispatch.triage.context import Claim, Context
from dispatch.triage.lexicon import SURE, UNSURE, WEAK, Hit
from dispatch.triage.normalise import Words

FEARED = frozenset({"suicide_act", "poisoning", "not_breathing"})
"""Threats where a relative's 'I am afraid that' or 'if' is itself the alarm."""
LASTING = frozenset({"missing_child", "trapped", "suicide_act"})
"""Threats that 'since yesterday' does not end: whoever was lost last night is still lost."""
MAYBE = frozenset(
    "might maybe may could mungkin kayaknya sepertinya kayane think guess possibly possible "
    "probably looks seems".split()
)
FIGURATIVE = ("laugh", "lyric", "figurative", "news", "advert", "url", "user")
SOFT = ("opinion", "chat")
_FIGURATIVE_OR_SOFT = frozenset((*FIGURATIVE, *SOFT))
SHORT_WORDS = 25
ENGULFING = frozenset({"fire", "disaster", "traffic_accident"})
"""'Grandma is still upstairs' is a threat only when something burns, floods or falls."""
CRY_WORDS = 12
ALONE_WORDS = 4
"""'tenggelam', 'ana clurit': somebody with no time for a sentence."""


class Threat(NamedTuple):
    """One accepted cue. ``sure`` False is critical all the same, shown as 'belum pasti'."""

    hit: Hit
    sure: bool


def find_threats(text: Words, cues: list[Hit], types: list[Hit], context: Context) -> list[Threat]:
    """``cues`` are the finds of the kind 'life', ``types`` those that argue for a type."""
    judged = [threat for hit in cues if (threat := _judge(text, hit, types, context)) is not None]
    return [threat for threat in judged if not any(_covers(other, threat) for other in judged)]


def _covers(longer: Threat, threat: Threat) -> bool:
    """'mau bunuh diri' is no attack: a longer cue that is as sure says it better."""
    if longer.sure < threat.sure or longer.hit.concept.type == threat.hit.concept.type:
        return False
    start, end = threat.hit.start, threat.hit.end
    return longer.hit.start <= start and longer.hit.end >= end and longer.hit.end - longer.hit.start > end - start


def _judge(text: Words, hit: Hit, types: list[Hit], context: Context) -> Threat | None:
    if context.idioms and context.in_idiom(hit):
        return None
    name, certainty = hit.concept.name, hit.concept.certainty
    claim = context.claim(hit)
    sentence = text.words[hit.start].sentence
    tone = context.tone.of(sentence)
    if claim is Claim.NEGATED or claim is Claim.OVER:
        return None
    if claim is Claim.HYPOTHETICAL and name not in FEARED:
        return None
    if claim is Claim.PAST and name not in LASTING:
        return None
    if _figurative(tone, about_somebody=certainty == SURE and _is_named(text, hit)):
        return None
    if certainty == WEAK and not _in_need(text, hit, types, tone):
        return None
    doubt = claim is not Claim.NOW or _doubted(text, hit)
    return Threat(hit, certainty == SURE and not doubt and certainty != UNSURE)


def _figurative(tone: Mapping[str, float], *, about_somebody: bool) -> bool:
    """More marks of a joke, a dream, news or chat in the sentence than of somebody asking for help.

    A plain threat to a named person ('bapak saya tidak napas') needs four marks more: a stray link or a
    laugh typed in panic must not silence it.
    """
    if _FIGURATIVE_OR_SOFT.isdisjoint(tone):
        return False
    marks = sum(tone.get(group, 0) for group in FIGURATIVE) + sum(tone.get(group, 0) for group in SOFT) / 2
    asking = tone.get("directed", 0) + tone.get("request", 0) / 2 + (4 if about_somebody else 0)
    return marks >= 2 and marks > asking


def _is_named(text: Words, hit: Hit) -> bool:
    return not PERSONS.isdisjoint(text.norms[max(0, hit.start - 4) : hit.end + 4])


def _in_need(text: Words, hit: Hit, types: list[Hit], tone: Mapping[str, float]) -> bool:
    """A weak cue counts when the sentence points at somebody: a plea, a person, a short cry."""
    name, length = hit.concept.name, len(text.words)
    if name == "distress":
        return length <= CRY_WORDS
    if name == "inside":
        return any(other.concept.type in ENGULFING for other in types)
    if name == "caught":
        return not PERSONS_OR_PLEAS.isdisjoint(text.norms)
    named = _is_named(text, hit)
    if name == "breathless" and tone.get("cause") and PERSONS_OR_PLEAS.isdisjoint(text.norms):
        return False  # smoke that makes people cough is a nuisance until somebody is named
    if name == "alone":
        return named or length <= ALONE_WORDS
    short = length <= SHORT_WORDS and ANIMALS.isdisjoint(text.norms)
    return named or short


PLEAS = frozenset("tolong help".split())
ANIMALS = frozenset("kucing anjing sapi kambing kerbau kuda ular burung ayam cat dog cow horse".split())
PERSONS = frozenset(
    "bapak ayah ibu kakek nenek suami istri anak adik kakak bayi paman bibi cucu keponakan mertua saudara "
    "tetangga teman orang korban sopir supir kernet penumpang pengendara pekerja tukang pelajar siswa warga "
    "husband wife son daughter mother father mom dad baby grandma grandpa brother sister friend he she him her "
    "man woman guy boy girl child kid someone somebody".split()
)
PERSONS_OR_PLEAS = PERSONS | PLEAS


def _doubted(text: Words, hit: Hit) -> bool:
    start = max(0, hit.start - 4)
    if not MAYBE.isdisjoint(text.norms[start : hit.end]):
        return True
    return any(word.plain in MAYBE for word in text.words[start : hit.end])


def severity_of(threats: list[Threat]) -> Severity | None:
    return Severity.CRITICAL if threats else None
