"""Numbers of an exercise: L-1051 wherever a person reads one, typed with or without the L-."""

from __future__ import annotations

from console.view.look import Look
from dispatch.grammar import Vocabulary, parse, sentence
from dispatch.wire import CommandResult
from tests.console.night import CENTRE, NOW, Night, board, replaced
from tests.console.test_workspace import console, line, type_text, until

EXERCISE = replaced(CENTRE, mode="training")


async def test_echo_and_result_carry_the_l_and_it_may_be_typed() -> None:
    night = Night(board(centre=EXERCISE))
    night.answers = [CommandResult(ok=True, seq=101, message="A01 -> 1051", incident=1051)]
    async with console(night) as (app, pilot):
        await type_text(pilot, "d a01 l-1051")
        await until(pilot, lambda: "L-1051 P1" in line(app, "=>"))
        await pilot.press("enter")
        await until(pilot, lambda: "A01 -> L-1051" in line(app, "OK"))
        assert [command.args for command in night.sent] == [{"units": ["A01"], "incident": 1051}]


def test_with_and_without_it_are_the_same_and_live_knows_no_l() -> None:
    words, live = Vocabulary.of(EXERCISE), Vocabulary.of(CENTRE)
    assert parse("g L-1050>l-1048", words) == parse("g 1050>1048", words)
    assert "L-1050" in sentence(parse("g 1050>1048", words), "id", None, words)
    assert "L-" not in sentence(parse("g 1050>1048", live), "id", None, live)


def test_only_numbers_of_incidents_are_marked() -> None:
    look = Look(EXERCISE, NOW)
    assert look.numbered("1050 > 1051, L-1051, 0811-1051, #1051 1048", {1051, 1050}) == (
        "L-1050 > L-1051, L-1051, 0811-1051, #1051 1048")
