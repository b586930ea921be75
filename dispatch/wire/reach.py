"""How a team is being reached, as the wire shows it: the delivery clock of one incident."""

from __future__ import annotations

from datetime import datetime

from dispatch.wire.rows import Wire


class ToldRow(Wire, frozen=True, kw_only=True):
    """One person told by a step; ``to`` is masked. ``status`` is the message's, ``outcome`` what became of it:
    '' (nothing yet), accepted, refused, machine, silent, unreached."""

    name: str
    to: str
    channel: str
    status: str = ""
    outcome: str = ""
    queued_at: datetime | None = None
    accepted_at: datetime | None = None
    delivered_at: datetime | None = None
    answered_at: datetime | None = None


class ReachRow(Wire, frozen=True, kw_only=True):
    """One step of an escalation that fired, or the one that is due next (``fired_at`` null).

    ``who``: unit, contact, supervisor, next_unit, again (the end of a round). ``state``: waiting, held (quiet hours),
    fired, nobody, parked.
    """

    subject: str
    assignment: int
    policy: str
    round: int
    who: str
    channel: str
    state: str
    due_at: datetime | None = None
    fired_at: datetime | None = None
    lateness_ms: int | None = None
    told: list[ToldRow] = []
