"""Commands on units: dispatch, status moves, withdraw, divert, back-up, in and out of service, message."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dispatch.domain.incident import Incident
from dispatch.domain.instant import from_ms
from dispatch.domain.transitions import AssignmentStatus, UnitStatus
from dispatch.errors import Invalid, NotFound, Refused
from dispatch.services.alarms import NEEDED, raise_alarm
from dispatch.services.assignments import assign_units, move_assignment
from dispatch.services.commands.addressee import require_addressee
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.commands.on_incident import until_of
from dispatch.services.messages import queue_message
from dispatch.services.recommendation import nearest_first, recommend
from dispatch.services.units import require_unit, set_service
from dispatch.storage.assignments import assignments_of, live_assignments_of
from dispatch.storage.incidents import fetch_incident, touch
from dispatch.storage.statement import Row
from dispatch.storage.units import available_units
from dispatch.texts import text

S = AssignmentStatus
MOVES = {
    "enroute": S.EN_ROUTE, "arrive": S.ON_SCENE, "transport": S.TRANSPORTING, "facility": S.AT_FACILITY,
    "clear": S.CLEARED,
}
SENT_AS = (S.ASSIGNED, S.NOTIFIED, S.ACKNOWLEDGED, S.EN_ROUTE, S.ON_SCENE)
MAX_MESSAGE = 480
AGENCY_OF_LETTER = {
    "A": ("health", "pmi"), "B": ("bpbd",), "D": ("fire",), "H": ("transport",), "L": ("pln",), "P": ("police",),
    "R": ("pmi",), "S": ("satpol",), "U": ("public_works",),
}


def _units_of(signs: list[str]) -> list[str]:
    return [f"unit:{sign}" for sign in signs]


def dispatch(c: Context) -> Outcome:
    """``d a01 p12 1051``; without unit the recommendation is sent. ``de``/``dl``: already on the way / there."""
    item = c.incident()
    signs, agencies = c.units, [str(code) for code in c.args.get("agency", [])]
    for code in agencies:
        if code not in c.knowledge.rules.agencies:
            raise Invalid("no_agency", f"no agency {code}", agency=code)
    if not signs and not agencies:
        signs, agencies = recommended(c, item)
    status = c.need_as("status", S) if c.args.get("status") else S.ASSIGNED
    if status not in SENT_AS:
        raise Invalid("bad_arguments", f"nobody is sent as '{status}'")
    after = assign_units(
        c.tx, item, signs, actor=c.actor.name, knowledge=c.knowledge, agencies=agencies, status=status,
        forced=len(c.reason) >= 5,
    )
    names = ", ".join([*signs, *agencies])
    return Outcome("dispatch", {"number": after.number, "units": names}, [touch(after), *_units_of(signs)], after)


def recommended(c: Context, item: Incident) -> tuple[list[str], list[str]]:
    """Units and desks to send by recommendation. Raises Refused when everybody needed is on it."""
    taken = [a.agency for a in assignments_of(c.tx, item.id) if a.is_live]
    found = recommend(item, available_units(c.tx, item.agencies), c.knowledge, taken)
    if not found:
        raise Refused("nothing_to_send", f"all agencies of {item.number} are on it", number=item.number)
    signs = [r.unit for r in found if r.unit]
    return signs, [r.agency for r in found if r.unit is None]


def backup(c: Context) -> Outcome:
    """``b 1048 2d 1a``: more units of a kind, nearest first."""
    item = c.incident(check_version=False)
    signs: list[str] = []
    for letter, count in c.need("more"):
        signs += _free_of(c, item, str(letter).upper(), int(count))
    after = assign_units(c.tx, item, signs, actor=c.actor.name, knowledge=c.knowledge)
    return Outcome(
        "dispatch", {"number": after.number, "units": ", ".join(signs)}, [touch(after), *_units_of(signs)], after
    )


def _free_of(c: Context, item: Incident, letter: str, count: int) -> list[str]:
    rows = [r for r in available_units(c.tx, AGENCY_OF_LETTER[letter]) if r["call_sign"].startswith(letter)]
    if len(rows) < count:
        raise Refused("too_few_units", f"only {len(rows)} free", kind=letter, free=len(rows), wanted=count)
    return [row["call_sign"] for row in nearest_first(item, rows, c.knowledge)[:count]]


def move(c: Context) -> Outcome:
    """``e a02``, ``a a02 d05``, ``c a06``: the next state of each unit's assignment."""
    to = MOVES[c.verb]
    signs = c.units or list(c.need("units"))
    after: Incident | None = None
    for sign in signs:
        require_unit(c.tx, sign)
        assignment_id = _live_assignment(c, sign)
        after = move_assignment(
            c.tx, assignment_id, to, actor=c.actor.name, knowledge=c.knowledge, note=str(c.args.get("facility") or "")
        )
    assert after is not None, "need() guarantees a unit"
    return Outcome(
        c.verb, {"number": after.number, "units": ", ".join(signs), "facility": c.args.get("facility") or ""},
        [touch(after), *_units_of(signs)], after,
    )


def _live_assignment(c: Context, sign: str) -> int:
    live = live_assignments_of(c.tx, sign)
    number = c.args.get("incident")
    if isinstance(number, int):
        live = [a for a in live if a.incident_id == c.incident(check_version=False).id]
    if not live:
        raise Refused("unit_not_assigned", f"{sign} is on no incident", unit=sign)
    return live[0].id


def withdraw(c: Context) -> Outcome:
    """``w p12 1051``: stand a unit (or a duty desk) down."""
    names = [*c.units, *(str(a) for a in c.args.get("agency", []))]
    after: Incident | None = None
    for name in names:
        assignment_id = _live_assignment(c, name) if name in c.units else _desk(c, name)
        after = move_assignment(
            c.tx, assignment_id, S.WITHDRAWN, actor=c.actor.name, knowledge=c.knowledge, note=c.reason
        )
    if after is None:
        raise Invalid("missing_argument", "name a unit, e.g. W P12 1051", argument="units")
    return Outcome(
        "withdraw", {"number": after.number, "units": ", ".join(names)}, [touch(after), *_units_of(c.units)], after
    )


def _desk(c: Context, agency: str) -> int:
    item = c.incident(check_version=False)
    for found in assignments_of(c.tx, item.id):
        if found.is_live and found.unit is None and found.agency == agency:
            return found.id
    raise NotFound("no_desk", f"{agency} has no desk on {item.number}", agency=agency, number=item.number)


def divert(c: Context) -> Outcome:
    """``x a03 1045>1051``: take a unit off one incident and send it to another; asks, it uncovers the first."""
    target = c.incident("to_incident", check_version=False)
    signs = c.units or list(c.need("units"))
    source = fetch_incident(c.tx, _left_by(c, signs, target)).number
    c.confirm(
        "confirm_divert", f"divert {', '.join(signs)} from {source} to {target.number}", units=", ".join(signs),
        number=source, into=target.number,
    )
    touched = [touch(target), *_units_of(signs)]
    for sign in signs:
        for live in live_assignments_of(c.tx, sign):
            left = move_assignment(
                c.tx, live.id, S.DIVERTED, actor=c.actor.name, knowledge=c.knowledge, note=c.reason
            )
            touched.append(touch(left))
    after = assign_units(c.tx, target, signs, actor=c.actor.name, knowledge=c.knowledge)
    return Outcome("divert", {"units": ", ".join(signs), "number": source, "into": after.number}, touched, after)


def _left_by(c: Context, signs: list[str], target: Incident) -> int:
    """The incident the first of them leaves. Raises Refused for one that is on the target, or not where it was said."""
    for sign in signs:
        if any(live.incident_id == target.id for live in live_assignments_of(c.tx, sign)):
            raise Refused("unit_already_here", f"{sign} is on {target.number}", unit=sign, number=target.number)
        _live_assignment(c, sign)
    return live_assignments_of(c.tx, signs[0])[0].incident_id


def about(c: Context) -> Outcome:
    """``v a02``, ``y a02``: what the units do and since when; it is also why they are recommended or not."""
    lines = [_sentence(c, require_unit(c.tx, sign)) for sign in c.units]
    return Outcome("about", {"words": "; ".join(lines)}, data={"lines": lines})


def _sentence(c: Context, row: Row) -> str:
    agency = c.knowledge.rules.agencies.get(row["agency"])
    number = fetch_incident(c.tx, row["incident_id"]).number if row["incident_id"] is not None else ""
    since = from_ms(row["since"], ZoneInfo(c.knowledge.rules.tz_name))
    said = text(
        "result.unit_free" if row["status"] == UnitStatus.AVAILABLE else "result.unit_not_free", c.lang,
        unit=row["call_sign"], name=row["name"], base=row["base"], number=number, since=f"{since:%H:%M:%S}",
        status=text(f"log.word.{row['status']}", c.lang), note=row["note"],
        agency=agency.labels.get(c.lang, agency.code) if agency else row["agency"],
    )
    return " ".join(said.split())


def off(c: Context) -> Outcome:
    """``o a07 15:10 ban``: out of service, with the reason and the time it is expected back."""
    until = until_of(c)
    until = until.astimezone(ZoneInfo(c.knowledge.rules.tz_name)) if until else None
    note = " ".join(p for p in (str(c.args.get("text", "")), f"s/d {until:%H:%M}" if until else "") if p)
    for sign in c.need("units"):
        set_service(c.tx, sign, in_service=False, actor=c.actor.name, note=note)
    return Outcome("off", {"units": ", ".join(c.units), "note": note}, _units_of(c.units))


def on(c: Context) -> Outcome:
    """``i d01 kru4``: back in service. Who is on an incident stays what it is: the answer says the state it has."""
    crew = c.args.get("crew")
    states = []
    for sign in c.need("units"):
        status = set_service(c.tx, sign, in_service=True, actor=c.actor.name, crew=None if crew is None else int(crew))
        states.append(f"{sign} {text(f'log.word.{status.value}', c.lang)}")
    with_crew = "" if crew is None else text("result.with_crew", c.lang, crew=crew)
    return Outcome("on", {"units": ", ".join(states), "crew": with_crew}, _units_of(c.units))


def message(c: Context) -> Outcome:
    """``m p07 tunggu bantuan``: words to a crew, to an agency's duty contacts, or to a seat (``@spv``)."""
    words = str(c.need("text"))[:MAX_MESSAGE]
    to = str(c.need("to"))
    if to.startswith("@"):
        require_addressee(c.tx, to)
        c.tx.emit("message.to_seat", c.actor.name, touched=["centre"], to=to, text=words)
        # On every seat's alarm line until somebody has seen it: a line of the log alone nobody would read.
        alarm_id = raise_alarm(
            c.tx, level=NEEDED, kind="seat_message", cause=f"seat:{c.actor.name}:{c.key}", subject=to,
            who=c.actor.name, text=words,
        )
        return Outcome("message_to_seat", {"to": to}, [f"alarm:{alarm_id}"])
    contacts = _recipients(c, to)
    for index, (phone, channel) in enumerate(contacts):
        queue_message(
            c.tx, purpose="operator", channel=channel, recipient=phone, body=words,
            dedupe_key=f"operator:{c.actor.name}:{c.key}:{index}", critical=True,
        )
    return Outcome("message", {"to": to.upper()}, [])


def _recipients(c: Context, to: str) -> list[tuple[str, str]]:
    agency = c.knowledge.rules.agencies.get(to.lower())
    if agency is not None:
        contacts = [(contact.address, contact.channel) for contact in agency.contacts]
    else:
        contacts = [(str(require_unit(c.tx, sign.upper())["phone"]), "sms") for sign in to.split("+")]
    if not all(phone for phone, _ in contacts) or not contacts:
        raise Refused("no_phone", f"{to} has no phone on record", to=to)
    return contacts
