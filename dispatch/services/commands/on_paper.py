"""NEW with a card's number: a paper card of an outage becomes an incident, at the time written on it."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

from dispatch.domain.paper import card_id, card_name
from dispatch.domain.phone import phone_of
from dispatch.domain.place import Place
from dispatch.domain.report import Channel, NewReport
from dispatch.domain.severity import Severity
from dispatch.errors import Invalid
from dispatch.services import incidents
from dispatch.services.commands import on_incident
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.paper_entry import card_number, enter_card
from dispatch.storage.incidents import fetch_incident


def enter_paper(c: Context) -> Outcome:
    """``n m-012 @14:05 slw kbk pasar trayeman``. A type or a priority on the card is a person's: it is triaged."""
    number, words, caller = card_number(c.args), str(c.args.get("text", "")), str(c.args.get("caller", ""))
    if c.tx.entered_at is None:
        raise Invalid("paper_needs_time", f"card {card_name(number)} needs its time, @14:05", card=card_name(number))
    severity = c.need_as("severity", Severity) if c.args.get("severity") else None
    report = NewReport(
        channel=Channel.OPERATOR, external_id=card_id(number), text=words, received_at=c.tx.now,
        sender=phone_of(caller) or caller, sender_name=c.actor.name, type=str(c.args.get("type", "")),
        severity=severity, place=c.knowledge.triage.locate(words) if words else Place(),
        extra={"paper": card_name(number)},
    )
    item = enter_card(c.tx, number, report, c.knowledge, reason=c.reason)
    # Looked at as the answering person does: seen when it was written, and on this seat's screen.
    on_incident.open_(replace(c, args={"incident": item.number}, expected_version=None))
    if c.args.get("district"):
        asked = {"incident": item.number, "district": c.args["district"]}
        on_incident.locate(replace(c, args=asked, expected_version=None))
    item = fetch_incident(c.tx, item.id)
    if c.args.get("subtype"):
        item = incidents.set_type(
            c.tx, item, item.type, str(c.args["subtype"]), actor=c.actor.name, knowledge=c.knowledge
        )
    elif c.args.get("type") or severity is not None:
        item = incidents.confirm_triage(c.tx, item, c.actor.name, c.knowledge)
    when = c.tx.now.astimezone(ZoneInfo(c.knowledge.rules.tz_name))
    return on_incident.done(
        "paper", item, card=card_name(number), type=item.type, rank=item.severity.rank if item.severity else "-",
        when=f"{when:%d-%m %H:%M}",
    )
