"""A rush of incidents over the whole centre, and what it widens of "same event or not". Pure.

While one lasts, an event may lie further back in time, and more of what is near is suggested. Folded by itself is only
what would be one event but for its age: at the very spot, or of a kind that covers an area. No life may be in danger on
either side, type and village are the same. Whatever ``fold.choose`` decides without a rush stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from dispatch.domain.dedup import distance_m
from dispatch.domain.fold import (
    ALIKE,
    JOINABLE,
    Choice,
    FoldRules,
    Opinion,
    Rush,
    Sighting,
    Suggestion,
    Verdict,
    is_crowded,
    judge,
    stands_out,
)
from dispatch.domain.fold_words import likeness, marks_of, words_of
from dispatch.domain.transitions import IncidentStatus

DISTRICT_LENGTH = len("33.28.10")
"""A place code at least this long names a district; a shorter one is no place to compare."""


def rush_until(opened: Iterable[datetime], now: datetime, rush: Rush | None) -> datetime | None:
    """When the rush ends if no further incident comes, None while there is none. ``opened``: when each of the newest
    incidents was, at least ``rush.looked_at`` of them.

    It lasts for ``within`` after the last moment at which there were too many, so that it does not end at once because
    reports are folded instead of opened.
    """
    if rush is None:
        return None
    times = sorted(at for at in opened if at <= now)
    over = [last for first, last in zip(times, times[rush.incidents :], strict=False) if last - first < rush.within]
    until = over[-1] + rush.within if over else None
    return until if until is not None and now < until else None


def choose_in_rush(
    usual: Choice, new: Sighting, others: Sequence[Sighting], elsewhere: Sequence[Sighting], rules: FoldRules,
    factor: float,
) -> Choice:
    """``usual`` (what ``fold.choose`` says of it) and what a rush adds, marked ``widened`` among its parameters.

    ``others``: open incidents of its place, ``factor`` times as far back; ``elsewhere``: those of the district.
    """
    if usual.join is not None or factor <= 1:
        return usual
    longer, crowded = _longer(rules, factor), is_crowded(new, others, rules)
    undecided = any(judge(new, other, rules, crowded=crowded).verdict is Verdict.SAME for other in others)
    joined = None if undecided or usual.odd is not None else _joined(new, others, rules, longer, crowded=crowded)
    if joined is not None:
        return Choice(join=_marked(joined, factor))
    wider = replace(longer, apart_m=rules.apart_m * factor)
    found = [(other, _suggests(new, other, wider)) for other in others]
    found += [(other, _in_district(new, other, wider)) for other in elsewhere]
    known = {s.other.id for s in usual.suggestions}
    more = [
        _marked(Suggestion(other, opinion), factor) for other, opinion in found
        if opinion is not None and other.id not in known and other.status is not IncidentStatus.MERGED
    ]
    ranked = sorted((*usual.suggestions, *more), key=lambda s: (-s.opinion.score, s.other.id))
    return replace(usual, suggestions=tuple(ranked))


def _longer(rules: FoldRules, factor: float) -> FoldRules:
    kinds = tuple(replace(kind, within=kind.within * factor) for kind in rules.kinds)
    return replace(rules, kinds=kinds, suggest_within=rules.suggest_within * factor)


def _joined(
    new: Sighting, others: Sequence[Sighting], rules: FoldRules, longer: FoldRules, *, crowded: bool
) -> Suggestion | None:
    fitting = [Suggestion(other, judge(new, other, longer, crowded=crowded)) for other in others]
    same = sorted(
        (s for s in fitting if s.opinion.verdict is Verdict.SAME and _is_calm_and_sure(new, s, longer)),
        key=lambda s: (-s.opinion.score, -s.other.reports, s.other.id),
    )
    return same[0] if same and stands_out(same, new, rules) else None


def _is_calm_and_sure(new: Sighting, one: Suggestion, longer: FoldRules) -> bool:
    other, kind = one.other, longer.kind_of(one.other.types[0], one.other.subtype)
    if new.life_threat or other.life_threat or other.status not in JOINABLE or kind is None:
        return False
    if new.types[0] != other.types[0] or new.place.code != other.place.code:
        return False
    if new.subtype and other.subtype and new.subtype != other.subtype:
        return False
    if not marks_of(new.text).victims <= marks_of(other.text).victims:
        return False
    return abs(new.at - other.at) <= kind.within and (one.opinion.reason == "same_spot" or kind.area)


def _suggests(new: Sighting, other: Sighting, wider: FoldRules) -> Opinion | None:
    """What is shown beside a new incident because of the rush: 'maybe' at most."""
    opinion = judge(new, other, wider)
    if opinion.verdict is Verdict.DIFFERENT or abs(new.at - other.at) > wider.suggest_within:
        return None
    return replace(opinion, verdict=Verdict.MAYBE)


def _in_district(new: Sighting, other: Sighting, wider: FoldRules) -> Opinion | None:
    """Another village of the district, or one that named none: the same trouble in the same words."""
    here, there, gap = new.place, other.place, abs(new.at - other.at)
    district = here.code[:DISTRICT_LENGTH]
    if not district or district != there.code[:DISTRICT_LENGTH] or here.ambiguous or there.ambiguous:
        return None
    metres = distance_m(here, there)
    if gap > wider.suggest_within or (metres is not None and metres > wider.apart_m):
        return None
    named = words_of(f"{here.desa} {there.desa} {there.kecamatan}")
    mine, theirs = marks_of(new.text), marks_of(other.text)
    alike = likeness(mine.content - named, theirs.content - named)
    if new.types[0] != other.types[0] or alike < ALIKE or mine.another:
        return None
    minutes = int(gap / timedelta(minutes=1))
    params: dict[str, str | int] = {"where": there.desa or there.kecamatan, "minutes": minutes, "type": other.types[0]}
    return Opinion(Verdict.MAYBE, "same_district", round(0.3 + 0.2 * alike, 2), params)


def _marked(one: Suggestion, factor: float) -> Suggestion:
    params = {**one.opinion.params, "widened": f"{factor:g}"}
    return replace(one, opinion=replace(one.opinion, params=params))
