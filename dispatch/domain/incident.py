"""One thing happening at one place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dispatch.domain.place import NOWHERE, Place
from dispatch.domain.scene import NOTHING_NOTED, Scene
from dispatch.domain.severity import Severity
from dispatch.domain.transitions import IncidentStatus


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A suggestion that two incidents are one event: never acted on without a person.

    ``reason`` is a key of the catalogues' [fold] words, ``params`` its values. ``score`` 0 warns of the
    opposite: it stands out from that incident and is not to be folded into it.
    """

    incident_id: int
    number: int
    score: float
    reason: str
    params: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Incident:
    """``summary`` is the first report's words, verbatim; ``caller`` its sender (E.164 or '').

    ``caller_name`` and ``callback`` are what the caller gave on the line: their name, and the number to ring when it is
    not the one they call from. ``scene`` is what a person noted of the scene.

    ``owner`` is the operator who answers for it: who opened it first, then whoever it was handed over to.
    ``severity`` None means: nothing to answer (information, no report). ``version`` grows by one with
    every change and is what an operator's ``expected_version`` is compared with.
    """

    id: int
    number: int
    status: IncidentStatus
    type: str
    severity: Severity | None
    opened_at: datetime
    updated_at: datetime
    also_types: tuple[str, ...] = ()
    subtype: str = ""
    life_threat: bool = False
    unsure: bool = False
    confidence: float = 0.0
    place: Place = NOWHERE
    agencies: tuple[str, ...] = ()
    summary: str = ""
    channel: str = ""
    caller: str = ""
    caller_name: str = ""
    callback: str = ""
    scene: Scene = NOTHING_NOTED
    reports: int = 1
    seen_at: datetime | None = None
    seen_by: str = ""
    owner: str = ""
    triaged_at: datetime | None = None
    dispatched_at: datetime | None = None
    on_scene_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    held_until: datetime | None = None
    held_reason: str = ""
    merged_into: int | None = None
    status_before_merge: str = ""
    disposition: str = ""
    callback_due: bool = False
    duplicates: tuple[Duplicate, ...] = ()
    rules_digest: str = ""
    last_actor: str = ""
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Still on the boards."""
        return self.status not in (IncidentStatus.CLOSED, IncidentStatus.MERGED)

    @property
    def reachable(self) -> str:
        """The number the reporter is reached at; '' when none is known."""
        return self.callback or self.caller

    @property
    def types(self) -> tuple[str, ...]:
        return (self.type, *self.also_types)
