"""Commands on incidents: new, locate, type, priority, remark, hold, close, merge, open, confirm, why."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from dispatch.domain.incident import Incident
from dispatch.domain.phone import phone_of
from dispatch.domain.place import Candidate, Place
from dispatch.domain.report import Channel, NewReport
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import CallDisposition, IncidentStatus
from dispatch.errors import Invalid, Refused
from dispatch.services import incidents, merging
from dispatch.services.alarms import clear_alarm
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.danger import by_radio
from dispatch.services.folding import suggest_anew
from dispatch.services.intake import receive_report
from dispatch.services.quiet import set_quiet
from dispatch.storage.board import decision_of
from dispatch.storage.incidents import fetch_incident, surviving, touch
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident as incident_table
from dispatch.storage.tables import operator

DISPOSITION_OF_CODE = dict(enumerate(
    (CallDisposition.GHOST, CallDisposition.PRANK, CallDisposition.INFORMATION, CallDisposition.DROPPED,
     CallDisposition.WRONG_NUMBER, CallDisposition.DUPLICATE), start=1,
))
DECISION_OF = Statement(
    select(incident_table.c.decision, incident_table.c.scene).where(
        incident_table.c.centre == bindparam("centre"), incident_table.c.id == bindparam("id")
    )
)
LEAST_SCORE = 0.1
"""A suggestion up to here is a warning, not an offer."""


def done(key: str, item: Incident, **params: Any) -> Outcome:
    return Outcome(key, {"number": item.number, **params}, [touch(item)], item)


def new(c: Context) -> Outcome:
    """An operator's own report: an incident that is seen from the start. A named place goes before the words."""
    words, caller = str(c.args.get("text", "")), str(c.args.get("caller", ""))
    where = str(c.args.get("place", "")) or words
    place = c.knowledge.triage.locate(where) if where else Place()
    if c.args.get("district"):
        place = _within(place, str(c.args["district"]), c)
    severity = c.need_as("severity", Severity) if c.args.get("severity") else None
    received = receive_report(
        c.tx,
        NewReport(
            channel=Channel.OPERATOR, external_id=f"{c.actor.name}:{c.key}", text=words, received_at=c.tx.now,
            sender=phone_of(caller) or caller, sender_name=c.actor.name, place=place,
            type=str(c.args.get("type", "")), severity=severity,
        ),
        c.knowledge,
    )
    item = incidents.see_incident(c.tx, fetch_incident(c.tx, received.incident_id), c.actor.name, c.knowledge)
    _view(c, item)
    return done("new", item, type=item.type, rank=item.severity.rank if item.severity else "-")


def _within(place: Place, kecamatan: str, c: Context) -> Place:
    """The operator named the kecamatan: an ambiguous village becomes certain, another one is overruled."""
    if place.kecamatan == kecamatan:
        return place
    fitting = [k for k in place.candidates if k.kecamatan == kecamatan]
    if len(fitting) == 1:
        return _chosen(place, fitting[0])
    named = c.knowledge.triage.locate(f"{place.desa} kecamatan {kecamatan}".strip())
    return replace(named, text=place.text, landmark=place.landmark)


def _chosen(place: Place, candidate: Candidate) -> Place:
    return replace(
        place, code=candidate.code, desa=candidate.desa, kecamatan=candidate.kecamatan, ambiguous=False, candidates=(),
    )


def locate(c: Context) -> Outcome:
    """Set the place from words, from a candidate's digit, or from a kecamatan."""
    item = incidents.require_open(c.incident())
    if c.args.get("pick") is not None:
        place = _picked(item, c.need_as("pick", int))
    else:
        words = str(c.args.get("text", ""))
        place = c.knowledge.triage.locate(words) if words else item.place
        if c.args.get("district"):
            place = _within(place, str(c.args["district"]), c)
        place = replace(place, landmark=place.landmark or _spot(place, words))
    # What nobody can point to is not verified by being typed: it keeps its '?', and whoever names it better adds to it.
    place = replace(place, verified=place.is_known and not place.ambiguous)
    after = incidents.set_place(c.tx, item, place, actor=c.actor.name, knowledge=c.knowledge)
    after = suggest_anew(c.tx, after, c.actor.name, c.knowledge)
    if place.ambiguous:
        options = "  ".join(f"{i} {k.desa} ({k.kecamatan})" for i, k in enumerate(place.candidates[:9], 1))
        return done("locate_ambiguous", after, options=options)
    label = ", ".join(p for p in (place.landmark, place.desa, place.kecamatan, place.outside) if p)
    return done("locate" if place.verified else "locate_unknown", after, place=label or item.place.text)


def _spot(place: Place, words: str) -> str:
    """A point that was typed is what boards and crews shall read, not the words from before; so are unknown words."""
    if words and place.lat is not None and place.lon is not None:
        return f"{place.lat:.5f}, {place.lon:.5f}"
    return "" if place.is_known else words


def _picked(item: Incident, digit: int) -> Place:
    if digit == 0:
        return replace(item.place, ambiguous=False, candidates=(), landmark=item.place.landmark or item.place.text)
    if digit > len(item.place.candidates):
        raise Invalid("no_candidate", f"no candidate {digit}", digit=digit)
    return _chosen(item.place, item.place.candidates[digit - 1])


def priority(c: Context) -> Outcome:
    severity = c.need_as("severity", Severity)
    after = incidents.set_severity(
        c.tx, c.incident(), severity, reason=c.reason, actor=c.actor.name, knowledge=c.knowledge
    )
    return done("priority", after, rank=severity.rank)


def set_type(c: Context) -> Outcome:
    after = incidents.set_type(
        c.tx, c.incident(), str(c.need("type")), str(c.args.get("subtype") or ""), actor=c.actor.name,
        knowledge=c.knowledge,
    )
    after = suggest_anew(c.tx, after, c.actor.name, c.knowledge)
    return done("type", after, type=after.type, subtype=after.subtype)


def remark(c: Context) -> Outcome:
    item = incidents.add_remark(
        c.tx, c.incident(check_version=False), str(c.need("text")), actor=c.actor.name
    )
    return done("remark", item)


def silence(c: Context) -> Outcome:
    """SENYAP / BUNYI: whether anything automatic may ring or light up the caller's phone."""
    item, on = c.incident(check_version=False), bool(c.args.get("quiet", True))
    phones = set_quiet(c.tx, item, on=on, actor=c.actor.name, knowledge=c.knowledge)
    return done("silenced" if on else "unsilenced", item, n=phones)


def until_of(c: Context) -> datetime | None:
    """The moment an ``until`` argument names: so many minutes from now, or the next time the clock shows it.

    Raises Invalid for less than a minute: what is over before it began would be put aside for nothing.
    """
    until = c.args.get("until")
    if not until:
        return None
    if "minutes" in until:
        minutes = int(until["minutes"])
        if minutes < 1:
            raise Invalid("no_span", f"{minutes} minutes is no time", minutes=minutes)
        return c.tx.now + timedelta(minutes=minutes)
    hour, minute = (int(part) for part in str(until["clock"]).split(":"))
    local = c.tx.now.astimezone(ZoneInfo(c.knowledge.rules.tz_name))
    moment = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return moment if moment > local else moment + timedelta(days=1)


def hold(c: Context) -> Outcome:
    until = until_of(c)
    after = incidents.hold_incident(
        c.tx, c.incident(), until, str(c.args.get("text", "")) or c.reason, actor=c.actor.name, knowledge=c.knowledge
    )
    return done("hold", after, until=_clock_words(c, until) if until else "-")


def _clock_words(c: Context, moment: datetime) -> str:
    """The clock time, with the date where it is not today's: ``z 02:00`` at six in the morning is tomorrow."""
    zone = ZoneInfo(c.knowledge.rules.tz_name)
    local = moment.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == c.tx.now.astimezone(zone).date() else f"{local:%H:%M (%d/%m)}"


def close(c: Context) -> Outcome:
    item = c.incident()
    waiting = incidents.unanswered_clocks(c.tx, item)
    if waiting and item.severity is not None and item.severity.is_urgent:
        c.confirm(
            "confirm_close", f"close {item.number} although nobody was sent", number=item.number,
            rank=item.severity.rank,
        )
    disposition = str(c.need("disposition"))
    after = incidents.close_incident(
        c.tx, item, disposition, actor=c.actor.name, knowledge=c.knowledge,
        reason=c.reason or str(c.args.get("text", "")),
    )
    return done("close", after, disposition=disposition)


def merge(c: Context) -> Outcome:
    """``g 1050>1048``; ``g`` alone merges the current one into its best suggested duplicate."""
    if c.args.get("split"):
        return split(c)
    duplicate = c.incident(check_version=False)
    if c.args.get("to_incident"):
        survivor = c.incident("to_incident", check_version=False)
    elif likely := [d for d in duplicate.duplicates if d.score > LEAST_SCORE]:
        survivor = surviving(c.tx, fetch_incident(c.tx, likely[0].incident_id))
    else:
        raise Refused("no_duplicate", f"no suggested duplicate of {duplicate.number}", number=duplicate.number)
    merging.require_mergeable(c.tx, duplicate, survivor)  # before the question: it must not be answered in vain
    c.confirm(
        "confirm_merge", f"merge {duplicate.number} into {survivor.number}", number=duplicate.number,
        into=survivor.number,
    )
    after = merging.merge_incidents(c.tx, duplicate, survivor, actor=c.actor.name, knowledge=c.knowledge)
    radio = by_radio(c.tx, survivor.scene, after, c.lang)
    return Outcome(
        "merge", {"number": duplicate.number, "into": survivor.number, "radio": radio},
        [touch(after), touch(duplicate)], after,
        inverse=("split", duplicate.id, survivor.id),
    )


def split(c: Context) -> Outcome:
    """``g -1050``: a merged incident becomes its own again; of one that is not merged, a report (``g -1048 2``)."""
    item = c.incident("split", check_version=False)
    if item.status is IncidentStatus.MERGED:
        return _take_apart(c, item)
    position = c.need_as("pick", int) if c.args.get("pick") is not None else None
    after, left = merging.split_report(c.tx, item, position, actor=c.actor.name, knowledge=c.knowledge)
    return Outcome(
        "split", {"number": after.number, "radio": ""}, [touch(after), touch(left)], after,
        inverse=("merge", after.id, left.id),
    )


def _take_apart(c: Context, merged: Incident) -> Outcome:
    if merged.status is not IncidentStatus.MERGED:
        raise Refused("not_merged", f"{merged.number} is not merged", number=merged.number)
    record = merging.last_merge(c.tx, merged)
    before = surviving(c.tx, merged).scene
    after, survivor = merging.split_incident(c.tx, merged, record, actor=c.actor.name, knowledge=c.knowledge)
    radio = by_radio(c.tx, before, survivor, c.lang)
    return Outcome(
        "split", {"number": after.number, "radio": radio}, [touch(after), touch(survivor)], after,
        inverse=("merge", after.id, survivor.id),
    )


def open_(c: Context) -> Outcome:
    """First person to open it stops the answer clock; everybody sees who looks at it."""
    item = incidents.see_incident(c.tx, c.incident(check_version=False), c.actor.name, c.knowledge)
    clear_alarm(c.tx, incidents.reminder_of(item), c.actor.name)
    if item.status is IncidentStatus.HELD and (item.held_until is None or item.held_until <= c.tx.now):
        item = incidents.resume_incident(c.tx, item, actor=c.actor.name, knowledge=c.knowledge)
    _view(c, item)
    return done("open", item)


def _view(c: Context, item: Incident) -> None:
    if c.tx.update(operator, {"name": c.actor.name}, viewing=item.number):
        c.tx.emit("operator.viewed", c.actor.name, touched=[f"operator:{c.actor.name}"], number=item.number)


def reopen(c: Context) -> Outcome:
    item = c.incident()
    if item.status is IncidentStatus.MERGED:
        return _take_apart(c, item)  # its reports must come back with it
    after = incidents.reopen_incident(
        c.tx, item, actor=c.actor.name, knowledge=c.knowledge, reason=c.reason
    )
    return done("reopen", after)


def confirm(c: Context) -> Outcome:
    """BENAR/SALAH: the operator's answer to an unsure life threat."""
    real = bool(c.args.get("life_threat", True))
    after = incidents.judge_life_threat(
        c.tx, c.incident(), real=real, reason=c.reason, actor=c.actor.name, knowledge=c.knowledge
    )
    return done("confirm_true" if real else "confirm_false", after)


def dispose_incident(c: Context) -> Outcome:
    """F9 + digit on a message: closed as ghost, prank, information ... A life threat asks twice."""
    item = incidents.require_open(c.incident(check_version=False))
    code = DISPOSITION_OF_CODE.get(c.need_as("code", int))
    if code is None:
        raise Invalid("no_code", "1 ghost 2 prank 3 information 4 dropped 5 wrong number 6 duplicate")
    # A silent call is urgent by default and the commonest junk: two keys. Words that say so are read twice.
    urgent = item.severity is not None and item.severity.is_urgent and item.channel != Channel.CALL
    if item.life_threat or item.severity is Severity.CRITICAL or urgent:
        rank = item.severity.rank if item.severity else 1
        c.confirm("confirm_close", f"dispose of {item.number}, an urgent one", number=item.number, rank=rank)
    after = incidents.close_incident(
        c.tx, item, code.value, actor=c.actor.name, knowledge=c.knowledge, reason=c.reason
    )
    return done("dispose", after, disposition=code.value)


def why(c: Context) -> Outcome:
    """The stored trace of the decision, under the rules it was made with."""
    item = c.incident(check_version=False)
    row = c.tx.first(DECISION_OF, id=item.id)
    decision = decision_of(row) if row else {}
    return Outcome("why", {"number": item.number, "type": item.type}, [], item, {"decision": decision})


def view(c: Context) -> Outcome:
    item = c.incident(check_version=False)
    return Outcome("view", {"number": item.number}, [], item)


