"""The triage engine: text -> Triage, with reasons. Pure functions over loaded data; no clock, no I/O.

Layers (``Scorer``) may only add types and raise severity. Nothing here ever lowers one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dispatch.domain.place import NOWHERE, Candidate, Place
from dispatch.domain.report import Channel, Reason, Triage
from dispatch.domain.severity import Severity, highest
from dispatch.triage import junk
from dispatch.triage.language import language_of
from dispatch.triage.lexicon import Lexicon
from dispatch.triage.locate import Locator
from dispatch.triage.question import question_for
from dispatch.triage.score import LexiconScorer, Reading, Scorer, Tally, read, tally
from dispatch.triage.weigh import DEFAULTS, weigh

OTHER = "other_service"
ALSO_MINIMUM = 3.0
ALSO_SHARE = 0.6
UNSURE_BELOW = 0.3
THREAT_FROM = 0.5
"""A layer's own probability of a life threat from which the report is critical."""
MAX_REASONS = 16


class TriageEngine:
    def __init__(
        self,
        lexicon: Lexicon,
        locator: Locator,
        *,
        defaults: dict[str, Severity | None] | None = None,
        layers: Sequence[Scorer] = (),
    ) -> None:
        self._lexicon = lexicon
        self._locator = locator
        self._defaults = {**DEFAULTS, **(defaults or {})}
        self._layers: tuple[Scorer, ...] = (LexiconScorer(lexicon), *layers)

    def locate(self, text: str) -> Place:
        """The scene named in the text; ambiguous with candidates rather than guessed."""
        return self._locator.locate(text)

    def candidates(self, text: str, limit: int = 8) -> list[Candidate]:
        """Villages and districts whose name begins with or resembles the text, best first."""
        return self._locator.candidates(text, limit)

    def classify(
        self, text: str, *, at: datetime, channel: Channel = Channel.SMS, place_hint: Place = NOWHERE
    ) -> Triage:
        """1 read, 2 vote, 3 type, 4 severity with the floor, 5 place, 6 confidence and question."""
        assert at.tzinfo is not None, "classify needs an aware moment"
        reading = read(self._lexicon, text)
        votes = [vote for layer in self._layers for vote in layer.score(reading)]
        entries = tally(votes)
        threat = max((vote.threat for vote in votes), default=0.0)
        place = self._place(reading.text.clean, place_hint)
        if not reading.text.words or not any(word.raw for word in reading.text.words):
            return self._silent(channel, place)
        kind, chosen, reasons, margin = self._choose(reading, entries, threat)
        also = self._also(kind, entries, threat)
        severity, why = weigh(
            reading,
            kind,
            [entry for entry in entries if entry.type in (kind, *also)],
            self._defaults.get(kind, Severity.MEDIUM),
        )
        deep = any(reason.effect == "life_threat" for reason in why)
        life = threat >= THREAT_FROM or deep
        severity = highest(severity, Severity.CRITICAL) if life else severity
        unsure = (life and not deep and threat < 1.0) or margin < UNSURE_BELOW
        known = chosen is not None or kind != OTHER
        return Triage(
            type=kind,
            severity=severity,
            also_types=also,
            subtype=chosen.subtype if chosen else "",
            life_threat=life,
            unsure=unsure,
            confidence=round(margin, 3),
            place=place,
            question=question_for(
                kind, chosen.subtype if chosen else "", severity, place, _asked(reading), known=known
            ),
            reasons=_top(reasons, [*_threat_reasons(entries), *why], place),
            language=language_of(reading.text),
        )

    def _place(self, text: str, hint: Place) -> Place:
        found = self._locator.locate(text)
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

    def _choose(
        self, reading: Reading, entries: list[Tally], threat: float
    ) -> tuple[str, Tally | None, tuple[Reason, ...], float]:
        """The type, its tally, its reasons and how clear the choice is (0..1)."""
        events = [entry for entry in entries if entry.type not in (junk.INFORMATION, junk.NOT_A_REPORT)]
        if threat < THREAT_FROM:
            verdict = junk.judge(reading, entries)
            if verdict.junk > 0:
                return junk.NOT_A_REPORT, None, verdict.reasons, min(1.0, 0.35 + verdict.junk / 6)
            if verdict.asks > 0:
                entry = next(entry for entry in entries if entry.type == junk.INFORMATION)
                return junk.INFORMATION, entry, entry.reasons, min(1.0, 0.35 + verdict.asks / 8)
        if not events:
            return OTHER, None, (), 0.2
        best = events[0]
        rival = events[1].score if len(events) > 1 else 0.0
        clear = best.score / (best.score + rival + 1.0)
        return best.type, best, best.reasons, min(1.0, clear)

    @staticmethod
    def _also(kind: str, entries: list[Tally], threat: float) -> tuple[str, ...]:
        if kind in (junk.INFORMATION, junk.NOT_A_REPORT):
            return ()
        best = max((entry.score for entry in entries if entry.type == kind), default=0.0)
        least = max(ALSO_MINIMUM, ALSO_SHARE * best)
        skipped = (kind, junk.INFORMATION, junk.NOT_A_REPORT, OTHER)
        return tuple(entry.type for entry in entries if entry.type not in skipped and entry.score >= least)[:3]


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
