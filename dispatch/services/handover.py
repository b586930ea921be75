"""Handing a shift over: seven items read out one by one, two signatures, one event that holds what was signed.

Owns the draft and its end. Who the incoming person is has been checked before: see access.py. Never stands in
the way of an emergency: a supervisor releases a seat with a reason, and nothing here stops a command or an alarm.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select

from dispatch.domain.roles import TAKE, Role
from dispatch.errors import Forbidden, Invalid, Refused
from dispatch.services.handover_items import ITEMS, STANDING, Item, seven_items
from dispatch.services.knowledge import Knowledge
from dispatch.services.ownership import open_incidents_of, pass_on
from dispatch.storage.statement import Row, Statement
from dispatch.storage.tables import handover
from dispatch.storage.transaction import Tx, json_text, json_value
from dispatch.texts import text

MAX_NOTE, MAX_NOTES = 300, 20
C = handover.c
DRAFT_OF = Statement(
    select(handover)
    .where(C.centre == bindparam("centre"), C.is_open == 1, C.outgoing == bindparam("outgoing"))
    .order_by(C.id.desc()).limit(1)
)
LAST_SIGNED = Statement(
    select(handover).where(C.centre == bindparam("centre"), C.is_open == 0).order_by(C.id.desc()).limit(1)
)


def show_handover(tx: Tx, outgoing: str, knowledge: Knowledge, lang: str) -> dict[str, Any]:
    """The seven items as they stand: ``lines`` to print, ``items`` with number, title, lines and whether read out,
    ``unread`` the numbers that are missing, ``outgoing``. Changes nothing."""
    row = tx.first(DRAFT_OF, outgoing=outgoing)
    notes = json_value(row["notes"]) if row else _standing_notes(tx)
    items = seven_items(tx, outgoing, notes, knowledge, lang)
    ticked = json_value(row["ticked"]) if row else {}
    unread = [item.number for item in items if not _is_read(item, ticked)]
    shown = [
        {"number": i.number, "title": i.title, "lines": i.lines, "read": i.number not in unread} for i in items
    ]
    return {"outgoing": outgoing, "items": shown, "unread": unread, "lines": _printed(shown, lang)}


def _is_read(item: Item, ticked: dict[str, list[str]]) -> bool:
    """Read out, and nothing has come to it since."""
    return str(item.number) in ticked and set(item.keys) <= set(ticked[str(item.number)])


def _printed(items: list[dict[str, Any]], lang: str) -> list[str]:
    lines = []
    for item in items:
        lines.append(f"[{'x' if item['read'] else ' '}] {item['number']} {item['title']}")
        lines += [f"      {line}" for line in item["lines"] or [text("handover.nothing", lang)]]
    return lines


def tick_items(tx: Tx, outgoing: str, numbers: list[int], knowledge: Knowledge, note: str = "") -> None:
    """These items have been read out to the incoming person; ``note`` is added to the one item named.

    A standing item's first note of the shift takes the place of what the last shift left there.
    """
    if any(number not in ITEMS for number in numbers):
        raise Invalid("handover_item", "an item is a digit from 1 to 7")
    if note and len(numbers) != 1:
        raise Invalid("handover_note", "a note belongs to exactly one item")
    row = tx.first(DRAFT_OF, outgoing=outgoing) or _begin(tx, outgoing)
    ticked, notes = json_value(row["ticked"]), json_value(row["notes"])
    if note:
        key = str(numbers[0])
        kept = [] if key not in ticked and numbers[0] in STANDING else notes.get(key, [])
        notes[key] = [*kept, " ".join(note.split())[:MAX_NOTE]][-MAX_NOTES:]
    items = {item.number: item for item in seven_items(tx, outgoing, notes, knowledge, knowledge.lang)}
    ticked |= {str(number): items[number].keys for number in numbers}
    tx.update(handover, {"id": row["id"]}, ticked=json_text(ticked).decode(), notes=json_text(notes).decode())
    tx.emit("shift.item_read", outgoing, outgoing=outgoing, items=numbers, note=note)


def _begin(tx: Tx, outgoing: str) -> Row:
    row = {
        "id": tx.new_id(), "outgoing": outgoing, "started_at": tx.now_ms, "ticked": "{}",
        "notes": json_text(_standing_notes(tx)).decode(),
    }
    tx.insert(handover, **row)
    return row


def _standing_notes(tx: Tx) -> dict[str, list[str]]:
    last = tx.first(LAST_SIGNED)
    notes = json_value(last["notes"]) if last else {}
    return {str(number): notes[str(number)] for number in STANDING if notes.get(str(number))}


def sign_handover(tx: Tx, outgoing: str, incoming: str, role: Role, knowledge: Knowledge) -> dict[str, Any]:
    """Both have signed: the incidents pass on and the event holds all that was read out.

    Raises Invalid (the same person), Forbidden (a role that cannot work), Refused (items not read out).
    """
    if incoming == outgoing:
        raise Invalid("handover_self", "somebody else takes over")
    if role not in TAKE:
        raise Forbidden("handover_role", f"{role} cannot take over", role=role.value)
    shown = show_handover(tx, outgoing, knowledge, knowledge.lang)
    if shown["unread"]:
        missing = ", ".join(map(str, shown["unread"]))
        raise Refused("handover_unread", f"items {missing} have not been read out", items=missing)
    passed = pass_on(tx, outgoing, incoming, outgoing)
    return _close(tx, shown, outgoing, incoming, "", [item.number for item in passed], knowledge)


def release_seat(tx: Tx, outgoing: str, supervisor: str, reason: str, knowledge: Knowledge) -> dict[str, Any]:
    """A supervisor lets somebody go without a handover: the incidents become the supervisor's, or nobody's when it is
    the supervisor who goes. What was not read out is on record."""
    shown = show_handover(tx, outgoing, knowledge, knowledge.lang)
    passed = pass_on(tx, outgoing, "" if outgoing == supervisor else supervisor, supervisor)
    return _close(tx, shown, outgoing, supervisor, reason, [item.number for item in passed], knowledge)


def _close(
    tx: Tx, shown: dict[str, Any], outgoing: str, incoming: str, reason: str, numbers: list[int], knowledge: Knowledge
) -> dict[str, Any]:
    row = tx.first(DRAFT_OF, outgoing=outgoing) or _begin(tx, outgoing)
    at = f"{tx.now.astimezone(ZoneInfo(knowledge.rules.tz_name)):%d/%m/%Y %H:%M}"
    key = "handover.released" if reason else "handover.signed"
    signatures = text(key, knowledge.lang, outgoing=outgoing, incoming=incoming, at=at, reason=reason)
    printed = [text("handover.heading", knowledge.lang), *shown["lines"], signatures]
    tx.update(
        handover, {"id": row["id"]}, incoming=incoming, signed_at=tx.now_ms, is_open=0, reason=reason,
        items=json_text(printed).decode(),
    )
    tx.emit(
        "shift.released" if reason else "shift.handed_over", incoming if reason else outgoing, outgoing=outgoing,
        incoming=incoming, reason=reason, incidents=numbers, unread=shown["unread"], items=printed,
    )
    return {**shown, "lines": printed, "incoming": incoming, "incidents": numbers}


def require_handed_over(tx: Tx, name: str) -> None:
    """Nobody walks away from open incidents of theirs. Raises Refused."""
    left = open_incidents_of(tx, name)
    if left:
        numbers = ", ".join(f"{item.number:04d}" for item in left[:5])
        raise Refused("handover_due", f"{len(left)} open incidents are yours", n=len(left), numbers=numbers)
