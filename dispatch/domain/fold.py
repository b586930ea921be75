"""Same event or not: one report against one open incident. Precision before recall: a wrong fold can kill.

'same' joins by itself, 'maybe' opens an incident of its own and is suggested, 'different' is neither. Every
verdict names its reason as a key of the catalogue (texts [fold]) with parameters. Pure: what a centre folds
is ``FoldRules``; without rules nothing is ever folded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.domain.dedup import VAGUE_TYPES, distance_m
from dispatch.domain.fold_words import Marks, likeness, marks_of, words_of
from dispatch.domain.place import Place
from dispatch.domain.report import NO_SEVERITY_TYPES
from dispatch.domain.transitions import IncidentStatus as S

ALIKE = 0.5
"""Shared words from which two texts speak of the same thing."""
VERY_ALIKE = 0.75
VILLAGE_LENGTH = len("33.28.10.2001")
JOINABLE = frozenset({S.NEW, S.TRIAGED, S.DISPATCHED, S.ON_SCENE, S.REOPENED})
"""What is set aside or resolved is never joined by itself: somebody must hear of the new report."""
DEGREES = frozenset({"traffic_accident", "medical"})
"""Types whose subtypes tell how bad it is, not which event it is."""
SURGE_STRETCH = 3
"""So many times its window an event in a surge is joined."""
MARGIN = 0.1
"""Two incidents that fit nearly as well: nobody guesses which."""
ALIKE_REASONS = frozenset({"same_spot", "same_words", "same_village", "surge", "near_and_alike"})
FEW = 2
"""Of a kind that fewer open incidents of the place share, a report is out of the ordinary."""


class Needs(StrEnum):
    """What must agree besides type and time: the village, some words of it as well, or the very spot."""

    VILLAGE = "village"
    WORDS = "words"
    SPOT = "spot"


@dataclass(frozen=True, slots=True)
class FoldKind:
    """How one type is folded. ``area``: the event covers an area; whoever is in danger in it is one of their own."""

    types: frozenset[str]
    within: timedelta
    needs: Needs
    subtypes: frozenset[str] = frozenset()
    area: bool = False


@dataclass(frozen=True, slots=True)
class Rush:
    """More than ``incidents`` opened in the whole centre ``within`` this time; times grow by ``factor`` (1..3)."""

    incidents: int = 10
    within: timedelta = timedelta(minutes=10)
    factor: float = 2.0

    @property
    def looked_at(self) -> int:
        """So many of the newest incidents tell whether it lasts."""
        return 2 * self.incidents + 1


@dataclass(frozen=True, slots=True)
class FoldRules:
    """``kinds``: first that fits; a type that none names is never folded. Metres between two points:
    up to ``near_m`` one spot, from ``apart_m`` two events. A surge is ``surge_reports`` in ``surge_within``.
    ``rush`` None: nothing is ever widened."""

    kinds: tuple[FoldKind, ...] = ()
    families: tuple[frozenset[str], ...] = ()
    near_m: float = 150.0
    apart_m: float = 600.0
    suggest_within: timedelta = timedelta(minutes=30)
    surge_reports: int = 5
    surge_within: timedelta = timedelta(minutes=10)
    rush: Rush | None = None

    def kind_of(self, type_: str, subtype: str) -> FoldKind | None:
        for kind in self.kinds:
            if type_ in kind.types and (not kind.subtypes or subtype in kind.subtypes):
                return kind
        return None

    @property
    def longest(self) -> timedelta:
        """How far back an open incident may still matter."""
        return max([self.suggest_within, *(kind.within * SURGE_STRETCH for kind in self.kinds)])


@dataclass(frozen=True, slots=True)
class Sighting:
    """As much of a report, or of an open incident, as it takes to compare. ``at``: when it was received.

    ``learned``: the subtype is the model's guess, which is no proof of two events.
    """

    at: datetime
    types: tuple[str, ...]
    place: Place
    text: str = ""
    subtype: str = ""
    life_threat: bool = False
    urgent: bool = False
    id: int = 0
    number: int = 0
    learned: bool = False
    status: S = S.NEW
    reports: int = 1


class Verdict(StrEnum):
    SAME = "same"
    MAYBE = "maybe"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Opinion:
    """``reason`` is a key of texts [fold]; ``params`` are plain values for it. ``score`` 0..1 only ranks."""

    verdict: Verdict
    reason: str
    score: float = 0.0
    params: dict[str, str | int] = field(default_factory=dict)


def is_crowded(new: Sighting, others: Sequence[Sighting], rules: FoldRules) -> bool:
    """So many single incidents of the very same kind, just now, that they are a surge of their own."""
    alike = [
        o for o in others
        if (o.types[0], o.subtype) == (new.types[0], new.subtype) and abs(new.at - o.at) <= rules.surge_within
    ]
    return len(alike) >= rules.surge_reports


def in_surge(other: Sighting, now: datetime, rules: FoldRules) -> bool:
    """Whether an incident gathers reports at least as fast as a surge does."""
    age = max(now - other.at, rules.surge_within)
    return other.reports >= rules.surge_reports and other.reports * rules.surge_within >= age * rules.surge_reports


def judge(new: Sighting, other: Sighting, rules: FoldRules, *, crowded: bool = False) -> Opinion:
    """One report against one open incident. Symmetric but for the surge, which is the incident's."""
    gap = abs(new.at - other.at)
    refused = _cannot_be(new, other, gap, rules)
    if refused:
        return Opinion(Verdict.DIFFERENT, refused)
    kind = rules.kind_of(other.types[0], other.subtype)
    mine, theirs = marks_of(new.text), marks_of(other.text)
    evidence = _Evidence(new, other, mine, theirs, rules, crowded or in_surge(other, new.at, rules))
    params: dict[str, str | int] = {
        "where": evidence.where, "minutes": int(gap / timedelta(minutes=1)), "type": other.types[0],
    }
    against = evidence.against(kind)
    if not against and (kind is None or gap > kind.within * (SURGE_STRETCH if evidence.surge else 1)):
        against = "too_long_ago"
    if against:
        return Opinion(Verdict.MAYBE, against, round(0.5 + 0.2 * evidence.alike, 2), params)
    assert kind is not None
    found = evidence.enough(kind)
    if found:
        score = 0.8 + 0.1 * evidence.alike + 0.1 * evidence.spot
        return Opinion(Verdict.SAME, found, round(score, 2), params)
    return Opinion(Verdict.MAYBE, "near_and_alike", round(0.6 + 0.2 * evidence.alike, 2), params)


def _cannot_be(new: Sighting, other: Sighting, gap: timedelta, rules: FoldRules) -> str:
    """What rules out one event: the key of the reason, '' when nothing does."""
    if not _related(new, other, rules):
        return "other_type"
    kind = rules.kind_of(other.types[0], other.subtype)
    if gap > max(rules.suggest_within, kind.within * SURGE_STRETCH if kind else rules.suggest_within):
        return "too_long_ago"
    metres = distance_m(new.place, other.place)
    if new.place.outside or other.place.outside:
        return "outside"
    if metres is not None and metres > rules.apart_m:
        return "too_far"
    if not _same_area(new.place, other.place) and not (metres is not None and metres <= rules.near_m):
        return "other_place"
    return ""


def _same_area(a: Place, b: Place) -> bool:
    return bool(a.code) and a.code == b.code and not a.ambiguous and not b.ambiguous


def _related(new: Sighting, other: Sighting, rules: FoldRules) -> bool:
    if new.types[0] in NO_SEVERITY_TYPES or other.types[0] in NO_SEVERITY_TYPES:
        return False
    if new.types[0] in other.types and new.types[0] not in VAGUE_TYPES:
        return True
    said, known = set(new.types) - VAGUE_TYPES, set(other.types) - VAGUE_TYPES
    return bool(said & known) or any(said & family and known & family for family in rules.families)


class _Evidence:
    """What speaks for and against one event, read once."""

    def __init__(
        self, new: Sighting, other: Sighting, mine: Marks, theirs: Marks, rules: FoldRules, surge: bool
    ) -> None:
        self.new, self.other, self.mine, self.theirs, self.surge = new, other, mine, theirs, surge
        metres = distance_m(new.place, other.place)
        named = words_of(f"{other.place.desa} {other.place.kecamatan}")
        self.alike = likeness(mine.content - named, theirs.content - named)
        self._here = words_of(new.place.landmark) - named - mine.roads
        self._there = words_of(other.place.landmark) - named - theirs.roads
        self.spot = bool(
            (metres is not None and metres <= rules.near_m) or self._here & self._there
            or (mine.rt and mine.rt == theirs.rt and (not mine.rw or not theirs.rw or mine.rw == theirs.rw))
            or mine.owners & theirs.owners
        )
        self.village = len(other.place.code) >= VILLAGE_LENGTH or (metres is not None and metres <= rules.near_m)
        self.where = f"{metres:.0f} m" if metres is not None else (other.place.desa or other.place.kecamatan)

    def against(self, kind: FoldKind | None) -> str:
        """The first thing that makes them two events, or leaves it to a person."""
        a, b = self.mine, self.theirs
        if a.another:
            return "says_another"
        if self.new.types[0] != self.other.types[0] and not (self.spot and self._family_agrees()):
            return "other_trouble"
        if self._other_subtype():
            return "other_trouble"
        for one, two, why in (
            (a.counts, b.counts, "other_count"), (a.colours, b.colours, "other_colour"),
            (a.roads, b.roads, "other_road"), (a.owners, b.owners, "other_house"),
        ):
            if one and two and not one & two:
                return why
        return self._other_thing() or self._other_spot(kind) or self._other_life(kind)

    def _other_subtype(self) -> bool:
        new, other = self.new, self.other
        known = new.subtype and other.subtype and not (new.learned or other.learned)
        return bool(known) and new.subtype != other.subtype and other.types[0] not in DEGREES

    def _family_agrees(self) -> bool:
        """Two kinds of trouble at one spot: only while neither speaks of somebody the other does not know."""
        return self.new.types[0] in self.other.types or self.mine.people <= self.theirs.people

    def _other_thing(self) -> str:
        a, b = self.mine, self.theirs
        if self.other.types[0] == "traffic_accident" and a.vehicles and b.vehicles and not a.vehicles & b.vehicles:
            return "other_vehicle"
        if self.other.types[0] == "fire" and a.objects and b.objects and not a.objects & b.objects:
            return "other_house"
        return ""

    def _other_spot(self, kind: FoldKind | None) -> str:
        if kind is not None and kind.area:
            return ""
        a, b = self.mine, self.theirs
        if (a.rt and b.rt and a.rt != b.rt) or (a.rw and b.rw and a.rw != b.rw):
            return "other_spot"
        return "other_spot" if self._here and self._there and not self._here & self._there else ""

    def _other_life(self, kind: FoldKind | None) -> str:
        """A life in danger joins only what knows of it, or the one thing that endangers it."""
        a, b = self.mine, self.theirs
        if kind is not None and kind.area and not a.people <= b.people:
            return "life_alone"  # somebody in the middle of it, whether or not the words sound like a danger
        if not (self.new.life_threat or self.other.life_threat):
            return ""
        if a.people and b.people and not a.people & b.people:
            return "other_victim"
        if not self.new.life_threat:
            return ""
        known = self.spot and a.victims <= b.victims and (bool(a.victims) or self.alike >= VERY_ALIKE)
        if kind is not None and kind.area and not known:
            return "life_alone"
        if a.mine and not a.people <= b.people:
            return "other_victim"
        if "birth" in a.victims and "birth" not in b.victims:
            return "other_victim"
        return "life_alone" if self.new.types[0] not in self.other.types and not a.victims <= b.victims else ""

    def enough(self, kind: FoldKind) -> str:
        """The key of what makes them one event, '' when it is not enough."""
        if not self.village:
            return self._enough_in_a_district(kind)
        if kind.needs is Needs.SPOT:
            # Somebody's own kin, told by another sender: only the same words about the same house.
            enough = self.spot and self.alike >= (VERY_ALIKE if self.mine.mine else ALIKE)
            return "same_spot" if enough and not (self.mine.mine and not self._named()) else ""
        if self.spot:
            return "same_spot"
        if self.alike >= ALIKE or (kind.needs is Needs.WORDS and self.mine.vehicles & self.theirs.vehicles):
            return "same_words"
        if kind.needs is Needs.VILLAGE or self.surge:
            return "surge" if self.surge else "same_village"
        return ""

    def _named(self) -> bool:
        return bool(self.mine.owners & self.theirs.owners) or bool(self._here & self._there)

    def _enough_in_a_district(self, kind: FoldKind) -> str:
        """Nobody knows the village: a named spot, or one more voice of a surge over the whole area."""
        if self._here & self._there and kind.needs is not Needs.SPOT:
            return "same_spot"
        return "surge" if self.surge and kind.area and not self.new.life_threat else ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Another open incident that may be the same event."""

    other: Sighting
    opinion: Opinion


@dataclass(frozen=True, slots=True)
class Choice:
    """``join``: the incident a report belongs to. ``suggestions``, best first, when it opens one of its own.
    ``odd``: number of the incident in a surge that it stands out from (None: it does not)."""

    join: Suggestion | None = None
    suggestions: tuple[Suggestion, ...] = ()
    odd: int | None = None


def choose(new: Sighting, others: Sequence[Sighting], rules: FoldRules) -> Choice:
    """All open incidents around it against one report. Two that fit equally well: neither, a person decides."""
    crowded = is_crowded(new, others, rules)
    judged = [Suggestion(other, judge(new, other, rules, crowded=crowded)) for other in others]
    same = sorted(
        (s for s in judged if s.opinion.verdict is Verdict.SAME and s.other.status in JOINABLE),
        key=lambda s: (-s.opinion.score, -s.other.reports, s.other.id),
    )
    if same and (crowded or stands_out(same, new, rules)):
        return Choice(join=same[0])
    likely = [s for s in judged if s.opinion.verdict is not Verdict.DIFFERENT and s.other.status is not S.MERGED]
    shown = [s for s in likely if abs(new.at - s.other.at) <= rules.suggest_within or s.opinion.verdict is Verdict.SAME]
    ranked = sorted(shown, key=lambda s: (-s.opinion.score, s.other.id))
    return Choice(suggestions=tuple(ranked), odd=_odd(new, others, rules))


def stands_out(same: Sequence[Suggestion], new: Sighting, rules: FoldRules) -> bool:
    """Whether the best of ``same`` is the one, and not as good as another event beside it."""
    best, rivals = same[0], [s for s in same[1:] if same[0].opinion.score - s.opinion.score <= MARGIN]
    return in_surge(best.other, new.at, rules) or all(
        # Two incidents that nothing keeps apart are one event already: either is right.
        judge(rival.other, best.other, rules).reason in ALIKE_REASONS for rival in rivals
    )


def _odd(new: Sighting, others: Sequence[Sighting], rules: FoldRules) -> int | None:
    """The surge that an urgent report stands out from: other words or another kind at the same place."""
    if not new.urgent or sum(other.types[0] == new.types[0] for other in others if other.reports == 1) >= FEW:
        return None
    surges = [o for o in others if in_surge(o, new.at, rules)]
    return max(surges, key=lambda o: o.reports).number if surges else None
