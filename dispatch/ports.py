"""The ports: what the services need from the outside world and from triage. Drivers implement them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dispatch.domain.place import Candidate, Place
from dispatch.domain.report import Channel, Triage


class Classifier(Protocol):
    """Text to meaning. Pure, in memory, under 5 ms; never raises on any text."""

    def classify(self, text: str, *, at: datetime, channel: Channel = ..., place_hint: Place = ...) -> Triage: ...

    def locate(self, text: str) -> Place: ...

    def candidates(self, text: str, limit: int = ...) -> list[Candidate]: ...

    def settle(self, place: Place) -> Place: ...

    def approximate(self, place: Place) -> Place: ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message or call to send. ``key`` repeats on a retry: drivers pass it on where they can."""

    key: str
    channel: str
    recipient: str
    body: str
    payload: Mapping[str, str] = field(default_factory=dict)
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took it; ``provider_id`` is how its later status callbacks name it."""

    provider_id: str
    delivered: bool = False


class Driver(Protocol):
    """One way out (sms, whatsapp, voice, mail). ``name`` is shown to operators ('simulator' means: nobody is told)."""

    name: str
    channels: frozenset[str]

    async def send(self, message: Outgoing) -> Accepted:
        """Hand over one message. Raises ChannelError (permanent or transient); returns within its time-out."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a second opinion says: a severity slug or None, type slugs, and words that are only ever shown."""

    severity: str | None
    types: tuple[str, ...] = ()
    words: str = ""


class Adviser(Protocol):
    """Somebody else who reads a report. Slow, fallible, never trusted."""

    async def ask(self, text: str) -> Opinion: ...

    async def close(self) -> None: ...
