"""What a request handler may reach. Built once by ``dispatch.app``; owns nothing, decides nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from dispatch.services.access import Access
from dispatch.services.console_latency import ConsoleLatencies
from dispatch.services.detail import Cards
from dispatch.services.feed import Feed
from dispatch.services.knowledge import Knowledge
from dispatch.services.statistics import LoadHistory
from dispatch.settings import Settings
from dispatch.storage.committer import Committer
from dispatch.storage.reader import Reader


def _now() -> datetime:
    return datetime.now(UTC)


def _nothing() -> list[str]:
    return []


def _no_cards(kind: str, subtype: str) -> list[dict[str, Any]]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """``knowledge`` gives the rules and triage of this moment (they are swapped whole on reload).

    ``ready`` names what is not ready yet, in English for logs and probes; empty = ready.
    ``degraded`` gives sentences for the operators about parts that do not work now.
    ``cards`` gives the protocol cards of a type and subtype.
    ``last_sweep_at`` is when the clocks were last looked at; None before the first time.
    """

    settings: Settings
    committer: Committer
    reader: Reader
    feed: Feed
    access: Access
    knowledge: Callable[[], Knowledge]
    drivers: dict[str, str] = field(default_factory=dict)
    ready: Callable[[], list[str]] = _nothing
    degraded: Callable[[], list[str]] = _nothing
    cards: Cards = _no_cards
    last_sweep_at: Callable[[], datetime | None] = _now
    clock: Callable[[], datetime] = _now
    load_history: LoadHistory = field(default_factory=LoadHistory)
    latencies: ConsoleLatencies = field(default_factory=ConsoleLatencies)
    long_question: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by a question about weeks: one at a time, so that the boards always find a free connection."""
