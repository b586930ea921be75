"""The view state converges whatever the feed does: split, repeated, late or out of order."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from console.store import Store
from dispatch.wire import AlarmRow, Board, CallRow, Changes, IncidentRow, UnitRow
from tests.console.night import CENTRE, NOW, ago, board, incident, replaced, sent

STATUSES = ("new", "triaged", "dispatched", "on_scene", "held", "closed", "merged", "reopened")
SEVERITIES = ("critical", "high", "medium", "low", None)


def view(store: Store) -> dict[str, Any]:
    """Everything a screen can see."""
    return {
        "waiting": store.waiting(),
        "active": store.active(),
        "incidents": store.incidents,
        "units": store.units,
        "calls": store.calls,
        "alarms": store.alarms,
        "ringing": store.ringing(),
        "open": store.open_alarms(),
    }


def loaded(snapshot: Board) -> Store:
    store = Store()
    store.snapshot(snapshot, NOW)
    return store


@st.composite
def histories(draw: st.DrawFn) -> list[Changes]:
    """What a server would send: every event carries the full rows it changed, versions only grow."""
    versions: dict[int, int] = {}
    history: list[Changes] = []
    for seq in range(1, draw(st.integers(1, 12)) + 1):
        incidents, units, calls, alarms = [], [], [], []
        for number in draw(st.sets(st.integers(1001, 1004), max_size=3)):
            versions[number] = versions.get(number, 0) + 1
            status = draw(st.sampled_from(STATUSES))
            incidents.append(
                incident(
                    number,
                    "fire",
                    "land",
                    draw(st.sampled_from(SEVERITIES)),
                    "SLW",
                    ago(number - 1000),
                    status=status,
                    version=versions[number],
                    assignments=[sent(1, "A01", "health", draw(st.sampled_from(["en_route", "cleared"])), NOW)]
                    if draw(st.booleans())
                    else [],
                )
            )
        if draw(st.booleans()):
            status = draw(st.sampled_from(["available", "en_route"]))
            units.append(UnitRow(call_sign="A01", agency="health", name="A", status=status, since=NOW, version=seq))
        if draw(st.booleans()):
            status = draw(st.sampled_from(["ringing", "answered", "ended", "abandoned"]))
            calls.append(CallRow(id=draw(st.integers(1, 2)), caller="x", status=status, rang_at=ago(seq)))
        if draw(st.booleans()):
            cleared = draw(st.sampled_from([None, NOW]))
            by = draw(st.sampled_from(["", "rina"]))
            alarms.append(AlarmRow(id=1, level=1, kind="k", text="t", at=NOW, acknowledged_by=by, cleared_at=cleared))
        history.append(Changes(seq=seq, now=NOW, incidents=incidents, units=units, calls=calls, alarms=alarms))
    return history


def state_after(history: list[Changes]) -> Board:
    """The snapshot a server would give after the history."""
    incidents: dict[int, IncidentRow] = {}
    units: dict[str, UnitRow] = {}
    calls: dict[int, CallRow] = {}
    alarms: dict[int, AlarmRow] = {}
    for event in history:
        incidents.update({row.number: row for row in event.incidents})
        units.update({row.call_sign: row for row in event.units})
        calls.update({row.id: row for row in event.calls})
        alarms.update({row.id: row for row in event.alarms})
    return Board(
        seq=history[-1].seq if history else 0,
        now=NOW,
        centre=CENTRE,
        units=list(units.values()),
        incidents=[row for row in incidents.values() if row.status not in ("closed", "merged")],
        calls=[row for row in calls.values() if row.status not in ("ended", "abandoned")],
        alarms=[row for row in alarms.values() if row.cleared_at is None],
    )


def pieces(event: Changes) -> list[Changes]:
    """The same event in parts, as a server that splits large ones would send it."""
    empty = replaced(event, incidents=[], units=[], calls=[], alarms=[])
    parts = [replaced(empty, incidents=[row]) for row in event.incidents]
    parts += [
        replaced(empty, units=event.units),
        replaced(empty, calls=event.calls),
        replaced(empty, alarms=event.alarms),
    ]
    return parts


@given(histories(), st.data())
@settings(max_examples=150, deadline=None)
def test_any_split_repetition_and_order_converges_to_a_fresh_snapshot(
    history: list[Changes], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(history)))
    store = loaded(state_after(history[:start]))
    late = data.draw(st.lists(st.sampled_from(history[:start]), max_size=4)) if start else []
    stream = [part for event in history[start:] for part in (pieces(event) if data.draw(st.booleans()) else [event])]
    stream += late + (data.draw(st.lists(st.sampled_from(stream), max_size=6)) if stream else [])
    for event in data.draw(st.permutations(stream)):
        store.apply(event, NOW)
    assert view(store) == view(loaded(state_after(history)))


@given(histories())
@settings(max_examples=60, deadline=None)
def test_applying_everything_again_changes_nothing(history: list[Changes]) -> None:
    store = loaded(state_after([]))
    for event in history:
        store.apply(event, NOW)
    version = store.version
    assert all(store.apply(event, NOW) == frozenset() for event in history)
    assert store.version == version


def test_waiting_is_p1_first_then_the_oldest_and_rows_without_severity_last() -> None:
    rows = [
        incident(1, "fire", "", "low", "SLW", ago(90)),
        incident(2, "fire", "", "critical", "SLW", ago(1)),
        incident(3, "fire", "", None, "SLW", ago(99)),
        incident(4, "fire", "", "critical", "SLW", ago(5)),
    ]
    assert loaded(board(incidents=rows)).waiting() == [4, 2, 1, 3]


def test_an_incident_whose_only_unit_declined_is_waiting_again() -> None:
    declined = incident(1, "fire", "", "high", "SLW", ago(3), assignments=[sent(1, "D01", "fire", "declined", NOW)])
    store = loaded(board(incidents=[declined]))
    assert (store.waiting(), store.active()) == ([1], [])


def test_changed_keys_name_what_is_different_and_nothing_else() -> None:
    store = loaded(board())
    unit = replaced(store.units["A01"], status="dispatched")
    same = store.units["A02"]
    assert store.apply(Changes(seq=101, now=NOW, units=[unit, same]), NOW) == {"unit:A01"}


def test_what_changes_of_the_centre_at_a_quiet_board_has_no_line_and_is_taken_all_the_same() -> None:
    store = loaded(board())
    twice = replaced(store.centre, screens={"rina": 2})
    assert store.apply(Changes(seq=store.seq - 1, now=NOW, centre=twice), NOW) == frozenset()
    assert store.apply(Changes(seq=store.seq, now=NOW, centre=twice), NOW) == {"centre"}
    assert store.screens_of("rina") == 2


def test_countdowns_follow_the_servers_clock_not_this_machines() -> None:
    store = Store()
    slow = NOW - timedelta(minutes=7)
    store.snapshot(board(), slow)
    assert store.now(slow + timedelta(seconds=3)) == NOW + timedelta(seconds=3)
    later, seq = NOW + timedelta(seconds=5), store.seq
    store.apply(Changes(seq=seq + 2, now=later), slow)
    store.apply(Changes(seq=seq + 1, now=NOW), slow)
    assert store.now(slow) == later, "what comes late tells an old time"


def test_a_refusals_newer_row_is_taken_and_an_older_one_is_not() -> None:
    store = loaded(board())
    row = store.incidents[1049]
    assert store.offer(replaced(row, version=row.version - 1, severity="low")) == frozenset()
    assert store.offer(replaced(row, version=row.version + 1, severity="critical")) == {"incident:1049"}
    late = Changes(seq=101, now=NOW, incidents=[replaced(row, severity="low")])
    assert store.apply(late, NOW) == frozenset()
    assert store.incidents[1049].severity == "critical"


def test_what_is_closed_keeps_its_number_and_no_older_row_brings_it_back() -> None:
    rows = [incident(1001, "fire", "", "high", "SLW", ago(9)), incident(1002, "fire", "", "high", "SLW", ago(8))]
    store = loaded(board(incidents=rows))
    closed = replaced(rows[1], version=rows[1].version + 2, status="closed")
    store.apply(Changes(seq=101, now=NOW, incidents=[closed]), NOW)
    assert (store.newest_number(), list(store.incidents)) == (1002, [1001])
    assert store.offer(replaced(rows[1], version=closed.version - 1)) == frozenset()
    assert store.offer(replaced(rows[1], version=closed.version + 1)) == {"incident:1002"}
    store.apply(Changes(seq=102, now=NOW, incidents=[replaced(rows[0], version=99, status="closed")]), NOW)
    assert (store.newest_number(), list(store.incidents)) == (1002, [1002])
    store.apply(Changes(seq=103, now=NOW, incidents=[replaced(closed, version=99)]), NOW)
    assert (store.newest_number(), store.incidents) == (1002, {})
    assert Store().newest_number() == 0


def test_the_call_of_a_seat_is_the_one_it_answered_last() -> None:
    calls = [
        CallRow(id=1, caller="a", status="answered", rang_at=ago(9), answered_at=ago(5), operator="rina"),
        CallRow(id=2, caller="b", status="answered", rang_at=ago(8), answered_at=ago(7), operator="rina"),
        CallRow(id=3, caller="c", status="ringing", rang_at=ago(1), operator="rina"),
        CallRow(id=4, caller="d", status="answered", rang_at=ago(1), answered_at=NOW, operator="adi"),
        CallRow(id=5, caller="e", status="answered", rang_at=ago(1), answered_at=NOW),
    ]
    store = loaded(board(calls=calls))
    assert [getattr(store.call_of(name), "id", None) for name in ("rina", "adi", "spv", "")] == [1, 4, None, None]
