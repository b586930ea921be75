"""Changing the rules while the server runs: better rules come in, anything else leaves the good ones alone."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatch.domain.routing import RuleSet
from dispatch.errors import ConfigurationError, Problem
from dispatch.rules.cases import verify_cases
from dispatch.rules.reload import RulesKeeper
from tests.rules.small_rules import SMALL, changed, wib

NOW = wib("2099-01-01T00:00")
"""Long after any file of a test was written, so that only a changed stamp makes the keeper look."""
BETTER = changed(('version: "1"', 'version: "2"'))
BROKEN = changed(("to: [works]", "to: [nobody]"))
FAILING = changed(("expect: {rule: api,", "expect: {rule: jalan,"))


def keeper(path: Path) -> RulesKeeper:
    path.write_text(SMALL)
    return RulesKeeper(path, verify_cases)


def write(path: Path, text: str) -> None:
    """Save with another time, as a person would: two saves of a test can share a tick."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_start_up_is_strict(tmp_path: Path) -> None:
    for text in (BROKEN, FAILING):
        (tmp_path / "r.yaml").write_text(text)
        with pytest.raises(ConfigurationError):
            RulesKeeper(tmp_path / "r.yaml", verify_cases)


def test_an_untouched_file_is_nothing_new(tmp_path: Path) -> None:
    assert keeper(tmp_path / "r.yaml").poll(NOW) is None


def test_better_rules_come_in_once(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    before = rules.current
    write(path, BETTER)
    reload = rules.poll(NOW)
    assert reload is not None
    assert reload.swapped
    assert (reload.previous, reload.rules.version, rules.current.version) == (before, "2", "2")
    assert rules.poll(NOW) is None


@pytest.mark.parametrize(
    "text", [BROKEN, FAILING, "", "version: [", SMALL[:900]], ids=["broken", "failing", "empty", "syntax", "half"]
)
def test_a_bad_file_is_reported_once_and_changes_nothing(tmp_path: Path, text: str) -> None:
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    before = rules.current
    write(path, text)
    reload = rules.poll(NOW)
    assert reload is not None
    assert reload.problems
    assert not reload.swapped
    assert rules.current is before
    assert rules.poll(NOW) is None


def test_the_good_file_back_again_clears_the_alarm_without_a_swap(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    before = rules.current
    write(path, BROKEN)
    rules.poll(NOW)
    write(path, SMALL)
    reload = rules.poll(NOW)
    assert reload is not None
    assert reload.repaired
    assert rules.current is before


def test_a_deleted_file_is_reported_once_and_its_return_is_judged(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    before = rules.current
    path.unlink()
    reload = rules.poll(NOW)
    assert reload is not None
    assert "cannot be read" in reload.problems[0].message
    assert rules.poll(NOW) is None
    assert rules.current is before
    path.write_text(BETTER)
    again = rules.poll(NOW)
    assert again is not None
    assert again.swapped


def test_an_editor_that_renames_a_new_file_over_the_old_one_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    stamp = path.stat().st_mtime_ns
    (tmp_path / "new").write_text(BETTER)
    os.utime(tmp_path / "new", ns=(stamp, stamp))
    (tmp_path / "new").rename(path)
    reload = rules.poll(NOW)
    assert reload is not None
    assert reload.swapped


def test_a_second_save_within_one_tick_of_the_file_clock_is_seen(tmp_path: Path) -> None:
    """Same length, same time, same file: only reading again can tell."""
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    stamp = path.stat().st_mtime_ns
    path.write_text(BETTER)
    os.utime(path, ns=(stamp, stamp))
    soon = wib("1970-01-01T07:00") + timedelta(microseconds=stamp // 1000 + 500_000)
    reload = rules.poll(soon)
    assert reload is not None
    assert reload.swapped


def test_a_saved_file_with_the_same_words_is_no_reload(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    write(path, SMALL)
    assert rules.poll(NOW) is None


def test_what_the_app_refuses_is_refused(tmp_path: Path) -> None:
    """The app's own check may know more than the file: here it wants a version it has not seen."""
    path = tmp_path / "r.yaml"
    path.write_text(SMALL)

    def verify(candidate: RuleSet) -> list[Problem]:
        return [] if candidate.version == "1" else [Problem("no")]

    rules = RulesKeeper(path, verify)
    write(path, BETTER)
    reload = rules.poll(NOW)
    assert reload is not None
    assert [p.message for p in reload.problems] == ["no"]
    assert rules.current.version == "1"


def test_a_restart_over_a_faulty_file_keeps_the_rules_it_had_and_says_so(tmp_path: Path) -> None:
    path, copy = tmp_path / "r.yaml", tmp_path / "run" / "last_good.yaml"
    path.write_text(SMALL)
    first = RulesKeeper(path, verify_cases, copy)
    write(path, BETTER)
    first.poll(NOW)
    for text in (BROKEN, FAILING, None):
        if text is None:
            path.unlink()
        else:
            write(path, text)
        again = RulesKeeper(path, verify_cases, copy)
        assert again.current.version == "2"
        reload = again.poll(NOW)
        assert reload is not None
        assert reload.problems
        assert again.poll(NOW) is None
    path.write_text(SMALL)
    assert RulesKeeper(path, verify_cases, copy).current.version == "1"


def test_without_a_sound_copy_a_faulty_file_stops_the_start(tmp_path: Path) -> None:
    path, copy = tmp_path / "r.yaml", tmp_path / "last_good.yaml"
    path.write_text(BROKEN)
    for content in (None, "version: [", BROKEN):
        if content is not None:
            copy.write_text(content)
        with pytest.raises(ConfigurationError, match="unknown agency 'nobody'"):
            RulesKeeper(path, verify_cases, copy)


def test_a_copy_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    path = tmp_path / "r.yaml"
    path.write_text(SMALL)
    (tmp_path / "file").write_text("in the way")
    rules = RulesKeeper(path, verify_cases, tmp_path / "file" / "last_good.yaml")
    write(path, BETTER)
    reload = rules.poll(NOW)
    assert reload is not None
    assert reload.swapped


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from([SMALL, BETTER, BROKEN, FAILING, None]), max_size=8))
def test_whatever_happens_to_the_file_the_last_good_set_is_in_force(tmp_path: Path, saves: list[str | None]) -> None:
    path = tmp_path / "r.yaml"
    rules = keeper(path)
    good = SMALL
    for text in saves:
        if text is None:
            path.unlink(missing_ok=True)
        else:
            write(path, text)
            good = text if text in (SMALL, BETTER) else good
        rules.poll(NOW)
        assert rules.current.version == ("2" if good == BETTER else "1")
