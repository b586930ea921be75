"""docs/rules.md names everything the schema knows, so that nothing is only in the code."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from dispatch.rules import schema
from tests.rules.small_rules import changed, faults

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
NAMED = set(re.findall(r"`([a-z_]+)(?::[^`]*)?`", PAGE))


MODELS = [
    schema.RulesFile,
    schema.CentreEntry,
    schema.HolidaysEntry,
    schema.CalendarEntry,
    schema.AgencyEntry,
    schema.WhenEntry,
    schema.ExpectEntry,
    schema.TriageEntry,
]


@pytest.mark.parametrize("model", MODELS)
def test_every_key_is_described(model: type) -> None:
    obvious = {"labels", "code", "timezone"}
    assert {field.encode_name for field in msgspec.structs.fields(model)} - obvious <= NAMED


def test_the_example_of_the_page_is_a_sound_one() -> None:
    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block
    found = faults(changed(("tests:\n", "tests:\n" + block[1])))
    # It speaks of the shipped file's names, which the small file does not have; its shape must fit.
    assert all(problem.message.startswith("unknown") and problem.key.startswith("tests[") for problem in found)
    assert not any("unknown key" in problem.message for problem in found)


def test_the_example_of_the_page_holds_on_the_shipped_file() -> None:
    from dispatch.rules.cases import run_cases
    from dispatch.rules.load import parse_rules

    block = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert block
    shipped = (Path(__file__).parents[2] / "routing_rules.yaml").read_text(encoding="utf-8")
    text = shipped.replace("\ntests:\n", "\ntests:\n" + block[1].replace("ambles malam hari", "of the page"), 1)
    rules = parse_rules(text.encode(), "page")
    assert [r.faults for r in run_cases(rules) if r.case.name == "jalan of the page"] == [()]
