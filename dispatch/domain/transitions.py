"""The state tables, one a machine. An edge that looks odd carries its reason."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias, TypeVar


class IncidentStatus(StrEnum):
    NEW = "new"
    TRIAGED = "triaged"
    DISPATCHED = "dispatched"
    ON_SCENE = "on_scene"
    RESOLVED = "resolved"
    CLOSED = "closed"
    HELD = "held"
    MERGED = "merged"
    REOPENED = "reopened"


class AssignmentStatus(StrEnum):
    ASSIGNED = "assigned"
    NOTIFIED = "notified"
    ACKNOWLEDGED = "acknowledged"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_FACILITY = "at_facility"
    CLEARED = "cleared"
    DECLINED = "declined"
    TIMED_OUT = "timed_out"
    WITHDRAWN = "withdrawn"
    DIVERTED = "diverted"


class UnitStatus(StrEnum):
    AVAILABLE = "available"
    DISPATCHED = "dispatched"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    TRANSPORTING = "transporting"
    AT_FACILITY = "at_facility"
    OUT_OF_SERVICE = "out_of_service"
    NO_CONTACT = "no_contact"


class CallStatus(StrEnum):
    RINGING = "ringing"
    QUEUED = "queued"
    ANSWERED = "answered"
    HELD = "held"
    WRAP_UP = "wrap_up"
    ENDED = "ended"
    ABANDONED = "abandoned"


class MessageStatus(StrEnum):
    PENDING = "pending"
    LEASED = "leased"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"


class CallDisposition(StrEnum):
    """How a call ended for the statistics; the national form knows normal, ghost, prank, informasi."""

    NORMAL = "normal"
    GHOST = "ghost"
    PRANK = "prank"
    INFORMATION = "information"
    WRONG_NUMBER = "wrong_number"
    DUPLICATE = "duplicate"
    DROPPED = "dropped"


S: TypeAlias = IncidentStatus
A: TypeAlias = AssignmentStatus

INCIDENT: dict[S, frozenset[S]] = {
    # NEW may jump to any later state: a crew can report before the form is done.
    S.NEW: frozenset({S.TRIAGED, S.DISPATCHED, S.ON_SCENE, S.RESOLVED, S.CLOSED, S.HELD, S.MERGED}),
    S.TRIAGED: frozenset({S.DISPATCHED, S.ON_SCENE, S.RESOLVED, S.CLOSED, S.HELD, S.MERGED}),
    # Back to TRIAGED when the last unit declined or was withdrawn: it waits again.
    S.DISPATCHED: frozenset({S.TRIAGED, S.ON_SCENE, S.RESOLVED, S.CLOSED, S.HELD, S.MERGED}),
    S.ON_SCENE: frozenset({S.TRIAGED, S.DISPATCHED, S.RESOLVED, S.CLOSED, S.MERGED}),
    S.RESOLVED: frozenset({S.CLOSED, S.REOPENED, S.MERGED}),
    S.CLOSED: frozenset({S.REOPENED}),
    # Back to NEW when nobody had confirmed it before it was set aside.
    S.HELD: frozenset({S.NEW, S.TRIAGED, S.DISPATCHED, S.ON_SCENE, S.RESOLVED, S.CLOSED, S.MERGED}),
    # Un-merge restores a merged incident.
    S.MERGED: frozenset({S.REOPENED, S.TRIAGED, S.HELD, S.RESOLVED, S.NEW}),
    S.REOPENED: frozenset({S.TRIAGED, S.DISPATCHED, S.ON_SCENE, S.RESOLVED, S.CLOSED, S.HELD, S.MERGED}),
}

PROGRESS = (A.ASSIGNED, A.NOTIFIED, A.ACKNOWLEDGED, A.EN_ROUTE, A.ON_SCENE, A.TRANSPORTING, A.AT_FACILITY, A.CLEARED)
"""The forward order of an assignment; skipping forward is legal, the skipped times stay 'not recorded'."""

ENDED = frozenset({A.CLEARED, A.DECLINED, A.TIMED_OUT, A.WITHDRAWN, A.DIVERTED})
"""States in which the assignment no longer holds its unit."""

ASSIGNMENT: dict[A, frozenset[A]] = {
    state: frozenset(PROGRESS[index + 1 :]) | {A.WITHDRAWN, A.DIVERTED} for index, state in enumerate(PROGRESS[:-1])
}
for _early in (A.ASSIGNED, A.NOTIFIED):
    ASSIGNMENT[_early] |= {A.DECLINED, A.TIMED_OUT}
# A crew that accepted may still have to say no: engine failure on the way.
for _late in (A.ACKNOWLEDGED, A.EN_ROUTE):
    ASSIGNMENT[_late] |= {A.DECLINED}
for _ended in ENDED:
    # No way back: undo of a clear makes a new assignment, so that the recorded times stay true.
    ASSIGNMENT[_ended] = frozenset()

CALL: dict[CallStatus, frozenset[CallStatus]] = {
    CallStatus.RINGING: frozenset({CallStatus.QUEUED, CallStatus.ANSWERED, CallStatus.ENDED, CallStatus.ABANDONED}),
    CallStatus.QUEUED: frozenset({CallStatus.ANSWERED, CallStatus.ENDED, CallStatus.ABANDONED}),
    # Back to QUEUED: the operator's phone never picked up, the caller is still there.
    CallStatus.ANSWERED: frozenset({CallStatus.HELD, CallStatus.WRAP_UP, CallStatus.ENDED, CallStatus.QUEUED}),
    # Back to QUEUED: the operator's line failed while the caller was on hold.
    CallStatus.HELD: frozenset({CallStatus.ANSWERED, CallStatus.WRAP_UP, CallStatus.ENDED, CallStatus.QUEUED}),
    CallStatus.WRAP_UP: frozenset({CallStatus.ENDED}),
    CallStatus.ENDED: frozenset(),
    CallStatus.ABANDONED: frozenset(),
}

UNIT_OF_ASSIGNMENT: dict[A, UnitStatus] = {
    A.ASSIGNED: UnitStatus.DISPATCHED,
    A.NOTIFIED: UnitStatus.DISPATCHED,
    A.ACKNOWLEDGED: UnitStatus.DISPATCHED,
    A.EN_ROUTE: UnitStatus.EN_ROUTE,
    A.ON_SCENE: UnitStatus.ON_SCENE,
    A.TRANSPORTING: UnitStatus.TRANSPORTING,
    A.AT_FACILITY: UnitStatus.AT_FACILITY,
}

State = TypeVar("State", bound=StrEnum)


def may(table: dict[State, frozenset[State]], current: State, wanted: State) -> bool:
    """Whether the edge exists. Staying where one is counts as no edge."""
    return wanted in table[current]


def incident_status_for(current: S, assignments: list[A], last: A | None = None) -> S:
    """The status an incident takes from its live assignments; person-made states are kept.

    ``last`` is the state an assignment has just moved to: it tells work done from work not taken.
    """
    if current in (S.RESOLVED, S.CLOSED, S.MERGED):
        return current
    live = [status for status in assignments if status not in ENDED]
    if any(status in (A.ON_SCENE, A.TRANSPORTING, A.AT_FACILITY) for status in live):
        return S.ON_SCENE
    if live:
        return S.DISPATCHED
    # Nobody is on it any more: done, or it waits for a dispatcher again, also when it had been set aside.
    if last is A.CLEARED:
        return S.RESOLVED
    return S.TRIAGED if last in ENDED or current in (S.DISPATCHED, S.ON_SCENE) else current


def unit_status_for(out_of_service: bool, no_contact: bool, assignments: list[A]) -> UnitStatus:
    """A unit's state is derived from its most advanced live assignment, so it cannot contradict it."""
    live = [status for status in assignments if status not in ENDED]
    if live:
        busiest = max(live, key=PROGRESS.index)
        return UnitStatus.NO_CONTACT if no_contact else UNIT_OF_ASSIGNMENT[busiest]
    if out_of_service:
        return UnitStatus.OUT_OF_SERVICE
    return UnitStatus.NO_CONTACT if no_contact else UnitStatus.AVAILABLE
