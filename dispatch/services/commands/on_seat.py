"""Commands of the seat itself: calls, seat state, alarms, undo."""

from __future__ import annotations

from dispatch.domain.transitions import CallDisposition
from dispatch.errors import Invalid
from dispatch.services import calls
from dispatch.services.alarms import acknowledge_alarm
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.commands.on_incident import DISPOSITION_OF_CODE, dispose_incident, until_of
from dispatch.services.danger import by_radio
from dispatch.services.incidents import close_incident
from dispatch.services.shelving import shelve_alarm
from dispatch.services.shield import answered_silently, probe_call
from dispatch.services.undo import undo_last
from dispatch.storage.assignments import assignments_of
from dispatch.storage.calls import live_calls
from dispatch.storage.incidents import fetch_incident, touch
from dispatch.storage.tables import operator
from dispatch.texts import text

SEAT_STATES = ("ready", "on_call", "wrap_up", "break")


def answer(c: Context) -> Outcome:
    """Take the named call, or the one that waits longest; the caller is bridged to this seat's phone."""
    row = calls.answer_call(c.tx, c.args.get("call"), c.actor.name, c.actor.phone, c.knowledge)
    item = fetch_incident(c.tx, row["incident_id"])
    return Outcome(
        "answer", {"number": item.number, "call": row["id"]}, [f"call:{row['id']}", touch(item)], item
    )


JUNK = frozenset(set(CallDisposition) - {CallDisposition.DUPLICATE, CallDisposition.INFORMATION})
"""What a call is hardly ever that help was sent for: a slip of the finger would cut the caller off."""


def probe(c: Context) -> Outcome:
    """F9 0: nobody is heard; the caller is asked to press 5 twice or to make a sound."""
    row = probe_call(c.tx, c.args.get("call"), c.actor.name)
    return Outcome("probed", {"call": row["id"]}, [f"call:{row['id']}"])


def dispose(c: Context) -> Outcome:
    """F9 + digit: this seat's call (and the incident it made), or a message's incident."""
    disposition = _disposition(c)
    call_id = c.args.get("call") or _own_call(c)
    if call_id is None and c.args.get("incident") is not None:
        return dispose_incident(c)
    row = calls.dispose_call(c.tx, call_id, disposition, c.actor.name, c.knowledge, c.reason)
    if answered_silently(row):
        c.confirm("confirm_silent", f"dispose of call {row['id']}, which answered by a key or a sound", call=row["id"])
    touched = [f"call:{row['id']}"]
    if row["incident_id"] is not None:
        item = fetch_incident(c.tx, row["incident_id"])
        touched.append(touch(item))
        is_helped = any(a.is_live for a in assignments_of(c.tx, item.id))
        if item.is_open and is_helped and disposition in JUNK:
            c.confirm("confirm_helped", f"dispose of call {row['id']} of {item.number}, where units are under way",
                      call=row["id"], number=item.number)
        # What others have reported too is not over because this call was nothing.
        if item.is_open and item.reports == 1 and not is_helped:
            if item.life_threat:
                c.confirm("confirm_close", f"dispose of {item.number}, a critical one", number=item.number, rank=1)
            close_incident(c.tx, item, disposition.value, actor=c.actor.name, knowledge=c.knowledge, reason=c.reason)
    return Outcome("dispose_call", {"call": row["id"], "disposition": disposition.value}, touched)


def _own_call(c: Context) -> int | None:
    """The call this seat has in hand, if it is about the named incident (or none was named)."""
    for row in live_calls(c.tx):
        if row["operator"] == c.actor.name:
            number = c.args.get("incident")
            about = fetch_incident(c.tx, row["incident_id"]).number if row["incident_id"] else None
            if number is None or number == about:
                return int(row["id"])
    return None


def _disposition(c: Context) -> CallDisposition:
    code = DISPOSITION_OF_CODE.get(c.need_as("code", int))
    if code is None:
        raise Invalid("no_code", "1 ghost 2 prank 3 information 4 dropped 5 wrong number 6 duplicate")
    return code


def seat(c: Context) -> Outcome:
    """ready or break: who can take the next call; ``heard``: whether its sound self-test was passed; ``on_paper``."""
    if "heard" in c.args:
        return _hearing(c)
    if "on_paper" in c.args:
        return _paper(c)
    state = str(c.need("state"))
    if state not in SEAT_STATES:
        raise Invalid("no_state", f"no seat state {state}", state=state)
    c.tx.update(operator, {"name": c.actor.name}, state=state, since=c.tx.now_ms)
    c.tx.emit("operator.changed", c.actor.name, touched=[f"operator:{c.actor.name}"], state=state)
    return Outcome("seat", {"state": text(f"seat.{state}", c.knowledge.lang)}, [f"operator:{c.actor.name}"])


def _hearing(c: Context) -> Outcome:
    """A seat that hears no alarm is everybody's business: it stands on the board, and supervisors hear for it."""
    heard = c.args["heard"] is True
    c.tx.update(operator, {"name": c.actor.name}, deaf=int(not heard))
    kind = "operator.heard" if heard else "operator.deaf"
    c.tx.emit(kind, c.actor.name, touched=[f"operator:{c.actor.name}"], seat=c.actor.seat)
    return Outcome("heard" if heard else "deaf", touched=[f"operator:{c.actor.name}"])


def _paper(c: Context) -> Outcome:
    """Who works on paper cards stands on the board: what is on the screens is then not all that is going on."""
    on_paper = c.args["on_paper"] is True
    c.tx.update(operator, {"name": c.actor.name}, on_paper=int(on_paper))
    name = "on_paper" if on_paper else "off_paper"
    c.tx.emit(f"operator.{name}", c.actor.name, touched=[f"operator:{c.actor.name}"], seat=c.actor.seat)
    return Outcome(name, touched=[f"operator:{c.actor.name}"])


def shelve(c: Context) -> Outcome:
    """TUNDA: an alarm of class 2 or 3 put aside for at most 15 minutes."""
    item = c.incident() if c.args.get("incident") is not None else None
    alarm_id = c.args.get("alarm")
    if alarm_id is not None:
        alarm_id = c.need_as("alarm", int)
    row = shelve_alarm(
        c.tx, alarm_id=alarm_id, incident_id=item.id if item else None, until=until_of(c),
        reason=c.reason or str(c.args.get("text", "")), actor=c.actor.name,
    )
    return Outcome("shelve", {"alarm": row["id"]}, [f"alarm:{row['id']}"], item)


def acknowledge(c: Context) -> Outcome:
    """F8: the named alarm, or the most urgent one nobody has acknowledged."""
    row = acknowledge_alarm(c.tx, c.args.get("alarm"), c.actor.name)
    item = fetch_incident(c.tx, row["incident_id"]) if row["incident_id"] else None
    return Outcome("acknowledge", {"alarm": row["id"]}, [f"alarm:{row['id']}"], item)


def undo(c: Context) -> Outcome:
    """Compensate this seat's last command of the last 60 s."""
    row, touched, scenes = undo_last(c.tx, c.actor.name, c.knowledge)
    item = fetch_incident(c.tx, row["incident_id"]) if row["incident_id"] else None
    unheard = [by_radio(c.tx, scene, fetch_incident(c.tx, one), c.lang) for one, scene in scenes.items()]
    number = item.number if item else ""
    params = {"command": row["command"], "number": number, "radio": " ".join(filter(None, unheard))}
    return Outcome("undo", params, touched, item)
