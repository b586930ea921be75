"""Lines on their way to the server: in order, once, and never guessed about."""

from __future__ import annotations

import asyncio
from typing import Any

from console.client import Rejected, ServerAway
from console.sender import Outcome, Sender
from dispatch.wire import Command, CommandResult, ProblemDetails
from tests.console.night import Night


def command(verb: str, key: str = "k", **args: Any) -> Command:
    return Command(command=verb, args=args, idempotency_key=key)


async def sent_with(night: Night, *lines: tuple[str, list[Command]]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    sender = Sender(night, outcomes.append)
    task = asyncio.create_task(sender.run())
    for text, commands in lines:
        sender.send(text, commands)
        async with asyncio.timeout(5):
            while sender.waiting_for or sender._queue.qsize() or not outcomes or outcomes[-1].line != text:
                await asyncio.sleep(0)
    task.cancel()
    return outcomes


async def test_a_line_stops_at_the_first_refusal() -> None:
    night = Night()
    night.answers = [None, Rejected(ProblemDetails(status=422, detail="no"))]
    (outcome,) = await sent_with(night, ("a;b;c", [command("a"), command("b"), command("c")]))
    assert [one.command for one in night.sent] == ["a", "b"]
    assert outcome.problem is not None
    assert len(outcome.results) == 1


async def test_after_a_lost_answer_the_same_line_goes_on_where_it_stopped_under_the_same_key() -> None:
    night = Night()
    night.answers = [None, ServerAway("gone")]
    first = [command("a", "k1"), command("b", "k2")]
    again = [command("a", "k3"), command("b", "k4")]
    outcomes = await sent_with(night, ("a;b", first), ("a;b", again))
    assert outcomes[0].away
    assert [one.idempotency_key for one in night.sent] == ["k1", "k2", "k2"]
    assert outcomes[1].ok


async def test_another_line_after_a_lost_answer_is_another_command() -> None:
    night = Night()
    night.answers = [ServerAway("gone")]
    await sent_with(
        night, ("e a01", [command("e", "k1", units=["A01"])]), ("e a02", [command("e", "k2", units=["A02"])])
    )
    assert [one.idempotency_key for one in night.sent] == ["k1", "k2"]


async def test_a_result_that_says_no_stops_the_line() -> None:
    night = Night()
    night.answers = [CommandResult(ok=False, seq=1, message="no")]
    (outcome,) = await sent_with(night, ("a;b", [command("a"), command("b")]))
    assert not outcome.ok
    assert len(night.sent) == 1
