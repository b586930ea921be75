"""Keying paper afterwards: which incident a card is, and the moment that was written on it.

What is entered later keeps its original times, says when it was entered, and tells nobody anything any more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dispatch.domain.incident import Incident
from dispatch.domain.paper import MAX_CARD, card_id, card_name, moment_of
from dispatch.domain.report import NewReport
from dispatch.errors import Invalid, NeedsReason, NotFound, Refused
from dispatch.services.folding import same_event, suggestions_of
from dispatch.services.intake import open_incident, store_report, understand
from dispatch.services.knowledge import Knowledge
from dispatch.storage.assignments import assignments_of, live_assignments_of
from dispatch.storage.incidents import find_incident, touch
from dispatch.storage.paper import card_of, next_card, skip_to_card
from dispatch.storage.transaction import Tx

EARLIER = frozenset({
    "new", "locate", "priority", "type", "scene", "dispatch", "enroute", "arrive", "transport", "facility", "clear",
    "close",
})
"""Commands that may say that something happened earlier."""
MOVES = frozenset({"enroute", "arrive", "transport", "facility", "clear"})
MINUTE = timedelta(minutes=1)
MIN_REASON = 5
CLOCK = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d", re.ASCII)
DATE = re.compile(r"\d{1,2}/\d{1,2}", re.ASCII)


def name_incident(tx: Tx, verb: str, args: dict[str, Any]) -> dict[str, Any]:
    """The arguments with the incident a card has become in place of the card. Raises Invalid, NotFound."""
    if args.get("card") is None or verb == "new":
        return args
    number = card_number(args)
    row = card_of(tx, number)
    if row is None:
        raise NotFound("paper_not_entered", f"card {card_name(number)} is not entered yet", card=card_name(number))
    return {**{key: value for key, value in args.items() if key != "card"}, "incident": row["number"]}


def card_number(args: dict[str, Any]) -> int:
    """Raises Invalid: a client of the API may send anything."""
    number = args.get("card")
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= MAX_CARD:
        raise Invalid("bad_arguments", f"card cannot be '{number}'")
    return number


def at_its_time(tx: Tx, verb: str, args: dict[str, Any], tz_name: str) -> Tx:
    """The transaction at the moment that was written on paper; without one as it is. Raises Refused.

    A wall clock shows minutes: what happened within the minute of the step before happened at that step.
    """
    at = args.get("at")
    if at is None:
        return tx
    if verb not in EARLIER:
        raise Invalid("paper_not_earlier", f"{verb} happens now", command=verb)
    now = tx.now.astimezone(ZoneInfo(tz_name))
    moment = moment_of(*_written(at), now)
    earliest = max(_steps_before(tx, verb, args), default=None)
    if earliest is not None and moment + MINUTE <= earliest:
        raise Refused(
            "paper_before", f"{moment:%H:%M} is before {earliest:%H:%M}", when=f"{moment:%H:%M}",
            earliest=f"{earliest.astimezone(now.tzinfo):%H:%M:%S}",
        )
    return tx.at(max(moment, earliest) if earliest is not None else moment)


def _written(at: Any) -> tuple[str, str]:
    """Clock and date of the argument. Raises Invalid."""
    clock, date = (at.get("clock"), at.get("date", "")) if isinstance(at, dict) else (None, "")
    if not isinstance(clock, str) or not CLOCK.fullmatch(clock):
        raise Invalid("bad_arguments", f"at cannot be '{at}'")
    if not isinstance(date, str) or (date and not DATE.fullmatch(date)):
        raise Invalid("bad_arguments", f"at cannot be '{at}'")
    return clock, date


def _steps_before(tx: Tx, verb: str, args: dict[str, Any]) -> Iterable[datetime]:
    """What must have happened before: the incident was opened, the unit was where it was."""
    number = args.get("incident")
    if isinstance(number, int):
        incident = find_incident(tx, number)
        yield incident.opened_at
        if verb == "close":
            for item in assignments_of(tx, incident.id):
                yield from item.times.values()
    if verb in MOVES and isinstance(args.get("units"), list):
        for sign in args["units"]:
            for item in live_assignments_of(tx, str(sign).upper()):
                if number is None or item.incident_id == incident.id:
                    yield from item.times.values()


def enter_card(tx: Tx, number: int, report: NewReport, knowledge: Knowledge, *, reason: str = "") -> Incident:
    """Open the incident a card tells of, at the time it tells. A card never joins another incident by itself.

    Raises Refused for a card that was entered already, NeedsReason for a number that was never given out.
    """
    known, name = card_of(tx, number), card_name(number)
    if known is not None:
        raise Refused(
            "paper_entered", f"card {name} was entered as {known['number']} by {known['sender_name']}", card=name,
            number=known["number"], who=known["sender_name"],
        )
    if number >= next_card(tx) and len(reason) < MIN_REASON:
        raise NeedsReason("paper_unknown_card", f"card {name} was never printed", card=name)
    skip_to_card(tx, number)
    assert report.external_id == card_id(number)
    triage = understand(report, knowledge)
    suggested = suggestions_of(same_event(tx, report, triage, knowledge))
    incident = open_incident(tx, report, triage, knowledge, duplicates=suggested)
    report_id = tx.new_id()
    store_report(tx, report_id, report, triage, incident.id)
    tx.emit(
        "paper.entered", report.sender_name, incident_id=incident.id, touched=[touch(incident)],
        number=incident.number, card=name, report=report_id,
    )
    return incident
