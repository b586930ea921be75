"""The ports: what the services need from the outside world and from triage. Drivers implement them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class Finder(Protocol):
    """A driver that can tell later whether a message whose answer was lost was taken after all."""

    async def find(self, message: Outgoing, since: datetime) -> Accepted | None:
        """None = certainly not taken since then. Raises ChannelError when it cannot be told now."""
        ...


@runtime_checkable
class Warms(Protocol):
    """A driver that needs a while before its first message."""

    async def warm(self) -> None: ...


@dataclass(frozen=True, slots=True)
class SpooledText:
    """A text that lies in a spool until we say that it is stored. ``id`` is the spool's, ``external_id`` unique."""

    id: str
    external_id: str
    sender: str
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message handed over earlier: ``delivered`` None = on its way."""

    message_id: int
    provider_id: str
    delivered: bool | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class SpoolNews:
    """What one look into a spool found. ``trouble`` '' = its daemon lives and it has room."""

    texts: tuple[SpooledText, ...] = ()
    reports: tuple[Report, ...] = ()
    trouble: str = ""


@runtime_checkable
class Spool(Protocol):
    """A way in that is asked, where no webhook can call us. ``number`` is ours, '' when unknown."""

    name: str
    number: str

    async def look(self, skip: Collection[str]) -> SpoolNews:
        """Never raises: a spool that cannot be read is its ``trouble``. ``skip``: texts not to hand out."""
        ...

    async def take(self, ids: Sequence[str]) -> None:
        """These texts are stored and are not handed out again. Raises ChannelError."""
        ...
