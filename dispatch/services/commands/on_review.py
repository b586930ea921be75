"""The supervisor's second look at a disposed contact: ``tinjau 1051 ok`` or ``tinjau 1051 luput``."""

from __future__ import annotations

from dispatch.services.commands.context import Context, Outcome
from dispatch.services.review import judge_contact
from dispatch.storage.incidents import touch


def review(c: Context) -> Outcome:
    """The list itself is no command: it is read beside the transactions (``GET /review``)."""
    item = c.incident(check_version=False)
    verdict, reason = str(c.need("verdict")), c.reason or str(c.args.get("text") or "")
    after = judge_contact(c.tx, item, verdict, actor=c.actor.name, knowledge=c.knowledge, reason=reason)
    return Outcome(f"review_{verdict}", {"number": after.number}, [touch(after)], after)
