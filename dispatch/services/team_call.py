"""A call to a team: what it says, what a key means, what a call without a key means. A machine is no answer."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.domain.assignment import Assignment
from dispatch.domain.policy import PENDING, UNIT
from dispatch.domain.transitions import AssignmentStatus
from dispatch.errors import NotFound
from dispatch.services.alarms import clear_alarm
from dispatch.services.assignments import move_assignment
from dispatch.services.incidents import add_remark
from dispatch.services.knowledge import Knowledge
from dispatch.services.notices import spoken_notice, team_label
from dispatch.services.policy import cause_of, note_outcome
from dispatch.storage.assignments import fetch_assignment
from dispatch.storage.incidents import fetch_incident, touch
from dispatch.storage.reaching import find_page, find_step, settle_page, stop_steps
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx

S = AssignmentStatus
ACCEPT, REFUSE = "1", "2"


@dataclass(frozen=True, slots=True)
class Spoken:
    """``words`` to say; '' when the task has been answered meanwhile."""

    words: str
    supervisor: bool


def _require_page(tx: Tx, page_id: int) -> Row:
    page = find_page(tx, page_id)
    if page is None:
        raise NotFound("no_call", f"nobody was told under {page_id}", call=page_id)
    return page


def speak(tx: Tx, page_id: int, knowledge: Knowledge) -> Spoken:
    """What the voice says to the person who picked up. Raises NotFound."""
    page = _require_page(tx, page_id)
    item = fetch_assignment(tx, page["assignment_id"])
    supervisor = page["role"] == "supervisor"
    if item.status not in PENDING:
        return Spoken("", supervisor)
    incident = fetch_incident(tx, item.incident_id)
    return Spoken(spoken_notice(incident, item, knowledge, supervisor=supervisor), supervisor)


def press_key(tx: Tx, page_id: int, digit: str, knowledge: Knowledge) -> str:
    """What a key does; returns what to say: accepted, supervisor_accepted, refused, over, or '' for an unknown key.

    Also right after a machine was suspected: a key is a person. Raises NotFound.
    """
    page = _require_page(tx, page_id)
    item = fetch_assignment(tx, page["assignment_id"])
    if digit not in (ACCEPT, REFUSE):
        return ""
    if item.status not in PENDING:
        return "accepted" if digit == ACCEPT and page["outcome"] == "accepted" else "over"
    if digit == REFUSE:
        return _refuse(tx, page, item, knowledge)
    settle_page(tx, page, "accepted")
    if page["role"] == "supervisor":
        take_over(tx, page)
        add_remark(tx, fetch_incident(tx, item.incident_id), f"{page['name']}: {team_label(item, knowledge)}",
                   actor=f"supervisor:{page['name']}")
        return "supervisor_accepted"
    move_assignment(
        tx, item.id, S.ACKNOWLEDGED, actor=f"crew:{item.subject}", knowledge=knowledge,
        note="" if page["name"] == item.unit else page["name"],
    )
    return "accepted"


def _refuse(tx: Tx, page: Row, item: Assignment, knowledge: Knowledge) -> str:
    step = find_step(tx, page["step_id"])
    if step is not None and step["who"] == UNIT:
        settle_page(tx, page, "refused")
        move_assignment(tx, item.id, S.DECLINED, actor=f"crew:{item.subject}", knowledge=knowledge)
    else:
        note_outcome(tx, page, "refused")
    return "refused"


def take_over(tx: Tx, page: Row) -> None:
    """A supervisor sees to it: nobody else is called, the task stays unanswered on the board."""
    item = fetch_assignment(tx, page["assignment_id"])
    incident = fetch_incident(tx, item.incident_id)
    settle_page(tx, page, "accepted")
    stop_steps(tx, item.id)
    clear_alarm(tx, cause_of(item.id), f"supervisor:{page['name']}")
    tx.emit(
        "reach.taken_over", f"supervisor:{page['name']}", incident_id=incident.id, touched=[touch(incident)],
        number=incident.number, subject=item.subject, who=page["name"],
    )


def note_unanswered(tx: Tx, page_id: int, outcome: str) -> None:
    """A machine, no key, no answer: the next step is due now. A page with an outcome keeps it. Raises NotFound."""
    note_outcome(tx, _require_page(tx, page_id), outcome)
