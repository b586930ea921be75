"""What the wallboard says about alarms, over both engines, and the counting by example and property."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.instant import to_ms
from dispatch.domain.roles import Role
from dispatch.services.access import add_user, disable_user, open_session
from dispatch.services.alarms import acknowledge_alarm, raise_alarm
from dispatch.services.statistics import Window, read_stats
from dispatch.services.statistics.alarm_load import (
    CAUSES_SHOWN,
    WINDOW_MS,
    Duty,
    count_causes,
    count_heard,
    duties_by_name,
)
from dispatch.services.statistics.figure import Values
from dispatch.storage.database import Database
from dispatch.storage.duty import ON_DUTY, STILL_ON
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


async def test_an_alarm_counts_for_who_was_signed_on_at_that_moment(centre: Centre) -> None:
    await centre.run(lambda tx: sign_on(tx, "rina", "adi"))
    raised = partial(raise_alarm, level=2, kind="declined")
    await centre.run(lambda tx: raised(tx, cause="a"))
    centre.pass_time(600)
    await centre.run(lambda tx: disable_user(tx, "adi", by="system"))
    await centre.run(lambda tx: raised(tx, cause="b"))
    centre.pass_time(600)
    await centre.run(lambda tx: disable_user(tx, "rina", by="system"))
    stats = await read_stats(
        centre.edge.reader, Window(START, centre.moment[0]), centre.moment[0], TZ, cards=centre.edge.cards
    )
    heard = {name: stats.alarms[name] for name in ("operators", "per_operator_10min", "peak_10min")}
    assert heard == {"operators": 2, "per_operator_10min": 1.0, "peak_10min": 1}, "3 heard in 3 times ten minutes"


async def test_a_second_seat_is_no_second_duty(centre: Centre) -> None:
    await centre.run(lambda tx: sign_on(tx, "rina"))
    centre.pass_time(600)
    await centre.run(lambda tx: open_session(tx, "rina", Role.DISPATCHER, "second token", phone=""))
    centre.pass_time(600)
    duties = await centre.edge.reader.all(ON_DUTY, since=0, until=to_ms(centre.moment[0]))
    assert duties == [{"operator": "rina", "on_at": to_ms(START), "off_at": STILL_ON}]


def moments(**seconds: list[float]) -> dict[str, Values]:
    """By owner; ``nobody`` is the owner of what is nobody's."""
    return {
        "" if owner == "nobody" else owner: np.array([int(at * 1000) for at in sorted(found)], np.int64)
        for owner, found in seconds.items()
    }


ALWAYS = [(0, WINDOW_MS)]


@pytest.mark.parametrize(("on_duty", "rate", "peak"), [
    ({"rina": ALWAYS, "adi": ALWAYS}, 2.0, 3), ({"rina": ALWAYS}, 3.0, 3), ({"adi": ALWAYS}, 3.0, 3),
    ({"": ALWAYS}, 3.0, 3), ({"rina": [(0, 5_000)], "adi": [(5_000, WINDOW_MS)]}, 3.0, 2),
    ({"rina": [(0, 5_000), (8_000, 12_000)], "adi": ALWAYS}, 3 / 1.015, 2),
])
def test_what_is_nobodys_or_of_somebody_who_left_is_heard_by_all_who_are_there(
    on_duty: dict[str, list[Duty]], rate: float, peak: int
) -> None:
    figures = count_heard(moments(rina=[0, 10], nobody=[20]), on_duty)
    assert (figures["per_operator_10min"], figures["peak_10min"]) == (pytest.approx(rate), peak)


def test_where_nobody_was_signed_on_somebody_is_imagined() -> None:
    rows = [{"operator": name, "on_at": on, "off_at": off} for name, on, off in
            [("adi", 0, 15), ("rina", 12, 20), ("adi", 30, 1 << 62)]]
    assert duties_by_name(rows, 10, 40) == {"adi": [(10, 15), (30, 40)], "rina": [(12, 20)], "": [(20, 30)]}
    assert duties_by_name([], 10, 40) == {"": [(10, 40)]}
    assert duties_by_name(rows, 12, 18) == {"adi": [(12, 15)], "rina": [(12, 18)]}


@given(
    st.lists(st.tuples(st.sampled_from(["rina", "adi", "tini", ""]), st.integers(0, 99)), max_size=30),
    st.lists(st.tuples(st.sampled_from(["rina", "adi"]), st.integers(0, 49), st.integers(1, 49)), max_size=4),
)
def test_everybody_hears_what_they_should(alarms: list[tuple[str, int]], shifts: list[tuple[str, int, int]]) -> None:
    # One after the other for each person, as duties are.
    rows = [
        {"operator": name, "on_at": begin + 50 * turn, "off_at": begin + 50 * turn + min(length, 50 - begin)}
        for name in ("rina", "adi")
        for turn, (_, begin, length) in enumerate([shift for shift in shifts if shift[0] == name][:2])
    ]
    on_duty = duties_by_name(sorted(rows, key=lambda row: row["on_at"]), 0, 100)

    def there(name: str, at: int) -> bool:
        return any(row["operator"] == name and row["on_at"] <= at < row["off_at"] for row in rows)

    people = {row["operator"] for row in rows}
    heard = sum(
        1 if there(owner, at) else max(1, sum(there(name, at) for name in people)) for owner, at in alarms
    )
    by_owner = {name: np.array(sorted(at for owner, at in alarms if owner == name), np.int64) for name, _ in alarms}
    assert count_heard(by_owner, on_duty)["per_operator_10min"] == heard


@given(st.lists(st.integers(0, 7_200), max_size=60))
def test_the_fullest_window_is_found(seconds: list[float]) -> None:
    figures = count_heard(moments(nobody=seconds), {"rina": [(0, 7_200_001)]})
    most = max((sum(at <= other < at + 600 for other in seconds) for at in seconds), default=0)
    assert figures["peak_10min"] == most
    assert figures["per_operator_10min"] == pytest.approx(len(seconds) / 12)


def test_only_the_ten_most_usual_causes_are_named() -> None:
    causes = count_causes([{"kind": f"k{n:02d}", "phase": "", "n": n + 1} for n in range(12)])
    assert list(causes)[:2] == ["k11", "k10"]
    assert len(causes) == CAUSES_SHOWN
