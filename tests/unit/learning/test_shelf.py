"""The shelf: promotion in one step, rollback to the same bytes, damage noticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dispatch.errors import ConfigurationError, KentonganError, Problem
from dispatch.learning.keeper import ModelKeeper
from dispatch.learning.shelf import KEPT, SHIPPED, Card, Shelf, digest_of
from dispatch.triage.model import MODEL_FILE, load_model

MODEL = load_model(MODEL_FILE)


def put(shelf: Shelf, name: str, verdict: str = "promoted") -> None:
    digest = shelf.add(replace(MODEL, version=name), name)
    shelf.describe(Card(
        name=name, version=name, made_at=f"2026-01-01T00:00:00-{name}", sha256=digest, corpus=1, trained=1, held_out=1,
        until=1, champion=SHIPPED, verdict=verdict, reason="",
    ))
    if verdict == "promoted":
        shelf.promote(name)


def keeper_of(shelf: Shelf, problems: list[Problem] | None = None) -> ModelKeeper:
    return ModelKeeper(shelf, lambda model: problems or [])


def test_rollback_brings_the_same_bytes_back(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put(shelf, "a")
    before = digest_of(shelf.file("a"))
    put(shelf, "b")
    assert shelf.choice().current == "b"
    assert shelf.roll_back() == ("b", "a")
    assert digest_of(shelf.file(shelf.choice().current)) == before
    assert shelf.roll_back() == ("a", SHIPPED)
    with pytest.raises(KentonganError, match="none before it"):
        shelf.roll_back()


def test_what_was_in_force_is_never_pruned(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put(shelf, "a")
    for number in range(KEPT + 3):
        put(shelf, f"r{number:02d}", "rejected")
    put(shelf, "z")
    assert len(shelf.cards()) == KEPT + 2
    shelf.load("a")


def test_a_change_is_taken_up_and_a_rollback_too(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    keeper = keeper_of(shelf)
    assert (keeper.name, keeper.poll()) == (SHIPPED, None)
    put(shelf, "a")
    taken = keeper.poll()
    assert taken is not None
    assert (taken.name, taken.changed, keeper.model.version) == ("a", True, "a")
    assert keeper.poll() is None
    shelf.roll_back()
    taken = keeper.poll()
    assert taken is not None
    assert (taken.name, keeper.model.version) == (SHIPPED, MODEL.version)


@pytest.mark.parametrize("damage", ["cut", "flipped", "gone", "pointer"])
def test_a_damaged_file_keeps_the_old_model_and_is_told_once(tmp_path: Path, damage: str) -> None:
    shelf = Shelf(tmp_path)
    put(shelf, "a")
    keeper = keeper_of(shelf)
    put(shelf, "b")
    content = shelf.file("b").read_bytes()
    if damage == "gone":
        shelf.file("b").unlink()
    elif damage == "pointer":
        shelf.pointer.write_bytes(b'{"stack":["../../etc"]}')
    else:
        flipped = bytes([content[500] ^ 1])
        shelf.file("b").write_bytes(content[:999] if damage == "cut" else content[:500] + flipped + content[501:])
    taken = keeper.poll()
    assert taken is not None
    assert taken.problems
    assert (taken.changed, keeper.name, keeper.model.version) == (False, "a", "a")
    assert keeper.poll() is None
    started = keeper_of(shelf)
    assert started.name == (SHIPPED if damage == "pointer" else "a"), "a start takes the nearest sound one"
    told = started.poll()
    assert told is not None
    assert told.problems


def test_a_model_under_which_the_rules_examples_fail_is_refused(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    keeper = keeper_of(shelf, [Problem("an example fails")])
    put(shelf, "a")
    taken = keeper.poll()
    assert taken is not None
    assert (taken.problems, keeper.name) == ([Problem("an example fails")], SHIPPED)


def test_one_change_at_a_time(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.locked(), pytest.raises(KentonganError, match="another"), Shelf(tmp_path).locked():
        raise AssertionError


def test_a_promotion_of_what_is_not_sound_is_refused(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    put(shelf, "a", "rejected")
    shelf.file("a").write_bytes(b"x")
    with pytest.raises(ConfigurationError, match="damaged"):
        shelf.promote("a")
    assert shelf.choice().current == SHIPPED
