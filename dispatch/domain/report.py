"""One contact from one person over one channel, and what triage made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dispatch.domain.place import NOWHERE, Place
from dispatch.domain.severity import Severity

NO_SEVERITY_TYPES = frozenset({"information_request", "not_a_report"})
"""Types that carry no severity and start no response clocks."""


class Channel(StrEnum):
    CALL = "call"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    WEB = "web"
    OPEN311 = "open311"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A picture, sound or location sent with a report; ``url`` is the provider's, kept verbatim."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why triage decided something. ``effect`` is 'type', 'subtype', 'severity', 'place' or
    'life_threat'.

    ``words`` are the words of the report that drove it; ``rule`` names the lexicon entry or rule;
    ``value`` is what it argued for (a type slug, a severity, a place code).
    """

    effect: str
    value: str
    rule: str
    words: tuple[str, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Triage:
    """What the words of one report mean. Pure result of ``dispatch.triage.engine.TriageEngine.classify``.

    ``type`` is a slug of routing_rules.yaml, ``also_types`` the further ones in order. ``severity`` is
    None for information_request and not_a_report. ``life_threat`` True is always critical; ``unsure``
    marks a life threat or type that a person must confirm ("belum pasti"). ``confidence`` is 0..1.
    ``question`` is the key of the single question whose answer would change the decision most ('' = none).
    """

    type: str
    severity: Severity | None
    also_types: tuple[str, ...] = ()
    subtype: str = ""
    life_threat: bool = False
    unsure: bool = False
    confidence: float = 0.0
    place: Place = NOWHERE
    question: str = ""
    reasons: tuple[Reason, ...] = ()
    language: str = "id"

    @property
    def subtype_learned(self) -> bool:
        """The subtype is what the model makes of all words together, not what one of them says."""
        return any(reason.effect == "subtype" for reason in self.reasons)

    @property
    def types(self) -> tuple[str, ...]:
        return (self.type, *self.also_types)


@dataclass(frozen=True, slots=True)
class NewReport:
    """A report at the border, before it is stored. ``external_id`` makes repeats harmless.

    ``sender`` is E.164 where it is a phone number, '' when unknown (SIM-less call, anonymous form).
    ``type``/``place`` are set only when a person chose them (web form, operator).
    """

    channel: Channel
    external_id: str
    text: str
    received_at: datetime
    sender: str = ""
    sender_name: str = ""
    recipient: str = ""
    attachments: tuple[Attachment, ...] = ()
    place: Place = NOWHERE
    type: str = ""
    severity: Severity | None = None
    call_id: int | None = None
    public_code: str = ""
    extra: dict[str, str] = field(default_factory=dict)
