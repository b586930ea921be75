"""What happened against what should have: one verdict a measure and event, and the figures of the whole. Pure.

Times are judged against the same limits as the real clocks. What does not apply to an event is not counted, so every
share stands with its n.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import msgspec

from dispatch.domain.clock import Phase
from dispatch.domain.routing import RuleSet
from dispatch.domain.severity import Severity
from dispatch.training.facts import Happened
from dispatch.training.run import Run
from dispatch.training.scenario import Expected

MEASURES = ("answer", "triage", "dispatch", "type", "severity", "place", "units", "one_incident", "junk")
RIGHT, WRONG = "right", "wrong"
UNOPENED = "unopened"
"""What is found of an event nobody looked at."""


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """``took_s`` None: it never happened."""

    took_s: float | None
    limit_s: float | None


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One event: measure -> right or wrong, its three times, and what was found where it was not right."""

    key: str
    title: str
    numbers: tuple[int, ...]
    verdicts: dict[str, str]
    times: dict[str, Timing]
    found: dict[str, str]
    missed: dict[str, int]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """``right`` of ``n``; times in seconds, nearest rank, where the measure is one."""

    right: int
    n: int
    p50_s: float | None = None
    p90_s: float | None = None
    worst_s: float | None = None


class Debrief(msgspec.Struct, frozen=True, kw_only=True):
    """``score`` is the share of all verdicts that are right, 0 to 1; None when nothing could be judged."""

    run: str
    scenario: str
    title: dict[str, str]
    trainee: str
    started_at: datetime
    ended_at: datetime
    speed: float
    figures: dict[str, Figure]
    events: tuple[Judged, ...]
    contacts: int
    arrived: int
    calls: int
    abandoned: int
    clocks: int
    missed: dict[str, int]
    score: float | None
    judged: int


def judge_run(run: Run, facts: Sequence[Happened], rules: RuleSet, ended_at: datetime) -> Debrief:
    expected = {event.key: event for event in run.scenario.expected}
    events = tuple(_judge(expected[item.key], item, rules) for item in facts)
    verdicts = [verdict for event in events for verdict in event.verdicts.values()]
    calls = [call for item in facts for call in item.calls]
    missed: Counter[str] = Counter()
    for item in facts:
        missed.update(item.missed)
    return Debrief(
        run=run.id, scenario=run.scenario.name, title=run.scenario.title, trainee=run.trainee,
        started_at=run.started_at, ended_at=ended_at, speed=run.scenario.speed,
        figures={name: _figure(name, events) for name in MEASURES}, events=events,
        contacts=sum(bool(step.event) for step in run.scenario.steps), arrived=sum(item.arrived for item in facts),
        calls=len(calls), abandoned=sum(call.abandoned for call in calls), clocks=sum(item.clocks for item in facts),
        missed=dict(missed), score=verdicts.count(RIGHT) / len(verdicts) if verdicts else None, judged=len(verdicts),
    )


def _judge(event: Expected, item: Happened, rules: RuleSet) -> Judged:
    if item.arrived == 0:  # never reached the server: nobody can be blamed for it
        return Judged(key=event.key, title=event.title, numbers=(), verdicts={}, times={}, found={}, missed={})
    times: dict[str, Timing] = {}
    verdicts: dict[str, str] = {}
    found: dict[str, str] = {}

    # What nobody looked at was made right by the machine, not by the trainee.
    looked = any((item.seen_at, item.dispatched_at, item.closed_at, *(call.answered_at for call in item.calls)))

    def say(measure: str, applies: bool, right: bool, seen: str = "") -> None:
        if applies:
            verdicts[measure] = RIGHT if right and looked else WRONG
            if verdicts[measure] == WRONG:
                found[measure] = seen if looked else UNOPENED

    if event.is_junk:
        say("junk", True, _handled(event, item), _closing(item) or "-")
    else:
        times = _times(event, item, rules)
        for name, timing in times.items():
            in_time = timing.took_s is not None and timing.limit_s is not None and timing.took_s <= timing.limit_s
            say(name, timing.limit_s is not None, in_time)
        say("units", bool(event.units), all(item.units.get(a, 0) >= n for a, n in event.units.items()),
            ", ".join(f"{n} {agency}" for agency, n in sorted(item.units.items())) or "-")
        say("one_incident", item.arrived > 1, len(item.numbers) == 1, ", ".join(map(str, item.numbers)))
        say("severity", bool(event.severities), item.severity in event.severities, item.severity or "-")
        place = ", ".join(part for part in (item.desa, item.kecamatan) if part)
        say("place", bool(event.kecamatan or event.desa), _at_place(event, item), place or "-")
    say("type", bool(event.types), _of_type(event, item), ".".join(p for p in (item.type, item.subtype) if p) or "-")
    return Judged(
        key=event.key, title=event.title, numbers=item.numbers, verdicts=verdicts, times=times, found=found,
        missed=item.missed,
    )


def _times(event: Expected, item: Happened, rules: RuleSet) -> dict[str, Timing]:
    """Answer, triage and dispatch. A call is answered when the phone is, a message when somebody opens it."""
    answered_at = min((at for at in (item.seen_at, *(c.answered_at for c in item.calls)) if at), default=None)
    # Sending somebody implies that it was judged: whoever is that quick is not late.
    triaged_at = item.triaged_at or item.dispatched_at
    spans = {
        Phase.ANSWER: (item.first_at, answered_at), Phase.TRIAGE: (answered_at, triaged_at),
        Phase.DISPATCH: (triaged_at, item.dispatched_at),
    }
    limits = {phase: _limit(phase, event, item.channel, rules) for phase in spans}
    if not event.units:
        del limits[Phase.DISPATCH]  # nobody says that somebody has to be sent
    return {
        phase.value: Timing(took_s=_between(*spans[phase]), limit_s=limit) for phase, limit in limits.items()
    }


def _limit(phase: Phase, event: Expected, channel: str, rules: RuleSet) -> float | None:
    """Of the expected severity, not of the one it was given: whoever ranks it too low gains no time by it."""
    if not event.severities:
        return None
    kind = event.types[0].partition(".")[0] if event.types else ""
    agency = next(iter(event.units), "")
    target = rules.target_for(phase, Severity(event.severities[0]), kind, agency, channel)
    return None if target is None else target.limit.total_seconds()


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else max(0.0, (end - start).total_seconds())


def _of_type(event: Expected, item: Happened) -> bool:
    return item.type in event.types or f"{item.type}.{item.subtype}" in event.types


def _at_place(event: Expected, item: Happened) -> bool:
    return (not event.kecamatan or item.kecamatan in event.kecamatan) and (not event.desa or item.desa in event.desa)


def _closing(item: Happened) -> str:
    said = [call.disposition for call in item.calls if call.disposition]
    return item.disposition or (said[0] if said else "")


def _handled(event: Expected, item: Happened) -> bool:
    """Closed for what it is, with nobody sent."""
    codes = {item.disposition, *(call.disposition for call in item.calls)}
    return not item.units and bool(codes & set(event.closed_as))


def _figure(name: str, events: Sequence[Judged]) -> Figure:
    said = [event.verdicts[name] for event in events if name in event.verdicts]
    took = sorted(t.took_s for event in events if (t := event.times.get(name)) is not None and t.took_s is not None)

    def rank(share: float) -> float | None:
        return took[max(0, math.ceil(share * len(took)) - 1)] if took else None

    return Figure(right=said.count(RIGHT), n=len(said), p50_s=rank(0.5), p90_s=rank(0.9), worst_s=rank(1.0))
