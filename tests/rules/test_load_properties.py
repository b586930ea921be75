"""Whatever is done to a rules file: it loads into complete rules or it is refused with problems."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.clock import Phase
from dispatch.domain.routing import Facts, decide
from dispatch.domain.severity import ORDER
from dispatch.errors import ConfigurationError
from dispatch.rules.cases import due_at, run_cases
from dispatch.rules.document import read_document
from tests.rules.small_rules import SMALL, faults, parsed, wib

LINES = SMALL.splitlines()
WORDS = st.sampled_from(
    [
        "null",
        "7",
        "[]",
        "{}",
        "fire",
        "works",
        "road",
        "critical",
        "always",
        "office",
        "agency",
        "none",
        "3d",
        "9999d",
        "'24:00'",
        "SLW",
        "KRM",
        "true",
        "[fire]",
        "{a: b}",
        "2026-02-30",
        "'+62811'",
        '"x\\ty"',
        "&a x",
        "*a",
        "unit",
        "root",
        "1e5",
    ]
)


def is_complete(text: str) -> None:
    """Loads and works, or is refused with at least one problem."""
    problems = faults(text)
    if problems:
        assert all(problem.message and problem.message != "refused without a reason" for problem in problems)
        return
    rules = parsed(text)
    run_cases(rules)
    for kind in (*rules.types, "unheard_of"):
        for severity in ORDER:
            facts = Facts(kind, wib("2026-01-16T23:00"), severity)
            decision = decide(rules, facts)
            assert all(agency in rules.agencies for agency in decision.agencies)
            for phase in Phase:
                due = due_at(rules, phase, decision.agencies[0], facts, decision.severity)
                assert due is None or due > facts.at
    for step in rules.escalation:
        assert set(step.notify) <= {"supervisor", "agency_duty", "unit", *rules.agencies}


@st.composite
def edited(draw: st.DrawFn) -> str:
    """The small file after a few careless edits: lines lost, moved, doubled, values swapped."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["drop", "double", "value", "indent", "swap", "cut"])):
            case "drop":
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "value":
                key, colon, _ = lines[at].partition(": ")
                lines[at] = f"{key}{colon}{draw(WORDS)}"
            case "indent":
                lines[at] = "  " + lines[at]
            case "swap":
                other = draw(st.integers(0, len(lines) - 1))
                lines[at], lines[other] = lines[other], lines[at]
            case "cut":
                lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
    return "\n".join(lines)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(edited())
def test_any_edit_of_a_file_loads_completely_or_is_refused(text: str) -> None:
    is_complete(text)


PLAIN = read_document(SMALL.encode(), "f")[0].plain()  # type: ignore[union-attr]
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**6)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", "fire", "works", "office", "critical", "07:30", "16:00", "1d", "none", "SLW", "x" * 300, "\u202e"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "fire",
                    "name",
                    "when",
                    "to",
                    "types",
                    "limit",
                    "severity",
                    "labels",
                    "id",
                    "office",
                    "text",
                    "expect",
                    "due",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@st.composite
def transplanted(draw: st.DrawFn) -> str:
    """The small file as JSON with one value anywhere replaced by junk of any shape."""
    data = json.loads(json.dumps(PLAIN))
    node = data
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        key = draw(st.sampled_from(keys))
        if not (isinstance(node[key], dict | list) and node[key]) or draw(st.integers(0, 3)) == 0:
            node[key] = draw(JUNK)
            return json.dumps(data, ensure_ascii=False)
        node = node[key]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(transplanted())
def test_any_value_in_any_place_loads_completely_or_is_refused(text: str) -> None:
    is_complete(text)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.sampled_from(["version", "centre", "agencies", "types", "routes", "root", "sla", "x"]), JUNK))
def test_any_other_document_is_refused(data: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        parsed(json.dumps(data))
    assert refusal.value.problems
