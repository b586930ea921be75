"""Calls over Twilio: rings the operator's phone to bridge it to a waiting caller, and ends calls."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlencode

import httpx

from dispatch.channels.twilio_lines import RING_FOR_S, STATUS_EVENTS, TwilioLines, unless_gone
from dispatch.channels.twilio_rest import TwilioAccount, channel_error, require_sid
from dispatch.channels.twiml import play_proof
from dispatch.channels.twiml_team import call_request
from dispatch.domain.phone import mask_phone
from dispatch.errors import ChannelError
from dispatch.ports import Accepted, Outgoing

log = logging.getLogger(__name__)


class TwilioVoice:
    """A message's payload says what to do: ``call_id`` with ``attempt`` bridges a call, ``hangup`` ends that SID's,
    ``proof`` plays its keys to a number of our own, ``do`` acts on lines that are up (twilio_lines)."""

    name = "twilio"
    channels = frozenset({"voice"})

    def __init__(self, account: TwilioAccount, public_url: str) -> None:
        self._account, self._public_url = account, public_url
        self._lines = TwilioLines(account, public_url)

    async def send(self, message: Outgoing) -> Accepted:
        """Start or end one call. Raises ChannelError."""
        from twilio.base.exceptions import TwilioException  # lazily: importing twilio is slow

        hangup, proof, act = (message.payload.get(name, "") for name in ("hangup", "proof", "do"))
        request = {} if hangup or act else self._prove(message, proof) if proof else self._dial(message)
        client = await self._account.client()
        try:
            if hangup:
                return await _end(client, hangup)
            if act:
                return await self._lines.act(client, message)
            created = await client.calls.create_async(**request)
        except (TwilioException, httpx.HTTPError, httpx.InvalidURL) as error:
            raise channel_error(error) from None
        wanted_by = message.payload.get("call_id") or message.key
        log.info("ringing %s for %s as %s", mask_phone(message.recipient), wanted_by, created.sid)
        return Accepted(require_sid(created))

    def _dial(self, message: Outgoing) -> dict[str, Any]:
        if page_id := message.payload.get("page"):
            sender = self._account.twilio.voice_number
            return call_request(self._public_url, message.recipient, sender, page_id, RING_FOR_S)
        if not message.recipient:
            raise ChannelError("the operator has no registered phone", permanent=True)
        query = urlencode({"call": message.payload["call_id"], "attempt": message.payload["attempt"]})
        return {
            "to": message.recipient, "from_": self._account.twilio.voice_number, "timeout": RING_FOR_S,
            "url": f"{self._public_url}/twilio/voice/agent?{query}",
            "status_callback": f"{self._public_url}/twilio/status/call?{query}",
            "status_callback_event": STATUS_EVENTS,
        }

    def _prove(self, message: Outgoing, nonce: str) -> dict[str, Any]:
        return {
            "to": message.recipient, "from_": self._account.twilio.voice_number, "timeout": RING_FOR_S,
            "twiml": play_proof(nonce),
        }

    async def close(self) -> None:
        await self._account.close()


async def _end(client: Any, sid: str) -> Accepted:
    """End a call. One that is over already is what was wanted."""
    await unless_gone(client.calls(sid).update_async(status="completed"))
    return Accepted(sid, delivered=True)
