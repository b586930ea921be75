"""The state tables: what they allow, what they must never allow, and what is derived from them."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.domain.transitions import (
    ASSIGNMENT,
    CALL,
    ENDED,
    INCIDENT,
    PROGRESS,
    AssignmentStatus,
    CallStatus,
    IncidentStatus,
    UnitStatus,
    incident_status_for,
    may,
    unit_status_for,
)

A, S = AssignmentStatus, IncidentStatus


@pytest.mark.parametrize("table", [INCIDENT, ASSIGNMENT, CALL])
def test_every_state_has_a_row_and_no_edge_to_itself(table: dict) -> None:
    kind = type(next(iter(table)))
    assert set(table) == set(kind)
    assert not any(may(table, state, state) for state in kind)


def test_an_assignment_only_moves_forward() -> None:
    for early, late in product(PROGRESS, PROGRESS):
        assert may(ASSIGNMENT, early, late) == (PROGRESS.index(late) > PROGRESS.index(early))


def test_what_has_ended_stays_ended() -> None:
    assert all(not ASSIGNMENT[state] for state in ENDED)
    assert not CALL[CallStatus.ENDED]
    assert not CALL[CallStatus.ABANDONED]


def test_closed_is_left_only_by_reopening() -> None:
    assert INCIDENT[S.CLOSED] == {S.REOPENED}


@given(st.lists(st.sampled_from(list(A)), max_size=6), st.booleans(), st.booleans())
def test_a_unit_is_available_only_without_a_live_assignment(statuses: list[A], off: bool, lost: bool) -> None:
    status = unit_status_for(off, lost, statuses)
    live = any(s not in ENDED for s in statuses)
    assert (status is UnitStatus.AVAILABLE) == (not live and not off and not lost)


@given(st.sampled_from(list(S)), st.lists(st.sampled_from(list(A)), max_size=6))
def test_an_incident_follows_its_assignments_and_keeps_what_a_person_decided(current: S, statuses: list[A]) -> None:
    derived = incident_status_for(current, statuses)
    if current in (S.RESOLVED, S.CLOSED, S.MERGED):
        assert derived is current
    elif A.ON_SCENE in statuses:
        assert derived is S.ON_SCENE
    elif not any(s not in ENDED for s in statuses):
        assert derived not in (S.DISPATCHED, S.ON_SCENE)
