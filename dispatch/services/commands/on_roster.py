"""The command that says who is on call now. It changes nothing: changes are planned, on the command line."""

from __future__ import annotations

from dispatch.services.commands.context import Context, Outcome
from dispatch.services.roster import roster_lines


def roster(c: Context) -> Outcome:
    """``piket``, ``piket psc``: people on call with their numbers, for all agencies that have a roster or for these."""
    wanted = c.args.get("agency") or []
    agencies = [str(code) for code in wanted] if isinstance(wanted, list) else [str(wanted)]
    lines = roster_lines(c.tx, c.knowledge, agencies or list(c.knowledge.rules.rosters), c.lang)
    return Outcome("roster", {"words": "; ".join(lines)}, data={"lines": lines})
