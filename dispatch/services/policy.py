"""Reaching a team: the steps of its policy from the assignment to the first answer. Exactly one answer ends it.

The steps are copied from the rules when the assignment is made: a change of the rules never changes an escalation that
runs. Whom a step tells is looked up when it fires.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from dispatch.domain.assignment import Assignment
from dispatch.domain.incident import Incident
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.policy import AGAIN, CONTACT, NEXT_UNIT, OWN, PENDING, SUPERVISOR, UNIT, following_due, policy_for
from dispatch.domain.routing import Contact
from dispatch.domain.severity import Severity
from dispatch.services.alarms import EMERGENCY, NEEDED, clear_alarm, raise_alarm
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import queue_message
from dispatch.services.notices import LINKED, assignment_notice, spoken_notice, unreached_notice
from dispatch.services.roster import on_duty, quiet_until
from dispatch.storage.assignments import fetch_assignment
from dispatch.storage.incidents import touch
from dispatch.storage.reaching import (
    STOPPABLE,
    change_step,
    end_page,
    find_page,
    insert_page,
    insert_steps,
    name_message,
    pages_of,
    steps_of,
    stop_steps,
)
from dispatch.storage.statement import Row
from dispatch.storage.transaction import Tx
from dispatch.storage.units import find_unit

MS = timedelta(milliseconds=1)
VOICE = "voice"
LINKING = frozenset({"sms", "whatsapp", "mail"})
"""Channels whose text can carry a link."""


def cause_of(assignment_id: int) -> str:
    """The cause of the alarm that nobody answers."""
    return f"reach:{assignment_id}"


def start_reaching(tx: Tx, incident: Incident, item: Assignment, knowledge: Knowledge) -> None:
    """Copy the policy of this moment beside the assignment and fire its first step here and now.

    Whoever was sent earlier, on paper, has been reached by other means.
    """
    if tx.entered_at is not None:
        return
    policy = policy_for(knowledge.rules.reaching, item.agency, incident.severity or Severity.LOW)
    walk = [(step.who, step.by, step.after // MS) for step in policy.walk()]
    first = _insert_round(tx, item, policy.name, walk, number=1, rounds=policy.rounds, start_ms=tx.now_ms)
    fire_step(tx, first, incident, item, knowledge)


def _insert_round(
    tx: Tx, item: Assignment, name: str, walk: list[tuple[str, str, int]], *, number: int, rounds: int, start_ms: int
) -> Row:
    """Store one round; only its first step is due by itself, each other one when the step before it has fired."""
    rows, due = [], start_ms
    for position, (who, by, after_ms) in enumerate(walk):
        due += after_ms
        rows.append({
            "id": tx.new_id(), "incident_id": item.incident_id, "assignment_id": item.id, "policy": name,
            "position": position, "round": number, "rounds": rounds, "who": who, "channel": by, "after_ms": after_ms,
            "due_at": due, "next_at": due if position == 0 else None, "state": "waiting",
        })
    insert_steps(tx, rows)
    tx.wake("clocks")
    return rows[0]


def stop_reaching(tx: Tx, incident: Incident, item: Assignment, actor: str) -> None:
    """Somebody has answered, or it is over: nothing more is sent. The second answer finds nothing to stop."""
    clear_alarm(tx, cause_of(item.id), actor)
    if stop_steps(tx, item.id):
        tx.emit(
            "reach.ended", actor, incident_id=incident.id, touched=[touch(incident)], number=incident.number,
            subject=item.subject, status=item.status.value,
        )


def resume_reaching(tx: Tx, item: Assignment, actor: str) -> None:
    """An answer was taken back: the calling goes on where it had stopped. Nothing that has fired fires again."""
    if item.status not in PENDING:
        return
    stopped = [row for row in steps_of(tx, item.id) if row["state"] == "stopped"]
    for position, row in enumerate(stopped):
        due = max(row["due_at"], tx.now_ms)
        change_step(tx, row, state="waiting", **({"due_at": due, "next_at": due} if position == 0 else {}))
    if stopped:
        tx.wake("clocks")
        tx.emit("reach.resumed", actor, incident_id=item.incident_id, touched=[f"incident:{item.incident_id}"],
                subject=item.subject)


def advance_reaching(tx: Tx, assignment_id: int) -> None:
    """This step has come to nothing (a machine, nobody, a refusal): the next one is due now."""
    for row in steps_of(tx, assignment_id):
        if row["next_at"] is not None and row["state"] == "waiting":
            if row["next_at"] > tx.now_ms:
                change_step(tx, row, due_at=tx.now_ms, next_at=tx.now_ms)
                tx.wake("clocks")
            return


# firing


def fire_step(tx: Tx, row: Row, incident: Incident, item: Assignment, knowledge: Knowledge) -> bool:
    """Tell whom this step means; with nobody to tell the next step is due now. False: another node was first."""
    contacts, held_until = _audience(tx, row, incident, item, knowledge)
    if not contacts and held_until is not None:
        return change_step(tx, row, state="held", next_at=held_until, note="quiet")
    state = "fired" if contacts or row["who"] in (AGAIN, NEXT_UNIT) else "nobody"
    late = max(tx.now_ms - row["next_at"], 0)
    if not change_step(tx, row, state=state, next_at=None, fired_at=tx.now_ms, lateness_ms=late):
        return False
    for contact in contacts:
        _tell(tx, row, contact, incident, item, knowledge)
    tx.emit(
        "reach.round_ended" if row["who"] == AGAIN else "reach.step_fired", "system",
        incident_id=incident.id, touched=[touch(incident)], number=incident.number,
        subject=item.subject, audience=row["who"], over=row["channel"], round=row["round"], came=state,
        lateness_ms=late,
    )
    if row["who"] == AGAIN:
        _end_round(tx, row, incident, item)
    else:
        _schedule_next(tx, row, at_once=state == "nobody")
    return True


def _schedule_next(tx: Tx, row: Row, *, at_once: bool) -> None:
    following = next(
        (step for step in steps_of(tx, row["assignment_id"])
         if step["round"] == row["round"] and step["position"] == row["position"] + 1 and step["state"] in STOPPABLE),
        None,
    )
    if following is None:
        return
    after = timedelta() if at_once else following["after_ms"] * MS
    at = to_ms(following_due(from_ms(row["next_at"]), tx.now, after))
    change_step(tx, following, due_at=at, next_at=at)
    tx.wake("clocks")


def _end_round(tx: Tx, row: Row, incident: Incident, item: Assignment) -> None:
    """Nobody answered in a whole round: a person must hear of it, and the next round begins."""
    raise_alarm(
        tx, level=EMERGENCY if incident.severity is Severity.CRITICAL else NEEDED, kind="team_unreached",
        cause=cause_of(item.id), incident_id=incident.id, subject=item.subject, number=incident.number,
        round=row["round"],
    )
    if row["round"] >= row["rounds"]:
        tx.emit(
            "reach.given_up", "system", incident_id=incident.id, touched=[touch(incident)], number=incident.number,
            subject=item.subject, rounds=row["rounds"],
        )
        return
    walk = [
        (step["who"], step["channel"], step["after_ms"]) for step in steps_of(tx, item.id)
        if step["round"] == row["round"]
    ]
    _insert_round(
        tx, item, row["policy"], walk, number=row["round"] + 1, rounds=row["rounds"], start_ms=tx.now_ms
    )


# whom


def _audience(
    tx: Tx, row: Row, incident: Incident, item: Assignment, knowledge: Knowledge
) -> tuple[list[Contact], int | None]:
    """Who is told now, each with the channel of the step; and until when (ms) the step waits for quiet hours."""
    who, by = row["who"], row["channel"]
    unit = find_unit(tx, item.unit) if item.unit else None
    if who == UNIT and item.unit:
        # A call sign is no person: its phone has no quiet hours.
        found = [Contact(item.unit, unit["phone"])] if unit and unit["phone"] else []
        return _by_channel(found, by), None
    if who not in (UNIT, CONTACT, SUPERVISOR):
        return [], None
    people = list(knowledge.rules.supervisors) if who == SUPERVISOR else on_duty(tx, item.agency, knowledge)
    found, held_until = _awake(tx, _by_channel(people, by), incident, knowledge)
    return (found if who == UNIT else _next_untold(tx, row, found, item)), held_until


def _awake(
    tx: Tx, contacts: list[Contact], incident: Incident, knowledge: Knowledge
) -> tuple[list[Contact], int | None]:
    """What is urgent goes to everybody; the rest only to who is not in quiet hours, or waits until the first is not."""
    if incident.severity is not None and incident.severity.is_urgent:
        return contacts, None
    ends = [(contact, quiet_until(tx, contact, knowledge)) for contact in contacts]
    awake = [contact for contact, until in ends if until is None]
    return awake, None if awake else min((to_ms(until) for _, until in ends if until is not None), default=None)


def _by_channel(contacts: list[Contact], by: str) -> list[Contact]:
    """The same people over the step's channel; who has no address for it is left out."""
    changed = [
        contact if by == OWN else replace(contact, channel=by) for contact in contacts
    ]
    return [contact for contact in changed if contact.address]


def _next_untold(tx: Tx, row: Row, contacts: list[Contact], item: Assignment) -> list[Contact]:
    """The first of them whom nobody has told over this channel in this round; when all were, the first again."""
    if not contacts:
        return []
    steps = {step["id"] for step in steps_of(tx, item.id) if step["round"] == row["round"]}
    told = [(page["phone"], page["channel"]) for page in pages_of(tx, item.id) if page["step_id"] in steps]
    fewest = min(contacts, key=lambda contact: told.count((contact.address, contact.channel)))
    return [fewest]


def _tell(
    tx: Tx, row: Row, contact: Contact, incident: Incident, item: Assignment, knowledge: Knowledge
) -> None:
    """One message to one person, and a note that they were told."""
    team = row["who"] != SUPERVISOR
    critical = (incident.severity or Severity.LOW).is_urgent
    page_id = insert_page(
        tx, incident_id=incident.id, assignment_id=item.id, step_id=row["id"], role="team" if team else "supervisor",
        name=contact.name, phone=contact.address, channel=contact.channel, message_id=None, answered_at=None,
    )
    payload = {"page": str(page_id)}
    if contact.channel == VOICE:
        body = spoken_notice(incident, item, knowledge, supervisor=not team)
    else:
        body = (assignment_notice(tx, incident, knowledge) if team
                else unreached_notice(incident, item, knowledge))
        payload |= LINKED if team and knowledge.link_url and contact.channel in LINKING else {}
    message_id = queue_message(
        tx, purpose="assignment" if team else "unreached", channel=contact.channel, recipient=contact.address,
        body=body, dedupe_key=f"reach:{row['id']}:{contact.channel}:{contact.address}", critical=critical,
        incident_id=incident.id, assignment_id=item.id, payload=payload,
    )
    name_message(tx, page_id, message_id)


# what came of it


def note_outcome(tx: Tx, page: Row, outcome: str) -> None:
    """A person could not be reached, or refuses: once each, and the next step is due now while nobody has answered."""
    if end_page(tx, page, outcome) and fetch_assignment(tx, page["assignment_id"]).status in PENDING:
        advance_reaching(tx, page["assignment_id"])


def message_failed(tx: Tx, payload: Mapping[str, str]) -> None:
    """The provider could not deliver: as if nobody had been there."""
    page = find_page(tx, int(payload["page"])) if "page" in payload else None
    if page is not None:
        note_outcome(tx, page, "unreached")


def refuse_for_unit(tx: Tx, item: Assignment, phone: str) -> bool:
    """A duty contact who was told about a unit's task says no: the next step is due now. False: it is not so."""
    if item.unit is None or item.status not in PENDING:
        return False
    unit = find_unit(tx, item.unit)
    if unit is not None and unit["phone"] == phone:
        return False
    theirs = [page for page in pages_of(tx, item.id) if page["phone"] == phone]
    for page in theirs:
        note_outcome(tx, page, "refused")
    return bool(theirs)
