"""The life of an outgoing message: claimed, checked once more, sent, settled. Pure transactions, no waiting.

A lease that runs out is claimed again, and what may have been sent already is asked for before it is sent. It goes to
the next driver only when the first has certainly not sent it; a critical page also when nobody can tell. A message
whose purpose is gone by then (the page was acknowledged, the incident closed, the caller hung up) is cancelled instead
of sent.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dispatch.domain.backoff import backoff_for
from dispatch.domain.instant import from_ms
from dispatch.domain.phone import mask
from dispatch.domain.transitions import AssignmentStatus, IncidentStatus, MessageStatus
from dispatch.errors import ChannelError
from dispatch.ports import Accepted, Outgoing
from dispatch.services.alarms import EMERGENCY, KNOWN, NEEDED, clear_alarm, raise_alarm
from dispatch.services.assignments import move_assignment
from dispatch.services.call_delivery import PURPOSES as LINE_PURPOSES
from dispatch.services.call_delivery import lost_reason, request_done, request_failed
from dispatch.services.knowledge import Knowledge
from dispatch.services.messages import NOT_BEFORE
from dispatch.services.policy import message_failed
from dispatch.services.proof import fail_sent, is_waiting, note_carried
from dispatch.services.ways import Choice, Plan, Wanted, Ways
from dispatch.storage.outbox import (
    ASSIGNMENT_STATUS,
    BY_PROVIDER_ID,
    CLOCK_STATE,
    FAILED_ALARMS,
    INCIDENT_STATUS,
    due_messages,
    find_message,
    next_due,
    save_message,
)
from dispatch.storage.statement import Row
from dispatch.storage.tables import outbox
from dispatch.storage.transaction import Tx, json_value
from dispatch.storage.unit_links import PLACEHOLDER, mint_link

S = MessageStatus
LEASE = timedelta(seconds=60)
"""Longer than any driver's time-out: who holds a lease may still be sending."""
FAILED = "message_failed"
MUST_ARRIVE = frozenset({"assignment", "unreached", "withdrawal", "danger", "danger_over", "escalation", "operator"})
"""Purposes whose failure a person must hear about: somebody was not told to go."""
PAGES = MUST_ARRIVE - {"operator"}
"""To teams and duty contacts: when critical, twice is better than perhaps never."""
LOOK_PAST = 200
"""Messages looked at when those in front cannot go: their way has enough under way."""
LONGEST_ASKED = timedelta(seconds=20), timedelta(minutes=10)
"""How long a provider may make a critical and any other message wait."""
UNBOUNDED = 1_000_000
UNTOLD = frozenset({AssignmentStatus.ASSIGNED.value, AssignmentStatus.NOTIFIED.value})
OVER = frozenset({IncidentStatus.CLOSED.value, IncidentStatus.MERGED.value})
ENDED = OVER | {IncidentStatus.RESOLVED.value}
VALID_WHILE = {
    "sent": frozenset({IncidentStatus.DISPATCHED.value}),
    "feedback": frozenset({IncidentStatus.RESOLVED.value, IncidentStatus.CLOSED.value}),
}
"""Texts to the caller that are true only in these states of the incident."""
OPEN_ENDED = frozenset({"withdrawal", "hangup", "operator", "probe"})
"""Purposes that a closed incident does not end."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One message this node may send until its lease ends. ``attempt`` counts from 1, ``since`` is when it was queued,
    ``uncertain``: it may have been sent before; ``choices`` drivers could carry it."""

    message: Outgoing
    id: int
    attempt: int
    critical: bool
    driver: str
    since: datetime
    uncertain: bool = False
    choices: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed message: accepted by a provider, or an error."""

    claim: Claim
    driver: str
    accepted: Accepted | None = None
    error: ChannelError | None = None


def claim_messages(tx: Tx, worker: str, *, free: int, routine: int, plan: Plan | None = None) -> list[Claim]:
    """Lease what is due: critical first, up to ``free`` in all, of them up to ``routine`` that are not critical."""
    plan = plan or Ways({}).plan(Counter(), UNBOUNDED, UNBOUNDED)
    claims = _claim_lane(tx, worker, plan, critical=True, most=free)
    return claims + _claim_lane(tx, worker, plan, critical=False, most=min(routine, free - len(claims)))


def _claim_lane(tx: Tx, worker: str, plan: Plan, *, critical: bool, most: int) -> list[Claim]:
    """First come, first served; who must wait for a way does not hold up those behind who need another."""
    claims: list[Claim] = []
    for look in (most, LOOK_PAST):
        rows = due_messages(tx, critical=critical, most=look if most > 0 else 0)
        for row in rows:
            claim = _claim(tx, row, worker, plan) if len(claims) < most else None
            claims += [claim] if claim is not None else []
        if len(rows) < look or len(claims) >= most:
            break
    return claims


def _claim(tx: Tx, row: Row, worker: str, plan: Plan) -> Claim | None:
    try:
        reason = lost_purpose(tx, row)
    except (LookupError, ValueError) as error:
        # A row that cannot be judged must not hold up the others: parked, with an alarm.
        _fail(tx, row, f"unreadable: {error}", "")
        return None
    if reason:
        if save_message(tx, row, status=S.CANCELLED.value, next_at=None, error=reason, leased_by=""):
            _tell(tx, "message.cancelled", row, reason=reason)
        return None
    held_until = json_value(row["payload"]).get(NOT_BEFORE)
    if held_until is not None and held_until > tx.now_ms:
        # A channel that works again sends what waits at once; quiet hours are no such waiting.
        save_message(tx, row, next_at=held_until)
        return None
    wanted = _wanted(row)
    choice = plan.choose(wanted, tx.now_ms)
    if not isinstance(choice, Choice):
        if choice is not None:
            save_message(tx, row, next_at=choice)
        return None
    until = tx.now_ms + LEASE // timedelta(milliseconds=1)
    leased = save_message(
        tx, row, status=S.LEASED.value, leased_by=worker, leased_until=until, next_at=until,
        attempts=row["attempts"] + 1, driver=choice.driver, others=",".join(choice.others),
    )
    return _claimed(tx, row, choice, uncertain=bool(wanted.bound)) if leased else None


def _wanted(row: Row) -> Wanted:
    """A lease that ran out: whoever held it may have sent the message."""
    uncertain = row["driver"] and (row["uncertain"] or row["status"] == S.LEASED)
    return Wanted(
        row["id"], row["channel"], row["recipient"], bool(row["critical"]),
        only=tuple(filter(None, row["others"].split(","))), bound=row["driver"] if uncertain else "",
    )


def _claimed(tx: Tx, row: Row, choice: Choice, *, uncertain: bool) -> Claim:
    payload = {name: str(value) for name, value in json_value(row["payload"]).items()}
    body = row["body"]
    if "link" in payload:
        # Made now, so that the token stands in the message alone and in no row.
        body = body.replace(PLACEHOLDER, mint_link(tx, row["assignment_id"], _page_of(payload)), 1)
    message = Outgoing(
        key=row["dedupe_key"], channel=row["channel"], recipient=row["recipient"], body=body,
        payload={**payload, "message_id": str(row["id"])}, critical=bool(row["critical"]),
    )
    return Claim(
        message, row["id"], row["attempts"] + 1, bool(row["critical"]), choice.driver, from_ms(row["created_at"]),
        uncertain, choice.choices,
    )


def _page_of(payload: dict[str, str]) -> int | None:
    return int(payload["page"]) if "page" in payload else None


def lost_purpose(tx: Tx, row: Row) -> str:
    """Why this message must not be sent any more; '' when it must."""
    purpose = row["purpose"]
    if purpose in ("assignment", "unreached") and row["assignment_id"] is not None:
        found = tx.first(ASSIGNMENT_STATUS, id=row["assignment_id"])
        return "" if found and found["status"] in UNTOLD else "the crew has answered or was stood down"
    if purpose == "escalation":
        return _clock_over(tx, json_value(row["payload"]).get("clock"))
    if purpose in LINE_PURPOSES:
        return lost_reason(tx, purpose, json_value(row["payload"]))
    if purpose == "proof":
        return "" if is_waiting(tx, json_value(row["payload"])["proof"]) else "the proof is over"
    if row["incident_id"] is None or purpose in OPEN_ENDED:
        return ""
    found = tx.first(INCIDENT_STATUS, id=row["incident_id"])
    status = found["status"] if found else IncidentStatus.CLOSED.value
    if purpose == "arrived":
        # Several teams: the first has come and gone while the next is on its way. It has come all the same.
        came = found is not None and found["on_scene_at"] is not None and status not in ENDED
        return "" if came or status == IncidentStatus.ON_SCENE.value else f"the incident is {status}"
    if purpose in VALID_WHILE:
        return "" if status in VALID_WHILE[purpose] else f"the incident is {status}"
    return "the incident is closed" if status in OVER else ""


def _clock_over(tx: Tx, clock_id: str | None) -> str:
    if clock_id is None:
        return ""
    found = tx.first(CLOCK_STATE, id=int(clock_id), cause=f"clock:{clock_id}")
    if found is None or found["stopped_at"] is not None:
        return "the clock has stopped"
    return "the alarm was acknowledged" if found["acknowledged_by"] else ""


def next_moments(tx: Tx) -> tuple[int | None, int | None]:
    """When the next critical and the next routine message may be sent; None = there is none."""
    return next_due(tx, critical=True), next_due(tx, critical=False)


# settling


def settle_message(tx: Tx, outcome: Outcome, knowledge: Knowledge, *, jitter: float) -> None:
    """Write down what the provider answered. A message settled by its status callback keeps that state."""
    row = find_message(tx, outcome.claim.id)
    if row is None:
        return
    if outcome.accepted is not None:
        _accept(tx, row, outcome.driver, outcome.accepted, knowledge)
    elif row["status"] == S.LEASED and row["attempts"] == outcome.claim.attempt and outcome.error is not None:
        _reject(tx, row, outcome, outcome.error, jitter)


def _accept(tx: Tx, row: Row, driver: str, accepted: Accepted, knowledge: Knowledge) -> None:
    if row["status"] in (S.ACCEPTED, S.DELIVERED, S.FAILED):
        return
    status = S.DELIVERED if accepted.delivered else S.ACCEPTED
    save_message(
        tx, row, status=status.value, provider_id=accepted.provider_id, driver=driver, accepted_at=tx.now_ms,
        delivered_at=tx.now_ms if accepted.delivered else None, next_at=None, leased_by="", error="",
        uncertain=0,
    )
    _tell(tx, f"message.{status.value}", row, driver=driver)
    if row["purpose"] == "proof":
        note_carried(tx, json_value(row["payload"])["proof"], driver, arrived=accepted.delivered)
    if accepted.delivered:
        _arrived(tx, row, knowledge)


def _reject(tx: Tx, row: Row, outcome: Outcome, error: ChannelError, jitter: float) -> None:
    if row["others"] and (not error.uncertain or (row["critical"] and row["purpose"] in PAGES)):
        _go_to_next(tx, row, str(error), certain=not error.uncertain)
        return
    wait = None if error.permanent else backoff_for(row["channel"], critical=bool(row["critical"])).delay(
        # One round asks all who could carry it.
        -(-row["attempts"] // outcome.claim.choices), jitter
    )
    if wait is None:
        _fail(tx, row, str(error), error.provider_code)
    else:
        asked = min(timedelta(seconds=error.retry_after_s), LONGEST_ASKED[not row["critical"]])
        retry_at = tx.now_ms + max(wait, asked) // timedelta(milliseconds=1)
        save_message(
            tx, row, status=S.PENDING.value, next_at=retry_at, leased_by="", error=str(error),
            uncertain=int(error.uncertain),
        )


def _go_to_next(tx: Tx, row: Row, error: str, *, certain: bool) -> None:
    """The next driver has it at once; what the last one may still say about its own attempt counts no more."""
    save_message(
        tx, row, status=S.PENDING.value, next_at=tx.now_ms, leased_by="", error=error, uncertain=0,
        provider_id=f"-{row['provider_id']}" if row["provider_id"] else "",
    )
    kind = "message.rerouted" if certain else "message.repeated"
    _tell(tx, kind, row, driver=row["driver"], next=row["others"].partition(",")[0], error=error)
    tx.wake("outbox")


def _fail(tx: Tx, row: Row, error: str, code: str, **known: object) -> None:
    reason = f"{error} {code}".strip()
    save_message(tx, row, status=S.FAILED.value, next_at=None, leased_by="", error=reason, **known)
    _tell(tx, "message.failed", row, error=error, code=code)
    if row["purpose"] in LINE_PURPOSES:
        request_failed(tx, row["purpose"], json_value(row["payload"]), reason)
    elif row["purpose"] == "proof":
        fail_sent(tx, json_value(row["payload"])["proof"], reason)
    elif row["purpose"] in MUST_ARRIVE:
        raise_alarm(
            tx, level=EMERGENCY if row["critical"] else NEEDED, kind=FAILED, cause=f"message:{row['id']}",
            incident_id=row["incident_id"], recipient=mask(row["recipient"]), purpose=row["purpose"], code=code,
        )
        message_failed(tx, json_value(row["payload"]))


def _arrived(tx: Tx, row: Row, knowledge: Knowledge) -> None:
    """What follows from arrival: the crew counts as told, the operator as connected."""
    if row["purpose"] in LINE_PURPOSES:
        request_done(tx, row["purpose"], json_value(row["payload"]))
    elif row["purpose"] == "assignment" and row["assignment_id"] is not None:
        found = tx.first(ASSIGNMENT_STATUS, id=row["assignment_id"])
        if found and found["status"] == AssignmentStatus.ASSIGNED:
            move_assignment(
                tx, row["assignment_id"], AssignmentStatus.NOTIFIED, actor="system", knowledge=knowledge
            )


def _tell(tx: Tx, kind: str, row: Row, **data: Any) -> None:
    tx.emit(
        kind, "system", incident_id=row["incident_id"], message_id=row["id"],
        purpose=row["purpose"], channel=row["channel"], **data,
    )


# the provider's word


def record_delivery(
    tx: Tx, *, message_id: int | None, provider_id: str, delivered: bool | None, code: str, knowledge: Knowledge
) -> bool:
    """A status callback: ``delivered`` True or False are final, None means under way. Returns whether it is ours.

    Repeats and reordering are harmless: only the first final state counts, and one that comes before
    our own request was answered counts too.
    """
    row = find_message(tx, message_id) if message_id is not None else tx.first(BY_PROVIDER_ID, provider_id=provider_id)
    if row is None:
        return False
    if row["status"] in (S.DELIVERED, S.FAILED, S.CANCELLED) or (delivered is None and row["status"] == S.ACCEPTED):
        return True
    known = {"provider_id": provider_id, "accepted_at": row["accepted_at"] or tx.now_ms, "next_at": None}
    if delivered is None:
        save_message(tx, row, status=S.ACCEPTED.value, **known)
    elif delivered:
        save_message(tx, row, status=S.DELIVERED.value, delivered_at=tx.now_ms, error="", **known)
        _tell(tx, "message.delivered", row)
        _arrived(tx, row, knowledge)
    elif row["status"] != S.PENDING and row["provider_id"] in ("", provider_id):
        # An earlier attempt's failure says nothing about the one that is waiting to be made.
        if row["others"]:
            _go_to_next(tx, row, f"not delivered {code}".strip(), certain=True)
        else:
            _fail(tx, row, "not delivered", code, provider_id=provider_id)
    return True


def clear_reached(tx: Tx) -> None:
    """Close alarms about messages that no longer matter: the crew answered, the incident is closed.

    What has no such end (an operator's own message) is over when a person has acknowledged it.
    """
    for found in tx.all(FAILED_ALARMS, kind=FAILED):
        row = find_message(tx, int(found["cause"].partition(":")[2]))
        seen = bool(found["acknowledged_by"])
        if row is None or lost_purpose(tx, row) or (seen and row["purpose"] in OPEN_ENDED):
            clear_alarm(tx, found["cause"])


def note_way(tx: Tx, driver: str, channel: str, stand_in: str) -> None:
    """A driver that is down while another carries its messages is an alarm; ``stand_in`` '' = it works again."""
    cause = f"way:{driver}/{channel}"
    if stand_in:
        raise_alarm(tx, level=KNOWN, kind="way_down", cause=cause, driver=driver, channel=channel, next=stand_in)
    else:
        clear_alarm(tx, cause)


def release_channel(tx: Tx, channel: str) -> None:
    """What waits goes at once."""
    tx.update(outbox, {"channel": channel, "status": S.PENDING.value}, next_at=tx.now_ms)


def note_channel(tx: Tx, channel: str, *, works: bool) -> None:
    """A channel whose provider takes nothing is one alarm; when it works again, what waits goes at once."""
    cause = f"channel:{channel}"
    if works:
        clear_alarm(tx, cause)
        release_channel(tx, channel)
    else:
        raise_alarm(tx, level=NEEDED, kind="channel_down", cause=cause, channel=channel)
