"""Positions that phones send by themselves (AML): they belong to the caller's call or incident, never on the screen as
a message. One that comes before its call waits in the log and is taken when the call gets its report.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
from sqlalchemy import bindparam, select

from dispatch.domain.aml import AmlPosition, parse_aml
from dispatch.domain.instant import to_ms
from dispatch.domain.place import NOWHERE, Place
from dispatch.domain.report import NewReport
from dispatch.services.knowledge import Knowledge
from dispatch.storage.incidents import incidents_of_sender, save_incident, touch
from dispatch.storage.statement import Statement
from dispatch.storage.tables import command_log
from dispatch.storage.transaction import Tx

FRESH = timedelta(minutes=15)
"""How long a position waits for its call, and how old an incident may be that it still belongs to."""
COMMAND = "position"
_log = command_log.c
KNOWN_POSITION = Statement(
    select(_log.key).where(_log.centre == bindparam("centre"), _log.key == bindparam("key"))
)
LAST_POSITION = Statement(
    select(_log.result).where(_log.centre == bindparam("centre"), _log.actor == bindparam("actor"))
    .where(_log.at >= bindparam("since"), _log.command == COMMAND)
    .order_by(_log.at.desc()).limit(1)
)
_places = msgspec.json.Decoder(Place)


def take_position(tx: Tx, report: NewReport, knowledge: Knowledge) -> None:
    """Take one AML text.

    1. a repeat changes nothing; what cannot be read is an event and no more
    2. the caller's open incident gets the point, unless it has a finer one or a person's
    3. without an incident it waits for the call's report
    IMSI and IMEI are not kept.
    """
    key = f"aml:{report.channel.value}:{report.external_id}"
    if tx.first(KNOWN_POSITION, key=key) is not None:
        return
    position = parse_aml(report.text)
    place = _place_of(position)
    tx.insert(
        command_log, key=key, at=tx.now_ms, actor=_actor(report.sender), command=COMMAND,
        result=msgspec.json.encode(place).decode(),
    )
    if position is None or place is NOWHERE:
        tx.emit("position.unusable", "phone", length=len(report.text))
        return
    _attach(tx, report.sender, position, place, knowledge)


def position_of_caller(tx: Tx, caller: str) -> Place:
    """The newest fresh position this phone has sent; NOWHERE without one."""
    since = tx.now_ms - int(FRESH / timedelta(milliseconds=1))
    row = tx.first(LAST_POSITION, actor=_actor(caller), since=since) if caller else None
    return _places.decode(row["result"]) if row else NOWHERE


def _actor(sender: str) -> str:
    return f"phone:{sender}"


def _place_of(position: AmlPosition | None) -> Place:
    if position is None or position.lat is None or position.lon is None:
        return NOWHERE
    return Place(lat=position.lat, lon=position.lon, radius_m=position.radius_m, located_at=position.at)


def _attach(tx: Tx, caller: str, position: AmlPosition, place: Place, knowledge: Knowledge) -> None:
    facts: dict[str, Any] = {
        "lat": place.lat, "lon": place.lon, "radius_m": place.radius_m, "confidence": position.confidence,
        "method": position.method, "taken_at": to_ms(position.at) if position.at else None,
        "faults": list(position.faults),
    }
    incidents = incidents_of_sender(tx, caller, to_ms(tx.now - FRESH)) if caller else []
    if incidents:
        incident = incidents[0]
        better = _located(incident.place, place, knowledge)
        if better != incident.place:
            incident = save_incident(tx, incident, "phone", place=better)
        tx.emit("position.received", "phone", incident_id=incident.id, touched=[touch(incident)], **facts)
        return
    tx.emit("position.received", "phone", **facts)


def _located(known: Place, found: Place, knowledge: Knowledge) -> Place:
    """The known place with the caller's point. Where the caller stands is not always where it happens: a point that
    contradicts the words changes nothing, and is only in the chronology.
    """
    exact = known.lat is not None and (known.radius_m is None or known.radius_m <= (found.radius_m or 0.0))
    if known.verified or known.outside or exact:
        return known
    point = replace(known, lat=found.lat, lon=found.lon, radius_m=found.radius_m, located_at=found.located_at)
    settled = knowledge.triage.settle(point)
    return known if settled.ambiguous and not known.ambiguous else settled
