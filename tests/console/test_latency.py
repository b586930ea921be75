"""The console knows how fast it is for its own operator, and says so once a minute."""

from __future__ import annotations

from collections import deque
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from console.app import ConsoleApp
from console.client import ServerAway
from console.latency import Latency, spread
from console.live import Live
from console.view.head import Seat
from dispatch.wire import ConsoleLatency
from tests.console.night import NOW, Night


class Listening(Night):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[ConsoleLatency] = []

    async def tell_latency(self, measured: ConsoleLatency) -> ConsoleLatency:
        self.told.append(measured)
        return measured


async def test_keys_and_commands_are_timed_and_told() -> None:
    night = Listening()
    app = ConsoleApp(
        night, seat=Seat("rina", "dispatcher", "3"), clock=lambda: NOW, calm=True, live=Live(night, silence_s=3600)
    )
    async with app.run_test(size=(120, 36)) as pilot:
        for _ in range(50):
            await pilot.pause(0.01)
            if app.store.ready:
                break
        await pilot.press("escape", *"e a02", "enter")
        for _ in range(100):
            await pilot.pause(0.01)
            if night.sent:
                break
        await pilot.pause(0.1)
        await app.latency.report()
        [told] = night.told
        assert told.echo.n == 7
        assert 0 <= told.echo.p50 <= told.echo.p95 <= told.echo.max < 10_000
        assert told.result.n == len(night.sent) == 1
        await app.latency.report()
        assert len(night.told) == 1, "nothing new was measured"


async def test_a_report_nobody_takes_is_not_missed() -> None:
    class Away(Listening):
        async def command(self, command: Any) -> Any:
            raise ServerAway("gone")

        async def tell_latency(self, measured: ConsoleLatency) -> ConsoleLatency:
            raise ServerAway("gone")

    latency = Latency(Away())
    try:
        await latency.command(None)  # type: ignore[arg-type]
    except ServerAway:
        await latency.report()
    assert latency.take().result.n == 0


@given(st.lists(st.floats(0, 1e5), min_size=1))
def test_a_percentile_is_one_that_was_measured(values: list[float]) -> None:
    found = spread(deque(values))
    rounded = {round(value, 1) for value in values}
    assert {found.p50, found.p95, found.max} <= rounded
    assert found.p50 <= found.p95 <= found.max == round(max(values), 1)
