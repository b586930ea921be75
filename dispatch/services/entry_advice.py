"""What a call entry form would come to if it were saved now, and what is known of caller and place. Stores nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo

import msgspec
from sqlalchemy import bindparam, select

from dispatch import wire
from dispatch.domain.dedup import VAGUE_TYPES
from dispatch.domain.incident import Incident
from dispatch.domain.instant import from_ms, to_ms
from dispatch.domain.phone import phone_of
from dispatch.domain.place import Place
from dispatch.domain.report import Channel, NewReport, Triage
from dispatch.domain.routing import Decision, decide
from dispatch.domain.scene import NOTHING_NOTED, Scene, raised_by
from dispatch.rules.cases import facts_of_triage
from dispatch.services.detail import Cards
from dispatch.services.explanation import worded_question
from dispatch.services.intake import MAX_TEXT, understand
from dispatch.services.knowledge import Knowledge
from dispatch.storage.incidents import BY_NUMBER, incident_of
from dispatch.storage.reader import Reader
from dispatch.storage.statement import Statement
from dispatch.storage.tables import incident, report
from dispatch.triage.inquiry import best_question

EARLIER_LIMIT = HERE_LIMIT = 6
HERE_DAYS = 90
CLIP = 120
EARLIER = Statement(
    select(
        report.c.received_at, report.c.text, incident.c.number, incident.c.type, incident.c.status,
        incident.c.severity, incident.c.disposition,
    )
    .select_from(report.join(
        incident, (incident.c.centre == report.c.centre) & (incident.c.id == report.c.incident_id)
    ))
    .where(
        report.c.centre == bindparam("centre"), report.c.sender == bindparam("sender"),
        incident.c.number != bindparam("number"),
    )
    .order_by(report.c.received_at.desc()).limit(EARLIER_LIMIT)
)
HERE = Statement(
    select(
        incident.c.opened_at, incident.c.summary, incident.c.number, incident.c.type, incident.c.status,
        incident.c.severity, incident.c.disposition,
    )
    .where(
        incident.c.centre == bindparam("centre"), incident.c.place_code == bindparam("place_code"),
        incident.c.is_open.in_((0, 1)), incident.c.opened_at >= bindparam("since"),
        incident.c.number != bindparam("number"),
    )
    .order_by((incident.c.opened_at + 0).desc()).limit(HERE_LIMIT)
)
"""Worded (both values of ``is_open``, a sum) so that the index by place is used, not a walk back through the days."""


async def advise_entry(
    reader: Reader, asked: wire.EntryWords, knowledge: Knowledge, now: datetime, *, tz: tzinfo, cards: Cards, lang: str
) -> wire.EntryAdvice:
    """Type, severity, place, agencies, the best question, the cards, what this number and this village had before."""
    row = await reader.first(BY_NUMBER, number=asked.incident) if asked.incident is not None else None
    known = incident_of(row) if row is not None else None
    triage, decided = await asyncio.to_thread(_understood, asked, known, knowledge, now)
    question = best_question(triage, decided.severity, asked.answered)
    return wire.EntryAdvice(
        type=triage.type, subtype=triage.subtype, also_types=list(triage.also_types),
        severity=decided.severity.value if decided.severity else None, life_threat=triage.life_threat,
        unsure=triage.unsure, agencies=list(decided.agencies),
        place=msgspec.convert(msgspec.to_builtins(triage.place), wire.PlaceRow),
        question=worded_question(question, lang) if question else {},
        cards=cards(triage.type, asked.subtype or triage.subtype),
        earlier=await _earlier(reader, asked, known.caller if known is not None else phone_of(asked.caller), tz),
        here=await _here(reader, asked, triage.place, now, tz),
    )


def _understood(
    asked: wire.EntryWords, known: Incident | None, knowledge: Knowledge, now: datetime
) -> tuple[Triage, Decision]:
    """As saving would: what the operator set goes before what the incident has, and that before what the words say."""
    words = asked.text[:MAX_TEXT]
    kind, subtype = asked.type, asked.subtype
    if known is not None and not kind and known.type not in VAGUE_TYPES:
        kind, subtype = known.type, known.subtype
    place = _place(asked, knowledge) if asked.place.strip() or known is None else known.place
    new = NewReport(
        channel=Channel.OPERATOR, external_id="", text=words, received_at=now, type=kind, place=place,
        severity=known.severity if known is not None else None,
    )
    triage = understand(new, knowledge)
    if kind and subtype:
        triage = replace(triage, subtype=subtype)
    if known is not None and known.life_threat:
        triage = replace(triage, life_threat=True)
    if kind and triage.question == "what_happened":
        triage = replace(triage, question="")
    decided = decide(knowledge.rules, facts_of_triage(knowledge.rules, triage, now, Channel.OPERATOR.value))
    noted = _noted(asked, known)
    severity, _ = raised_by(knowledge.rules.scene, noted, triage.types, decided.severity)
    return triage, replace(decided, severity=severity)


def _noted(asked: wire.EntryWords, known: Incident | None) -> Scene:
    """What the form notes of the scene. What was noted before counts anew with another type; else it has counted."""
    retyped = known is not None and asked.type not in ("", known.type)
    before = known.scene if known is not None and retyped else NOTHING_NOTED
    return replace(
        before,
        casualties=before.casualties if asked.casualties is None else asked.casualties,
        trapped=before.trapped if asked.trapped is None else asked.trapped,
        weapon=before.weapon if asked.weapon is None else asked.weapon,
    )


def _place(asked: wire.EntryWords, knowledge: Knowledge) -> Place:
    """The place field goes before a place among the words; an ambiguous one is shown as such."""
    words = f"{asked.place} kecamatan {asked.district}" if asked.district else asked.place
    return knowledge.triage.locate(words[:MAX_TEXT]) if asked.place.strip() else Place()


async def _earlier(reader: Reader, asked: wire.EntryWords, sender: str, tz: tzinfo) -> list[wire.EarlierRow]:
    if not sender:
        return []
    rows = await reader.all(EARLIER, sender=sender, number=asked.incident or 0)
    return [
        wire.EarlierRow(
            incident=row["number"], at=from_ms(row["received_at"], tz), type=row["type"], status=row["status"],
            severity=row["severity"], disposition=row["disposition"], text=row["text"][:CLIP],
        )
        for row in rows
    ]


async def _here(
    reader: Reader, asked: wire.EntryWords, place: Place, now: datetime, tz: tzinfo
) -> list[wire.EarlierRow]:
    """A whole kecamatan is no place to have a history of."""
    if not (place.code and place.desa) or place.ambiguous:
        return []
    since = to_ms(now - timedelta(days=HERE_DAYS))
    rows = await reader.all(HERE, place_code=place.code, since=since, number=asked.incident or 0)
    return [
        wire.EarlierRow(
            incident=row["number"], at=from_ms(row["opened_at"], tz), type=row["type"], status=row["status"],
            severity=row["severity"], disposition=row["disposition"], text=row["summary"][:CLIP],
        )
        for row in rows
    ]
