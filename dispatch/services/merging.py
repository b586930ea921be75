"""Two incidents become one by a person's word, and apart again: what the merge changed is kept and put back.

Also takes a single report out of the incident that it joined by itself.
"""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.dedup import VAGUE_TYPES
from dispatch.domain.incident import Duplicate, Incident
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.place import NOWHERE, Place
from dispatch.domain.report import Channel, NewReport, Triage
from dispatch.domain.scene import NOTHING_NOTED, Scene, united
from dispatch.domain.severity import Severity, highest
from dispatch.domain.transitions import IncidentStatus
from dispatch.errors import Invalid, NotFound, Refused
from dispatch.services.alarms import clear_alarm
from dispatch.services.clocks import (
    retarget_clocks,
    revive_clocks,
    start_owed,
    stop_clocks,
    take_over_starts,
)
from dispatch.services.danger import tell_danger, tell_words, texts_of
from dispatch.services.dialogue import open_dialogue
from dispatch.services.folding import better_place, same_caller, with_landmark
from dispatch.services.incidents import raise_for_scene, reminder_of, require_open
from dispatch.services.intake import open_incident
from dispatch.services.knowledge import Knowledge
from dispatch.services.scene import MASKS, tell_landmark, tell_noted
from dispatch.storage.assignments import assignments_of
from dispatch.storage.clocks import clocks_of, save_clock
from dispatch.storage.incidents import fetch_incident, save_incident, touch
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import event, report
from dispatch.storage.transaction import Tx

S = IncidentStatus
CONTACT = tuple(MASKS)
REPORTS_OF = Statement(
    select(report.c.id, report.c.triage)
    .where(report.c.centre == bindparam("centre"), report.c.incident_id == bindparam("incident_id"))
    .order_by(report.c.id)
    .limit(10_000)
)
HOLDER_OF = Statement(
    select(report.c.incident_id).where(report.c.centre == bindparam("centre"), report.c.id == bindparam("id"))
)
REPORT = Statement(select(report).where(report.c.centre == bindparam("centre"), report.c.id == bindparam("id")))


LAST_MERGE = Statement(
    select(event.c.data)
    .where(event.c.centre == bindparam("centre"), event.c.incident_id == bindparam("id"))
    .where(event.c.kind == "incident.merged")
    .order_by(event.c.seq.desc())
    .limit(1)
)


class _Facts(msgspec.Struct):
    """What a merge may change on the survivor."""

    severity: Severity | None
    life_threat: bool
    also_types: tuple[str, ...]
    agencies: tuple[str, ...]
    unsure: bool
    callback_due: bool
    duplicates: tuple[Duplicate, ...]
    scene: Scene = NOTHING_NOTED
    place: Place = NOWHERE


def _facts_of(item: Incident) -> _Facts:
    """Without the caller's own words for the place: the log cannot forget."""
    facts = _Facts(**{name: getattr(item, name) for name in _Facts.__struct_fields__})
    facts.place = replace(item.place, text="")
    return facts


def require_mergeable(tx: Tx, duplicate: Incident, survivor: Incident) -> None:
    """Raises Refused or Invalid: both must be open and two, and nobody on the way to the one that goes."""
    require_open(duplicate)
    require_open(survivor)
    if duplicate.id == survivor.id:
        raise Invalid("merge_self", "an incident cannot be merged into itself", number=survivor.number)
    for item in [a for a in assignments_of(tx, duplicate.id) if a.is_live]:
        raise Refused(
            "units_attached", f"{item.subject} is on {duplicate.number}", number=duplicate.number, units=item.subject
        )


def merge_incidents(tx: Tx, duplicate: Incident, survivor: Incident, *, actor: str, knowledge: Knowledge) -> Incident:
    """Fold one incident into another: reports move, the earliest due times win, severities only rise."""
    require_mergeable(tx, duplicate, survivor)
    known, said = texts_of(tx, survivor), [duplicate.summary, *texts_of(tx, duplicate)]
    moved = [row["id"] for row in tx.all(REPORTS_OF, incident_id=duplicate.id)]
    for report_id in moved:
        tx.update(report, {"id": report_id}, incident_id=survivor.id)
    starts = {str(c.id): to_ms(c.started_at) for c in clocks_of(tx, survivor.id) if c.is_running}
    take_over_starts(tx, duplicate, survivor)
    stopped = stop_clocks(tx, duplicate.id, everywhere=True, cancelled=True, actor=actor)
    clear_alarm(tx, reminder_of(duplicate), actor)
    gone = save_incident(
        tx, duplicate, actor, status=S.MERGED, merged_into=survivor.id, status_before_merge=duplicate.status.value
    )
    after = save_incident(tx, survivor, actor, reports=survivor.reports + len(moved), **_united(survivor, duplicate))
    retarget_clocks(tx, after, knowledge)
    start_owed(tx, after, knowledge)
    after = raise_for_scene(tx, after, knowledge, survivor, duplicate)
    tell_noted(tx, survivor, after, actor, by_merge=duplicate.number)
    tell_landmark(tx, survivor, after, actor, by_merge=duplicate.number)
    tell_danger(tx, survivor.scene, after, knowledge)
    tell_words(tx, after, said, knowledge, known)
    tx.emit(
        "incident.merged", actor, incident_id=duplicate.id, touched=[touch(gone), touch(after)],
        number=duplicate.number, into=survivor.number, reports=moved, survivor=survivor.id,
        kept={
            "before": msgspec.to_builtins(_facts_of(survivor)), "after": msgspec.to_builtins(_facts_of(after)),
            "newest": max((row["id"] for row in tx.all(REPORTS_OF, incident_id=survivor.id)), default=0),
            "contact": [key for key in CONTACT if getattr(survivor, key) != getattr(after, key)],
            "starts": starts, "stopped": {str(c.id): any(p.ended_at is None for p in c.pauses) for c in stopped},
        },
    )
    return after


def _united(survivor: Incident, duplicate: Incident) -> dict[str, Any]:
    said = {t for t in (*survivor.also_types, *duplicate.types) if t != survivor.type and t not in VAGUE_TYPES}
    return {
        "also_types": tuple(t for t in dict.fromkeys((*survivor.also_types, *duplicate.types)) if t in said),
        "unsure": survivor.unsure or duplicate.unsure,
        "callback_due": survivor.callback_due or duplicate.callback_due,
        "severity": highest(survivor.severity, duplicate.severity),
        "life_threat": survivor.life_threat or duplicate.life_threat,
        "agencies": tuple(dict.fromkeys((*survivor.agencies, *duplicate.agencies))),
        "duplicates": tuple(d for d in survivor.duplicates if d.incident_id != duplicate.id),
        "scene": united(survivor.scene, duplicate.scene),
        "place": replace(_united_place(survivor.place, duplicate.place), text=survivor.place.text),
        **_united_contact(survivor, duplicate),
    }


def _united_place(mine: Place, other: Place) -> Place:
    """Who merges them says that it is one place: a landmark goes also to one that a person verified."""
    return with_landmark(better_place(mine, other), other)


def _united_contact(mine: Incident, other: Incident) -> dict[str, str]:
    """Whom to ring and by what name, where that is missing. Name and number stay one person's: a name comes with its
    own number, a number alone only where nobody could be rung at all."""
    if mine.callback or mine.caller_name:
        same = mine.reachable == other.reachable
        number = mine.callback or ("" if mine.caller else other.reachable)
        return {"caller_name": mine.caller_name or (other.caller_name if same else ""), "callback": number}
    needed = other.caller_name or not mine.caller
    number = other.callback or (other.caller if needed and other.caller != mine.caller else "")
    return {"caller_name": other.caller_name, "callback": number}


def last_merge(tx: Tx, merged: Incident) -> dict[str, Any]:
    """What the log kept of an incident's merge. Raises NotFound."""
    row = tx.first(LAST_MERGE, id=merged.id)
    if row is None:
        raise NotFound("not_merged", f"{merged.number} has no merge on record", number=merged.number)
    record: dict[str, Any] = msgspec.json.decode(row["data"])
    return record


def _survivor_of(tx: Tx, merged: Incident) -> Incident:
    """The open end of a chain of merges. Only an open one is merged into, so the chain cannot close."""
    while merged.merged_into is not None:
        merged = fetch_incident(tx, merged.merged_into)
    return merged


def split_incident(
    tx: Tx, merged: Incident, record: dict[str, Any], *, actor: str, knowledge: Knowledge
) -> tuple[Incident, Incident]:
    """Undo a merge: the reports go back, both are as they were, each with its own clocks.

    ``record`` is the data of the merge's log line. Only what still lies with the survivor goes back: a report that
    was split off since belongs to another. What people or later reports changed on the survivor stays.
    Returns the incident and its survivor. Raises Refused when there is nothing left to take back.
    """
    survivor = _survivor_of(tx, merged)
    held = [(report_id, tx.first(HOLDER_OF, id=report_id)) for report_id in record["reports"]]
    back = [report_id for report_id, row in held if row is not None and row["incident_id"] == survivor.id]
    if not back or len(back) == survivor.reports:
        raise Refused("not_merged", f"{merged.number} has no reports to take back", number=merged.number)
    for report_id in back:
        tx.update(report, {"id": report_id}, incident_id=merged.id)
    kept = record.get("kept") if survivor.id == record["survivor"] else None
    restored = _restored(tx, survivor, kept) | _contact_before(survivor, merged, kept) if kept else {}
    held_before = survivor
    survivor = save_incident(tx, survivor, actor, reports=survivor.reports - len(back), **restored)
    tell_noted(tx, held_before, survivor, actor, by_split=merged.number)
    tell_landmark(tx, held_before, survivor, actor, by_split=merged.number)
    tell_danger(tx, held_before.scene, survivor, knowledge)
    status = S(merged.status_before_merge or S.REOPENED.value)
    after = save_incident(
        tx, merged, actor, status=status, merged_into=None, status_before_merge="", reports=len(back)
    )
    if kept:
        _give_back_starts(tx, survivor, kept["starts"])
        retarget_clocks(tx, survivor, knowledge)
        start_owed(tx, survivor, knowledge, from_start=True)
        revive_clocks(tx, after, {int(key): paused for key, paused in kept["stopped"].items()})
        retarget_clocks(tx, after, knowledge)
    start_owed(tx, after, knowledge, from_start=True)
    tx.emit(
        "incident.split", actor, incident_id=merged.id, touched=[touch(after), touch(survivor)],
        number=merged.number, out_of=survivor.number,
    )
    return after, survivor


def _restored(tx: Tx, survivor: Incident, kept: dict[str, Any]) -> dict[str, Any]:
    """The survivor's facts as before the merge, where nobody changed them since and no later report supports them."""
    before, after = (msgspec.convert(kept[name], _Facts) for name in ("before", "after"))
    current = _facts_of(survivor)
    changes = {
        name: getattr(before, name) for name in _Facts.__struct_fields__
        if getattr(current, name) == getattr(after, name)
    }
    if "place" in changes:
        changes["place"] = replace(before.place, text=survivor.place.text)
    changes["scene"] = _scene_before(before.scene, after.scene, current.scene)
    later = [_triage_of(row) for row in tx.all(REPORTS_OF, incident_id=survivor.id) if row["id"] > kept["newest"]]
    if later and "severity" in changes:
        changes["severity"] = highest(before.severity, *(t.severity for t in later))
    if any(t.life_threat for t in later):
        changes.pop("life_threat", None)
        changes.pop("unsure", None)
    return changes


def _scene_before(before: Scene, after: Scene, current: Scene) -> Scene:
    """Each part that is still what came of the merge goes back; what was noted since stays."""
    back = [one.name for one in fields(current) if getattr(current, one.name) == getattr(after, one.name)]
    return replace(current, **{name: getattr(before, name) for name in back})


def _contact_before(survivor: Incident, merged: Incident, kept: dict[str, Any]) -> dict[str, str]:
    """A name or number taken over goes while it still is the duplicate's: its row holds it, the log does not."""
    theirs = {"caller_name": (merged.caller_name,), "callback": (merged.callback, merged.caller)}
    return {key: "" for key in kept.get("contact", ()) if getattr(survivor, key) in theirs[key]}


def _triage_of(row: Row) -> Triage:
    return msgspec.json.decode(row["triage"], type=Triage)


def _give_back_starts(tx: Tx, survivor: Incident, starts: dict[str, int]) -> None:
    for clock in clocks_of(tx, survivor.id):
        started_at = starts.get(str(clock.id))
        if clock.is_running and started_at is not None and to_ms(clock.started_at) != started_at:
            save_clock(tx, clock, started_at=from_ms(started_at))


def split_report(
    tx: Tx, incident: Incident, position: int | None, *, actor: str, knowledge: Knowledge
) -> tuple[Incident, Incident]:
    """Take one report out of an incident: it is an incident of its own, timed from when it was received.

    ``position`` counts the incident's reports from 1; None is the newest. What the report had raised stays: only a
    person lowers, by ``P``. Returns the new incident and the one it came from. Raises Refused for the first report.
    """
    rows = tx.all(REPORTS_OF, incident_id=require_open(incident).id)
    place = len(rows) if position is None else position
    if not 1 < place <= len(rows):
        raise Refused("no_report_to_split", f"{incident.number} has no report {place} to split", number=incident.number)
    row = tx.first(REPORT, id=rows[place - 1]["id"])
    assert row is not None, "it was just read"
    said, triage = _report_of(row), _triage_of(row)
    left = save_incident(tx, incident, actor, reports=incident.reports - 1)
    shown = replace(same_caller(incident, said), reason="was_split", score=0.1)
    item = open_incident(tx, said, triage, knowledge, duplicates=(shown,), since=said.received_at)
    tx.update(report, {"id": row["id"]}, incident_id=item.id)
    tx.emit(
        "report.split", actor, incident_id=incident.id, touched=[touch(left), touch(item)], number=item.number,
        report=row["id"],
    )
    open_dialogue(tx, item, knowledge, channel=row["channel"], sender=row["sender"], lang=triage.language)
    return item, left


def _report_of(row: Row) -> NewReport:
    received: datetime = from_ms(row["received_at"])
    return NewReport(
        channel=Channel(row["channel"]), external_id=row["external_id"], text=row["text"], received_at=received,
        sender=row["sender"], sender_name=row["sender_name"], recipient=row["recipient"], call_id=row["call_id"],
        public_code=row["public_code"], extra=msgspec.json.decode(row["extra"]),
    )
