"""What the wallboard says about alarms, over both engines, and the counting by example and property."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.roles import Role
from dispatch.services.access import add_user, open_session
from dispatch.services.alarms import acknowledge_alarm, raise_alarm
from dispatch.services.statistics import Window, read_stats
from dispatch.services.statistics.alarm_load import CAUSES_SHOWN, WINDOW_MS, count_causes, count_heard
from dispatch.services.statistics.figure import Values
from dispatch.storage.database import Database
from dispatch.storage.tables import incident
from dispatch.storage.transaction import Tx
from tests.support.centre import START, TZ, Centre, running_centre


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


def sign_on(tx: Tx, *names: str) -> None:
    for name in names:
        add_user(tx, name, Role.DISPATCHER, "", by="system")
        open_session(tx, name, Role.DISPATCHER, f"token of {name}", phone="")


async def test_alarms_of_the_span_are_counted_for_whoever_hears_them(centre: Centre) -> None:
    received = await centre.report("jalan", "a")
    await centre.run(lambda tx: sign_on(tx, "rina", "adi"))
    await centre.run(lambda tx: tx.update(incident, {"id": received.incident_id}, owner="rina"))
    first = await centre.run(lambda tx: raise_alarm(
        tx, level=2, kind="clock_breached", cause="clock:1", incident_id=received.incident_id, phase="dispatch"
    ))
    await centre.run(lambda tx: raise_alarm(tx, level=3, kind="storage_full", cause="storage"))
    centre.pass_time(12)
    await centre.run(lambda tx: acknowledge_alarm(tx, first, "rina"))
    centre.pass_time(25 * 3600)
    now = centre.moment[0]
    span = Window(START, START + timedelta(minutes=20))
    stats = await read_stats(centre.edge.reader, span, now, TZ, cards=centre.edge.cards)
    assert stats.alarms == {
        "n": 2, "operators": 2, "per_operator_10min": 0.75, "peak_10min": 2, "class1": 0, "class2": 1, "class3": 1,
        "acknowledged": 1, "ack_p50_s": 12.0, "ack_p90_s": 12.0, "open": 2, "unacknowledged": 1, "standing_24h": 2,
    }
    assert stats.alarm_causes == {"clock_breached:dispatch": 1, "storage_full": 1}
    span = Window(START + timedelta(hours=1), now)
    later = await read_stats(centre.edge.reader, span, now, TZ, cards=centre.edge.cards)
    assert (later.alarms["n"], later.alarm_causes) == (0, {})


def moments(**seconds: list[float]) -> dict[str, Values]:
    """By owner; ``nobody`` is the owner of what is nobody's."""
    return {
        "" if owner == "nobody" else owner: np.array([int(at * 1000) for at in sorted(found)], np.int64)
        for owner, found in seconds.items()
    }


@pytest.mark.parametrize(("present", "rate", "peak"), [
    ({"rina", "adi"}, 2.0, 3), ({"rina"}, 3.0, 3), ({"adi"}, 3.0, 3), (set[str](), 3.0, 3),
])
def test_what_is_nobodys_or_of_somebody_who_left_is_heard_by_all(present: set[str], rate: float, peak: int) -> None:
    figures = count_heard(moments(rina=[0, 10], nobody=[20]), present, WINDOW_MS)
    assert (figures["per_operator_10min"], figures["peak_10min"]) == (rate, peak)


@given(st.lists(st.integers(0, 7_200), max_size=60))
def test_the_fullest_window_is_found(seconds: list[float]) -> None:
    figures = count_heard(moments(nobody=seconds), {"rina"}, 7_200_000)
    most = max((sum(at <= other < at + 600 for other in seconds) for at in seconds), default=0)
    assert figures["peak_10min"] == most
    assert figures["per_operator_10min"] == len(seconds) / 12


def test_only_the_ten_most_usual_causes_are_named() -> None:
    causes = count_causes([{"kind": f"k{n:02d}", "phase": "", "n": n + 1} for n in range(12)])
    assert list(causes)[:2] == ["k11", "k10"]
    assert len(causes) == CAUSES_SHOWN
