"""The wallboard's numbers over both engines: what is counted, what is left out, and the very cases behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch import wire
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus
from dispatch.errors import Invalid
from dispatch.services.assignments import assign_units, move_assignment
from dispatch.services.incidents import add_remark, set_severity
from dispatch.services.statistics import Window, list_cases, read_load, read_stats
from dispatch.services.statistics.figure import nearest_rank
from dispatch.services.statistics.load import ASSUMED_S, FEW_CALLS
from dispatch.storage.assignments import assignments_of
from dispatch.storage.database import Database
from dispatch.storage.incidents import fetch_incident
from dispatch.storage.tables import call, clock, incident
from dispatch.storage.transaction import Tx
from tests.support.centre import START, TZ, Centre, running_centre

DAY = Window(START - timedelta(hours=1), START + timedelta(days=1))


@pytest.fixture
async def centre(database: Database, tmp_path: Path) -> AsyncIterator[Centre]:
    async with running_centre(database, tmp_path) as running:
        yield running


async def stats_of(centre: Centre, window: Window = DAY, by: str = "") -> wire.Stats:
    return await read_stats(
        centre.edge.reader, window, centre.moment[0], TZ, by=by, cards=lambda kind, _: [{}] if kind == "fire" else []
    )


async def figure(centre: Centre, key: str, window: Window = DAY) -> wire.Figure:
    return next(found for found in (await stats_of(centre, window)).figures if found.key == key)


async def cases(centre: Centre, key: str, window: Window = DAY) -> wire.Cases:
    return await list_cases(centre.edge.reader, window, key, TZ, cards=lambda kind, _: [{}] if kind == "fire" else [])


async def test_only_incidents_of_the_span_count(centre: Centre) -> None:
    await centre.report("kebakaran slawi", "a")
    centre.pass_time(30)
    await centre.run(lambda tx: tx.update(
        clock, {"phase": "answer"}, stopped_at=tx.now_ms, outcome="met", lateness_ms=7, next_at=None
    ))
    await centre.report("jalan", "b")
    centre.pass_time(7200)
    await centre.add_unit("D01")
    second = Window(START, START + timedelta(seconds=1))
    stats = await stats_of(centre, second)
    assert stats.types == {"fire": 1}
    assert stats.districts == {"Slawi": 1}
    assert stats.hours == {"2026-01-12 14": 1}
    [answer] = stats.phases
    assert (answer.phase, answer.n, answer.p50, answer.p90, answer.met_share) == ("answer", 1, 30.0, 30.0, 1.0)
    assert stats.lateness_ms == {"n": 1, "p50": 7, "p99": 7, "max": 7}
    assert stats.units[0]["available"] == 1
    assert sum(stats.sla.values()) == 3
    assert [item.group for item in (await stats_of(centre, second, "severity")).phases] == ["critical"]
    assert (stats.heat[0].kecamatan, stats.heat[0].n, stats.heat[0].total_p90_s) == ("Slawi", 1, None)


async def test_breached_clocks_are_listed_and_paused_ones_are_not_called_running(centre: Centre) -> None:
    first, second = await centre.report("kebakaran", "a"), await centre.report("jalan", "b")
    await centre.run(lambda tx: tx.update(clock, {"incident_id": first.incident_id}, level=2))
    await centre.run(lambda tx: tx.update(clock, {"incident_id": second.incident_id}, next_at=None))
    stats = await stats_of(centre)
    assert stats.sla == {"breached": 2, "paused": 2}
    assert stats.lateness_ms == {"n": 0}
    assert {(item["incident"], item["state"]) for item in stats.at_risk} == {(first.number, "breached")}


async def test_a_pause_is_no_part_of_what_a_clock_took(centre: Centre) -> None:
    received = await centre.report("jalan", "a")
    centre.pass_time(100)

    def stop(tx: Tx) -> None:
        pauses = f'[[{tx.now_ms - 90_000},{tx.now_ms - 50_000},"menunggu","rina"]]'
        tx.update(clock, {"phase": "answer"}, stopped_at=tx.now_ms, outcome="met", pauses=pauses)

    await centre.run(stop)
    assert (await figure(centre, "clock.answer")).p90 == 60.0
    [case] = (await cases(centre, "clock.answer")).cases
    assert (case.number, case.value) == (received.number, 60.0)


async def send_through(centre: Centre, key: str, steps: dict[str, float]) -> int:
    """One fire in Slawi; ``steps`` maps a status of its unit to the seconds that pass before it. Returns its number."""
    received = await centre.report("kebakaran slawi", key)
    centre.pass_time(steps["assigned"])
    knowledge = centre.edge.knowledge()

    def assign(tx: Tx) -> int:
        item = fetch_incident(tx, received.incident_id)
        assign_units(tx, item, [f"D{key}"], actor="rina", knowledge=knowledge)
        return assignments_of(tx, item.id)[0].id

    await centre.add_unit(f"D{key}")
    assignment = await centre.run(assign)
    for status, wait in steps.items():
        if status != "assigned":
            centre.pass_time(wait)
            await centre.run(partial(
                move_assignment, assignment_id=assignment, to=AssignmentStatus(status), actor="rina",
                knowledge=knowledge,
            ))
    return received.number


async def test_steps_are_measured_from_the_report_to_the_first_unit(centre: Centre) -> None:
    number = await send_through(centre, "1", {"assigned": 40, "acknowledged": 10, "en_route": 20, "on_scene": 300})
    stats = await stats_of(centre)
    measured = {f.key: f.p90 for f in stats.figures if f.key.startswith("phase.")}
    assert measured == {
        "phase.known": 40.0, "phase.located": None, "phase.processing": 40.0, "phase.turnout": 30.0,
        "phase.travel": 300.0, "phase.total": 370.0, "phase.total_p1": 370.0,
    }
    [case] = (await cases(centre, "phase.total")).cases
    assert (case.kind, case.number, case.value, case.kecamatan) == ("incident", number, 370.0, "Slawi")
    assert (stats.heat[0].arrived, stats.heat[0].total_p90_s) == (1, 370.0)


async def test_district_agency_and_type_narrow_every_figure(centre: Centre) -> None:
    await centre.report("kebakaran slawi", "a")
    await centre.report("jalan", "b")
    for narrow, n in (
        ({"kecamatan": "Slawi"}, 1), ({"kecamatan": ""}, 1), ({"kecamatan": "Kramat"}, 0), ({"agency": "fire"}, 1),
        ({"agency": "public_works"}, 1), ({"agency": "public%works"}, 0), ({"agency": "fir_"}, 0),
        ({"type": "road_damage"}, 1), ({"type": "road_damage", "kecamatan": "Slawi"}, 0), ({}, 2),
    ):
        window = Window(DAY.since, DAY.until, **narrow)
        assert (await figure(centre, "quality.verified", window)).n == n, narrow
        assert (await cases(centre, "quality.verified", window)).n == n, narrow


async def test_quality_counts_what_was_done_to_incidents(centre: Centre) -> None:
    knowledge = centre.edge.knowledge()
    one = (await centre.report("kebakaran", "a")).incident_id
    two = (await centre.report("jalan", "b")).incident_id

    def work(tx: Tx) -> None:
        set_severity(tx, fetch_incident(tx, one), Severity.HIGH, reason="api kecil", actor="rina", knowledge=knowledge)
        tx.emit("command.undone", "rina", incident_id=two, command="priority")
        tx.emit("incident.severity_changed", "rina", incident_id=two, before="high", severity="low", reason="")
        tx.update(incident, {"id": two}, channel="call")

    await centre.run(work)
    found = {f.key: f for f in (await stats_of(centre)).figures}
    assert (found["quality.undone"].value, found["quality.undone"].n) == (1, 2)
    silent = found["quality.lowered_silently"]
    assert (silent.value, silent.n) == (1, 2), "two were lowered, one of them without a reason"
    assert [case.number for case in (await cases(centre, "quality.lowered_silently")).cases] == [
        (await centre.run(lambda tx: fetch_incident(tx, two))).number
    ]
    assert found["quality.cards"].n == 0, "the only call is of a type without a card"


async def ring(
    centre: Centre, after_s: float, *, answered_s: float | None = None, ended_s: float | None = None, **row: Any
) -> None:
    def insert(tx: Tx) -> None:
        at = tx.now_ms + int(after_s * 1000)
        tx.insert(
            call, id=tx.new_id(), external_id=f"CA{tx.new_id()}", caller="+628123", called="112", rang_at=at,
            answered_at=None if answered_s is None else at + int(answered_s * 1000),
            ended_at=None if ended_s is None else at + int(ended_s * 1000), **({"status": "ended"} | row),
        )
        tx.emit("call.rang", "citizen")

    await centre.run(insert)


async def test_who_gave_up_waiting_counts_against_the_service_level(centre: Centre) -> None:
    await ring(centre, 0, answered_s=4, ended_s=60, operator="rina")
    await ring(centre, 10, answered_s=12, ended_s=60)
    await ring(centre, 20, answered_s=2, ended_s=5, disposition="prank")
    await ring(centre, 30, ended_s=10, status="abandoned")
    await ring(centre, 40, ended_s=3, status="abandoned")
    found = {f.key: f for f in (await stats_of(centre)).figures}
    assert (found["calls.within_15"].n, found["calls.within_15"].value) == (3, pytest.approx(2 / 3))
    assert (found["calls.within_10"].n, found["calls.within_10"].value) == (3, pytest.approx(1 / 3))
    assert (found["calls.abandoned"].n, found["calls.abandoned"].value) == (3, pytest.approx(1 / 3))
    assert (found["calls.noise"].n, found["calls.noise"].value) == (5, pytest.approx(0.2))
    assert (found["quality.empty_notes"].n, found["quality.empty_notes"].value) == (2, 1.0)
    listed = await cases(centre, "calls.within_15")
    assert [case.status for case in listed.cases] == ["abandoned", "ended", "ended"], "who was not answered first"
    assert {case.subject for case in listed.cases} == {"rina", ""}


async def test_a_remark_is_a_note(centre: Centre) -> None:
    received = await centre.report("jalan", "a")
    await ring(centre, 0, answered_s=4, ended_s=60, incident_id=received.incident_id)
    await centre.run(lambda tx: tx.update(incident, {"id": received.incident_id}, summary=""))
    assert (await figure(centre, "quality.empty_notes")).value == 1.0
    await centre.run(lambda tx: add_remark(tx, fetch_incident(tx, received.incident_id), "lubang besar", actor="rina"))
    assert (await figure(centre, "quality.empty_notes")).value == 0.0


async def test_a_card_counts_as_used_once_one_of_its_questions_was_answered(centre: Centre) -> None:
    received = await centre.report("kebakaran", "a")
    await centre.run(lambda tx: tx.update(incident, {"id": received.incident_id}, channel="call"))
    plain = partial(add_remark, words="api besar", actor="rina")
    await centre.run(lambda tx: plain(tx, fetch_incident(tx, received.incident_id)))
    assert ((await figure(centre, "quality.cards")).n, (await figure(centre, "quality.cards")).value) == (1, 0.0)
    await centre.run(lambda tx: plain(tx, fetch_incident(tx, received.incident_id), card=True))
    assert (await figure(centre, "quality.cards")).value == 1.0


async def test_an_unknown_figure_is_refused(centre: Centre) -> None:
    with pytest.raises(Invalid, match=r"calls\.within_15"):
        await cases(centre, "no.such")


async def load_of(centre: Centre) -> wire.Load:
    return await read_load(centre.edge.reader, centre.edge.load_history, centre.moment[0], TZ)


async def test_without_calls_there_is_nothing_to_compare(centre: Centre) -> None:
    await centre.report("kebakaran", "a")
    found = await load_of(centre)
    assert (found.hours, found.points, found.mean) == ([], [], None)


async def test_load_is_held_against_the_same_hour_of_earlier_weeks(centre: Centre) -> None:
    for week, calls in ((1, 3), (2, 5)):
        for n in range(calls):
            await ring(centre, -week * 7 * 86_400 + n * 60, answered_s=5, ended_s=65)
    await ring(centre, 0, answered_s=5, ended_s=65)
    found = await load_of(centre)
    this_hour = next(hour for hour in found.hours if hour.at == START.astimezone(TZ))
    assert (this_hour.calls, this_hour.forecast, this_hour.weeks) == (1, 4.0, 2)
    assert (this_hour.seats, found.handling_assumed, found.handling_n) == (2, True, 9)
    ahead = found.hours[-1]
    assert (ahead.calls, ahead.forecast) == (None, 0.0)
    centre.pass_time(3600)
    await ring(centre, 0, answered_s=5, ended_s=65)
    later = await load_of(centre)
    counted = {hour.at: hour.calls for hour in later.hours}
    assert (counted[this_hour.at], counted[this_hour.at + timedelta(hours=1)]) == (1, 1)
    assert (later.handling_s, later.handling_assumed) == (ASSUMED_S, True)
    for _ in range(FEW_CALLS - later.handling_n):
        await ring(centre, 0, answered_s=5, ended_s=35)
    measured = await load_of(centre)
    assert (measured.handling_s, measured.handling_assumed) == (45.0, False)


async def test_the_chart_has_a_point_for_each_hour_that_is_over(centre: Centre) -> None:
    taken = [60, 62, 58, 61, 59, 62, 60, 58, 61, 300]

    def store(tx: Tx) -> None:
        for hour, seconds in enumerate(taken):
            at = tx.now_ms - (len(taken) - hour) * 3_600_000
            tx.insert(incident, id=tx.new_id(), number=5000 + hour, status="closed", type="fire", opened_at=at,
                      updated_at=at, dispatched_at=at + seconds * 1000, is_open=0)
        tx.emit("incident.opened", "system")

    await centre.run(store)
    found = await load_of(centre)
    assert [point.p90_s for point in found.points] == [float(seconds) for seconds in taken]
    assert found.points[-1].signals == ["outside"]
    assert [point.signals for point in found.points[:-1]].count(["outside"]) == 0
    assert found.upper is not None
    assert found.upper < 300


async def test_calls_are_counted_as_defined(centre: Centre) -> None:
    for n, times in enumerate([(10, 60), (15, 60), (40, 90)]):
        await ring(centre, n, answered_s=times[0], ended_s=times[1])
    await ring(centre, 4, answered_s=2, ended_s=5, disposition="ghost")
    for n, ended in enumerate((3, 8)):
        await ring(centre, 5 + n, ended_s=ended, status="abandoned")
    await ring(centre, 7, status="ringing")
    counted = (await stats_of(centre)).calls
    assert counted["offered"] == 7
    assert counted["answered"] == 3
    assert counted["answered_15s"] == 2
    assert counted["answered_15s_share"] == pytest.approx(2 / 4), "who gave up was not answered in time"
    assert counted["abandoned"] == 1, "who hangs up within 5 s did not wait"
    assert counted["noise"] == 1
    assert counted["answer_p90_s"] == 40


@given(st.lists(st.integers(0, 10**9), min_size=1), st.floats(0.01, 1))
def test_nearest_rank_is_a_value_that_occurred(values: list[int], share: float) -> None:
    ordered = sorted(values)
    found = nearest_rank(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered)
    assert sum(value < found for value in ordered) < share * len(ordered), "and none smaller would do"


def test_nearest_rank_of_nothing() -> None:
    assert nearest_rank([], 0.5) is None
