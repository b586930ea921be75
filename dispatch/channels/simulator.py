"""The driver without a network: it writes to the log and says so by its name. Nobody is told by it."""

from __future__ import annotations

import logging

from dispatch.domain.phone import mask
from dispatch.ports import Accepted, Outgoing

log = logging.getLogger(__name__)
CHANNELS = frozenset({"sms", "whatsapp", "voice", "mail"})


class Simulator:
    """Takes everything at once and counts it as delivered, a call as connected; ``sent`` keeps the last ones."""

    name = "simulator"
    channels = CHANNELS

    def __init__(self, *, remember: int = 100) -> None:
        self._remember = remember
        self.sent: list[Outgoing] = []

    async def send(self, message: Outgoing) -> Accepted:
        log.info("simulated %s to %s, %d characters", message.channel, mask(message.recipient), len(message.body))
        self.sent.append(message)
        del self.sent[: -self._remember]
        return Accepted(f"SIM-{message.key}", delivered=True)

    async def close(self) -> None:
        """Nothing to close."""
