"""The scene section of a rules file: what it is built into, every fault with its line, and that it only raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.scene import Scene, SceneRule, raised_by, united
from dispatch.domain.severity import ORDER, Severity, highest
from tests.rules.small_rules import SMALL, faults, parsed

SCENE = """\
scene:
  - {name: jebak, when: {trapped: 1}, raise_to: critical}
  - {name: api_banyak, when: {casualties: 3, weapon: true, types: [fire]}, raise_to: high}
"""
RULES = (
    SceneRule("jebak", Severity.CRITICAL, trapped=1),
    SceneRule("api_banyak", Severity.HIGH, casualties=3, weapon=True, types=frozenset({"fire"})),
)


def test_what_is_noted_is_built_into_rules() -> None:
    assert faults(SMALL + SCENE) == []
    assert parsed(SMALL + SCENE).scene == RULES
    assert parsed(SMALL).scene == ()


@pytest.mark.parametrize(("old", "new", "message"), [
    ("trapped: 1", "trapped: 0", "expected a number of people"), ("trapped: 1", "trapped: 1.5", "half a person"),
    ("trapped: 1", "", "nothing that is noted"), ("trapped: 1", "weapon: false", "nothing that is noted"),
    ("[fire]", "[fier]", "unknown type 'fier'"), ("name: api_banyak", "name: jebak", "jebak"),
    ("raise_to: high", "raise_to: hihg", "hihg"),
])
def test_a_fault_names_its_line(old: str, new: str, message: str) -> None:
    text = SMALL + SCENE.replace(old, new, 1)
    found = [problem for problem in faults(text) if message in str(problem)]
    assert found, faults(text)
    assert text.splitlines()[found[0].line - 1].startswith(("scene", "  - {name"))


counts = st.one_of(st.none(), st.integers(0, 9))
words, weapons = st.text(max_size=3), st.sampled_from([None, True, False])
scenes = st.builds(Scene, words, counts, counts, weapons, words)
severities = st.sampled_from([None, *ORDER])


@given(scenes, severities, st.lists(st.sampled_from(["fire", "medical"]), max_size=2))
def test_it_never_lowers_and_names_what_raised(scene: Scene, severity: Severity | None, types: list[str]) -> None:
    raised, names = raised_by(RULES, scene, types, severity)
    assert highest(raised, severity) is raised
    assert bool(names) is (raised is not severity)
    if severity is not None and scene.trapped:
        assert raised is Severity.CRITICAL


@given(scenes, scenes)
def test_two_views_of_one_scene_keep_the_worst_of_both(mine: Scene, other: Scene) -> None:
    both = united(mine, other)
    assert both.landmark == (mine.landmark or other.landmark)
    assert (both.trapped or 0) == max(mine.trapped or 0, other.trapped or 0)
    assert (both.weapon is True) is (mine.weapon is True or other.weapon is True)
    assert united(both, other) == both == united(both, both)
