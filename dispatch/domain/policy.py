"""How a team is reached: an ordered list of steps until somebody answers. Pure; says what and when, never whom.

Whom a step means is resolved when it fires: rosters, phones and units change while an escalation runs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.domain.severity import Severity
from dispatch.domain.transitions import AssignmentStatus

UNIT, CONTACT, SUPERVISOR, NEXT_UNIT, AGAIN = "unit", "contact", "supervisor", "next_unit", "again"
AUDIENCES = (UNIT, CONTACT, SUPERVISOR, NEXT_UNIT)
"""Whom a step of the rules may name; ``AGAIN`` is ours: the end of a round."""
OWN = "own"
"""The channel that the contact has."""
PENDING = frozenset({AssignmentStatus.ASSIGNED, AssignmentStatus.NOTIFIED})
"""While an assignment is in one of these nobody has answered."""
ON_TIME = timedelta(seconds=5)
"""A step that fires later than this moves those after it: after an outage nobody is called four times at once."""


@dataclass(frozen=True, slots=True)
class PolicyStep:
    """``after`` is the wait since the step before, ``by`` a channel or ``own``."""

    after: timedelta
    who: str
    by: str = OWN


@dataclass(frozen=True, slots=True)
class Policy:
    """``steps`` are walked ``rounds`` times, ``pause`` apart. Without agencies it is for all."""

    name: str
    steps: tuple[PolicyStep, ...]
    severities: frozenset[Severity] = frozenset(Severity)
    agencies: frozenset[str] = frozenset()
    rounds: int = 1
    pause: timedelta = timedelta(minutes=1)

    def fits(self, agency: str, severity: Severity) -> bool:
        return severity in self.severities and (not self.agencies or agency in self.agencies)

    def walk(self) -> tuple[PolicyStep, ...]:
        """One round: the steps, then the end of the round."""
        return (*self.steps, PolicyStep(self.pause, AGAIN))


TELL_ONCE = Policy("tell_once", (PolicyStep(timedelta(), UNIT),))
"""Where the rules say nothing: the notice itself; the clocks do the rest."""


def policy_for(policies: Iterable[Policy], agency: str, severity: Severity) -> Policy:
    """The first that fits."""
    return next((policy for policy in policies if policy.fits(agency, severity)), TELL_ONCE)


def following_due(due: datetime, fired: datetime, after: timedelta) -> datetime:
    """When the step after one is due that was due at ``due`` and fired at ``fired``."""
    return (due if fired - due <= ON_TIME else fired) + after
