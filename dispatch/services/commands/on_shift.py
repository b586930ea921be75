"""The command of the shift: show the handover, mark what was read out, note, release a seat. Signing: access.py."""

from __future__ import annotations

from dispatch.domain.roles import Role
from dispatch.errors import Forbidden, Invalid, NotFound
from dispatch.services.commands.context import Context, Outcome
from dispatch.services.handover import release_seat, show_handover, tick_items
from dispatch.services.incidents import require_reason
from dispatch.storage.voice import person_of


def handover(c: Context) -> Outcome:
    """``st``, ``st 1 2``, ``st 4 note``; a supervisor: ``st @rina !reason``."""
    who, note = str(c.args.get("who") or ""), str(c.args.get("text") or "")
    if who:
        return _release(c, who)
    if c.reason:
        raise Invalid("handover_who", "name whom you let go: ST @name !reason")
    items = c.args.get("items") or []
    if not isinstance(items, list) or not all(isinstance(item, int) for item in items):
        raise Invalid("bad_arguments", "items must be a list of digits")
    if items or note:
        tick_items(c.tx, c.actor.name, items, c.knowledge, note)
    shown = show_handover(c.tx, c.actor.name, c.knowledge, c.lang)
    missing = " ".join(map(str, shown["unread"]))
    return Outcome("handover" if missing else "handover_read", {"missing": missing}, data=shown)


def _release(c: Context, who: str) -> Outcome:
    if not c.reason:
        raise Invalid("handover_sign", "the incoming person signs with a password at this seat", who=who)
    reason = require_reason(c.reason, "reason_to_release")
    if person_of(c.tx, who) is None:
        raise NotFound("no_user", f"no user '{who}'", name=who)
    if c.actor.role is not Role.SUPERVISOR:
        raise Forbidden("handover_supervisor", "only a supervisor lets somebody go without a handover")
    shown = release_seat(c.tx, who, c.actor.name, reason, c.knowledge)
    touched = [f"operator:{who}"]
    return Outcome("released", {"who": who, "n": len(shown["incidents"])}, touched, data=shown)
