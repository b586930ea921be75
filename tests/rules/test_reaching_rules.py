"""The reaching and hazards sections of a rules file: every fault with its line, and what they are built into."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dispatch.domain.policy import TELL_ONCE, policy_for
from dispatch.domain.severity import Severity
from dispatch.rules.cases import run_cases
from tests.rules.small_rules import SMALL, faults, line_with, parsed

REACHING = """\
reaching:
  - name: darurat
    severities: [critical, high]
    rounds: 3
    pause: 20s
    steps:
      - {after: 0s, who: unit}
      - {after: 90s, who: contact, by: voice}
      - {after: 2m, who: supervisor}
  - name: biasa
    severities: [low]
    agencies: [works]
    steps: [{after: 0s, who: contact, by: whatsapp}]
hazards:
  - {name: gas, labels: {id: gas, en: gas}, subtypes: [building], words: [tabung gas]}
"""

FAULTS = {
    "unknown audience": ("who: contact, by: voice", "who: contacts, by: voice", "none of contact", "who: contacts"),
    "unknown channel": ("by: voice", "by: voise", "none of mail", "by: voise"),
    "a wait without unit": ("after: 90s", "after: 90", "a wait such as", "after: 90,"),
    "first step late": ("after: 0s, who: unit", "after: 5s, who: unit", "at once: 0s", "after: 5s"),
    "first step elsewhere": ("after: 0s, who: unit", "after: 0s, who: supervisor", "tells the team", "0s, who: superv"),
    "half a round": ("rounds: 3", "rounds: 2.5", "half a round", "rounds: 2.5"),
    "too many rounds": ("rounds: 3", "rounds: 300", "1 to 20", "rounds: 300"),
    "unknown agency": ("agencies: [works]", "agencies: [work]", "unknown agency", "agencies: [work]"),
    "same name": ("name: biasa", "name: darurat", "already used", "  - name: darurat\n    severities: [low]"),
    "taken before": ("severities: [low]", "severities: [high]", "can never be used", "  - name: biasa"),
    "nobody for high": ("severities: [critical, high]", "severities: [critical]", "nobody goes on", "reaching:"),
    "next unit by voice": ("who: contact, by: voice", "who: next_unit, by: voice", "own policy", "next_unit, by"),
    "one step only": (
        "      - {after: 90s, who: contact, by: voice}\n      - {after: 2m, who: supervisor}\n", "",
        "nobody else is told", "    steps:\n",
    ),
    "a warning of nothing": (", subtypes: [building], words: [tabung gas]", "", "nobody would", "{name: gas"),
    "unknown subtype": ("[building]", "[bilding]", "unknown subtype", "[bilding]"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_line(name: str) -> None:
    old, new, message, piece = FAULTS[name]
    text = SMALL + REACHING.replace(old, new, 1)
    assert text != SMALL + REACHING
    found = [problem for problem in faults(text) if message in problem.message]
    assert found, faults(text)
    wanted = text[: text.index(piece)].count("\n") + 1
    assert found[0].line in (wanted, wanted + 1), found[0]


def test_a_sound_section_is_built() -> None:
    assert faults(SMALL + REACHING) == []
    rules = parsed(SMALL + REACHING)
    policy = policy_for(rules.reaching, "fire", Severity.HIGH)
    assert [step.after for step in policy.steps] == [timedelta(0), timedelta(seconds=90), timedelta(minutes=2)]
    assert (policy.rounds, policy.pause) == (3, timedelta(seconds=20))
    assert policy_for(rules.reaching, "works", Severity.LOW).name == "biasa"
    assert policy_for(rules.reaching, "fire", Severity.LOW) is TELL_ONCE
    assert rules.hazards[0].words == ("tabung gas",)


def test_an_example_can_expect_a_policy() -> None:
    text = (SMALL + REACHING).replace("expect: {rule: api,", "expect: {reaching: {fire: darurat}, rule: api,")
    assert run_cases(parsed(text))[0].passed
    wrong = text.replace("{fire: darurat}", "{fire: biasa}")
    assert run_cases(parsed(wrong))[0].faults == ("reaching.fire: expected biasa, got darurat",)
    unknown = faults(text.replace("{fire: darurat}", "{fire: daruratt}"))
    assert (unknown[0].line, unknown[0].nearest) == (line_with(text, "name: rumah"), "darurat")


def test_too_many_steps() -> None:
    step = "      - {after: 2m, who: supervisor}\n"
    assert any("more than 20 steps" in p.message for p in faults(SMALL + REACHING.replace(step, step * 20)))
