"""Who is on duty for an agency at this moment."""

from __future__ import annotations

from dispatch.domain.routing import Contact
from dispatch.services.knowledge import Knowledge
from dispatch.storage.transaction import Tx


def on_duty(tx: Tx, agency: str, knowledge: Knowledge) -> list[Contact]:
    """The people to tell, in the order to tell them; resolved now."""
    known = knowledge.rules.agencies.get(agency)
    return list(known.contacts) if known else []
