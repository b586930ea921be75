"""An exercise is judged without a database: limits to the second, the figures' ranks, and what is not judged at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from dispatch.domain.clock import Phase
from dispatch.domain.routing import RuleSet, Target
from dispatch.domain.severity import Severity
from dispatch.training.facts import CallFact, Happened
from dispatch.training.run import Run
from dispatch.training.scenario import Expected, Scenario, Step
from dispatch.training.score import Debrief, Judged, judge_run
from tests.support.centre import START, small_rules

FIRE = Expected(key="a", types=("fire",), severities=("critical",), kecamatan=("Slawi",), units={"fire": 1})
"""A minute for each phase by the small rules."""


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def well(**other: Any) -> Happened:
    """Everything right, each phase at its very limit."""
    facts: dict[str, Any] = {
        "key": "a", "arrived": 1, "channel": "sms", "numbers": (1001,), "first_at": at(0), "seen_at": at(60),
        "triaged_at": at(120), "dispatched_at": at(180), "type": "fire", "subtype": "building",
        "severity": "critical", "kecamatan": "Slawi", "desa": "Kalisapu", "units": {"fire": 1},
    }
    return Happened(**facts | other)


def debrief(*pairs: tuple[Expected, Happened], rules: RuleSet | None = None) -> Debrief:
    scenario = Scenario(
        name="uji", title={"id": "Uji"}, steps=(Step(at_s=0.0, channel="sms", person="p", event="a"),),
        expected=tuple(wanted for wanted, _ in pairs),
    )
    run = Run(id="r1", scenario=scenario, trainee="rina", centre="33.28", started_at=START)
    return judge_run(run, [item for _, item in pairs], rules or small_rules(), at(600))


def judged(wanted: Expected, item: Happened) -> Judged:
    return debrief((wanted, item)).events[0]


def phoned(*answered: float | None, disposition: str = "") -> tuple[CallFact, ...]:
    return tuple(
        CallFact(rang_at=at(0), answered_at=None if when is None else at(when), ended_at=None,
                 disposition=disposition, abandoned=when is None)
        for when in answered
    )


def test_at_the_limit_is_in_time_and_a_second_later_is_not() -> None:
    assert judged(FIRE, well()).verdicts == dict.fromkeys(
        ("answer", "triage", "dispatch", "type", "severity", "place", "units"), "right")
    late = judged(FIRE, well(seen_at=at(61), triaged_at=at(122), dispatched_at=at(183)))
    assert {name for name, verdict in late.verdicts.items() if verdict == "wrong"} == {"answer", "triage", "dispatch"}
    assert late.found == {"answer": "", "triage": "", "dispatch": ""}


@pytest.mark.parametrize(("wanted", "other", "found"), [
    ({}, {"type": "flood"}, {"type": "flood.building"}),
    ({"types": ("fire.building",)}, {}, {}),
    ({"types": ("fire.land",)}, {}, {"type": "fire.building"}),
    ({}, {"type": "", "subtype": ""}, {"type": "-"}),
    ({}, {"severity": "high"}, {"severity": "high"}),
    ({}, {"severity": ""}, {"severity": "-"}),
    ({}, {"kecamatan": "Talang"}, {"place": "Kalisapu, Talang"}),
    ({}, {"kecamatan": "", "desa": ""}, {"place": "-"}),
    ({"desa": ("Kalisapu",)}, {}, {}),
    ({"desa": ("Pakembaran",)}, {}, {"place": "Kalisapu, Slawi"}),
    ({"kecamatan": (), "desa": ("Kalisapu",)}, {"kecamatan": ""}, {}),
    ({"kecamatan": (), "desa": ("Kalisapu",)}, {"desa": ""}, {"place": "Slawi"}),
    ({"units": {"fire": 2}}, {"units": {"health": 2, "fire": 1}}, {"units": "1 fire, 2 health"}),
    ({"units": {"fire": 2}}, {"units": {"fire": 3}}, {}),
    ({}, {"units": {}}, {"units": "-"}),
    ({}, {"arrived": 2, "numbers": (1001, 1007)}, {"one_incident": "1001, 1007"}),
    ({}, {"dispatched_at": None}, {"dispatch": ""}),
])
def test_what_was_not_right_says_what_was_found(
    wanted: dict[str, Any], other: dict[str, Any], found: dict[str, str]
) -> None:
    assert judged(msgspec.structs.replace(FIRE, **wanted), well(**other)).found == found


def test_the_limit_is_that_of_type_agency_and_channel_wanted() -> None:
    own = [
        Target(Phase.ANSWER, Severity.CRITICAL, timedelta(seconds=seconds), **{key: frozenset({value})})
        for seconds, key, value in ((5, "types", "flood"), (7, "agencies", "police"), (9, "channels", "call"))
    ]
    rules = replace(small_rules(), targets=(*own, *small_rules().targets))

    def limit(wanted: Expected, item: Happened) -> float | None:
        return debrief((wanted, item), rules=rules).events[0].times["answer"].limit_s

    assert limit(FIRE, well()) == 60
    assert limit(msgspec.structs.replace(FIRE, types=("flood.flash", "fire")), well()) == 5
    assert limit(msgspec.structs.replace(FIRE, types=()), well()) == 60
    assert limit(msgspec.structs.replace(FIRE, units={"police": 1, "fire": 1}), well()) == 7
    assert limit(FIRE, well(channel="call")) == 9


def test_only_what_is_wanted_is_judged() -> None:
    nothing = judged(Expected(key="a"), well(seen_at=at(999)))
    assert nothing.verdicts == {}
    assert {name: timing.limit_s for name, timing in nothing.times.items()} == {"answer": None, "triage": None}
    assert judged(Expected(key="a"), well(arrived=2)).verdicts == {"one_incident": "right"}


def test_a_call_is_answered_when_the_first_of_its_phones_is() -> None:
    times = judged(FIRE, well(channel="call", seen_at=at(50), calls=phoned(None, 40, 45))).times
    assert (times["answer"].took_s, times["triage"].took_s) == (40, 80)
    quick = judged(FIRE, well(triaged_at=None, seen_at=at(30), dispatched_at=at(20))).times
    assert (quick["triage"].took_s, quick["dispatch"].took_s) == (0, 0), "sending somebody is judging it"


@pytest.mark.parametrize(("other", "verdict", "found"), [
    ({"disposition": "ghost"}, "right", {}),
    ({"disposition": "", "calls": phoned(5, disposition="ghost")}, "right", {}),
    ({"disposition": "sls"}, "wrong", {"junk": "sls"}),
    ({"disposition": "", "calls": phoned(5, disposition="prank")}, "wrong", {"junk": "prank"}),
    ({"disposition": "ghost", "units": {"police": 1}}, "wrong", {"junk": "ghost"}),
    ({"disposition": "", "calls": phoned(5)}, "wrong", {"junk": "-"}),
    ({"disposition": "ghost", "seen_at": None, "dispatched_at": None}, "wrong", {"junk": "unopened"}),
])
def test_junk_is_closed_as_such_by_a_person(other: dict[str, Any], verdict: str, found: dict[str, str]) -> None:
    facts = {"units": {}} | other
    event = judged(Expected(key="a", closed_as=("ghost", "wrong_number")), well(**facts))
    assert (event.verdicts, event.found, event.times) == ({"junk": verdict}, found, {})


def test_the_whole_counts_every_verdict_once_and_ranks_times_to_the_nearest() -> None:
    took = (10, 20, 30, 40, 100)
    pairs = [(FIRE, well(seen_at=at(s), triaged_at=at(s), dispatched_at=at(s), missed={"answer": 1})) for s in took]
    gone = (FIRE, Happened(key="a", missed={"answer": 2}))
    whole = debrief(*pairs, gone)
    answer = whole.figures["answer"]
    assert (answer.right, answer.n, answer.p50_s, answer.p90_s, answer.worst_s) == (4, 5, 30, 100, 100)
    assert (whole.judged, whole.score) == (35, 34 / 35)
    assert (whole.arrived, whole.contacts, whole.missed) == (5, 1, {"answer": 7})
    assert (whole.figures["junk"].n, whole.figures["junk"].worst_s) == (0, None)
    assert debrief(gone).score is None
