"""The triage engine: text -> Triage, with reasons. Pure functions over loaded data; no clock, no I/O.

Layers (``Scorer``) may only add types and raise severity. Nothing here ever lowers one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from dispatch.domain.place import NOWHERE, Candidate, Place
from dispatch.domain.report import NO_SEVERITY_TYPES, Channel, Reason, Triage
from dispatch.domain.severity import Severity, highest
from dispatch.triage import junk
from dispatch.triage.blend import Choice, blend, raise_by
from dispatch.triage.language import language_of
from dispatch.triage.lexicon import Lexicon
from dispatch.triage.locate import Locator
from dispatch.triage.model import Model, Opinion
from dispatch.triage.question import question_for
from dispatch.triage.score import LexiconScorer, Reading, Tally, read, tally
from dispatch.triage.subtype import Named, SubtypeModel
from dispatch.triage.weigh import default_severity, weigh

OTHER = "other_service"
ALSO_MINIMUM = 3.0
ALSO_SHARE = 0.6
UNSURE_BELOW = 0.3
THREAT_FROM = 0.5
"""A layer's own probability of a life threat from which the report is critical."""
FEWEST_WORDS = 6
MAX_REASONS = 16
MAX_ALSO = 3
NO_EVIDENCE = 0.2

DefaultOf = Callable[[str, str], Severity | None]


class TriageEngine:
    def __init__(
        self,
        lexicon: Lexicon,
        locator: Locator,
        *,
        default_of: DefaultOf = default_severity,
        model: Model | None = None,
        subtypes: SubtypeModel | None = None,
    ) -> None:
        """``model`` and ``subtypes`` are the statistical layer; without them the lexicon decides alone."""
        self._lexicon = lexicon
        self._locator = locator
        self._default_of = default_of
        self._scorer = LexiconScorer(lexicon)
        self._model = model
        self._subtypes = subtypes

    def read(self, text: str) -> Reading:
        """What the lexicon finds in the text, before anything is decided."""
        return read(self._lexicon, text)

    def opinion(self, text: str) -> Opinion | None:
        """What the statistical layer alone thinks of the text; None for a few words, or without a model."""
        return self._opinion(self.read(text))

    def district_points(self) -> dict[str, tuple[float, float]]:
        """Kecamatan -> latitude and longitude of its middle; absent where nothing was imported."""
        return self._locator.district_points()

    def locate(self, text: str) -> Place:
        """The scene named in the text; ambiguous with candidates rather than guessed."""
        return self._locator.locate(text)

    def candidates(self, text: str, limit: int = 8) -> list[Candidate]:
        """Villages and districts whose name begins with or resembles the text, best first."""
        return self._locator.candidates(text, limit)

    def approximate(self, place: Place) -> Place:
        """For distances only: a place without a point gets the middle of its village, where points were imported."""
        return self._locator.approximate(place)

    def settle(self, place: Place) -> Place:
        """A place with a point, and the village the point lies in where boundaries are known."""
        return self._locator.settle(place)

    def classify(
        self, text: str, *, at: datetime, channel: Channel = Channel.SMS, place_hint: Place = NOWHERE
    ) -> Triage:
        """1 read, 2 vote, 3 type, 4 severity with the floor, 5 place, 6 confidence and question."""
        assert at.tzinfo is not None, "classify needs an aware moment"
        reading = read(self._lexicon, text)
        votes = self._scorer.score(reading)
        entries = tally(votes)
        threat = max((vote.threat for vote in votes), default=0.0)
        place = self._place(reading.text.clean, place_hint)
        if not reading.text.words or not any(word.raw for word in reading.text.words):
            return self._silent(channel, place)
        choice = self._choose(reading, entries, threat)
        opinion = self._opinion(reading)
        if self._model is not None and opinion is not None:
            choice = blend(choice, opinion, self._model, reading, entries, life=threat >= THREAT_FROM)
        return self._decide(reading, entries, threat, choice, place, opinion)

    def _named(self, reading: Reading, choice: Choice) -> Named | None:
        """What the model of subtypes calls it; None where nothing is clear, or a sign of death has said it already."""
        if self._subtypes is None or not choice.known or _said_by_threat(reading, choice.type):
            return None
        return self._subtypes.name(reading, choice.type)

    def _default(self, choice: Choice, named: Named | None) -> Severity | None:
        """Of the type as the lexicon knows it; a subtype that was only learned raises and never lowers."""
        sure = self._default_of(choice.type, choice.subtype)
        return sure if named is None else highest(sure, self._default_of(choice.type, named.subtype))

    def _decide(
        self,
        reading: Reading,
        entries: list[Tally],
        threat: float,
        choice: Choice,
        place: Place,
        opinion: Opinion | None,
    ) -> Triage:
        kind = choice.type
        also = self._also(kind, entries)
        counted = [entry for entry in entries if entry.type in (kind, *also)]
        named = self._named(reading, choice)
        default = self._default(choice, named)
        if not choice.known:
            # Nobody knows yet what it is about: as urgent as a text without words, more when it is about somebody.
            default = highest(default, Severity.HIGH if junk.names_kin(reading) else Severity.MEDIUM)
        severity, why = weigh(reading, kind, counted, default)
        deep = any(reason.effect == "life_threat" for reason in why)
        if self._model is not None and opinion is not None and kind not in NO_SEVERITY_TYPES:
            raised, because = raise_by(opinion, self._model, reading)
            severity, why = highest(severity, raised), [*why, *because]
        life = threat >= THREAT_FROM or deep or (opinion is not None and opinion.alarming and severity is not None)
        severity = highest(severity, Severity.CRITICAL) if life else severity
        doubted = life and not deep and threat < 1.0
        asked = _asked(reading)
        subtype = named.subtype if named is not None else _said_by_threat(reading, kind) or choice.subtype
        question = question_for(kind, subtype, severity, place, asked, known=choice.known)
        return Triage(
            type=kind,
            severity=severity,
            also_types=also,
            subtype=subtype,
            life_threat=life,
            unsure=doubted or choice.clear < UNSURE_BELOW,
            confidence=round(choice.clear, 3),
            place=place,
            question=question,
            reasons=_top((*choice.reasons, *_naming(named)), [*_threat_reasons(entries), *why], place),
            language=language_of(reading.text),
        )

    def _opinion(self, reading: Reading) -> Opinion | None:
        """The model's, where there are words enough to have one: 'tolong di Slawi' says nothing it could know."""
        if self._model is None or len(reading.text.norms) < FEWEST_WORDS:
            return None
        return self._model.judge(reading)

    def _place(self, text: str, hint: Place) -> Place:
        found = self._locator.locate(text)
        if hint.lat is not None and not (hint.code or hint.verified):
            return self._locator.at_point(found, hint)
        if hint.verified or (
            hint.is_known and not (found.code and found.code.startswith(hint.code) and hint.lat is None)
        ):
            return hint
        return found if found.text or found.is_known else hint

    def _silent(self, channel: Channel, place: Place) -> Triage:
        """A silent or empty call may be somebody who cannot speak: never closed without a probe."""
        severity = Severity.HIGH if channel is Channel.CALL else Severity.MEDIUM
        reason = Reason("type", OTHER, "no_words", (), 0.0)
        return Triage(
            type=OTHER,
            severity=severity,
            unsure=True,
            confidence=0.0,
            place=place,
            question="what_happened",
            reasons=(reason,),
        )

    @staticmethod
    def _choose(reading: Reading, entries: list[Tally], threat: float) -> Choice:
        """With a threat always an event; otherwise first whether it is a report, then whether it only asks."""
        events = [entry for entry in entries if entry.type not in NO_SEVERITY_TYPES]
        if threat < THREAT_FROM:
            verdict = junk.judge(reading, entries)
            if verdict.junk > 0:
                subtype = junk.subtype_of(reading.context)
                return Choice(junk.NOT_A_REPORT, subtype, verdict.reasons, min(1.0, 0.35 + verdict.junk / 6))
            if verdict.asks > 0:
                reasons = next(entry.reasons for entry in entries if entry.type == junk.INFORMATION)
                return Choice(junk.INFORMATION, "", reasons, min(1.0, 0.35 + verdict.asks / 8))
        if not events:
            return Choice(OTHER, "", (), NO_EVIDENCE, known=False)
        best = events[0]
        rival = events[1].score if len(events) > 1 else 0.0
        return Choice(best.type, best.subtype, best.reasons, best.score / (best.score + rival + 1.0))

    @staticmethod
    def _also(kind: str, entries: list[Tally]) -> tuple[str, ...]:
        if kind in NO_SEVERITY_TYPES:
            return ()
        best = max((entry.score for entry in entries if entry.type == kind), default=0.0)
        least = max(ALSO_MINIMUM, ALSO_SHARE * best)
        skipped = (kind, OTHER, *NO_SEVERITY_TYPES)
        further = [entry for entry in entries if entry.type not in skipped]
        # Who can save the life is told, however weak the words for that type are beside the others.
        saving = [entry.type for entry in further if _threatens(entry)]
        return tuple([*saving, *(e.type for e in further if e.score >= least and e.type not in saving)][:MAX_ALSO])


def _threatens(entry: Tally) -> bool:
    return any(reason.effect == "life_threat" for reason in entry.reasons)


def _asked(reading: Reading) -> str:
    return next((threat.hit.concept.question for threat in reading.threats if threat.hit.concept.question), "")


def _threat_reasons(entries: list[Tally]) -> list[Reason]:
    """Every life-threat cue is shown, also one that argues for another type."""
    return [reason for entry in entries for reason in entry.reasons if reason.effect == "life_threat"]


def _top(reasons: tuple[Reason, ...], why: list[Reason], place: Place) -> tuple[Reason, ...]:
    threats = list(dict.fromkeys(reason for reason in (*reasons, *why) if reason.effect == "life_threat"))
    rest = [reason for reason in (*reasons, *why) if reason.effect != "life_threat"]
    where = Reason("place", place.code or place.outside, "place", (place.text,), 1.0)
    return (*threats, *rest)[: MAX_REASONS - 1] + ((where,) if place.text else ())


def _said_by_threat(reading: Reading, kind: str) -> str:
    """The subtype that a sure threat to life stands for: who does not breathe needs the card of cardiac arrest."""
    concepts = [threat.hit.concept for threat in reading.threats if threat.sure]
    return next((concept.subtype for concept in concepts if concept.type == kind and concept.subtype), "")


def _naming(named: Named | None) -> tuple[Reason, ...]:
    return (Reason("subtype", named.subtype, "model", named.words, round(named.share, 2)),) if named is not None else ()
